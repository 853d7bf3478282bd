//! Publishing and unpublishing posts.

use super::posts::{AfterSave, PostWriter, PostWriterForm, save};
use crate::error::Result;
use crate::http::resource_path::PostPath;
use crate::http::{FormWithFiles, Reply};

pub async fn create(staff: PostWriter, path: PostPath, FormWithFiles { form, .. }: PostWriterForm) -> Result<Reply> {
    save(staff, path, form, AfterSave::Publish).await
}

pub async fn destroy(staff: PostWriter, path: PostPath, FormWithFiles { form, .. }: PostWriterForm) -> Result<Reply> {
    save(staff, path, form, AfterSave::Unpublish).await
}
