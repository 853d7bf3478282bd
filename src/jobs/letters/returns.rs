//! Writing letters about goods that come back.

use super::{Facts, facts, write};
use crate::app::App;
use crate::error::Result;
use crate::mailers::orders::Parcelled;
use crate::mailers::returns::{Return as Told, ReturnApproved, ReturnRefused, ReturnRequested};
use crate::models::letter::Letter;
use crate::models::order::returning::{Return, ReturnLine};
use crate::paths;

async fn return_facts(app: &App, back: i64) -> Result<(Facts, Return, Vec<Parcelled>)> {
    let (back, pieces) = app
        .db
        .read(move |conn| {
            let back = Return::get(conn, back)?;
            let pieces = back.lines(conn)?;
            Ok((back, pieces))
        })
        .await?;
    let facts = facts(app, back.order_id).await?;
    let told = |piece: &ReturnLine| {
        let line = facts.dossier.lines.iter().find(|line| line.id == piece.order_line_id)?;
        Some(Parcelled { title: line.name(), quantity: piece.quantity })
    };
    let pieces = pieces.iter().filter_map(told).collect();
    Ok((facts, back, pieces))
}

/// Tells the shopkeeper that a buyer asks to send something back.
///
/// # Errors
/// When the database does not answer.
pub async fn requested(app: &App, back: i64) -> Result<()> {
    let (facts, back, pieces) = return_facts(app, back).await?;
    if facts.settings.contact_email.is_empty() {
        return Ok(());
    }
    let letter = ReturnRequested {
        admin_href: format!("{}{}", app.origin(), paths::admin::order(&facts.told.number)),
        buyer_email: facts.dossier.order.email,
        about: Told { order: facts.told, pieces },
        reason: back.reason,
    };
    write(app, Letter::key("return-requested", back.id), facts.settings.contact_email, &letter, back.order_id).await
}

/// Tells the buyer where to send it.
///
/// # Errors
/// When the database does not answer.
pub async fn approved(app: &App, back: i64) -> Result<()> {
    let (facts, back, pieces) = return_facts(app, back).await?;
    let send_to = facts.settings.business_address.lines().map(str::to_owned).collect();
    let letter = ReturnApproved { about: Told { order: facts.told, pieces }, send_to };
    write(app, Letter::key("return-approved", back.id), facts.dossier.order.email, &letter, back.order_id).await
}

/// Tells the buyer why not.
///
/// # Errors
/// When the database does not answer.
pub async fn refused(app: &App, back: i64) -> Result<()> {
    let (facts, back, pieces) = return_facts(app, back).await?;
    let letter = ReturnRefused { about: Told { order: facts.told, pieces }, answer: back.answer };
    write(app, Letter::key("return-refused", back.id), facts.dossier.order.email, &letter, back.order_id).await
}
