//! Gift cards as staff see them.

use crate::forms::Fields;
use crate::models::checkout::gift_card::listing;
use crate::models::checkout::gift_card::{AdjustmentCause, GiftCard, GiftCardStatus, LedgerEntryKind};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::platform::actor::actor_label;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::money::Currency;
use crate::views::Link;
use crate::views::admin::Pill;
use crate::views::admin::checkout::gift_cards::{LedgerEntry, Row, Show};

#[derive(Default)]
pub struct GiftCardForms {
    pub balance: Option<Fields>,
    pub expiry: Option<Fields>,
}

/// A row of the list; `order` is the number of the order that bought the card.
pub fn present_gift_card_row(card: GiftCard, order: Option<String>, now: Utc, format: &Format) -> Row {
    let t = format.locale;
    Row {
        href: paths::admin::gift_card(&card.public_id),
        made: format.date(card.created_at),
        origin: order.map_or_else(|| t.admin_gift_card_source_staff().to_owned(), |number| t.order_title(number)),
        expires: card.expires_at.map(|at| format.date(at)),
        state: gift_card_pill(t, card.status(now)),
        balance: format.amount_in(card.balance_minor, card.currency),
        last4: card.last4,
    }
}

/// A card's page. `ledger` is oldest first; `can_see_orders` makes links of its orders.
pub fn present_gift_card(
    card: GiftCard,
    ledger: Vec<listing::LedgerEntry>,
    can_see_orders: bool,
    forms: GiftCardForms,
    now: Utc,
    format: &Format,
) -> Show {
    let t = format.locale;
    let balance = card.balance();
    let balance_form = || {
        let mut fields = Fields::from_pairs([("balance_was", balance.to_decimal())]);
        fields.set_amount("balance", balance);
        fields
    };
    let last_day = card.expires_at.map_or_else(String::new, |at| at.format_in(&format.time_zone, "%Y-%m-%d"));
    Show {
        t,
        state: gift_card_pill(t, card.status(now)),
        made: format.date_time(card.created_at),
        balance: format.amount_in(card.balance_minor, card.currency),
        expires: card.expires_at.map(|at| format.date_time(at)),
        expires_was: card.expires_at.map_or_else(String::new, |at| at.micros().to_string()),
        form: forms.balance.unwrap_or_else(balance_form),
        expiry: forms.expiry.unwrap_or_else(|| Fields::from_pairs([("expires_on", last_day)])),
        time_zone: format.time_zone.clone(),
        ledger: present_ledger(ledger, card.currency, can_see_orders, format),
        id: card.public_id,
        last4: card.last4,
        email: card.email,
        currency: card.currency.code().to_owned(),
    }
}

fn present_ledger(
    entries: Vec<listing::LedgerEntry>,
    currency: Currency,
    can_see_orders: bool,
    format: &Format,
) -> Vec<LedgerEntry> {
    let t = format.locale;
    let amount = |minor: i64| format.amount_in(minor, currency);
    let mut balance = 0;
    let mut rows = Vec::new();
    for entry in entries {
        balance += entry.delta_minor;
        let what = entry_label(t, entry.kind);
        rows.push(LedgerEntry {
            when: format.date_time(entry.at),
            what,
            change: match entry.delta_minor {
                0 => String::new(),
                more if more > 0 => format!("+{}", amount(more).text),
                less => format!("−{}", amount(-less).text),
            },
            balance: amount(balance),
            order: entry.order.filter(|_| can_see_orders).map(|number| Link {
                label: t.admin_gift_card_transaction_of_order(what, &number),
                href: paths::admin::order(&number),
            }),
            who: actor_label(format.locale, &entry.actor),
            why: match entry.cause {
                Some(cause) => adjustment_cause_label(format.locale, cause).to_owned(),
                None => entry.note,
            },
        });
    }
    rows.reverse();
    rows
}

fn adjustment_cause_label(t: Locale, cause: AdjustmentCause) -> &'static str {
    match cause {
        AdjustmentCause::Refunded => t.admin_gift_card_cause_refunded(),
        AdjustmentCause::Blocked => t.admin_gift_card_cause_blocked(),
        AdjustmentCause::ExpiryChanged => t.admin_gift_card_cause_expiry_changed(),
        AdjustmentCause::ExpiryRemoved => t.admin_gift_card_cause_expiry_removed(),
        AdjustmentCause::ExtendedAfterRefund => t.admin_gift_card_cause_extended(),
    }
}

fn entry_label(t: Locale, kind: LedgerEntryKind) -> &'static str {
    match kind {
        LedgerEntryKind::Issue => t.admin_gift_card_issued(),
        LedgerEntryKind::Hold => t.admin_gift_card_reserved(),
        LedgerEntryKind::Release => t.admin_gift_card_released(),
        LedgerEntryKind::Use => t.admin_gift_card_used(),
        LedgerEntryKind::Refund => t.admin_gift_card_refunded(),
        LedgerEntryKind::Adjust => t.admin_gift_card_adjusted(),
    }
}

fn gift_card_pill(t: Locale, status: GiftCardStatus) -> Pill {
    let (text, kind) = match status {
        GiftCardStatus::Active => (t.admin_gift_card_active(), "good"),
        GiftCardStatus::Empty => (t.admin_gift_card_empty(), ""),
        GiftCardStatus::Expired => (t.admin_gift_card_expired(), "warn"),
    };
    Pill { text: text.to_owned(), kind }
}
