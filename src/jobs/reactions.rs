//! What follows from a fact: one exhaustive `match`. A new fact without a reaction does not compile.

use jiff::SignedDuration;

use super::{letters, payments, pictures};
use crate::db::Tx;
use crate::error::Result;
use crate::models::fact::Fact;
use crate::models::job::{JobKind as K, NewJob};
use crate::models::letter::Letter;
use crate::models::webhook::Webhook;
use crate::support::clock::Utc;

/// A payment page that nobody came back from is looked at after so long.
const LOOK_AFTER: SignedDuration = SignedDuration::from_secs(90);

/// Enqueues what follows from a fact, in its transaction.
///
/// # Errors
/// When the database refuses.
pub fn react(tx: &mut Tx<'_>, fact: &Fact) -> Result<()> {
    let now = tx.now();
    let soon = |kind, what: &str, order: i64| job(kind, order, Letter::key(what, order), now);
    let jobs = match fact {
        Fact::OrderPlaced(order) => {
            vec![soon(K::OrderPlacedLetter, "order-placed", *order), soon(K::NewOrderLetter, "new-order", *order)]
        }
        // No money will come that its invoice could be issued with, and it has no number before its transaction ends.
        Fact::NothingToPay(order) => vec![soon(K::IssueInvoice, "invoice", *order)],
        Fact::PaymentReceived(order) => vec![soon(K::PaymentReceivedLetter, "payment-received", *order)],
        Fact::OrderShipped { fulfilment, .. } => vec![soon(K::OrderShippedLetter, "order-shipped", *fulfilment)],
        Fact::ParcelSentAgain { fulfilment, sendings, .. } => {
            vec![job(K::OrderShippedLetter, *fulfilment, letters::parcel_key(*fulfilment, *sendings), now)]
        }
        Fact::RefundMade { refund, .. } => vec![soon(K::OrderRefundedLetter, "order-refunded", *refund)],
        Fact::ReturnRequested { back, .. } => vec![soon(K::ReturnRequestedLetter, "return-requested", *back)],
        Fact::ReturnApproved { back, .. } => vec![soon(K::ReturnApprovedLetter, "return-approved", *back)],
        Fact::ReturnRefused { back, .. } => vec![soon(K::ReturnRefusedLetter, "return-refused", *back)],
        Fact::PaperIssued { invoice, .. } => vec![job(K::SealPaper, *invoice, format!("paper:{invoice}"), now)],
        Fact::PictureAdded(id) => vec![job(K::PictureSizes, *id, pictures::job_key(*id, 0), now)],
        Fact::RepaymentWanted(id) => vec![job(K::Repay, *id, format!("repay:{id}"), now)],
        Fact::WebhookReceived(id) => vec![job(K::Webhook, *id, Webhook::job_key(*id), now)],
        Fact::GiftCardsIssued(order) => vec![soon(K::GiftCardsLetter, "gift-cards", *order)],
        Fact::GiftCardMade(card) => vec![soon(K::GiftCardLetter, "gift-card", *card)],
        Fact::OrderCancelled(order) => vec![soon(K::OrderCancelledLetter, "order-cancelled", *order)],
        Fact::TransferReminded(order) => {
            vec![soon(K::TransferReminderLetter, "transfer-reminder", *order)]
        }
        Fact::TransferExpired(order) => vec![soon(K::TransferExpiredLetter, "transfer-expired", *order)],
        Fact::VatNumberGiven(order) => vec![job(K::CheckVatNumber, *order, format!("vat-number:{order}"), now)],
        Fact::PaymentStarted { attempt, .. } => {
            vec![job(K::SyncPayment, *attempt, payments::job_key(*attempt), now.plus(LOOK_AFTER))]
        }
        Fact::SiteSetUp
        | Fact::AccountCreated(_)
        | Fact::SignedIn(_)
        | Fact::ResetLinkMade(_)
        | Fact::PasswordChanged(_)
        | Fact::PostPublished(_)
        | Fact::PostUnpublished(_)
        | Fact::PostDeleted(_)
        | Fact::ProductSaved(_)
        | Fact::SettingsChanged(_)
        | Fact::ParcelDelivered { .. }
        | Fact::ParcelFailed { .. }
        | Fact::ParcelClosed { .. }
        | Fact::ReturnReceived { .. }
        | Fact::ReturnCancelled { .. }
        | Fact::CheckoutCancelled(_)
        | Fact::OrderExpired(_) => Vec::new(),
    };
    for job in jobs {
        job.enqueue(tx)?;
    }
    Ok(())
}

fn job(kind: K, id: i64, key: String, run_at: Utc) -> NewJob {
    NewJob { kind, payload: id.to_string(), dedupe_key: Some(key), run_at }
}
