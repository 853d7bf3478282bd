//! What goes into the parcel, to be printed.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::shown::address_lines;
use crate::http::{Reply, Staff};
use crate::models::order::{Order, OrderLine};
use crate::paths;
use crate::views::admin::packing_slips::{Line, Show};

/// The slip of what is still to be sent: no prices, so that it can be a present.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Staff<needs::Orders>, number: Path<String>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let dossier = Order::by_number(conn, &number)?.dossier(conn)?;
            let open = dossier.lines.iter().filter(|line| line.left_to_send() > 0);
            let line = |line: &OrderLine| Line {
                title: line.title.clone(),
                options: line.options.clone(),
                sku: line.sku.clone(),
                quantity: line.left_to_send(),
            };
            let order = &dossier.order;
            Ok(Show {
                order_href: paths::admin::order(&number),
                number: number.into_inner(),
                placed: cx.date(order.placed_at.unwrap_or(order.created_at)),
                seller: cx.settings.site_name.clone(),
                seller_lines: cx.settings.business_address.lines().map(str::to_owned).collect(),
                address: address_lines(&dossier.address, &cx.settings.country),
                is_fetched: order.pickup,
                shipping_name: order.shipping_name.clone(),
                note: order.note.clone(),
                lines: open.map(line).collect(),
            })
        })
        .await
}
