//! Packing slips to print.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::presenters::address_lines;
use crate::http::{Reply, Staff};
use crate::models::sales::order::{Order, OrderLine};
use crate::paths;
use crate::views::admin::packing_slips::{Line, Show};

/// What is still to be shipped, without prices because the order may be a gift.
pub async fn show(staff: Staff<needs::Orders>, number: Path<String>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let dossier = Order::find_by_number(conn, &number)?.load_details(conn)?;
            let open = dossier.lines.iter().filter(|line| line.shippable_quantity() > 0);
            let line = |line: &OrderLine| Line {
                title: line.title.clone(),
                options: line.options.clone(),
                sku: line.sku.clone(),
                quantity: line.shippable_quantity(),
            };
            let order = &dossier.order;
            Ok(Show {
                order_href: paths::admin::order(&number),
                number: number.into_inner(),
                placed: cx.date(order.placed_at.unwrap_or(order.created_at)),
                seller: cx.settings.site_name.clone(),
                seller_lines: cx.settings.business_address.lines().map(str::to_owned).collect(),
                address: address_lines(&dossier.address, &cx.settings.country),
                is_pickup: order.pickup,
                shipping_name: order.shipping_name.clone(),
                note: order.note.clone(),
                lines: open.map(line).collect(),
            })
        })
        .await
}
