//! The author of a post, for the post and its preview.

use crate::db::Conn;
use crate::error::Result;
use crate::models::content::media::Media;
use crate::models::people::account::Account;
use crate::presenters::content::post_page::present_author;
use crate::support::ids::AccountId;
use crate::views::blog::posts::AuthorBox;

/// What readers learn about an author; nothing of an account that is gone.
pub fn load_author(conn: &mut Conn, id: AccountId) -> Result<AuthorBox> {
    let Some(profile) = Account::find_author_profile(conn, id)? else { return Ok(AuthorBox::default()) };
    let picture = match profile.picture_id {
        Some(id) => Media::find_by_ids(conn, &[id])?.remove(&id),
        None => None,
    };
    Ok(present_author(profile, picture.as_ref()))
}
