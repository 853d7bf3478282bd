//! Packing slips to print.

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::resource_path::OrderPath;
use crate::http::{AdminRequest, Reply};
use crate::presenters::sales::packing_slip::packing_slip;

/// What is still to be shipped, without prices because the order may be a gift.
pub async fn show(admin: AdminRequest<needs::Orders>, path: OrderPath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let details = path.load(conn)?.load_details(conn)?;
            Ok(packing_slip(&details, &cx.settings, cx.format()))
        })
        .await
}
