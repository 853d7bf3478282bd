//! Making the sizes and formats of pictures that were added, a step a run: first all widths as WebP, which pages show
//! from then on, then AVIF, one width after the other.

use jiff::SignedDuration;

use crate::adapters::pictures::Avif;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::job::{JobKind, NewJob};
use crate::models::media::{Made, Media};
use crate::support::clock::Utc;

/// After each step a picture rests for so many times as long as the step took, so that a shop that begins with many
/// pictures does not keep a small server busy.
const REST: i32 = 3;
/// The longest rest: the clock may have been changed during a step.
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(1);

/// At most one job makes a step of a picture. Each job asks for the next one while it is in the queue itself, so they
/// are told apart by the step.
pub fn job_key(id: i64, step: usize) -> String {
    format!("picture:{id}:{step}")
}

/// Makes what is missing next of a picture. Files that are there are not made again, and rows say what there is when
/// all of it is there, so that a step may run twice, or be killed.
///
/// # Errors
/// When a file is missing, or cannot be written.
pub async fn make_sizes(app: &App, id: i64) -> Result<()> {
    let picture = match app.db.read(move |conn| Media::get(conn, id)).await {
        // It was deleted meanwhile.
        Err(Error::NotFound) => return Ok(()),
        picture => picture?,
    };
    let (sha256, largest) = (picture.sha256.clone(), picture.largest());
    let began = app.clock().now();
    match picture.made {
        Made::Largest => {
            let bytes = app.pictures.aside(move |store| store.make_widths(&sha256, largest)).await?;
            let widths_are_there = move |tx: &mut Tx<'_>| {
                picture.has_widths(tx, bytes)?;
                continue_later(tx, id, 1, began)
            };
            app.db.write(widths_are_there).await
        }
        Made::Widths => match app.pictures.aside(move |store| store.make_avif(&sha256, largest)).await? {
            Avif::MoreToCome { made } => app.db.write(move |tx| continue_later(tx, id, made + 1, began)).await,
            Avif::Whole(bytes) => app.db.write(move |tx| picture.has_avif(tx, Some(bytes))).await,
            Avif::None => app.db.write(move |tx| picture.has_avif(tx, None)).await,
        },
        Made::Webp | Made::Avif => Ok(()),
    }
}

/// Asks for the next step of a picture, after a rest.
fn continue_later(tx: &mut Tx<'_>, id: i64, step: usize, began: Utc) -> Result<()> {
    let rest = (tx.now().since(began) * REST).clamp(SignedDuration::ZERO, LONGEST_REST);
    let run_at = tx.now().plus(rest);
    NewJob { kind: JobKind::PictureSizes, payload: id.to_string(), dedupe_key: Some(job_key(id, step)), run_at }
        .enqueue(tx)
}
