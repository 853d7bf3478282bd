//! The rows of the cart page.

use crate::models::checkout::cart::CartLine;
use crate::models::checkout::gift_card::application::AppliedGiftCard;
use crate::models::content::media::Media;
use crate::models::sales::order::Order;
use crate::paths;
use crate::presenters::checkout::totals::gift_card_label;
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::presenters::to_i32;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::views::shop::carts::{GiftCardRow, Line, PendingOrder};

/// A line of the cart. `error` is about the quantity that was typed.
pub fn cart_line(
    line: &CartLine,
    available: i64,
    picture: Option<&Media>,
    error: Option<String>,
    format: &Format,
) -> Line {
    let amount = |minor: i64| format.amount_in(minor, line.variant.currency);
    Line {
        id: line.id,
        title: line.product.title.clone(),
        href: paths::product(&line.product.slug),
        picture: picture.map(|media| picture_from_media(media, Some(""))),
        options: line.variant.options.clone(),
        unit: amount(line.variant.price_minor),
        quantity: to_i32(line.quantity),
        total: amount(line.variant.price_minor.saturating_mul(line.quantity)),
        error,
        notice: stock_notice(line, available, format.locale),
    }
}

/// What the buyer must know of the stock; `None` if the line can be ordered.
fn stock_notice(line: &CartLine, available: i64, t: Locale) -> Option<String> {
    match available {
        _ if !line.is_for_sale() => Some(t.cart_line_unavailable().to_owned()),
        available if available <= 0 => Some(t.cart_line_sold_out().to_owned()),
        available if available < line.quantity => Some(t.cart_line_low_stock(available)),
        _ => None,
    }
}

/// A gift card on the cart; `pays_minor` is its share of the subtotal, in minor units of the shop's currency.
pub fn gift_card_row(applied: &AppliedGiftCard, pays_minor: i64, format: &Format) -> GiftCardRow {
    let card = &applied.card;
    GiftCardRow {
        id: card.public_id.clone(),
        label: gift_card_label(format.locale, &card.last4),
        balance: format.amount_in(card.balance_minor, card.currency),
        pays: (pays_minor > 0).then(|| format.amount(pays_minor)),
        refused: applied.error.map(|refusal| refusal.message().text(format.locale)),
    }
}

pub fn pending_order(order: &Order, now: Utc, format: &Format) -> PendingOrder {
    PendingOrder {
        due: format.amount_in(order.due_minor(), order.currency),
        until: format.date_time(order.hold_until.unwrap_or(now)),
    }
}
