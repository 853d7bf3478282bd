//! Publishing and unpublishing posts.

use actix_web::web::Path;

use super::posts::{AfterSave, PostWriter, PostWriterForm, save};
use crate::error::Result;
use crate::http::{FormWithFiles, Reply};

pub async fn create(staff: PostWriter, id: Path<String>, FormWithFiles { form, .. }: PostWriterForm) -> Result<Reply> {
    save(staff, id.into_inner(), form, AfterSave::Publish).await
}

pub async fn destroy(staff: PostWriter, id: Path<String>, FormWithFiles { form, .. }: PostWriterForm) -> Result<Reply> {
    save(staff, id.into_inner(), form, AfterSave::Unpublish).await
}
