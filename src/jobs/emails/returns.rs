//! Renders e-mails about returns.

use super::{OrderEmailData, load_order_data, write_email};
use crate::app::App;
use crate::error::Result;
use crate::mailers::orders::EmailItem;
use crate::mailers::returns::{ReturnApproved, ReturnEmailData as Told, ReturnRefused, ReturnRequested};
use crate::models::platform::email::Email;
use crate::models::sales::order::returns::{Return, ReturnLine};
use crate::paths;

async fn return_facts(app: &App, back: i64) -> Result<(OrderEmailData, Return, Vec<EmailItem>)> {
    let (back, pieces) = app
        .db
        .read(move |conn| {
            let back = Return::get(conn, back)?;
            let pieces = back.lines(conn)?;
            Ok((back, pieces))
        })
        .await?;
    let facts = load_order_data(app, back.order_id).await?;
    let told = |piece: &ReturnLine| {
        let line = facts.details.lines.iter().find(|line| line.id == piece.order_line_id)?;
        Some(EmailItem { title: line.name(), quantity: piece.quantity })
    };
    let pieces = pieces.iter().filter_map(told).collect();
    Ok((facts, back, pieces))
}

pub async fn requested(app: &App, back: i64) -> Result<()> {
    let (load_order_data, back, pieces) = return_facts(app, back).await?;
    if load_order_data.settings.contact_email.is_empty() {
        return Ok(());
    }
    let letter = ReturnRequested {
        admin_href: format!("{}{}", app.origin(), paths::admin::order(&load_order_data.order_view.number)),
        buyer_email: load_order_data.details.order.email,
        data: Told { order: load_order_data.order_view, items: pieces },
        reason: back.reason,
    };
    write_email(
        app,
        Email::dedupe_key("return-requested", back.id),
        load_order_data.settings.contact_email,
        &letter,
        back.order_id,
    )
    .await
}

/// Sends the buyer the address for the return.
pub async fn approved(app: &App, back: i64) -> Result<()> {
    let (load_order_data, back, pieces) = return_facts(app, back).await?;
    let send_to = load_order_data.settings.business_address.lines().map(str::to_owned).collect();
    let letter = ReturnApproved { data: Told { order: load_order_data.order_view, items: pieces }, send_to };
    write_email(
        app,
        Email::dedupe_key("return-approved", back.id),
        load_order_data.details.order.email,
        &letter,
        back.order_id,
    )
    .await
}

pub async fn refused(app: &App, back: i64) -> Result<()> {
    let (load_order_data, back, pieces) = return_facts(app, back).await?;
    let letter = ReturnRefused { data: Told { order: load_order_data.order_view, items: pieces }, answer: back.answer };
    write_email(
        app,
        Email::dedupe_key("return-refused", back.id),
        load_order_data.details.order.email,
        &letter,
        back.order_id,
    )
    .await
}
