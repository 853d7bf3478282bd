//! What runs later: the registry of jobs, what enqueues them, the worker that runs them, and the sweeps that run by the
//! clock.

pub mod letters;
pub mod papers;
pub mod payments;
pub mod pictures;
pub mod reactions;
pub mod sweeps;
pub mod unpaid;
pub mod vat_numbers;
pub mod webhooks;
pub mod worker;

use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::job::{JobKind, QueuedJob};
use crate::models::letter::Letter;
use crate::models::webhook::{Webhook, WebhookState};

/// Runs a job. Each may run twice and does its work once.
///
/// # Errors
/// What went wrong; the worker tries again later.
pub async fn run(app: &App, job: &QueuedJob) -> Result<()> {
    use JobKind as K;
    let kind = job.known().ok_or_else(|| Error::broken("a job that nobody knows"))?;
    let id: i64 = serde_json::from_str(&job.payload)?;
    match kind {
        K::OrderPlacedLetter => letters::order_placed(app, id).await,
        K::NewOrderLetter => letters::new_order(app, id).await,
        K::PaymentReceivedLetter => letters::payment_received(app, id).await,
        K::OrderShippedLetter => letters::order_shipped(app, id).await,
        K::OrderCancelledLetter => letters::order_cancelled(app, id).await,
        K::OrderRefundedLetter => letters::order_refunded(app, id).await,
        K::GiftCardsLetter => letters::gift_cards(app, id).await,
        K::GiftCardLetter => letters::gift_card(app, id).await,
        K::ReturnRequestedLetter => letters::returns::requested(app, id).await,
        K::ReturnApprovedLetter => letters::returns::approved(app, id).await,
        K::ReturnRefusedLetter => letters::returns::refused(app, id).await,
        K::IssueInvoice => papers::issue(app, id).await,
        K::SealPaper => papers::seal(app, id).await,
        K::TransferReminderLetter => letters::transfer_reminder(app, id).await,
        K::TransferExpiredLetter => letters::transfer_expired(app, id).await,
        K::CheckVatNumber => vat_numbers::check(app, id, job.attempts).await,
        K::SendLetter => letters::send(app, id).await,
        K::SyncPayment => payments::sync(app, id).await,
        K::Repay => payments::repay(app, id).await,
        K::Webhook => webhooks::process(app, id, job).await,
        K::PictureSizes => pictures::make_sizes(app, id).await,
    }
}

/// Staff want a job that was given up to be tried again.
///
/// # Errors
/// `Conflict` when it was not given up.
pub fn try_again(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    let job = QueuedJob::revive(tx, id)?;
    match job.known() {
        Some(JobKind::Webhook) => Webhook::revived(tx, serde_json::from_str(&job.payload)?),
        _ => Ok(()),
    }
}

/// What else happens when a job has failed too often. A letter stands in the outbox, from where it can be sent again: its
/// job goes.
///
/// # Errors
/// When the database refuses.
pub fn given_up(tx: &mut Tx<'_>, job: &QueuedJob, error: &str) -> Result<()> {
    match job.known() {
        Some(JobKind::SendLetter) if Letter::failed(tx, serde_json::from_str(&job.payload)?, error)? => {
            QueuedJob::finish(tx, job.id)
        }
        // If it took too long, nobody has said so yet.
        Some(JobKind::Webhook) => Webhook::became(tx, serde_json::from_str(&job.payload)?, WebhookState::Dead, error),
        _ => Ok(()),
    }
}
