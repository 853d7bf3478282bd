//! Buyers' return requests.

use actix_web::web::Path;

use super::orders::add_secret_url_headers;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::ReturnForm;
use crate::http::page::Layout;
use crate::http::{Form, Reply, Visitor};
use crate::models::content::media::Media;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Order, OrderLine};
use crate::paths;
use crate::presenters::sales::returns::returnable_line;
use crate::support::i18n::Message;
use crate::support::ids::ReturnId;
use crate::views::shop::returns::New;

/// The form to request a return; redirects to the order if nothing can be returned.
pub async fn new(visitor: Visitor, token: Path<String>) -> Result<Reply> {
    let token = token.into_inner();
    let lines = returnable(&visitor, &token).await?;
    if lines.is_empty() {
        return Ok(Reply::redirect(paths::order(&token)));
    }
    asked(&visitor, token, lines, Fields::default()).await
}

pub async fn create(visitor: Visitor, token: Path<String>, form: Form) -> Result<Reply> {
    let (token, mut fields, once) = (token.into_inner(), form.fields, form.token);
    let lines = returnable(&visitor, &token).await?;
    let ids: Vec<String> = lines.iter().map(|(line, _)| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    if ids.is_empty() {
        return Ok(too_late(&token));
    }
    if let Some(wish) = fields.check::<ReturnForm>() {
        let known = token.clone();
        let asked = visitor.write_once(&once, move |tx| {
            Return::request(tx, &known, &wish)?;
            Ok(Reply::redirect(paths::order(&known)).notice(Message::ReturnRequested))
        });
        match asked.await {
            Ok(reply) => return Ok(reply),
            Err(Error::AlreadySubmitted) => fields.add_error("", Message::AlreadySubmitted),
            Err(Error::Conflict) => return Ok(too_late(&token)),
            Err(Error::Invalid { field, message }) => fields.add_error(&field, message),
            Err(error) => return Err(error),
        }
    }
    Ok(asked(&visitor, token, lines, fields).await?.unprocessable())
}

pub async fn cancel(visitor: Visitor, path: Path<(String, ReturnId)>, form: Form) -> Result<Reply> {
    let (token, id) = path.into_inner();
    let known = token.clone();
    let cancelled = visitor.write_once(&form.token, move |tx| {
        Return::cancel_by_customer(tx, &known, id)?;
        Ok(Reply::redirect(paths::order(&known)).notice(Message::ReturnCancelled))
    });
    match cancelled.await {
        Err(Error::Conflict) => Ok(too_late(&token)),
        answered => answered.map_err(|error| visitor.limit_link_attempts(error)),
    }
}

fn too_late(token: &str) -> Reply {
    Reply::redirect(paths::order(token)).alert(Message::ReturnNoLongerPossible)
}

async fn returnable(visitor: &Visitor, token: &str) -> Result<Vec<(OrderLine, i64)>> {
    let token = token.to_owned();
    let lines = visitor.read(move |conn| Order::find_by_token(conn, &token)?.list_returnable_lines(conn)).await;
    lines.map_err(|error| visitor.limit_link_attempts(error))
}

async fn asked(visitor: &Visitor, token: String, lines: Vec<(OrderLine, i64)>, form: Fields) -> Result<Reply> {
    let page = visitor.render_page(Layout::Private, move |conn, cx| {
        let order = Order::find_by_token(conn, &token)?;
        let ids: Vec<_> = lines.iter().filter_map(|(line, _)| line.picture_id).collect();
        let pictures = Media::find_by_ids(conn, &ids)?;
        let line = |(line, left): &(OrderLine, i64)| {
            returnable_line(line, *left, line.picture_id.and_then(|id| pictures.get(&id)))
        };
        Ok(New {
            t: cx.locale(),
            number: order.number.unwrap_or_default(),
            action: paths::new_order_return(&token),
            order: paths::order(&token),
            lines: lines.iter().map(line).collect(),
            form,
        })
    });
    Ok(add_secret_url_headers(page.await?))
}
