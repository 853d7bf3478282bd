//! Uploaded pictures: kept first, whatever else is wrong with the form they came with.

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use crate::adapters::pictures::{Kept, is_empty, open};
use crate::error::{Error, Result};
use crate::http::Staff;
use crate::http::form::Upload;
use crate::models::media::{Media, NewMedia};

/// Pictures read at once: each may take 192 MiB.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

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
    let rows = staff.write(move |tx| good.iter().map(|new| Media::add(tx, new)).collect::<Result<Vec<Media>>>());
    Ok((rows.await?, bad))
}

/// What is wrong with some files, in one message.
pub fn complaint(bad: &[(String, String)]) -> Option<String> {
    let words: Vec<String> = bad.iter().map(|(name, message)| format!("{name}: {message}")).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

async fn keep_one<P>(staff: &Staff<P>, upload: Upload) -> (String, Result<Kept>) {
    let (store, file) = (staff.visitor.app().pictures.clone(), upload.file.clone());
    let Ok(turn) = AT_ONCE.acquire().await else { return (upload.name, Err(Error::Busy)) };
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        if is_empty(file.path())? {
            return Err(Error::invalid("picture", "This file is empty."));
        }
        store.keep(open(file.path())?)
    });
    (upload.name, work.await.map_err(Error::from).flatten())
}

fn new_media(kept: Kept, file_name: String) -> NewMedia {
    NewMedia {
        sha256: kept.sha256,
        widths: kept.widths,
        width: kept.width,
        height: kept.height,
        byte_size: kept.bytes,
        file_name,
        alt_text: String::new(),
    }
}
