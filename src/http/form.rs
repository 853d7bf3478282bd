//! What a form sent: fields as typed, files on disk, whatever the encoding. Reading has a deadline and limits; what is
//! past them is thrown away and noted beside its field, so that the rest of the form is not lost. How much may come
//! stands in the handler's signature: [`Form`] is for anybody, [`LongForm`] and [`FormWithFiles`] are read only once it
//! is known that their sender is staff.

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
use super::guards::{Needs, Staff, carried};
use super::once::Once;
use crate::error::{Error, Result};
use crate::forms::{Checked, Fields};
use crate::support::token;

/// How much a form may bring.
#[derive(Clone, Copy)]
struct Limits {
    /// Bytes of the names and values of its fields.
    bytes: usize,
    /// How many fields and files.
    fields: usize,
    /// Whether it may bring files.
    files: bool,
}

/// Of anybody: a return of a hundred lines, a checkout with a long note.
const SHORT: Limits = Limits { bytes: 64 * 1024, fields: 200, files: false };
/// Of staff: the words of the front page, a discount for many products.
const LONG: Limits = Limits { bytes: 512 * 1024, fields: 1_200, files: false };
/// Of staff: a text far beyond what is taken, so that it can come back and be split, or a hundred variants with some seven fields each.
const WITH_FILES: Limits = Limits { bytes: 5 * 1024 * 1024, fields: 1_200, files: true };

/// Bytes of the heads of parts, besides their names.
const HEADS: usize = 256;
/// Bytes of one file.
const FILE: usize = 10 * 1024 * 1024;
/// Files of one form.
const FILES: usize = 20;
/// Bytes that are read and thrown away before the connection is closed instead.
const PATIENCE: usize = 256 * 1024 * 1024;
/// Bytes a second that files bring at least, once the time of a form without files is over.
const UPLOAD_RATE: usize = 16 * 1024;
/// How long files may take to arrive.
const UPLOAD_TIME: Duration = Duration::from_secs(120);
/// Bytes of a block, which is what room for files is given out in.
const BLOCK: usize = 64 * 1024;
/// Blocks of all files that lie in the folder at once, of whatever connections: 512 MiB.
const BLOCKS: usize = 8_192;

/// A file that was sent.
#[derive(Clone)]
pub struct Upload {
    /// What it was called: for people, never for the file system.
    pub name: String,
    /// Where it lies; deleted when nobody holds it any more.
    pub file: Arc<NamedTempFile>,
    _room: Arc<Room>,
}

/// A form.
#[derive(Clone, Default)]
pub struct Form {
    /// The fields as typed.
    pub fields: Fields,
    /// Files by field.
    pub files: BTreeMap<String, Vec<Upload>>,
    /// What tells it from one that was sent before.
    pub once: Once,
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
        Box::pin(read(request.clone(), payload.take(), SHORT))
    }
}

impl AsRef<Form> for Form {
    fn as_ref(&self) -> &Form {
        self
    }
}

