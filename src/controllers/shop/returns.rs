//! Sending something of an order back.

use actix_web::web::Path;

use super::orders::unlisted;
use crate::error::{Error, Result, SENT_BEFORE};
use crate::forms::Fields;
use crate::forms::shop::SendBack;
use crate::http::page::Layout;
use crate::http::pictures::picture;
use crate::http::{Form, Reply, Visitor};
use crate::models::media::Media;
use crate::models::order::returning::Return;
use crate::models::order::{Order, OrderLine};
use crate::paths;
use crate::views::shop::returns::{Line, New};

/// Asks what is to be sent back.
///
/// # Errors
/// `NotFound`.
pub async fn new(visitor: Visitor, token: Path<String>) -> Result<Reply> {
    let token = token.into_inner();
    let lines = returnable(&visitor, &token).await?;
    if lines.is_empty() {
        return Ok(Reply::see(paths::order(&token)));
    }
    asked(&visitor, token, lines, Fields::default()).await
}

/// Asks the shop.
///
/// # Errors
/// `NotFound`.
pub async fn create(visitor: Visitor, token: Path<String>, form: Form) -> Result<Reply> {
    let (token, mut fields, once) = (token.into_inner(), form.fields, form.once);
    let lines = returnable(&visitor, &token).await?;
    let ids: Vec<String> = lines.iter().map(|(line, _)| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    if ids.is_empty() {
        return Ok(too_late(&token));
    }
    if let Some(wish) = fields.check::<SendBack>() {
        let known = token.clone();
        let asked = visitor.write_once(&once, move |tx| {
            Return::request(tx, &known, &wish)?;
            Ok(Reply::see(paths::order(&known)).notice("We have what you asked for, and will write to you."))
        });
        match asked.await {
            Ok(reply) => return Ok(reply),
            Err(Error::SentBefore) => fields.refuse("", SENT_BEFORE),
            Err(Error::Conflict) => return Ok(too_late(&token)),
            Err(Error::Invalid { field, message }) => fields.refuse(&field, message),
            Err(error) => return Err(error),
        }
    }
    Ok(asked(&visitor, token, lines, fields).await?.retry())
}

/// Calls a return off.
///
/// # Errors
/// `NotFound`.
pub async fn cancel(visitor: Visitor, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (token, id) = path.into_inner();
    let known = token.clone();
    let cancelled = visitor.write_once(&form.once, move |tx| {
        Return::withdraw(tx, &known, id)?;
        Ok(Reply::see(paths::order(&known)).notice("The return is cancelled."))
    });
    match cancelled.await {
        Err(Error::Conflict) => Ok(too_late(&token)),
        answered => answered.map_err(|error| visitor.wrong_link(error)),
    }
}

fn too_late(token: &str) -> Reply {
    Reply::see(paths::order(token)).alert("This is not possible any more. Please look at what has happened.")
}

async fn returnable(visitor: &Visitor, token: &str) -> Result<Vec<(OrderLine, i64)>> {
    let token = token.to_owned();
    let lines = visitor.read(move |conn| Order::by_token(conn, &token)?.returnable(conn)).await;
    lines.map_err(|error| visitor.wrong_link(error))
}

async fn asked(visitor: &Visitor, token: String, lines: Vec<(OrderLine, i64)>, form: Fields) -> Result<Reply> {
    let page = visitor.page_in(Layout::Private, move |conn, _| {
        let order = Order::by_token(conn, &token)?;
        let ids: Vec<i64> = lines.iter().filter_map(|(line, _)| line.picture_id).collect();
        let pictures = Media::by_id(conn, &ids)?;
        let line = |(line, left): (OrderLine, i64)| Line {
            id: line.id,
            picture: line.picture_id.and_then(|id| pictures.get(&id)).map(|media| picture(media, Some(""))),
            title: line.name(),
            left,
        };
        Ok(New {
            number: order.number.unwrap_or_default(),
            action: paths::new_order_return(&token),
            order: paths::order(&token),
            lines: lines.into_iter().map(line).collect(),
            form,
        })
    });
    Ok(unlisted(page.await?))
}
