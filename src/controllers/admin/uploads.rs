//! Uploaded pictures: kept first, whatever else is wrong with the form they came with.

use futures_util::future::join_all;

use crate::adapters::pictures::{Kept, is_empty, open};
use crate::error::{Error, Result};
use crate::http::Staff;
use crate::http::form::Upload;
use crate::models::media::{Media, NewMedia};

/// Keeps the files that are pictures. Those that are not come back with their names and what is wrong with them.
pub async fn keep<P>(staff: &Staff<P>, files: Vec<Upload>) -> Result<(Vec<Media>, Vec<(String, String)>)> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (name, kept) in join_all(files.into_iter().map(|file| keep_one(staff, file))).await {
        match kept {
            Ok(kept) => good.push(new_media(kept, name)),
            Err(Error::Invalid { message, .. }) => bad.push((name, message)),
            Err(error) => return Err(error),
        }
    }
    if good.is_empty() {
        return Ok((Vec::new(), bad));
    }
    let by = staff.actor();
    let rows = staff.write(move |tx| good.iter().map(|new| Media::add(tx, new, &by)).collect::<Result<Vec<Media>>>());
    Ok((rows.await?, bad))
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
