//! Picture uploads, stored even if the rest of their form is invalid.

use futures_util::future::join_all;

use crate::adapters::pictures::StoredPicture;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::Staff;
use crate::http::form::Upload;
use crate::models::content::media::{Media, NewMedia};
use crate::models::platform::event::Actor;
use crate::support::i18n::Message;

/// The result of an upload; `P` is a stored file (`NewMedia`) or a library entry (`Media`).
pub struct UploadResult<P> {
    pub pictures: Vec<P>,
    /// The refused files, with the reasons.
    pub error: Option<Message>,
    /// File names of animations, of which only the first frame is stored.
    animations: Vec<String>,
}

impl<P> Default for UploadResult<P> {
    fn default() -> UploadResult<P> {
        UploadResult { pictures: Vec::new(), error: None, animations: Vec::new() }
    }
}

impl<P> UploadResult<P> {
    /// What was done, and what became of animations.
    pub fn notice(&self, done: Message) -> Message {
        match self.animations.as_slice() {
            [] => done,
            names => done.then(Message::AnimationsStilled { files: names.join(", ") }),
        }
    }

    pub fn extend(&mut self, more: UploadResult<P>) {
        self.pictures.extend(more.pictures);
        self.animations.extend(more.animations);
    }
}

/// Stores the files that are pictures and adds them to the library.
pub async fn add_to_library<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<UploadResult<Media>> {
    let UploadResult { pictures: prepared, error: refused, animations } = store_files(staff, files).await?;
    let mut pictures = Vec::new();
    if !prepared.is_empty() {
        let by = staff.actor();
        pictures = staff.write(move |tx| insert_media(tx, &prepared, &by)).await?;
    }
    Ok(UploadResult { pictures, error: refused, animations })
}

pub fn insert_media(tx: &mut Tx<'_>, pictures: &[NewMedia], by: &Actor) -> Result<Vec<Media>> {
    pictures.iter().map(|new| Media::add(tx, new, by)).collect()
}

/// Stores the files that are pictures on disk only.
pub async fn store_files<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<UploadResult<NewMedia>> {
    let (mut uploaded, mut refused) = (UploadResult::default(), Vec::new());
    for (name, kept) in join_all(files.into_iter().map(|file| keep_one(staff, file))).await {
        match kept {
            Ok(kept) => {
                if kept.was_animated {
                    uploaded.animations.push(name.clone());
                }
                uploaded.pictures.push(new_media(kept, name));
            }
            Err(Error::Invalid { message, .. }) => {
                refused.push(Message::FileRefused { file: name, reason: Box::new(message) });
            }
            Err(error) => return Err(error),
        }
    }
    uploaded.error = refused.into_iter().reduce(Message::then);
    Ok(uploaded)
}

async fn keep_one<P>(staff: &Staff<P>, upload: Upload) -> (String, Result<StoredPicture>) {
    let file = upload.file.clone();
    let kept = staff.visitor.app().pictures.run_blocking(move |store| store.save(std::fs::read(file.path())?));
    (upload.name, kept.await)
}

fn new_media(kept: StoredPicture, file_name: String) -> NewMedia {
    NewMedia {
        sha256: kept.sha256,
        width: kept.width,
        height: kept.height,
        byte_size: kept.bytes,
        file_name,
        alt_text: String::new(),
    }
}
