//! Packing slips to print.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{Reply, Staff};
use crate::models::sales::order::Order;
use crate::presenters::sales::packing_slip::packing_slip;

/// What is still to be shipped, without prices because the order may be a gift.
pub async fn show(staff: Staff<needs::Orders>, number: Path<String>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let details = Order::find_by_number(conn, &number)?.load_details(conn)?;
            Ok(packing_slip(&details, &cx.settings, cx.format()))
        })
        .await
}
