//! The buyer's order page, opened with the order's access token.

use actix_web::web::{Path, Query};
use serde::Deserialize;

use crate::error::Result;
use crate::http::page::Layout;
use crate::http::{Reply, Visitor};
use crate::jobs::payments;
use crate::models::checkout::gift_card::GiftCard;
use crate::models::content::media::Media;
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Order, OrderState};
use crate::presenters::sales::order_page::OrderPage;
use crate::presenters::sales::timeline::buyer_timeline;

#[derive(Deserialize)]
pub struct OrderQuery {
    /// Set by the redirect from the payment page.
    paid: Option<String>,
}

pub async fn show(visitor: Visitor, token: Path<String>, asked: Query<OrderQuery>) -> Result<Reply> {
    let token = token.into_inner();
    if asked.paid.is_some() {
        let known = token.clone();
        let order = visitor.read(move |conn| Order::find_by_token(conn, &known)).await;
        let order = order.map_err(|error| visitor.limit_link_attempts(error))?;
        if order.state == OrderState::Pending {
            payments::sync_on_return(visitor.app(), order.id).await;
        }
    }
    let key = visitor.app().db.context().secret_key.clone();
    let reply = visitor
        .render_page(Layout::Private, move |conn, cx| {
            let dossier = Order::find_by_token(conn, &token)?.load_details(conn)?;
            let ids: Vec<_> = dossier.lines.iter().filter_map(|line| line.picture_id).collect();
            let pictures = Media::find_by_ids(conn, &ids)?;
            let page = OrderPage {
                invoices: Invoice::list_for_order(conn, dossier.order.id)?,
                gift_cards: GiftCard::list_bought_with_order(conn, dossier.order.id)?,
                returns: Return::list_for_order(conn, dossier.order.id)?,
                can_request_return: !dossier.order.list_returnable_lines(conn)?.is_empty(),
                timeline: buyer_timeline(&dossier, cx.format()),
                details: dossier,
                pictures,
            };
            Ok(page.into_view(&token, &key, &cx.settings, cx.now, cx.format()))
        })
        .await;
    Ok(add_secret_url_headers(reply.map_err(|error| visitor.limit_link_attempts(error))?))
}

/// Keeps the secret URL out of `Referer` headers and search engines.
pub(super) fn add_secret_url_headers(reply: Reply) -> Reply {
    reply
        .header(actix_web::http::header::REFERRER_POLICY, "same-origin")
        .header(actix_web::http::header::HeaderName::from_static("x-robots-tag"), "noindex")
}
