//! Background jobs: the dispatcher, event handlers that enqueue jobs, the workers, and recurring tasks.

pub mod bank_transfers;
pub mod documents;
pub mod emails;
pub mod erasures;
pub mod event_handler;
pub mod payments;
pub mod pictures;
pub mod recurring_tasks;
pub mod vat_numbers;
pub mod webhooks;
pub mod worker;

use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::platform::email::Email;
use crate::models::platform::job::{JobKind, QueuedJob};
use crate::models::sales::webhook::{Webhook, WebhookState};
use crate::support::ids::JobId;

/// Runs a job. Jobs are delivered at least once, so each must be idempotent; an error makes the worker retry it.
pub async fn run(app: &App, job: &QueuedJob) -> Result<()> {
    use JobKind as K;
    let kind = job.known_kind().ok_or_else(|| Error::bug("an unknown kind of job"))?;
    match kind {
        K::OrderPlacedEmail => emails::order_placed(app, job.parse_payload()?).await,
        K::NewOrderEmail => emails::new_order(app, job.parse_payload()?).await,
        K::PaymentReceivedEmail => emails::payment_received(app, job.parse_payload()?).await,
        K::OrderShippedEmail => emails::order_shipped(app, job.parse_payload()?).await,
        K::OrderCancelledEmail => emails::order_cancelled(app, job.parse_payload()?).await,
        K::OrderRefundedEmail => emails::order_refunded(app, job.parse_payload()?).await,
        K::GiftCardsEmail => emails::gift_cards(app, job.parse_payload()?).await,
        K::GiftCardEmail => emails::gift_card(app, job.parse_payload()?).await,
        K::AccountNoticeEmail => emails::account_notices::write(app, job.parse_payload()?).await,
        K::ReturnRequestedEmail => emails::returns::requested(app, job.parse_payload()?).await,
        K::ReturnApprovedEmail => emails::returns::approved(app, job.parse_payload()?).await,
        K::ReturnRefusedEmail => emails::returns::refused(app, job.parse_payload()?).await,
        K::RegistrationEmail => emails::accounts::registration(app, job.parse_payload()?).await,
        K::PasswordResetEmail => emails::accounts::password_reset(app, &job.parse_payload()?).await,
        K::LoginCodeEmail => emails::accounts::login_code(app, &job.parse_payload()?).await,
        K::OrderLinkEmail => emails::accounts::order_link(app, &job.parse_payload()?).await,
        K::EmailChangeEmail => emails::accounts::email_change(app, &job.parse_payload()?).await,
        K::EmailChangedEmail => emails::accounts::email_changed(app, &job.parse_payload()?).await,
        K::IssueInvoice => documents::issue_invoice(app, job.parse_payload()?).await,
        K::RenderInvoicePdf => documents::render_pdf(app, job.parse_payload()?).await,
        K::TransferReminderEmail => emails::transfer_reminder(app, job.parse_payload()?).await,
        K::TransferExpiredEmail => emails::transfer_expired(app, job.parse_payload()?).await,
        K::InvitationEmail => emails::staff::invitation(app, job.parse_payload()?).await,
        K::StaffNoticeEmail => {
            let (notice, account, key) = job.parse_payload()?;
            emails::staff::staff_notice(app, notice, account, key).await
        }
        K::CheckVatNumber => vat_numbers::check(app, job.parse_payload()?, job.attempts).await,
        K::SendEmail => emails::send(app, job.parse_payload()?).await,
        K::SyncPayment => payments::sync_attempt(app, job.parse_payload()?).await,
        K::SubmitRefund => payments::send_refund(app, job.parse_payload()?).await,
        K::ProcessWebhook => webhooks::process(app, job.parse_payload()?, job).await,
        K::ResizePicture => pictures::generate_sizes(app, job.parse_payload()?).await,
        K::WriteErasures => erasures::write_file(app).await,
    }
}

/// Queues a dead job again, at the request of staff; `Conflict` if it is not dead.
pub fn retry_dead_job(tx: &mut Tx<'_>, id: JobId) -> Result<()> {
    let job = QueuedJob::retry(tx, id)?;
    match job.known_kind() {
        Some(JobKind::ProcessWebhook) => Webhook::retry_dead(tx, job.parse_payload()?),
        _ => Ok(()),
    }
}

/// Updates what a job worked on when it becomes dead. A failed email is resent from the outbox, so its job is deleted.
pub fn handle_dead_job(tx: &mut Tx<'_>, job: &QueuedJob, error: &str) -> Result<()> {
    match job.known_kind() {
        Some(JobKind::SendEmail) if Email::mark_failed(tx, job.parse_payload()?, error)? => {
            QueuedJob::finish(tx, job.id)
        }
        // After a timeout the job itself could not record the outcome.
        Some(JobKind::ProcessWebhook) => Webhook::record_outcome(tx, job.parse_payload()?, WebhookState::Dead, error),
        _ => Ok(()),
    }
}
