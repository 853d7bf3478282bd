//! Stock in the admin: the list, a variant's page and its ledger.

use crate::forms::Fields;
use crate::models::catalog::stock_listing::{LedgerEntry, StockListing};
use crate::models::catalog::variant::stock::{LedgerEntryKind, StockReference};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::platform::actor::actor_label;
use crate::support::i18n::Locale;
use crate::support::pagination::CursorPage;
use crate::views::admin::catalog::stock::{LedgerRow, Row, Show};

pub fn ledger_entry_label(t: Locale, kind: LedgerEntryKind) -> &'static str {
    match kind {
        LedgerEntryKind::Receive => t.admin_stock_kind_receive(),
        LedgerEntryKind::Count => t.admin_stock_kind_count(),
        LedgerEntryKind::Damage => t.admin_stock_kind_damage(),
        LedgerEntryKind::Return => t.admin_stock_kind_return(),
        LedgerEntryKind::Reserve => t.admin_stock_kind_reserve(),
        LedgerEntryKind::Release => t.admin_stock_kind_release(),
        LedgerEntryKind::Ship => t.admin_stock_kind_ship(),
        LedgerEntryKind::Shortage => t.admin_stock_kind_shortage(),
    }
}

pub fn stock_row(item: StockListing) -> Row {
    Row {
        href: paths::admin::variant_stock(&item.variant.public_id),
        left: item.available(),
        is_low: item.is_low(),
        on_hand: item.on_hand,
        reserved: item.reserved,
        is_hidden: !item.is_for_sale(),
        options: item.variant.options,
        sku: item.variant.sku,
        title: item.title,
    }
}

/// A variant's page; without `typed` the form is empty.
pub fn stock_page(item: StockListing, typed: Option<Fields>, ledger: CursorPage<LedgerRow>, format: &Format) -> Show {
    let low_at = item.low_stock_threshold.map_or_else(String::new, |limit| limit.to_string());
    let empty = || Fields::from_pairs([("kind", "receive".to_owned()), ("low_at", low_at.clone())]);
    Show {
        t: format.locale,
        form: typed.unwrap_or_else(empty),
        low_at_was: low_at,
        ledger,
        id: item.variant.public_id.clone(),
        product_href: paths::admin::product(&item.product),
        left: item.available(),
        is_low: item.is_low(),
        on_hand: item.on_hand,
        reserved: item.reserved,
        title: item.name(),
        sku: item.variant.sku,
    }
}

/// A ledger entry with the number of its order, which `links_order` makes a link.
pub fn ledger_row(entry: LedgerEntry, order: Option<String>, links_order: bool, format: &Format) -> LedgerRow {
    LedgerRow {
        when: format.date_time(entry.at),
        what: ledger_entry_label(format.locale, entry.kind).to_owned(),
        on_hand: signed(format.locale, entry.on_hand_delta),
        reserved: signed(format.locale, entry.reserved_delta),
        why: ledger_reason(format.locale, &entry, order.as_deref()),
        href: order.filter(|_| links_order).map(|number| paths::admin::order(&number)),
        who: actor_label(format.locale, &entry.actor),
    }
}

fn ledger_reason(t: Locale, entry: &LedgerEntry, order: Option<&str>) -> String {
    match (entry.note.as_str(), order) {
        ("", Some(number)) => t.admin_stock_order(number),
        ("", None) => stock_reference_label(t, &entry.reference),
        (note, _) => note.to_owned(),
    }
}

fn stock_reference_label(t: Locale, reference: &StockReference) -> String {
    match reference {
        StockReference::Opening => t.admin_stock_opening().to_owned(),
        StockReference::ProductPage => t.admin_stock_product_page().to_owned(),
        StockReference::StockPage => t.admin_stock_stock_page().to_owned(),
        StockReference::Order(_) => t.admin_stock_unpaid_order().to_owned(),
        StockReference::Refund(id) => t.admin_stock_refund(id.to_string()),
        StockReference::Return(id) => t.admin_stock_return(id.to_string()),
        StockReference::Fulfilment { fulfilment, line } => {
            t.admin_stock_fulfilment(fulfilment.to_string(), line.to_string())
        }
        StockReference::Unknown(stored) => stored.clone(),
    }
}

fn signed(t: Locale, change: i64) -> String {
    match change {
        0 => String::new(),
        more if more > 0 => format!("+{}", t.format_number(more)),
        fewer => format!("−{}", t.format_number(fewer.saturating_abs())),
    }
}
