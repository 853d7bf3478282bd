//! Posts that go for good.

use actix_web::web::Path;

use super::posts::{Writer, address};
use crate::error::Result;
use crate::http::{Form, Reply};
use crate::models::post::Post;
use crate::paths;

/// Deletes a post; its address answers that it is gone.
///
/// # Errors
/// `NotFound`; `NotAllowed` when the person may not delete it.
pub async fn create(staff: Writer, id: Path<String>, form: Form) -> Result<Reply> {
    let member = staff.member.clone();
    let deleted = staff.write_once(&form.once, move |tx| {
        let post = Post::find(tx.conn(), &id)?;
        let kind = post.kind(tx.conn())?;
        post.delete(tx, &member, address(kind))?;
        Ok(Reply::see(paths::admin::posts()).notice("Post deleted."))
    });
    deleted.await
}
