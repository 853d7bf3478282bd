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

pub async fn add_to_library<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<UploadResult<Media>> {
    let UploadResult { pictures: stored, error, animations } = store_files(staff, files).await?;
    let mut pictures = Vec::new();
    if !stored.is_empty() {
        let actor = staff.actor();
        pictures = staff.write(move |tx| insert_media(tx, &stored, &actor)).await?;
    }
    Ok(UploadResult { pictures, error, animations })
}

pub fn insert_media(tx: &mut Tx<'_>, pictures: &[NewMedia], by: &Actor) -> Result<Vec<Media>> {
    pictures.iter().map(|new| Media::add(tx, new, by)).collect()
}

pub async fn store_files<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<UploadResult<NewMedia>> {
    let (mut uploaded, mut errors) = (UploadResult::default(), Vec::new());
    for (name, stored) in join_all(files.into_iter().map(|file| store_file(staff, file))).await {
        match stored {
            Ok(picture) => {
                if picture.was_animated {
                    uploaded.animations.push(name.clone());
                }
                uploaded.pictures.push(new_media(picture, name));
            }
            Err(Error::Invalid { message, .. }) => {
                errors.push(Message::FileRefused { file: name, reason: Box::new(message) });
            }
            Err(error) => return Err(error),
        }
    }
    uploaded.error = errors.into_iter().reduce(Message::then);
    Ok(uploaded)
}

async fn store_file<P>(staff: &Staff<P>, upload: Upload) -> (String, Result<StoredPicture>) {
    let file = upload.file.clone();
    let stored = staff.visitor.app().pictures.run_blocking(move |store| store.save(std::fs::read(file.path())?));
    (upload.name, stored.await)
}

fn new_media(picture: StoredPicture, file_name: String) -> NewMedia {
    NewMedia {
        sha256: picture.sha256,
        width: picture.width,
        height: picture.height,
        byte_size: picture.bytes,
        file_name,
        alt_text: String::new(),
    }
}
