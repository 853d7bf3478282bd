//! The timeline of an order, and why it needs attention: events and reasons in the reader's language.

use serde_json::Value;

use crate::models::platform::email::{Email, EmailState};
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::platform::event::{Actor, Event, EventLine, EventVisibility, StoredEvent};
use crate::models::sales::order::{OrderDetails, OrderLine};
use crate::presenters::format::Format;
use crate::presenters::people::admin_staff::role_name;
use crate::presenters::platform::actor::{actor_label, provider_code_label};
use crate::presenters::sales::refund::refund_reason;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::ids::{EmailId, OrderLineId};
use crate::support::money::Money;
use crate::views::{admin, shop};

/// What the events of an order name by its row id.
#[derive(Clone, Copy)]
pub struct TimelineRecords<'a> {
    pub lines: &'a [OrderLine],
    /// Empty for readers who do not see the events of emails.
    pub emails: &'a [Email],
}

pub fn buyer_timeline(details: &OrderDetails, format: &Format) -> Vec<shop::orders::Event> {
    let records = TimelineRecords { lines: &details.lines, emails: &[] };
    let mut entries: Vec<shop::orders::Event> = details
        .events
        .iter()
        .filter(|event| event.visibility() == EventVisibility::Buyer)
        .map(|event| shop::orders::Event {
            when: format.date_time(event.at),
            text: describe_event(event, records, format),
            is_latest: false,
        })
        .collect();
    if let Some(latest) = entries.last_mut() {
        latest.is_latest = true;
    }
    entries
}

/// The timeline with the order's emails, newest first. `email_href` is the page of an email, for those who may see it.
pub fn staff_timeline(
    details: &OrderDetails,
    emails: &[Email],
    email_href: impl Fn(EmailId) -> Option<String>,
    format: &Format,
) -> Vec<admin::sales::orders::Event> {
    let records = TimelineRecords { lines: &details.lines, emails };
    let events = details.events.iter().filter(|event| event.visibility() != EventVisibility::Log).map(|event| {
        let entry = admin::sales::orders::Event {
            when: format.date_time(event.at),
            who: timeline_actor(format.locale, &event.actor),
            text: describe_event(event, records, format),
            href: None,
        };
        (event.at, entry)
    });
    let emails = emails.iter().map(|email| {
        let entry = admin::sales::orders::Event {
            when: format.date_time(email.created_at),
            who: String::new(),
            text: describe_email(format.locale, email),
            href: email_href(email.id),
        };
        (email.created_at, entry)
    });
    let mut entries: Vec<(Utc, admin::sales::orders::Event)> = events.chain(emails).collect();
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().rev().map(|(_, entry)| entry).collect()
}

/// Empty for the buyer and the program, whose events say so themselves.
fn timeline_actor(t: Locale, actor: &Actor) -> String {
    match actor {
        Actor::Customer | Actor::System => String::new(),
        actor => actor_label(t, actor),
    }
}

fn describe_email(t: Locale, email: &Email) -> String {
    let (recipient, subject) = (or_erased(t, &email.recipient), or_erased(t, &email.subject));
    match email.state {
        EmailState::Refused | EmailState::Failed => t.event_email_undelivered(recipient, subject),
        EmailState::Unsent | EmailState::Queued | EmailState::Sent => t.event_email(recipient, subject),
    }
}

/// A text of an event, or that it was erased with its customer.
fn or_erased(t: Locale, text: &str) -> &str {
    if text.is_empty() { t.event_text_erased() } else { text }
}

