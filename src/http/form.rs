//! Form bodies, urlencoded or multipart, with a deadline and limits. Files over a limit are discarded and reported
//! beside their field, so the rest of the form is kept. The extractor sets the limits: [`Form`] for anybody,
//! [`LongForm`] and [`FormWithFiles`] for staff, read only after the permission check.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::body;
use super::form_token::FormToken;
use super::guards::{RequiredPermission, Staff, app_data};
use crate::error::{Error, Result};
use crate::forms::{Fields, FormObject};
use crate::support::i18n::Message;
use crate::support::token;

#[derive(Clone, Copy)]
struct Limits {
    bytes: usize,
    fields: usize,
    files: bool,
}

/// For anybody: a return of a hundred lines, a checkout with a long note.
const PUBLIC_LIMITS: Limits = Limits { bytes: 64 * 1024, fields: 200, files: false };
/// For staff: the front page's texts, a discount for many products.
const STAFF_LIMITS: Limits = Limits { bytes: 512 * 1024, fields: 1_200, files: false };
/// For staff: texts over the limit, which come back with an error, and a hundred variants with seven fields each.
const UPLOAD_LIMITS: Limits = Limits { bytes: 5 * 1024 * 1024, fields: 1_200, files: true };

/// Bytes per field for multipart headers, besides the name.
const PART_HEADER_BYTES: usize = 256;
const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;
const MAX_FILES: usize = 20;
/// Bytes of rejected files that are read and discarded before the form is refused.
const MAX_DISCARDED_BYTES: usize = 256 * 1024 * 1024;
/// Minimum upload rate in bytes per second, after the first [`body::READ_TIMEOUT`].
const UPLOAD_RATE: usize = 16 * 1024;
const UPLOAD_TIME: Duration = Duration::from_secs(120);
/// Unit in which space for uploads is reserved, in bytes.
const SPACE_BLOCK: usize = 64 * 1024;
/// Space for the uploads of all requests together, in blocks: 512 MiB.
const SPACE_BLOCKS: usize = 8_192;

/// An uploaded file.
#[derive(Clone)]
pub struct Upload {
    /// The client's name for it, for messages only, never for paths.
    pub name: String,
    /// The temporary file; deleted when the last clone is dropped.
    pub file: Arc<NamedTempFile>,
    _space: Arc<ReservedSpace>,
}

/// A parsed form.
#[derive(Clone, Default)]
pub struct Form {
    /// Text fields as typed.
    pub fields: Fields,
    /// Uploads by field name.
    pub files: BTreeMap<String, Vec<Upload>>,
    /// Identifies a repeated submission.
    pub token: FormToken,
}

impl Form {
    /// Validates the fields as form `T`; on failure returns them with their errors, to render the form again.
    pub fn check<T: FormObject>(mut self) -> std::result::Result<T::Output, Fields> {
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
        Box::pin(read_form(request.clone(), payload.take(), PUBLIC_LIMITS))
    }
}

impl AsRef<Form> for Form {
    fn as_ref(&self) -> &Form {
        self
    }
}

