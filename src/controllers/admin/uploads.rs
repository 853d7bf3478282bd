//! Uploaded pictures: kept first, whatever else is wrong with the form they came with.

use futures_util::future::join_all;

use crate::adapters::pictures::{Kept, is_empty, open};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::Staff;
use crate::http::form::Upload;
use crate::models::fact::Actor;
use crate::models::media::{Media, NewMedia};

/// Files that are no pictures: their names and what is wrong with them.
type Bad = Vec<(String, String)>;

/// Keeps the files that are pictures, on disk and in the library.
pub async fn keep<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<(Vec<Media>, Bad)> {
    let (good, bad) = prepare(staff, files).await?;
    if good.is_empty() {
        return Ok((Vec::new(), bad));
    }
    let by = staff.actor();
    Ok((staff.write(move |tx| add(tx, &good, &by)).await?, bad))
}

/// Adds pictures to the library.
pub fn add(tx: &mut Tx<'_>, pictures: &[NewMedia], by: &Actor) -> Result<Vec<Media>> {
    pictures.iter().map(|new| Media::add(tx, new, by)).collect()
}

/// Keeps the files that are pictures on disk.
pub async fn prepare<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<(Vec<NewMedia>, Bad)> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (name, kept) in join_all(files.into_iter().map(|file| keep_one(staff, file))).await {
        match kept {
            Ok(kept) => good.push(new_media(kept, name)),
            Err(Error::Invalid { message, .. }) => bad.push((name, message)),
            Err(error) => return Err(error),
        }
    }
    Ok((good, bad))
}

/// What is wrong with some files, in one message.
pub fn complaint(bad: &[(String, String)]) -> Option<String> {
    let words: Vec<String> = bad.iter().map(|(name, message)| format!("{name}: {message}")).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

async fn keep_one<P>(staff: &Staff<P>, upload: Upload) -> (String, Result<Kept>) {
    let file = upload.file.clone();
    let kept = staff.visitor.app().pictures.in_turn(move |store| {
        if is_empty(file.path())? {
            return Err(Error::invalid("picture", "This file is empty."));
        }
        store.keep(open(file.path())?)
    });
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