/// An event in words. One that a newer version of the program has written is described by its kind.
pub fn describe_event(stored: &StoredEvent, records: TimelineRecords<'_>, format: &Format) -> String {
    let t = format.locale;
    let Some(event) = &stored.event else { return stored.kind.clone() };
    let items = |lines: &[EventLine]| list_items(t, lines, records.lines);
    match event {
        Event::OrderPlaced { .. } => t.event_order_placed().to_owned(),
        Event::PaymentStarted { .. } => t.event_payment_started().to_owned(),
        Event::PaymentReceived { .. } => t.event_payment_received().to_owned(),
        Event::GiftCardsIssued { count, .. } => t.event_gift_cards_issued(*count),
        Event::VatNumberChecked { number, is_valid, name, .. } => match (*is_valid, name.as_str()) {
            (true, "") => t.event_vat_number_valid(or_erased(t, number)),
            (true, name) => t.event_vat_number_valid_name(number, name),
            (false, "") => t.event_vat_number_invalid(or_erased(t, number)),
            (false, name) => t.event_vat_number_invalid_name(number, name),
        },
        Event::TransferReminderSent { .. } => t.event_transfer_reminder_sent().to_owned(),
        Event::TransferExpired { .. } => t.event_transfer_expired().to_owned(),
        Event::OrderCancelled { .. } => t.event_order_cancelled().to_owned(),
        Event::OrderExpired { .. } => t.event_order_expired().to_owned(),
        Event::CheckoutCancelled { .. } => t.event_checkout_cancelled().to_owned(),
        Event::OrderReinstated { .. } => t.event_order_reinstated().to_owned(),
        Event::FulfilmentShipped { carrier, tracking_number, .. } => {
            match (carrier.as_str(), tracking_number.as_str()) {
                ("", "") => t.event_fulfilment_shipped().to_owned(),
                (carrier, "") => t.event_fulfilment_shipped_carrier(carrier),
                ("", number) => t.event_fulfilment_shipped_number(number),
                (carrier, number) => t.event_fulfilment_shipped_carrier_number(carrier, number),
            }
        }
        Event::FulfilmentResent { carrier, tracking_number, .. } => {
            match (carrier.as_str(), tracking_number.as_str()) {
                ("", "") => t.event_fulfilment_resent().to_owned(),
                (carrier, "") => t.event_fulfilment_resent_carrier(carrier),
                ("", number) => t.event_fulfilment_resent_number(number),
                (carrier, number) => t.event_fulfilment_resent_carrier_number(carrier, number),
            }
        }
        Event::FulfilmentDelivered { is_pickup: true, .. } => t.event_fulfilment_picked_up().to_owned(),
        Event::FulfilmentDelivered { is_pickup: false, .. } => t.event_fulfilment_delivered().to_owned(),
        Event::FulfilmentFailed { is_pickup: true, .. } => t.event_fulfilment_not_picked_up().to_owned(),
        Event::FulfilmentFailed { is_pickup: false, .. } => t.event_fulfilment_failed().to_owned(),
        Event::FulfilmentCancelled { .. } => t.event_fulfilment_cancelled().to_owned(),
        Event::RefundCreated { amount_minor, currency, cause, reason, .. } => {
            let amount = Money::new(*amount_minor, *currency);
            let reason = refund_reason(t, *cause, reason);
            match cause {
                Some(cause) if cause.is_automatic() => t.event_refund_created_automatically(reason, amount),
                _ if reason.is_empty() => t.event_refund_created(amount),
                _ => t.event_refund_created_reason(amount, reason),
            }
        }
        Event::RefundTransactionRequested { .. } => t.event_refund_retried().to_owned(),
        Event::ReturnRequested { lines, .. } => t.event_return_requested(items(lines)),
        Event::ReturnApproved { lines, .. } => t.event_return_approved(items(lines)),
        Event::ReturnRefused { answer, .. } => t.event_return_declined(answer),
        Event::ReturnReceived { lines, .. } => t.event_return_received(items(lines)),
        Event::ReturnItemsDamaged { lines, .. } => t.event_return_items_damaged(items(lines)),
        Event::ReturnCancelled { lines, .. } => t.event_return_cancelled(items(lines)),
        Event::InvoiceIssued { number, .. } => t.order_invoice(number),
        Event::CreditNoteIssued { number, .. } => t.order_credit_note(number),
        Event::InvoiceBuyerErased { number, .. } => t.event_invoice_buyer_erased(number),
        Event::WebhookProcessed { topic, .. } => t.event_webhook_processed(topic),
        Event::EmailReaddressed { email, from, to, .. } => {
            let subject = records.emails.iter().find(|known| known.id == *email).map_or("", |known| &known.subject);
            t.event_email_readdressed(or_erased(t, subject), or_erased(t, to), or_erased(t, from))
        }
        Event::OrderEmailChanged { from, to, .. } => t.event_order_email_changed(or_erased(t, from), or_erased(t, to)),
        Event::NoteAdded { note, .. } => or_erased(t, note).to_owned(),
        Event::OrderFlagged { reason, .. } => describe_review_reason(reason, format),
        Event::OrderFlagResolved { reason, .. } => t.event_order_flag_resolved(describe_review_reason(reason, format)),
        Event::SiteSetUp => t.event_log_site_set_up().to_owned(),
        Event::SecretKeyRotated { .. } => t.event_log_secret_key_rotated().to_owned(),
        Event::AccountCreated { .. } => t.event_log_account_created().to_owned(),
        Event::SignedIn { .. } => t.event_log_signed_in().to_owned(),
        Event::PasswordResetLinkCreated { .. } => t.event_log_reset_link_created().to_owned(),
        Event::PasswordChanged { .. } => t.event_log_password_changed().to_owned(),
        Event::AccountUpdated { group, .. } => t.event_log_account_updated(group.as_str()),
        Event::AccountEmailChanged { from, to, .. } => t.event_log_account_email_changed(from, to),
        Event::AccountEmailReverted { from, to, .. } => t.event_log_account_email_reverted(from, to),
        Event::SessionsEnded { .. } => t.event_log_sessions_ended().to_owned(),
        Event::SignedInOnNewDevice { .. } => t.event_log_signed_in_on_new_device().to_owned(),
        Event::OrdersClaimed { count, .. } => t.event_log_orders_claimed(*count),
        Event::AccountErased { .. } => t.event_log_account_erased().to_owned(),
        Event::SecondFactorAdded { .. } => t.event_log_factor_added().to_owned(),
        Event::SecondFactorRemoved { .. } => t.event_log_factor_removed().to_owned(),
        Event::SecondFactorsCleared { .. } => t.event_log_factors_cleared().to_owned(),
        Event::RecoveryCodesCreated { .. } => t.event_log_recovery_codes_created().to_owned(),
        Event::RecoveryCodeUsed { .. } => t.event_log_recovery_code_used().to_owned(),
        Event::PasskeyRenamed { from, to, .. } => t.event_log_passkey_renamed(from, to),
        Event::IdentityLinked { provider, .. } => t.event_log_identity_linked(provider),
        Event::IdentityUnlinked { provider, .. } => t.event_log_identity_unlinked(provider),
        Event::IdentityProviderAdded { name, .. } => t.event_log_identity_provider_added(name),
        Event::IdentityProviderChanged { name, .. } => t.event_log_identity_provider_changed(name),
        Event::IdentityProviderDeleted { name, .. } => t.event_log_identity_provider_deleted(name),
        Event::InvitationSent { email, role, .. } => t.event_log_invitation_sent(email, role_name(t, role.clone())),
        Event::InvitationWithdrawn { email, .. } => t.event_log_invitation_withdrawn(email),
        Event::InvitationAccepted { .. } => t.event_log_invitation_accepted().to_owned(),
        Event::RoleChanged { .. } => t.event_log_role_changed().to_owned(),
        Event::AccountStatusChanged { to, .. } if to == "suspended" => t.event_log_account_suspended().to_owned(),
        Event::AccountStatusChanged { .. } => t.event_log_account_activated().to_owned(),
        Event::OwnershipTransferred { .. } => t.event_log_ownership_transferred().to_owned(),
        Event::RolePermissionsChanged { .. } => t.event_log_permissions_changed().to_owned(),
        Event::CustomerChanged { .. } => t.event_log_customer_changed().to_owned(),
        Event::CustomersMerged { .. } => t.event_log_customers_merged().to_owned(),
        Event::CustomerErased { orders, .. } => t.event_log_customer_erased(*orders),
        Event::ImpersonationStarted { reason, .. } => t.event_log_impersonation_started(reason),
        Event::ImpersonationEnded { .. } => t.event_log_impersonation_ended().to_owned(),
        Event::PictureAdded { .. } => t.event_log_picture_added().to_owned(),
        Event::PostPublished { .. } => t.event_log_post_published().to_owned(),
        Event::PostUnpublished { .. } => t.event_log_post_unpublished().to_owned(),
        Event::PostDeleted { title, .. } => t.event_log_post_deleted(title),
        Event::ProductSaved { .. } => t.event_log_product_saved().to_owned(),
        Event::SettingsChanged { group, .. } => t.event_log_settings_changed(group.as_str()),
        Event::GiftCardIssuedManually { .. } => t.event_log_gift_card_issued().to_owned(),
        Event::WebhookReceived { .. } => t.event_log_webhook_received().to_owned(),
        Event::NoPaymentDue { .. } => t.event_log_no_payment_due().to_owned(),
        Event::VatNumberSubmitted { .. } => t.event_log_vat_number_submitted().to_owned(),
    }
}

