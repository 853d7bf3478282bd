//! Enqueues the jobs that follow from an event, in one exhaustive `match`: an event without a decision does not
//! compile.

use jiff::SignedDuration;

use super::{emails, payments, pictures};
use crate::db::Tx;
use crate::error::Result;
use crate::models::platform::email::Email;
use crate::models::platform::event::Event;
use crate::models::platform::job::{JobKind as K, NewJob};
use crate::models::sales::webhook::Webhook;
use crate::support::clock::Utc;

/// Delay after which an unfinished payment is synced.
const LOOK_AFTER: SignedDuration = SignedDuration::from_secs(90);

/// Enqueues the jobs of an event in its transaction.
pub fn handle_event(tx: &mut Tx<'_>, fact: &Event) -> Result<()> {
    let now = tx.now();
    let soon = |kind, what: &str, order: i64| job(kind, order, Email::dedupe_key(what, order), now);
    let jobs = match fact {
        Event::OrderPlaced(order) => {
            vec![soon(K::OrderPlacedEmail, "order-placed", *order), soon(K::NewOrderEmail, "new-order", *order)]
        }
        // Nothing is due, so no payment will trigger the invoice; the order gets its number only later in this
        // transaction.
        Event::NoPaymentDue(order) => vec![soon(K::IssueInvoice, "invoice", *order)],
        Event::PaymentReceived(order) => vec![soon(K::PaymentReceivedEmail, "payment-received", *order)],
        Event::FulfilmentShipped { fulfilment, .. } => vec![soon(K::OrderShippedEmail, "order-shipped", *fulfilment)],
        Event::FulfilmentResent { fulfilment, sendings, .. } => {
            vec![job(K::OrderShippedEmail, *fulfilment, emails::fulfilment_email_key(*fulfilment, *sendings), now)]
        }
        Event::RefundCreated { refund, .. } => vec![soon(K::OrderRefundedEmail, "order-refunded", *refund)],
        Event::ReturnRequested { return_id: back, .. } => {
            vec![soon(K::ReturnRequestedEmail, "return-requested", *back)]
        }
        Event::ReturnApproved { return_id: back, .. } => vec![soon(K::ReturnApprovedEmail, "return-approved", *back)],
        Event::ReturnRefused { return_id: back, .. } => vec![soon(K::ReturnRefusedEmail, "return-refused", *back)],
        Event::InvoiceIssued { invoice, .. } => {
            vec![job(K::RenderInvoicePdf, *invoice, format!("paper:{invoice}"), now)]
        }
        Event::PictureAdded(id) => vec![job(K::ResizePicture, *id, pictures::job_key(*id, 0), now)],
        Event::RefundTransactionRequested(id) => vec![job(K::SubmitRefund, *id, format!("repay:{id}"), now)],
        Event::WebhookReceived(id) => vec![job(K::ProcessWebhook, *id, Webhook::job_key(*id), now)],
        Event::GiftCardsIssued(order) => vec![soon(K::GiftCardsEmail, "gift-cards", *order)],
        Event::GiftCardIssuedManually(card) => vec![soon(K::GiftCardEmail, "gift-card", *card)],
        Event::OrderCancelled(order) => vec![soon(K::OrderCancelledEmail, "order-cancelled", *order)],
        Event::TransferReminderSent(order) => {
            vec![soon(K::TransferReminderEmail, "transfer-reminder", *order)]
        }
        Event::TransferExpired(order) => vec![soon(K::TransferExpiredEmail, "transfer-expired", *order)],
        Event::VatNumberSubmitted(order) => vec![job(K::CheckVatNumber, *order, format!("vat-number:{order}"), now)],
        Event::PaymentStarted { attempt, .. } => {
            vec![job(K::SyncPayment, *attempt, payments::job_key(*attempt), now.plus(LOOK_AFTER))]
        }
        Event::SiteSetUp
        | Event::AccountCreated(_)
        | Event::SignedIn(_)
        | Event::PasswordResetLinkCreated(_)
        | Event::PasswordChanged(_)
        | Event::PostPublished(_)
        | Event::PostUnpublished(_)
        | Event::PostDeleted(_)
        | Event::ProductSaved(_)
        | Event::SettingsChanged(_)
        | Event::FulfilmentDelivered { .. }
        | Event::FulfilmentFailed { .. }
        | Event::FulfilmentCancelled { .. }
        | Event::ReturnReceived { .. }
        | Event::ReturnCancelled { .. }
        | Event::CheckoutCancelled(_)
        | Event::OrderExpired(_) => Vec::new(),
    };
    for job in jobs {
        job.enqueue(tx)?;
    }
    Ok(())
}

fn job(kind: K, id: i64, key: String, run_at: Utc) -> NewJob {
    NewJob { kind, payload: id.to_string(), dedupe_key: Some(key), run_at }
}
