//! Renders emails about returns.

use super::{load_source, write_email_to_buyer, write_email_to_shop};
use crate::app::App;
use crate::error::Result;
use crate::models::sales::order::returns::{Return, ReturnLine};
use crate::presenters::sales::order_email::{self, OrderEmailSource};
use crate::support::ids::ReturnId;

async fn load_return(app: &App, id: ReturnId) -> Result<(OrderEmailSource, Return, Vec<ReturnLine>)> {
    let (request, lines) = app
        .db
        .read(move |conn| {
            let request = Return::get(conn, id)?;
            let lines = request.lines(conn)?;
            Ok((request, lines))
        })
        .await?;
    Ok((load_source(app, request.order_id).await?, request, lines))
}

/// Notifies the shop's contact address, if one is set.
pub async fn requested(app: &App, id: ReturnId) -> Result<()> {
    let (source, request, lines) = load_return(app, id).await?;
    let email = order_email::return_requested(&source, &request, &lines);
    write_email_to_shop(app, "return-requested", request.id, &source, &email).await
}

pub async fn approved(app: &App, id: ReturnId) -> Result<()> {
    let (source, request, lines) = load_return(app, id).await?;
    let email = order_email::return_approved(&source, &lines);
    write_email_to_buyer(app, "return-approved", request.id, &source, &email).await
}

pub async fn refused(app: &App, id: ReturnId) -> Result<()> {
    let (source, request, lines) = load_return(app, id).await?;
    let email = order_email::return_declined(&source, &request, &lines);
    write_email_to_buyer(app, "return-refused", request.id, &source, &email).await
}
