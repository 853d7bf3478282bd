//! The packing slip of an order.

use crate::models::platform::setting::Settings;
use crate::models::sales::order::{OrderDetails, OrderLine};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::sales::order_details::{address_lines, buyer_notes};
use crate::views::admin::sales::packing_slips::{Line, Show};

/// What is still to be shipped, without prices because the order may be a gift.
pub fn packing_slip(details: &OrderDetails, settings: &Settings, format: &Format) -> Show {
    let order = &details.order;
    let line = |line: &OrderLine| Line {
        title: line.title.clone(),
        options: line.options.clone(),
        sku: line.sku.clone(),
        quantity: line.shippable_quantity(),
    };
    Show {
        t: format.locale,
        order_href: paths::admin::order(order.url_param()),
        number: order.url_param().to_owned(),
        placed: format.date(order.placed_at.unwrap_or(order.created_at)),
        seller: settings.site_name.clone(),
        seller_lines: settings.business_address.lines().map(str::to_owned).collect(),
        address: address_lines(&details.address, &settings.country, format.locale),
        is_pickup: details.delivery.pickup,
        shipping_name: details.delivery.shipping_name.clone(),
        notes: buyer_notes(&details.delivery.notes, format.locale),
        lines: details.lines.iter().filter(|line| line.shippable_quantity() > 0).map(line).collect(),
    }
}
