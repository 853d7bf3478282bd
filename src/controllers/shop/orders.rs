//! The buyer's order page, opened with the order's access token.

use actix_web::http::header::{HeaderName, REFERRER_POLICY};
use actix_web::web::Query;
use serde::Deserialize;

use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::http::resource_path::BuyerOrderPath;
use crate::http::{Context, Layout, Reply, Visitor};
use crate::jobs::payments;
use crate::models::checkout::gift_card::GiftCard;
use crate::models::content::media::Media;
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::OrderState;
use crate::models::sales::order::returns::Return;
use crate::paths;
use crate::presenters::sales::order_page::OrderPage;
use crate::presenters::sales::timeline::buyer_timeline;
use crate::views::shop::orders::{AccountOffer, Show};

#[derive(Deserialize)]
pub struct OrderQuery {
    paid: Option<String>,
}

pub async fn show(visitor: Visitor, path: BuyerOrderPath, query: Query<OrderQuery>) -> Result<Reply> {
    if query.paid.is_some() {
        let order_path = path.clone();
        let order = visitor.read(move |conn| order_path.load(conn)).await;
        let order = order.map_err(|error| visitor.limit_link_attempts(error))?;
        if order.state == OrderState::Pending {
            payments::sync_on_return(visitor.app(), order.id).await;
        }
    }
    let page =
        visitor.render_page(Layout::Private, move |conn, cx| build_page(conn, cx, &path, Fields::default())).await;
    Ok(add_secret_url_headers(page.map_err(|error| visitor.limit_link_attempts(error))?))
}

/// The page with `account_form` as it was typed, which offers an account to a guest.
pub(super) fn build_page(conn: &mut Conn, cx: &Context, path: &BuyerOrderPath, account_form: Fields) -> Result<Show> {
    let details = path.load(conn)?.load_details(conn)?;
    let ids: Vec<_> = details.lines.iter().filter_map(|line| line.picture_id).collect();
    let pictures = Media::find_by_ids(conn, &ids)?;
    let is_guest = details.order.account_id.is_none() && details.order.erased_at.is_none() && cx.member.is_none();
    let offers_account = is_guest && details.order.state.is_confirmed();
    let page = OrderPage {
        invoices: Invoice::list_for_order(conn, details.order.id)?,
        gift_cards: GiftCard::list_bought_with_order(conn, details.order.id)?,
        returns: Return::list_for_order(conn, details.order.id)?,
        can_request_return: !details.order.list_returnable_lines(conn)?.is_empty(),
        timeline: buyer_timeline(&details, cx.format()),
        details,
        pictures,
    };
    let account_offer =
        offers_account.then(|| AccountOffer { form: account_form, action: paths::account::order_account(&path.token) });
    let view = page.into_view(&path.token, &cx.secret_key, &cx.settings, cx.now, cx.format());
    Ok(Show { account_offer, ..view })
}

/// Keeps the secret URL out of `Referer` headers and search engines.
pub(super) fn add_secret_url_headers(reply: Reply) -> Reply {
    reply.header(REFERRER_POLICY, "same-origin").header(HeaderName::from_static("x-robots-tag"), "noindex")
}
