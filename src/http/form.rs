//! What a form sent: fields as typed, files on disk, whatever the encoding. Reading has a deadline and limits; what is
//! past them is thrown away and noted beside its field, so that the rest of the form is not lost.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::{StreamExt, TryStreamExt};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::body;
use crate::error::{Error, Result};
use crate::forms::{Checked, Fields};

/// Bytes of a form without files.
const FORM: usize = 2 * 1024 * 1024;
/// Bytes of one file.
const FILE: usize = 10 * 1024 * 1024;
/// Files of one form.
const FILES: usize = 20;
/// Bytes that are read and thrown away before the connection is closed instead.
const PATIENCE: usize = 256 * 1024 * 1024;
/// Fields of one form: a product can have a hundred variants, with some seven each.
const FIELDS: usize = 1_200;
/// Bytes a second that files bring at least, once the time of a form without files is over.
const UPLOAD_RATE: usize = 16 * 1024;
/// How long files may take to arrive.
const UPLOAD_TIME: Duration = Duration::from_secs(120);

/// A file that was sent.
#[derive(Clone)]
pub struct Upload {
    /// What it was called: for people, never for the file system.
    pub name: String,
    /// Where it lies; deleted when nobody holds it any more.
    pub file: Arc<NamedTempFile>,
}

/// A form.
#[derive(Clone, Default)]
pub struct Form {
    /// The fields as typed.
    pub fields: Fields,
    /// Files by field.
    pub files: BTreeMap<String, Vec<Upload>>,
}

impl Form {
    /// Checks the fields as a form of a kind.
    ///
    /// # Errors
    /// The fields with what is wrong beside each.
    pub fn check<T: Checked>(mut self) -> std::result::Result<T::Output, Fields> {
        match self.fields.check::<T>() {
            Some(output) => Ok(output),
            None => Err(self.fields),
        }
    }
}

impl FromRequest for Form {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Form>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let coded = request.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
            if coded {
                return Err(Error::UnknownMediaType);
            }
            // Types are the same in any case (RFC 9110, 8.3.1).
            match request.content_type().to_ascii_lowercase().as_str() {
                "multipart/form-data" => {
                    let arrived = Rc::new(Cell::new(0));
                    let counted = arrived.clone();
                    let payload = payload.inspect_ok(move |chunk| counted.set(counted.get() + chunk.len()));
                    let parts = Multipart::new(request.headers(), payload);
                    let folder = request.app_data::<web::Data<UploadFolder>>().map(|folder| folder.0.clone());
                    let folder = folder.unwrap_or_else(std::env::temp_dir);
                    tokio::select! {
                        form = multipart(parts, &folder) => form,
                        () = lagging(&arrived) => Err(Error::TooSlow),
                    }
                }
                "application/x-www-form-urlencoded" => {
                    let body = body::whole(payload, FORM).await?;
                    Ok(Form { fields: Fields::parse(&body), files: BTreeMap::new() })
                }
                // Who sends nothing need not say what it is.
                "" if body::whole(payload, 0).await.is_ok() => Ok(Form::default()),
                _ => Err(Error::UnknownMediaType),
            }
        })
    }
}

/// Where uploads wait while they are looked at.
pub struct UploadFolder(pub std::path::PathBuf);

/// Comes back when less has arrived than must have by now, or files have had all their time.
async fn lagging(arrived: &Cell<usize>) {
    let begun = Instant::now();
    loop {
        let earned = Duration::from_secs(u64::try_from(arrived.get() / UPLOAD_RATE).unwrap_or(u64::MAX));
        let due = begun + (body::TIME.saturating_add(earned)).min(UPLOAD_TIME);
        if due <= Instant::now() {
            return;
        }
        tokio::time::sleep_until(due).await;
    }
}

async fn multipart(mut parts: Multipart, folder: &std::path::Path) -> Result<Form> {
    const BROKEN: Error = Error::BadRequest("The form did not arrive whole.");
    let mut form = Form::default();
    let (mut text_bytes, mut thrown, mut fields, mut files) = (0, 0, 0, 0);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| BROKEN)?;
        let disposition = part.content_disposition().cloned();
        let name = disposition.as_ref().and_then(|d| d.get_name()).unwrap_or("").to_owned();
        let file_name = disposition.as_ref().and_then(|d| d.get_filename().map(str::to_owned));
        fields += 1;
        if fields > FIELDS {
            return Err(Error::TooLarge);
        }
        let Some(file_name) = file_name else {
            let mut text = Vec::new();
            while let Some(chunk) = part.next().await {
                let chunk = chunk.map_err(|_| BROKEN)?;
                text_bytes += chunk.len();
                if text_bytes > FORM {
                    return Err(Error::TooLarge);
                }
                text.extend_from_slice(&chunk);
            }
            form.fields.add(&name, String::from_utf8_lossy(&text).into_owned());
            continue;
        };
        let file = NamedTempFile::new_in(folder)?;
        let mut out = tokio::fs::File::from_std(file.reopen()?);
        let mut size = 0;
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| BROKEN)?;
            size += chunk.len();
            if size > FILE {
                thrown += chunk.len();
            } else {
                out.write_all(&chunk).await?;
            }
            if thrown > PATIENCE {
                return Err(Error::TooLarge);
            }
        }
        out.flush().await?;
        // A file field left empty arrives as a nameless file of no bytes.
        if file_name.is_empty() && size == 0 {
            continue;
        }
        files += 1;
        let shown: String = file_name.chars().filter(|c| !c.is_control()).take(120).collect();
        if files > FILES {
            form.fields.refuse(&name, format!("Choose at most {FILES} files at a time."));
        } else if size > FILE {
            let megabytes = size / 1_048_576;
            form.fields.refuse(&name, format!("{shown} has {megabytes} MB. A picture may have at most 10 MB."));
        } else {
            form.files.entry(name).or_default().push(Upload { name: shown, file: Arc::new(file) });
        }
    }
    Ok(form)
}
