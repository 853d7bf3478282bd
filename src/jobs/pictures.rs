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
use crate::support::ids::MediaId;

/// Pause after a step, as a multiple of its duration, so that many uploads do not keep a small server busy.
const PAUSE_FACTOR: i32 = 3;
/// Maximum pause, in case the clock was changed during a step.
const MAX_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// At most one job per step of a picture: a job enqueues the next step while it is still queued itself.
pub fn job_key(id: MediaId, step: usize) -> String {
    format!("picture:{id}:{step}")
}

/// Existing files are kept, and the row is updated after all files exist, so a step may run twice or be killed.
pub async fn generate_sizes(app: &App, id: MediaId) -> Result<()> {
    let picture = match app.db.read(move |conn| Media::get(conn, id)).await {
        Err(Error::NotFound) => return Ok(()),
        picture => picture?,
    };
    let (sha256, largest) = (picture.sha256.clone(), picture.max_width());
    let started_at = app.clock().now();
    match picture.rendition_stage {
        RenditionStage::Largest => {
            let bytes = app.pictures.run_in_background(move |store| store.make_widths(&sha256, largest)).await?;
            let record_widths = move |tx: &mut Tx<'_>| {
                picture.record_widths(tx, bytes)?;
                continue_later(tx, id, 1, started_at)
            };
            app.db.write(record_widths).await
        }
        RenditionStage::AllWidths => {
            match app.pictures.run_in_background(move |store| store.make_avif(&sha256, largest)).await? {
                AvifProgress::InProgress { made } => {
                    app.db.write(move |tx| continue_later(tx, id, made + 1, started_at)).await
                }
                AvifProgress::Complete(bytes) => app.db.write(move |tx| picture.record_avif(tx, Some(bytes))).await,
                AvifProgress::Skipped => app.db.write(move |tx| picture.record_avif(tx, None)).await,
            }
        }
        RenditionStage::WebpOnly | RenditionStage::Avif => Ok(()),
    }
}

fn continue_later(tx: &mut Tx<'_>, id: MediaId, step: usize, started_at: Utc) -> Result<()> {
    let pause = (tx.now().since(started_at) * PAUSE_FACTOR).clamp(SignedDuration::ZERO, MAX_PAUSE);
    let run_at = tx.now().plus(pause);
    NewJob { kind: JobKind::ResizePicture, payload: id.to_string(), dedupe_key: Some(job_key(id, step)), run_at }
        .enqueue(tx)
}
