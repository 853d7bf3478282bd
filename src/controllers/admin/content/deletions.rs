//! Deleting posts.

use super::posts::PostWriter;
use crate::error::Result;
use crate::http::resource_path::PostPath;
use crate::http::{Form, Reply};
use crate::paths;
use crate::presenters::content::admin_post::public_path_fn;
use crate::support::i18n::Message;

/// Deletes a post; its URL then answers 410 Gone. `Forbidden` if this person may not delete it.
pub async fn create(staff: PostWriter, path: PostPath, form: Form) -> Result<Reply> {
    let member = staff.member.clone();
    let deleted = staff.write_once(&form.token, move |tx| {
        let post = path.load(tx.conn())?;
        let kind = post.kind(tx.conn())?;
        post.delete(tx, &member, public_path_fn(kind))?;
        Ok(Reply::redirect(paths::admin::posts()).notice(Message::PostDeleted))
    });
    deleted.await
}
