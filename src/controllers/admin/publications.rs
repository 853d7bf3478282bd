//! Whether a post is on the site.

use actix_web::web::Path;

use super::posts::{Then, Writer, WriterForm, save};
use crate::error::Result;
use crate::http::{FormWithFiles, Reply};

/// Saves a post and puts it on the site.
///
/// # Errors
/// `NotFound`; `NotAllowed` when the person may not publish it.
pub async fn create(staff: Writer, id: Path<String>, FormWithFiles { form, .. }: WriterForm) -> Result<Reply> {
    save(staff, id.into_inner(), form, Then::Publish).await
}

/// Saves a post and takes it off the site.
///
/// # Errors
/// `NotFound`; `NotAllowed` when the person may not publish it.
pub async fn destroy(staff: Writer, id: Path<String>, FormWithFiles { form, .. }: WriterForm) -> Result<Reply> {
    save(staff, id.into_inner(), form, Then::Unpublish).await
}