pub fn describe_review_reason(reason: &ReviewReason, format: &Format) -> String {
    let t = format.locale;
    match reason {
        ReviewReason::Disputed => t.event_review_disputed().to_owned(),
        ReviewReason::PaidInOtherCurrency => t.event_review_paid_in_other_currency().to_owned(),
        ReviewReason::Underpaid => t.event_review_underpaid().to_owned(),
        ReviewReason::ChargedAmountDiffers => t.event_review_charged_amount_differs().to_owned(),
        ReviewReason::RefundedAutomatically { cause, amount_minor, currency } => {
            let amount = Money::new(*amount_minor, *currency);
            t.event_refund_created_automatically(refund_reason(t, Some(*cause), ""), amount)
        }
        ReviewReason::RefundFailed { message } => t.event_review_refund_failed(or_erased(t, message)),
        ReviewReason::RefundedAtProvider { provider, amount_minor, currency, is_confirmed } => {
            let (amount, provider) = (Money::new(*amount_minor, *currency), provider_code_label(t, provider));
            match is_confirmed {
                true => t.event_review_refunded_at_provider_items(amount, provider),
                false => t.event_review_refunded_at_provider(amount, provider),
            }
        }
        ReviewReason::OverdueAfterShipping => t.event_review_overdue_after_shipping().to_owned(),
        ReviewReason::OverdueAfterPartPayment => t.event_review_overdue_after_part_payment().to_owned(),
        ReviewReason::InvalidVatNumber { number, name } if name.is_empty() => {
            t.event_review_invalid_vat_number(or_erased(t, number))
        }
        ReviewReason::InvalidVatNumber { number, name } => t.event_review_invalid_vat_number_name(number, name),
        ReviewReason::Unknown(stored) => match stored.get("kind").unwrap_or(stored) {
            Value::String(kind) => kind.clone(),
            other => other.to_string(),
        },
    }
}

