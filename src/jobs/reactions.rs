//! What follows from a fact: one exhaustive `match`. A new fact without a reaction does not compile.

use jiff::SignedDuration;

use super::{letters, payments, pictures};
use crate::db::Tx;
use crate::error::Result;
use crate::models::fact::Fact;
use crate::models::job::{NewJob, PICTURE_SIZES};
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
            vec![soon("order_placed_letter", "order-placed", *order), soon("new_order_letter", "new-order", *order)]
        }
        // No money will come that its invoice could be issued with, and it has no number before its transaction ends.
        Fact::NothingToPay(order) => vec![soon("issue_invoice", "invoice", *order)],
        Fact::PaymentReceived(order) => vec![soon("payment_received_letter", "payment-received", *order)],
        Fact::OrderShipped { fulfilment, .. } => vec![soon("order_shipped_letter", "order-shipped", *fulfilment)],
        Fact::ParcelSentAgain { fulfilment, sendings, .. } => {
            vec![job("order_shipped_letter", *fulfilment, letters::parcel_key(*fulfilment, *sendings), now)]
        }
        Fact::RefundMade { refund, .. } => vec![soon("order_refunded_letter", "order-refunded", *refund)],
        Fact::ReturnRequested { back, .. } => vec![soon("return_requested_letter", "return-requested", *back)],
        Fact::ReturnApproved { back, .. } => vec![soon("return_approved_letter", "return-approved", *back)],
        Fact::ReturnRefused { back, .. } => vec![soon("return_refused_letter", "return-refused", *back)],
        Fact::PaperIssued { invoice, .. } => vec![job("seal_paper", *invoice, format!("paper:{invoice}"), now)],
        Fact::PictureAdded(id) => vec![job(PICTURE_SIZES, *id, pictures::job_key(*id, 0), now)],
        Fact::RepaymentWanted(id) => vec![job("repay", *id, format!("repay:{id}"), now)],
        Fact::WebhookReceived(id) => vec![job("webhook", *id, Webhook::job_key(*id), now)],
        Fact::GiftCardsIssued(order) => vec![soon("gift_cards_letter", "gift-cards", *order)],
        Fact::GiftCardMade(card) => vec![soon("gift_card_letter", "gift-card", *card)],
        Fact::OrderCancelled(order) => vec![soon("order_cancelled_letter", "order-cancelled", *order)],
        Fact::TransferReminded(order) => vec![soon("transfer_reminder_letter", "transfer-reminder", *order)],
        Fact::TransferExpired(order) => vec![soon("transfer_expired_letter", "transfer-expired", *order)],
        Fact::VatNumberGiven(order) => vec![job("check_vat_number", *order, format!("vat-number:{order}"), now)],
        Fact::PaymentStarted { attempt, .. } => {
            vec![job("sync_payment", *attempt, payments::job_key(*attempt), now.plus(LOOK_AFTER))]
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

fn job(kind: &'static str, id: i64, key: String, run_at: Utc) -> NewJob {
    NewJob { kind, payload: id.to_string(), dedupe_key: Some(key), run_at }
}
