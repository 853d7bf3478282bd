//! Posts that go for good.

use actix_web::web::Path;

use super::posts::{Writer, address};
use crate::error::Result;
use crate::http::Reply;
use crate::models::post::Post;
use crate::paths;

/// Deletes a post; its address answers that it is gone.
///
/// # Errors
/// `NotFound`; `NotAllowed` when the person may not delete it.
pub async fn create(staff: Writer, id: Path<String>) -> Result<Reply> {
    let member = staff.member.clone();
    let deleted = staff.write(move |tx| {
        let post = Post::find(tx.conn(), &id)?;
        let kind = post.kind(tx.conn())?;
        post.delete(tx, &member, address(kind))
    });
    deleted.await?;
    Ok(Reply::see(paths::admin::posts()).notice("Post deleted."))
}
