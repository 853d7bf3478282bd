//! Buyers' return requests.

use super::orders::add_secret_url_headers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::ReturnForm;
use crate::http::resource_path::{BuyerOrderPath, BuyerReturnPath};
use crate::http::{Context, Form, Layout, Reply, Visitor};
use crate::models::content::media::Media;
use crate::models::sales::order::OrderLine;
use crate::models::sales::order::returns::Return;
use crate::paths;
use crate::presenters::sales::returns::returnable_line;
use crate::support::i18n::Message;
use crate::views::shop::returns::New;

/// The form to request a return; redirects to the order if nothing can be returned.
pub async fn new(visitor: Visitor, path: BuyerOrderPath) -> Result<Reply> {
    let order = paths::order(&path.token);
    let page = visitor.render_page(Layout::Private, move |conn, cx| build_page(conn, cx, &path, Fields::default()));
    match page.await {
        Ok(page) => Ok(add_secret_url_headers(page)),
        Err(Error::Conflict) => Ok(Reply::redirect(order)),
        Err(error) => Err(visitor.limit_link_attempts(error)),
    }
}

pub async fn create(visitor: Visitor, path: BuyerOrderPath, form: Form) -> Result<Reply> {
    let (mut fields, order_path) = (form.fields, path.clone());
    let lines = visitor.read(move |conn| order_path.load(conn)?.list_returnable_lines(conn)).await;
    let lines = lines.map_err(|error| visitor.limit_link_attempts(error))?;
    let ids: Vec<String> = lines.iter().map(|(line, _)| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    if ids.is_empty() {
        return Ok(no_longer_possible(&path.token));
    }
    if let Some(request) = fields.check::<ReturnForm>() {
        let token = path.token.clone();
        let requested = visitor.write_once(&form.token, move |tx| {
            Return::request(tx, &token, &request)?;
            Ok(Reply::redirect(paths::order(&token)).notice(Message::ReturnRequested))
        });
        match requested.await {
            Ok(reply) => return Ok(reply),
            Err(Error::AlreadySubmitted) => fields.add_error("", Message::AlreadySubmitted),
            Err(Error::Conflict) => return Ok(no_longer_possible(&path.token)),
            Err(Error::Invalid { field, message }) => fields.add_error(&field, message),
            Err(error) => return Err(error),
        }
    }
    let conflict = no_longer_possible(&path.token);
    let page = visitor.render_page(Layout::Private, move |conn, cx| build_page(conn, cx, &path, fields));
    match page.await {
        Ok(page) => Ok(add_secret_url_headers(page).unprocessable()),
        Err(Error::Conflict) => Ok(conflict),
        Err(error) => Err(error),
    }
}

pub async fn cancel(visitor: Visitor, path: BuyerReturnPath, form: Form) -> Result<Reply> {
    let BuyerReturnPath { token, id } = path.clone();
    let cancelled = visitor.write_once(&form.token, move |tx| {
        Return::cancel_by_customer(tx, &token, id)?;
        Ok(Reply::redirect(paths::order(&token)).notice(Message::ReturnCancelled))
    });
    match cancelled.await {
        Err(Error::Conflict) => Ok(no_longer_possible(&path.token)),
        reply => reply.map_err(|error| visitor.limit_link_attempts(error)),
    }
}

fn no_longer_possible(token: &str) -> Reply {
    Reply::redirect(paths::order(token)).alert(Message::ReturnNoLongerPossible)
}

/// The page with `form` as it was typed. `NotFound`; `Conflict` if nothing can be returned.
fn build_page(conn: &mut Conn, cx: &Context, path: &BuyerOrderPath, form: Fields) -> Result<New> {
    let order = path.load(conn)?;
    let lines = order.list_returnable_lines(conn)?;
    if lines.is_empty() {
        return Err(Error::Conflict);
    }
    let ids: Vec<_> = lines.iter().filter_map(|(line, _)| line.picture_id).collect();
    let pictures = Media::find_by_ids(conn, &ids)?;
    let present_line = |(line, returnable): &(OrderLine, i64)| {
        returnable_line(line, *returnable, line.picture_id.and_then(|id| pictures.get(&id)))
    };
    Ok(New {
        t: cx.locale(),
        number: order.number.unwrap_or_default(),
        action: paths::new_order_return(&path.token),
        order: paths::order(&path.token),
        lines: lines.iter().map(present_line).collect(),
        form,
    })
}
