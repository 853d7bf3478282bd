//! The pages of a signed-in account.

use crate::models::people::account::addresses::{AccountAddress, PostalAddress};
use crate::models::people::session::SessionListing;
use crate::models::sales::order::{Address, Order, OrderFulfilmentState, OrderState, PaymentState};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::people::device::device_label;
use crate::presenters::sales::order_details::address_lines;
use crate::support::i18n::Locale;
use crate::support::token::SecretKey;
use crate::views::account::addresses::AddressCard;
use crate::views::account::orders::OrderRow;
use crate::views::account::security::SessionRow;
use crate::views::shop::orders::StatusBadge;

/// A row of the orders; `key` gives the token of its page.
pub fn order_row(order: &Order, key: &SecretKey, format: &Format) -> OrderRow {
    let t = format.locale;
    OrderRow {
        label: match &order.number {
            Some(number) => t.order_title(number),
            None => t.order_title_unnumbered().to_owned(),
        },
        href: paths::order(&Order::access_token(key, &order.public_id)),
        when: format.date(order.placed_at.unwrap_or(order.created_at)),
        state: order_state(t, order),
        total: format.amount_in(order.totals.total_minor, order.currency),
    }
}

/// What matters most to the buyer, in one badge.
fn order_state(t: Locale, order: &Order) -> StatusBadge {
    let (kind, text) = match (order.state, order.fulfilment_state) {
        (OrderState::Pending, _) => ("warn", t.order_state_unpaid()),
        (OrderState::Expired, _) => ("bad", t.order_state_expired()),
        (OrderState::Cancelled, _) => ("bad", t.order_state_cancelled()),
        _ if order.payment_state == PaymentState::Refunded => ("info", t.order_state_refunded()),
        _ if order.is_paid_on_collection() => ("warn", t.order_state_pay_on_pickup()),
        _ if order.due_minor() > 0 => ("warn", t.order_state_awaiting_payment()),
        (_, OrderFulfilmentState::Returned) => ("info", t.order_state_returned()),
        (_, OrderFulfilmentState::PartiallyReturned) => ("info", t.order_state_partially_returned()),
        (_, OrderFulfilmentState::Fulfilled) => ("good", t.order_state_shipped()),
        (_, OrderFulfilmentState::PartiallyFulfilled) => ("info", t.order_state_partially_shipped()),
        (_, OrderFulfilmentState::Unfulfilled) => ("info", t.order_state_being_prepared()),
        (_, OrderFulfilmentState::None) => ("good", t.order_state_paid()),
    };
    StatusBadge { kind, text: text.to_owned() }
}

/// Line by line; the country is left out if its code is `home`.
pub fn postal_address_lines(address: &PostalAddress, home: &str, t: Locale) -> Vec<String> {
    let PostalAddress { name, company, line1, line2, postcode, city, region, country, phone, vat_number } =
        address.clone();
    address_lines(&Address { name, company, line1, line2, postcode, city, region, country, phone, vat_number }, home, t)
}

pub fn address_card(address: &AccountAddress, home: &str, t: Locale) -> AddressCard {
    AddressCard {
        id: address.public_id.clone(),
        name: address.address.name.clone(),
        lines: postal_address_lines(&address.address, home, t),
        is_delivery_default: address.defaults.is_delivery_default,
        is_billing_default: address.defaults.is_billing_default,
    }
}

/// `current` is the public id of the session that asks.
pub fn session_row(session: &SessionListing, current: &str, format: &Format) -> SessionRow {
    let id = session.public_id.clone().unwrap_or_default();
    SessionRow {
        device: device_label(format.locale, &session.user_agent),
        network: session.network.clone(),
        last_seen: format.date_time(session.last_seen_at),
        is_current: id == current,
        id,
    }
}
