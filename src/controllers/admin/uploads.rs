//! Uploaded pictures: kept first, whatever else is wrong with the form they came with.

use futures_util::future::join_all;

use crate::adapters::pictures::Kept;
use crate::error::{Error, Result};
use crate::http::Staff;
use crate::http::form::Upload;
use crate::models::media::{Media, NewMedia};

/// What became of uploaded files.
#[derive(Default)]
pub struct Uploaded {
    /// The pictures that are in the library now.
    pub pictures: Vec<Media>,
    /// What is wrong with the others, in one message.
    pub refused: Option<String>,
    /// Names of animations, of which the first frame is kept.
    animations: Vec<String>,
}

impl Uploaded {
    /// What staff read after something was done with the pictures.
    pub fn notice(&self, done: &str) -> String {
        match self.animations.as_slice() {
            [] => done.to_owned(),
            names => format!("{done} Animations become still pictures: {}.", names.join(", ")),
        }
    }

    /// Adds what became of more files of the same form.
    pub fn extend(&mut self, more: Uploaded) {
        self.pictures.extend(more.pictures);
        self.animations.extend(more.animations);
    }
}

/// Keeps the files that are pictures.
pub async fn keep<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<Uploaded> {
    let (mut good, mut refused, mut animations) = (Vec::new(), Vec::new(), Vec::new());
    for (name, kept) in join_all(files.into_iter().map(|file| keep_one(staff, file))).await {
        match kept {
            Ok(kept) => {
                if kept.was_animated {
                    animations.push(name.clone());
                }
                good.push(new_media(kept, name));
            }
            Err(Error::Invalid { message, .. }) => refused.push(format!("{name}: {message}")),
            Err(error) => return Err(error),
        }
    }
    let refused = (!refused.is_empty()).then(|| refused.join(" "));
    if good.is_empty() {
        return Ok(Uploaded { refused, ..Uploaded::default() });
    }
    let by = staff.actor();
    let rows = staff.write(move |tx| good.iter().map(|new| Media::add(tx, new, &by)).collect::<Result<Vec<Media>>>());
    Ok(Uploaded { pictures: rows.await?, refused, animations })
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