macro_rules! of_staff {
    ($($(#[$about:meta])* $name:ident: $limits:expr;)+) => {$(
        $(#[$about])*
        pub struct $name<P> {
            /// What was sent.
            pub form: Form,
            permission: PhantomData<P>,
        }

        impl<P> AsRef<Form> for $name<P> {
            fn as_ref(&self) -> &Form {
                &self.form
            }
        }

        impl<P: Needs> FromRequest for $name<P> {
            type Error = Error;
            type Future = Pin<Box<dyn Future<Output = Result<$name<P>>>>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let (request, payload) = (request.clone(), payload.take());
                Box::pin(async move {
                    // Extractors run beside each other: the handler's own guard would come too late.
                    Staff::<P>::of(&request).await?;
                    Ok($name { form: read(request, payload, $limits).await?, permission: PhantomData })
                })
            }
        }
    )+};
}

of_staff! {
    /// A form with long texts of staff who may do `P`.
    LongForm: LONG;
    /// A form with very long texts, very many fields and files of staff who may do `P`.
    FormWithFiles: WITH_FILES;
}

async fn read(request: HttpRequest, payload: Payload, limits: Limits) -> Result<Form> {
    let coded = request.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
    if coded {
        return Err(Error::UnknownMediaType);
    }
    match request.content_type().to_ascii_lowercase().as_str() {
        "multipart/form-data" => {
            let arrived = Rc::new(Cell::new(0));
            let most = if limits.files { usize::MAX } else { limits.bytes + limits.fields * HEADS };
            let counted = arrived.clone();
            let payload = payload.map(move |chunk| {
                let chunk = chunk?;
                counted.set(counted.get() + chunk.len());
                // The head of a part is gathered whole, however long it is.
                if counted.get() > most { Err(PayloadError::Overflow) } else { Ok(chunk) }
            });
            let parts = Multipart::new(request.headers(), payload);
            let folder = if limits.files { Some(carried::<UploadFolder>(&request)?) } else { None };
            let form = multipart(parts, folder.as_ref().map(|folder| &***folder), limits, request.path());
            tokio::select! {
                form = form => if arrived.get() > most { Err(Error::TooLarge) } else { form },
                () = lagging(&arrived) => Err(Error::TooSlow),
            }
        }
        "application/x-www-form-urlencoded" => {
            let body = body::whole(payload, limits.bytes).await?;
            // Before each of them takes room of its own.
            if body.iter().filter(|byte| **byte == b'&').count() >= limits.fields {
                return Err(Error::TooLarge);
            }
            let mut fields = Fields::parse(&body);
            let once = Once::of(&mut fields, "", request.path());
            Ok(Form { fields, files: BTreeMap::new(), once })
        }
        // Who sends nothing need not say what it is.
        "" if body::whole(payload, 0).await.is_ok() => Ok(Form::default()),
        _ => Err(Error::UnknownMediaType),
    }
}

/// Where uploads wait while they are looked at.
pub struct UploadFolder {
    path: PathBuf,
    room: Arc<Semaphore>,
}

impl UploadFolder {
    /// A folder on the disk that also holds the database: there is an end to what it takes.
    pub fn new(path: PathBuf) -> UploadFolder {
        UploadFolder { path, room: Arc::new(Semaphore::new(BLOCKS)) }
    }

    /// Bytes of uploads for which there is room now.
    pub fn free(&self) -> usize {
        self.room.available_permits() * BLOCK
    }
}

/// Room that a file takes in the folder; it is given back with the file.
#[derive(Default)]
struct Room(Option<OwnedSemaphorePermit>);

impl Room {
    /// Takes as much as so many bytes need.
    fn grow(&mut self, folder: &UploadFolder, bytes: usize) -> Result<()> {
        let have = self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(bytes.div_ceil(BLOCK).saturating_sub(have)).unwrap_or(u32::MAX);
        if more == 0 {
            return Ok(());
        }
        let taken = folder.room.clone().try_acquire_many_owned(more).map_err(|_| Error::Busy)?;
        match &mut self.0 {
            Some(mine) => mine.merge(taken),
            None => self.0 = Some(taken),
        }
        Ok(())
    }
}

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

async fn multipart(mut parts: Multipart, folder: Option<&UploadFolder>, limits: Limits, path: &str) -> Result<Form> {
    const BROKEN: Error = Error::BadRequest("The form did not arrive whole.");
    let mut form = Form::default();
    let (mut text_bytes, mut thrown, mut fields, mut files) = (0, 0, 0, 0);
    let mut contents = String::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| BROKEN)?;
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
                let chunk = chunk.map_err(|_| BROKEN)?;
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
        let mut room = Room::default();
        let file = NamedTempFile::new_in(&folder.path)?;
        let mut out = tokio::fs::File::from_std(file.reopen()?);
        let (mut size, mut content) = (0, Sha256::new());
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| BROKEN)?;
            size += chunk.len();
            content.update(&chunk);
            if size > FILE || files == FILES {
                thrown += chunk.len();
            } else {
                room.grow(folder, size)?;
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
        contents.push_str(&format!("{name} {file_name} {size} {}\n", token::hash(content.finalize())));
        let shown: String = file_name.chars().filter(|c| !c.is_control()).take(120).collect();
        if files == FILES {
            form.fields.refuse(&name, format!("Choose at most {FILES} files at a time."));
            continue;
        }
        files += 1;
        if size > FILE {
            let megabytes = size / 1_048_576;
            form.fields.refuse(&name, format!("{shown} has {megabytes} MB. A picture may have at most 10 MB."));
        } else {
            let upload = Upload { name: shown, file: Arc::new(file), _room: Arc::new(room) };
            form.files.entry(name).or_default().push(upload);
        }
    }
    form.once = Once::of(&mut form.fields, &contents, path);
    Ok(form)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
    use actix_web::web::Bytes;
    use futures_util::stream;
    use tempfile::TempDir;

    use super::*;

    /// A form of files of so many bytes.
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
        let folder = UploadFolder { path: on_disk.path().to_owned(), room: Arc::new(Semaphore::new(5)) };
        let read = async |sizes: &[usize]| multipart(parts(sizes), Some(&folder), WITH_FILES, "/").await;
        let first = read(&[BLOCK, BLOCK + 1, 0]).await.unwrap();
        assert_eq!(first.files["f"].len(), 3);
        assert_eq!(folder.free(), 2 * BLOCK);
        assert!(matches!(read(&[2 * BLOCK + 1]).await, Err(Error::Busy)));
        assert!(matches!(read(&[BLOCK, BLOCK, 1]).await, Err(Error::Busy)));
        assert_eq!(folder.free(), 2 * BLOCK, "who was turned away holds nothing");
        let second = read(&[2 * BLOCK]).await.unwrap();
        let kept = first.files["f"][1].clone();
        drop(first);
        assert_eq!(folder.free(), BLOCK, "a file that somebody still looks at stays");
        drop((second, kept));
        assert_eq!((folder.free(), std::fs::read_dir(on_disk.path()).unwrap().count()), (5 * BLOCK, 0));
    }

    #[actix_web::test]
    async fn a_file_too_many_or_too_large_is_noted_and_the_others_stay() {
        let on_disk = TempDir::new().unwrap();
        let folder = UploadFolder::new(on_disk.path().to_owned());
        let form = multipart(parts(&[1; FILES + 2]), Some(&folder), WITH_FILES, "/").await.unwrap();
        assert_eq!(form.files["f"].len(), FILES);
        assert!(form.fields.error("f").unwrap().contains("at most 20 files"));
        drop(form);
        let form = multipart(parts(&[1, FILE + 1, 1]), Some(&folder), WITH_FILES, "/").await.unwrap();
        assert_eq!((form.files["f"].len(), form.fields.error("f").is_some()), (2, true));
        drop(form);
        assert_eq!(folder.free(), BLOCKS * BLOCK);
        assert!(matches!(multipart(parts(&[1]), None, SHORT, "/").await, Err(Error::TooLarge)));
    }
}
