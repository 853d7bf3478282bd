//! Enqueues the jobs that follow from an event, in one exhaustive `match`: an event without a decision does not
//! compile.

use std::fmt::Display;

use jiff::SignedDuration;

use super::emails::account_notices::NoticeJob;
use super::emails::accounts::EmailChange;
use super::emails::staff::StaffNotice;
use super::{emails, payments, pictures};
use crate::db::Tx;
use crate::error::Result;
use crate::models::platform::email::Email;
use crate::models::platform::event::Event;
use crate::models::platform::job::{JobKind as K, NewJob};
use crate::models::sales::webhook::Webhook;
use crate::support::clock::Utc;
use crate::support::ids::AccountId;

/// Delay after which an unfinished payment is synced.
const SYNC_DELAY: SignedDuration = SignedDuration::from_secs(90);

pub fn handle_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = tx.now();
    let soon = |kind, what: &str, id: &dyn Display| job(kind, id, Email::dedupe_key(what, id), now);
    let jobs = match event {
        Event::OrderPlaced { order, .. } => {
            vec![soon(K::OrderPlacedEmail, "order-placed", order), soon(K::NewOrderEmail, "new-order", order)]
        }
        // Nothing is due, so no payment will trigger the invoice; the order gets its number only later in this
        // transaction.
        Event::NoPaymentDue { order } => vec![soon(K::IssueInvoice, "invoice", order)],
        Event::PaymentReceived { order, .. } => vec![soon(K::PaymentReceivedEmail, "payment-received", order)],
        Event::FulfilmentShipped { fulfilment, .. } => vec![soon(K::OrderShippedEmail, "order-shipped", fulfilment)],
        Event::FulfilmentResent { fulfilment, send_count, .. } => {
            vec![job(K::OrderShippedEmail, *fulfilment, emails::fulfilment_email_key(*fulfilment, *send_count), now)]
        }
        Event::RefundCreated { refund, .. } => vec![soon(K::OrderRefundedEmail, "order-refunded", refund)],
        Event::ReturnRequested { return_id: return_request, .. } => {
            vec![soon(K::ReturnRequestedEmail, "return-requested", return_request)]
        }
        Event::ReturnApproved { return_id: return_request, .. } => {
            vec![soon(K::ReturnApprovedEmail, "return-approved", return_request)]
        }
        Event::ReturnRefused { return_id: return_request, .. } => {
            vec![soon(K::ReturnRefusedEmail, "return-refused", return_request)]
        }
        Event::InvoiceIssued { invoice, .. }
        | Event::CreditNoteIssued { invoice, .. }
        | Event::InvoiceBuyerErased { invoice, .. } => {
            vec![job(K::RenderInvoicePdf, *invoice, format!("invoice-pdf:{invoice}"), now)]
        }
        Event::PictureAdded { picture } => vec![job(K::ResizePicture, *picture, pictures::job_key(*picture, 0), now)],
        Event::RefundTransactionRequested { refund_transaction: id, .. } => {
            vec![job(K::SubmitRefund, *id, format!("refund-transaction:{id}"), now)]
        }
        Event::WebhookReceived { webhook } => {
            vec![job(K::ProcessWebhook, *webhook, Webhook::job_key(*webhook), now)]
        }
        Event::GiftCardsIssued { order, .. } => vec![soon(K::GiftCardsEmail, "gift-cards", order)],
        Event::GiftCardIssuedManually { gift_card } => vec![soon(K::GiftCardEmail, "gift-card", gift_card)],
        Event::OrderCancelled { order } => vec![soon(K::OrderCancelledEmail, "order-cancelled", order)],
        Event::TransferReminderSent { order } => vec![soon(K::TransferReminderEmail, "transfer-reminder", order)],
        Event::TransferExpired { order } => vec![soon(K::TransferExpiredEmail, "transfer-expired", order)],
        Event::VatNumberSubmitted { order } => {
            vec![job(K::CheckVatNumber, *order, format!("vat-number:{order}"), now)]
        }
        Event::PaymentStarted { attempt, .. } => {
            vec![job(K::SyncPayment, *attempt, payments::job_key(*attempt), now.plus(SYNC_DELAY))]
        }
        Event::AccountEmailChanged { account, from, .. } => {
            let change = EmailChange { account: *account, former_email: from.clone(), at: now.micros() };
            vec![job(K::EmailChangedEmail, serde_json::to_string(&change)?, change.dedupe_key(), now)]
        }
        Event::PasswordChanged { account }
        | Event::SignedInOnNewDevice { account, .. }
        | Event::SecondFactorAdded { account, .. }
        | Event::SecondFactorRemoved { account, .. }
        | Event::SecondFactorsCleared { account }
        | Event::IdentityLinked { account, .. }
        | Event::IdentityUnlinked { account, .. }
        | Event::RecoveryCodeUsed { account, .. } => {
            let notice = NoticeJob { account: *account, event: event.clone(), at: now.micros() };
            let key = notice.dedupe_key()?;
            vec![job(K::AccountNoticeEmail, serde_json::to_string(&notice)?, key, now)]
        }
        Event::InvitationSent { invitation, send_count, .. } => {
            let key = Email::dedupe_key("invitation", format!("{invitation}:{send_count}"));
            vec![job(K::InvitationEmail, *invitation, key, now)]
        }
        Event::RoleChanged { account, auth_epoch, .. } => {
            let key = Email::dedupe_key("role-changed", format!("{account}:{auth_epoch}"));
            vec![job(K::StaffNoticeEmail, staff_notice(StaffNotice::Role, *account, &key)?, key, now)]
        }
        Event::AccountStatusChanged { account, to, auth_epoch, .. } => {
            let notice = match to.as_str() {
                "suspended" => StaffNotice::Suspended,
                _ => StaffNotice::Reactivated,
            };
            let key = Email::dedupe_key("account-status", format!("{account}:{auth_epoch}"));
            vec![job(K::StaffNoticeEmail, staff_notice(notice, *account, &key)?, key, now)]
        }
        Event::OwnershipTransferred { account, from, auth_epoch } => [account, from]
            .into_iter()
            .map(|person| {
                let key = Email::dedupe_key("ownership", format!("{account}:{auth_epoch}:{person}"));
                Ok(job(K::StaffNoticeEmail, staff_notice(StaffNotice::Role, *person, &key)?, key, now))
            })
            .collect::<Result<Vec<NewJob>>>()?,
        Event::CustomerErased { customer, .. } => {
            vec![job(K::WriteErasures, *customer, format!("erasures:{customer}"), now)]
        }
        Event::SiteSetUp
        | Event::SecretKeyRotated { .. }
        | Event::AccountCreated { .. }
        | Event::SignedIn { .. }
        | Event::PasswordResetLinkCreated { .. }
        | Event::AccountUpdated { .. }
        | Event::AccountEmailReverted { .. }
        | Event::SessionsEnded { .. }
        | Event::OrdersClaimed { .. }
        | Event::AccountErased { .. }
        | Event::RecoveryCodesCreated { .. }
        | Event::PasskeyRenamed { .. }
        | Event::IdentityProviderAdded { .. }
        | Event::IdentityProviderChanged { .. }
        | Event::IdentityProviderDeleted { .. }
        | Event::InvitationWithdrawn { .. }
        | Event::InvitationAccepted { .. }
        | Event::RolePermissionsChanged { .. }
        | Event::CustomerChanged { .. }
        | Event::CustomersMerged { .. }
        | Event::ImpersonationStarted { .. }
        | Event::ImpersonationEnded { .. }
        | Event::PostPublished { .. }
        | Event::PostUnpublished { .. }
        | Event::PostDeleted { .. }
        | Event::ProductSaved { .. }
        | Event::SettingsChanged { .. }
        | Event::VatNumberChecked { .. }
        | Event::FulfilmentDelivered { .. }
        | Event::FulfilmentFailed { .. }
        | Event::FulfilmentCancelled { .. }
        | Event::ReturnReceived { .. }
        | Event::ReturnItemsDamaged { .. }
        | Event::ReturnCancelled { .. }
        | Event::CheckoutCancelled { .. }
        | Event::OrderExpired { .. }
        | Event::OrderReinstated { .. }
        | Event::WebhookProcessed { .. }
        | Event::EmailReaddressed { .. }
        | Event::OrderEmailChanged { .. }
        | Event::NoteAdded { .. }
        | Event::OrderFlagged { .. }
        | Event::OrderFlagResolved { .. } => Vec::new(),
    };
    for job in jobs {
        job.enqueue(tx)?;
    }
    Ok(())
}

/// The payload of a job that tells a staff member what changed.
fn staff_notice(notice: StaffNotice, account: AccountId, key: &str) -> Result<String> {
    Ok(serde_json::to_string(&(notice, account, key))?)
}

fn job(kind: K, id: impl Display, key: String, run_at: Utc) -> NewJob {
    NewJob { kind, payload: id.to_string(), dedupe_key: Some(key), run_at }
}
