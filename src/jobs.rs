//! What runs later: the registry of jobs, what enqueues them, and the worker that runs them.

pub mod letters;
pub mod papers;
pub mod payments;
pub mod pictures;
pub mod reactions;
pub mod unpaid;
pub mod vat_numbers;
pub mod webhooks;
pub mod worker;

use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::job::{PICTURE_SIZES, QueuedJob};
use crate::models::letter::Letter;
use crate::models::webhook::Webhook;

/// Runs a job by its name in the queue. Each may run twice and does its work once.
///
/// # Errors
/// What went wrong; the worker tries again later.
pub async fn run(app: &App, job: &QueuedJob) -> Result<()> {
    let id: i64 = serde_json::from_str(&job.payload)?;
    match job.kind.as_str() {
        "order_placed_letter" => letters::order_placed(app, id).await,
        "new_order_letter" => letters::new_order(app, id).await,
        "payment_received_letter" => letters::payment_received(app, id).await,
        "order_shipped_letter" => letters::order_shipped(app, id).await,
        "order_cancelled_letter" => letters::order_cancelled(app, id).await,
        "gift_cards_letter" => letters::gift_cards(app, id).await,
        "gift_card_letter" => letters::gift_card(app, id).await,
        "transfer_reminder_letter" => letters::transfer_reminder(app, id).await,
        "transfer_expired_letter" => letters::transfer_expired(app, id).await,
        "check_vat_number" => vat_numbers::check(app, id, job.attempts).await,
        "send_letter" => letters::send(app, id).await,
        "order_refunded_letter" => letters::order_refunded(app, id).await,
        "return_requested_letter" => letters::returns::requested(app, id).await,
        "return_approved_letter" => letters::returns::approved(app, id).await,
        "return_refused_letter" => letters::returns::refused(app, id).await,
        "issue_invoice" => papers::issue(app, id).await,
        "seal_paper" => papers::seal(app, id).await,
        PICTURE_SIZES => pictures::make_sizes(app, id).await,
        "repay" => payments::repay(app, id).await,
        "webhook" => webhooks::process(app, id, job).await,
        "sync_payment" => payments::sync(app, id).await,
        _ => Err(Error::broken("a job that nobody knows")),
    }
}

/// Staff want a job that was given up to be tried again.
///
/// # Errors
/// `Conflict` when it was not given up.
pub fn try_again(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    let job = QueuedJob::revive(tx, id)?;
    match job.kind.as_str() {
        "send_letter" => Letter::wait_again(tx, serde_json::from_str(&job.payload)?),
        "webhook" => Webhook::revived(tx, serde_json::from_str(&job.payload)?),
        _ => Ok(()),
    }
}

/// What else happens when a job has failed too often.
///
/// # Errors
/// When the database refuses.
pub fn given_up(tx: &mut Tx<'_>, job: &QueuedJob) -> Result<()> {
    match job.kind.as_str() {
        "send_letter" => Letter::failed(tx, serde_json::from_str(&job.payload)?),
        _ => Ok(()),
    }
}
