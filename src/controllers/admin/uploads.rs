//! Uploaded pictures: kept first, whatever else is wrong with the form they came with.

use futures_util::future::join_all;

use crate::adapters::pictures::Kept;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::Staff;
use crate::http::form::Upload;
use crate::models::fact::Actor;
use crate::models::media::{Media, NewMedia};

/// What became of uploaded files; `P` is a picture that is on disk, or one in the library.
pub struct Uploaded<P> {
    /// The pictures.
    pub pictures: Vec<P>,
    /// What is wrong with the others, in one message.
    pub refused: Option<String>,
    /// Names of animations, of which the first frame is kept.
    animations: Vec<String>,
}

impl<P> Default for Uploaded<P> {
    fn default() -> Uploaded<P> {
        Uploaded { pictures: Vec::new(), refused: None, animations: Vec::new() }
    }
}

impl<P> Uploaded<P> {
    /// What staff read after something was done with the pictures.
    pub fn notice(&self, done: &str) -> String {
        match self.animations.as_slice() {
            [] => done.to_owned(),
            names => format!("{done} Animations become still pictures: {}.", names.join(", ")),
        }
    }

    /// Adds what became of more files of the same form.
    pub fn extend(&mut self, more: Uploaded<P>) {
        self.pictures.extend(more.pictures);
        self.animations.extend(more.animations);
    }
}

/// Keeps the files that are pictures, on disk and in the library.
pub async fn keep<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<Uploaded<Media>> {
    let Uploaded { pictures: prepared, refused, animations } = prepare(staff, files).await?;
    let mut pictures = Vec::new();
    if !prepared.is_empty() {
        let by = staff.actor();
        pictures = staff.write(move |tx| add(tx, &prepared, &by)).await?;
    }
    Ok(Uploaded { pictures, refused, animations })
}

/// Adds pictures to the library.
pub fn add(tx: &mut Tx<'_>, pictures: &[NewMedia], by: &Actor) -> Result<Vec<Media>> {
    pictures.iter().map(|new| Media::add(tx, new, by)).collect()
}

/// Keeps the files that are pictures on disk.
pub async fn prepare<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<Uploaded<NewMedia>> {
    let (mut uploaded, mut refused) = (Uploaded::default(), Vec::new());
    for (name, kept) in join_all(files.into_iter().map(|file| keep_one(staff, file))).await {
        match kept {
            Ok(kept) => {
                if kept.was_animated {
                    uploaded.animations.push(name.clone());
                }
                uploaded.pictures.push(new_media(kept, name));
            }
            Err(Error::Invalid { message, .. }) => refused.push(format!("{name}: {message}")),
            Err(error) => return Err(error),
        }
    }
    uploaded.refused = (!refused.is_empty()).then(|| refused.join(" "));
    Ok(uploaded)
}

async fn keep_one<P>(staff: &Staff<P>, upload: Upload) -> (String, Result<Kept>) {
    let file = upload.file.clone();
    let kept = staff.visitor.app().pictures.in_turn(move |store| store.keep(std::fs::read(file.path())?));
    (upload.name, kept.await)
}

fn new_media(kept: Kept, file_name: String) -> NewMedia {
    NewMedia {
        sha256: kept.sha256,
        width: kept.width,
        height: kept.height,
        byte_size: kept.bytes,
        file_name,
        alt_text: String::new(),
    }
}
