//! Generates the sizes of uploaded pictures, one step per job: first all widths as WebP, which pages use from then on,
//! then AVIF one width at a time.

use jiff::SignedDuration;

use crate::adapters::pictures::AvifProgress;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::content::media::{Media, RenditionStage};
use crate::models::platform::job::{JobKind, NewJob};
use crate::support::clock::Utc;

/// Pause after a step, as a multiple of its duration, so that many uploads do not keep a small server busy.
const REST: i32 = 3;
/// Maximum pause, in case the clock was changed during a step.
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(1);

/// Deduplication key: at most one job per step of a picture. It contains the step because a job enqueues the next one
/// while it is still queued itself.
pub fn job_key(id: i64, step: usize) -> String {
    format!("picture:{id}:{step}")
}

/// Generates the next missing renditions of a picture. Existing files are kept, and the row is updated only after all
/// files exist, so a step may run twice or be killed.
pub async fn generate_sizes(app: &App, id: i64) -> Result<()> {
    let picture = match app.db.read(move |conn| Media::get(conn, id)).await {
        Err(Error::NotFound) => return Ok(()),
        picture => picture?,
    };
    let (sha256, largest) = (picture.sha256.clone(), picture.max_width());
    let began = app.clock().now();
    match picture.rendition_stage {
        RenditionStage::Largest => {
            let bytes = app.pictures.run_in_background(move |store| store.make_widths(&sha256, largest)).await?;
            let widths_are_there = move |tx: &mut Tx<'_>| {
                picture.record_widths(tx, bytes)?;
                continue_later(tx, id, 1, began)
            };
            app.db.write(widths_are_there).await
        }
        RenditionStage::AllWidths => {
            match app.pictures.run_in_background(move |store| store.make_avif(&sha256, largest)).await? {
                AvifProgress::InProgress { made } => {
                    app.db.write(move |tx| continue_later(tx, id, made + 1, began)).await
                }
                AvifProgress::Complete(bytes) => app.db.write(move |tx| picture.record_avif(tx, Some(bytes))).await,
                AvifProgress::Skipped => app.db.write(move |tx| picture.record_avif(tx, None)).await,
            }
        }
        RenditionStage::WebpOnly | RenditionStage::Avif => Ok(()),
    }
}

fn continue_later(tx: &mut Tx<'_>, id: i64, step: usize, began: Utc) -> Result<()> {
    let rest = (tx.now().since(began) * REST).clamp(SignedDuration::ZERO, LONGEST_REST);
    let run_at = tx.now().plus(rest);
    NewJob { kind: JobKind::ResizePicture, payload: id.to_string(), dedupe_key: Some(job_key(id, step)), run_at }
        .enqueue(tx)
}