/// `1 × Harbour mug, 2 × Lamp`.
fn list_items(t: Locale, items: &[EventLine], lines: &[OrderLine]) -> String {
    let name = |id: OrderLineId| lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    items.iter().map(|item| t.common_quantity(item.quantity, name(item.line))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::platform::event::reasons::RefundCause;
    use crate::support::money::Currency;

    fn words(event: Event) -> String {
        let format =
            Format { locale: Locale::En, currency: Currency::EUR, time_zone: "UTC".to_owned(), reader_zone: None };
        let records = TimelineRecords { lines: &[], emails: &[] };
        let at = Utc::from_micros(0);
        describe_event(
            &StoredEvent { kind: String::new(), event: Some(event), actor: Actor::System, at },
            records,
            &format,
        )
    }

    fn shipped(carrier: &str, tracking_number: &str) -> Event {
        Event::FulfilmentShipped {
            order: 1.into(),
            fulfilment: 1.into(),
            carrier: carrier.to_owned(),
            tracking_number: tracking_number.to_owned(),
            lines: Vec::new(),
        }
    }

    fn refunded(cause: Option<RefundCause>, reason: &str) -> Event {
        Event::RefundCreated {
            order: 1.into(),
            refund: 1.into(),
            amount_minor: 16_90,
            currency: Currency::EUR,
            cause,
            reason: reason.to_owned(),
            lines: Vec::new(),
        }
    }

    fn flagged(reason: ReviewReason) -> Event {
        Event::OrderFlagged { order: 1.into(), reason }
    }

    #[test]
    fn an_event_is_told_with_what_is_known_of_it() {
        let number = || "ATU12345675".to_owned();
        let at_stripe = |is_confirmed| ReviewReason::RefundedAtProvider {
            provider: "stripe".to_owned(),
            amount_minor: 20_00,
            currency: Currency::EUR,
            is_confirmed,
        };
        let automatic = ReviewReason::RefundedAutomatically {
            cause: RefundCause::Overpaid,
            amount_minor: 16_90,
            currency: Currency::EUR,
        };
        let told = [
            (shipped("", ""), "Shipped"),
            (shipped("DHL", ""), "Shipped with DHL"),
            (shipped("", "0034"), "Shipped, number 0034"),
            (shipped("DHL", "0034"), "Shipped with DHL, number 0034"),
            (refunded(None, ""), "€16.90 refunded"),
            (refunded(None, "Broken"), "€16.90 refunded: Broken"),
            (refunded(Some(RefundCause::ItemsReturned), ""), "€16.90 refunded: For the items you returned"),
            (refunded(Some(RefundCause::OrderCancelled), ""), "The order was cancelled: €16.90 refunded automatically"),
            (Event::GiftCardsIssued { order: 1.into(), count: 1 }, "Gift card sent by email"),
            (Event::GiftCardsIssued { order: 1.into(), count: 2 }, "Gift cards sent by email"),
            (flagged(at_stripe(false)), "€20.00 was refunded at Stripe."),
            (flagged(at_stripe(true)), "€20.00 was refunded at Stripe. Please decide what happens to the items."),
            (flagged(automatic), "The payment was more than the amount due: €16.90 refunded automatically"),
            (
                flagged(ReviewReason::InvalidVatNumber { number: number(), name: String::new() }),
                "VAT number ATU12345675 is not valid. The tax on this order is still due.",
            ),
            (
                flagged(ReviewReason::InvalidVatNumber { number: number(), name: "Wien GmbH".to_owned() }),
                "VAT number ATU12345675 is not valid: Wien GmbH. The tax on this order is still due.",
            ),
            (
                Event::OrderFlagResolved { order: 1.into(), reason: ReviewReason::OverdueAfterShipping },
                "Resolved: Part of the order was shipped, and the rest of the payment is overdue.",
            ),
        ];
        for (event, expected) in told {
            assert_eq!(words(event), expected);
        }
    }
}