macro_rules! staff_forms {
    ($($(#[$about:meta])* $name:ident: $limits:expr;)+) => {$(
        $(#[$about])*
        pub struct $name<P> {
            /// The parsed form.
            pub form: Form,
            permission: PhantomData<P>,
        }

        impl<P> AsRef<Form> for $name<P> {
            fn as_ref(&self) -> &Form {
                &self.form
            }
        }

        impl<P: RequiredPermission> FromRequest for $name<P> {
            type Error = Error;
            type Future = Pin<Box<dyn Future<Output = Result<$name<P>>>>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let (request, payload) = (request.clone(), payload.take());
                Box::pin(async move {
                    // Extractors run concurrently, so the handler's own guard would not stop the body from being read.
                    Staff::<P>::authorize(&request).await?;
                    Ok($name { form: read_form(request, payload, $limits).await?, permission: PhantomData })
                })
            }
        }
    )+};
}

staff_forms! {
    /// A form with long texts, from staff with permission `P`.
    LongForm: STAFF_LIMITS;
    /// A form with files and many fields, from staff with permission `P`.
    FormWithFiles: UPLOAD_LIMITS;
}

async fn read_form(request: HttpRequest, payload: Payload, limits: Limits) -> Result<Form> {
    let is_encoded = request.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    if is_encoded {
        return Err(Error::UnsupportedMediaType);
    }
    match request.content_type().to_ascii_lowercase().as_str() {
        "multipart/form-data" => {
            let received = Rc::new(Cell::new(0));
            let max_bytes = if limits.files { usize::MAX } else { limits.bytes + limits.fields * PART_HEADER_BYTES };
            let counter = received.clone();
            let payload = payload.map(move |chunk| {
                let chunk = chunk?;
                counter.set(counter.get() + chunk.len());
                // The multipart parser buffers a part's headers whole, however long they are.
                if counter.get() > max_bytes { Err(PayloadError::Overflow) } else { Ok(chunk) }
            });
            let parts = Multipart::new(request.headers(), payload);
            let folder = if limits.files { Some(app_data::<UploadFolder>(&request)?) } else { None };
            let form = read_multipart(parts, folder.as_ref().map(|folder| &***folder), limits, request.path());
            tokio::select! {
                form = form => if received.get() > max_bytes { Err(Error::TooLarge) } else { form },
                () = wait_for_timeout(&received) => Err(Error::RequestTimeout),
            }
        }
        "application/x-www-form-urlencoded" => {
            let body = body::read_body(payload, limits.bytes).await?;
            // Checked before parsing allocates each field.
            if body.iter().filter(|byte| **byte == b'&').count() >= limits.fields {
                return Err(Error::TooLarge);
            }
            let mut fields = Fields::parse(&body);
            let token = FormToken::from_fields(&mut fields, "", request.path());
            Ok(Form { fields, files: BTreeMap::new(), token })
        }
        // An empty body needs no content type.
        "" if body::read_body(payload, 0).await.is_ok() => Ok(Form::default()),
        _ => Err(Error::UnsupportedMediaType),
    }
}

/// The directory for uploads, with a limit on their total size.
pub struct UploadFolder {
    path: PathBuf,
    space: Arc<Semaphore>,
}

impl UploadFolder {
    /// `path` is on the disk of the database, so uploads are limited to 512 MiB in total.
    pub fn new(path: PathBuf) -> UploadFolder {
        UploadFolder { path, space: Arc::new(Semaphore::new(SPACE_BLOCKS)) }
    }

    /// Bytes that further uploads may take now.
    pub fn free_bytes(&self) -> usize {
        self.space.available_permits() * SPACE_BLOCK
    }
}

/// Space reserved for a file; released on drop.
#[derive(Default)]
struct ReservedSpace(Option<OwnedSemaphorePermit>);

impl ReservedSpace {
    /// Extends the reservation to at least `bytes`; `Busy` if the space is taken.
    fn grow(&mut self, folder: &UploadFolder, bytes: usize) -> Result<()> {
        let reserved = self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = u32::try_from(bytes.div_ceil(SPACE_BLOCK).saturating_sub(reserved)).unwrap_or(u32::MAX);
        if missing == 0 {
            return Ok(());
        }
        let acquired = folder.space.clone().try_acquire_many_owned(missing).map_err(|_| Error::Busy)?;
        match &mut self.0 {
            Some(permit) => permit.merge(acquired),
            None => self.0 = Some(acquired),
        }
        Ok(())
    }
}

/// Completes when the body arrives too slowly or exceeds the upload time.
async fn wait_for_timeout(received: &Cell<usize>) {
    let started = Instant::now();
    loop {
        let allowance = Duration::from_secs(u64::try_from(received.get() / UPLOAD_RATE).unwrap_or(u64::MAX));
        let deadline = started + (body::READ_TIMEOUT.saturating_add(allowance)).min(UPLOAD_TIME);
        if deadline <= Instant::now() {
            return;
        }
        tokio::time::sleep_until(deadline).await;
    }
}

async fn read_multipart(
    mut parts: Multipart,
    folder: Option<&UploadFolder>,
    limits: Limits,
    path: &str,
) -> Result<Form> {
    const INCOMPLETE: Error = Error::BadRequest(Message::FormIncomplete);
    let mut form = Form::default();
    let (mut text_bytes, mut discarded, mut fields, mut files) = (0, 0, 0, 0);
    let mut contents = String::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| INCOMPLETE)?;
        let disposition = part.content_disposition().cloned();
        let name = disposition.as_ref().and_then(|d| d.get_name()).unwrap_or("").to_owned();
        let is_file =
            disposition.as_ref().is_some_and(|d| d.get_filename().is_some() || d.get_filename_ext().is_some());
        fields += 1;
        text_bytes += name.len();
        if fields > limits.fields {
            return Err(Error::TooLarge);
        }
        if !is_file {
            let mut text = Vec::new();
            while let Some(chunk) = part.next().await {
                let chunk = chunk.map_err(|_| INCOMPLETE)?;
                text_bytes += chunk.len();
                if text_bytes > limits.bytes {
                    return Err(Error::TooLarge);
                }
                text.extend_from_slice(&chunk);
            }
            form.fields.add(&name, String::from_utf8_lossy(&text).into_owned());
            continue;
        }
        let Some(folder) = folder else { return Err(Error::TooLarge) };
        let file_name = disposition.as_ref().and_then(|d| d.get_filename()).unwrap_or("");
        let mut space = ReservedSpace::default();
        let file = NamedTempFile::new_in(&folder.path)?;
        let mut writer = tokio::fs::File::from_std(file.reopen()?);
        let (mut size, mut content) = (0, Sha256::new());
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| INCOMPLETE)?;
            size += chunk.len();
            content.update(&chunk);
            if size > MAX_FILE_BYTES || files == MAX_FILES {
                discarded += chunk.len();
            } else {
                space.grow(folder, size)?;
                writer.write_all(&chunk).await?;
            }
            if discarded > MAX_DISCARDED_BYTES {
                return Err(Error::TooLarge);
            }
        }
        writer.flush().await?;
        // Browsers send an empty file field as a nameless file of zero bytes.
        if file_name.is_empty() && size == 0 {
            continue;
        }
        contents.push_str(&format!("{name} {file_name} {size} {}\n", token::sha256_hex(content.finalize())));
        let display_name: String = file_name.chars().filter(|c| !c.is_control()).take(120).collect();
        if files == MAX_FILES {
            form.fields.add_error(&name, Message::FilesTooMany { max: Message::count(MAX_FILES) });
            continue;
        }
        files += 1;
        if size > MAX_FILE_BYTES {
            let megabytes = |bytes: usize| Message::count(bytes / 1_048_576);
            let message = Message::FileTooLarge {
                file: display_name,
                megabytes: megabytes(size),
                max: megabytes(MAX_FILE_BYTES),
            };
            form.fields.add_error(&name, message);
        } else {
            let upload = Upload { name: display_name, file: Arc::new(file), _space: Arc::new(space) };
            form.files.entry(name).or_default().push(upload);
        }
    }
    form.token = FormToken::from_fields(&mut form.fields, &contents, path);
    Ok(form)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
    use actix_web::web::Bytes;
    use futures_util::stream;
    use tempfile::TempDir;

    use super::*;

    /// A multipart body with files of the given sizes.
    fn parts(sizes: &[usize]) -> Multipart {
        let mut body = Vec::new();
        for size in sizes {
            body.extend_from_slice(b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n");
            body.extend(vec![b'a'; *size]);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--x--\r\n");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("multipart/form-data; boundary=x"));
        let chunks: Vec<Result<Bytes, PayloadError>> =
            body.chunks(10_000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        Multipart::new(&headers, stream::iter(chunks))
    }

    #[actix_web::test]
    async fn all_uploads_share_what_room_there_is_and_give_it_back() {
        let on_disk = TempDir::new().unwrap();
        let folder = UploadFolder { path: on_disk.path().to_owned(), space: Arc::new(Semaphore::new(5)) };
        let read = async |sizes: &[usize]| read_multipart(parts(sizes), Some(&folder), UPLOAD_LIMITS, "/").await;
        let first = read(&[SPACE_BLOCK, SPACE_BLOCK + 1, 0]).await.unwrap();
        assert_eq!(first.files["f"].len(), 3);
        assert_eq!(folder.free_bytes(), 2 * SPACE_BLOCK);
        assert!(matches!(read(&[2 * SPACE_BLOCK + 1]).await, Err(Error::Busy)));
        assert!(matches!(read(&[SPACE_BLOCK, SPACE_BLOCK, 1]).await, Err(Error::Busy)));
        assert_eq!(folder.free_bytes(), 2 * SPACE_BLOCK, "who was turned away holds nothing");
        let second = read(&[2 * SPACE_BLOCK]).await.unwrap();
        let retained = first.files["f"][1].clone();
        drop(first);
        assert_eq!(folder.free_bytes(), SPACE_BLOCK, "a file that somebody still looks at stays");
        drop((second, retained));
        assert_eq!((folder.free_bytes(), std::fs::read_dir(on_disk.path()).unwrap().count()), (5 * SPACE_BLOCK, 0));
    }

    #[actix_web::test]
    async fn a_file_too_many_or_too_large_is_noted_and_the_others_stay() {
        let on_disk = TempDir::new().unwrap();
        let folder = UploadFolder::new(on_disk.path().to_owned());
        let form = read_multipart(parts(&[1; MAX_FILES + 2]), Some(&folder), UPLOAD_LIMITS, "/").await.unwrap();
        assert_eq!(form.files["f"].len(), MAX_FILES);
        assert_eq!(form.fields.error("f"), Some(&Message::FilesTooMany { max: 20 }));
        drop(form);
        let form = read_multipart(parts(&[1, MAX_FILE_BYTES + 1, 1]), Some(&folder), UPLOAD_LIMITS, "/").await.unwrap();
        assert_eq!((form.files["f"].len(), form.fields.error("f").is_some()), (2, true));
        drop(form);
        assert_eq!(folder.free_bytes(), SPACE_BLOCKS * SPACE_BLOCK);
        assert!(matches!(read_multipart(parts(&[1]), None, PUBLIC_LIMITS, "/").await, Err(Error::TooLarge)));
    }
}
