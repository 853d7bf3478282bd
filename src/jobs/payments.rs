//! Talking to payment providers: always between transactions, never inside one. Whoever wants to know what came of a
//! payment asks here, and here the provider is asked.

use crate::adapters::payments::test::TestProvider;
use crate::adapters::payments::{Standing, Wanted};
use crate::app::App;
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::models::job::QueuedJob;
use crate::models::order::Order;
use crate::models::payment::{Attempt, Capture};
use crate::paths;

const TEST: &str = "test";

/// The key under which a payment waits to be looked at.
pub fn job_key(attempt: i64) -> String {
    format!("payment:{attempt}")
}

fn provider(app: &App) -> Result<&TestProvider> {
    app.test_payments.as_ref().ok_or(Error::NotFound)
}

/// Makes the page to pay an attempt on, and returns its address; the same one for the same attempt.
///
/// # Errors
/// `Conflict` when the attempt was closed meanwhile.
pub async fn start(app: &App, attempt_id: i64) -> Result<String> {
    let (attempt, order) = app
        .db
        .read(move |conn| {
            let attempt = Attempt::get(conn, attempt_id)?;
            let order = Order::get(conn, attempt.order_id)?;
            Ok((attempt, order))
        })
        .await?;
    if let (Some(url), "open") = (&attempt.redirect_url, attempt.state.as_str()) {
        return Ok(url.clone());
    }
    let token = Order::access_token(&app.db.means().key, &order.public_id);
    let wanted = Wanted {
        idempotency_key: attempt.idempotency_key,
        amount_minor: attempt.amount_minor,
        currency: attempt.currency,
        label: order.email,
        return_path: paths::order(&token),
    };
    let session = provider(app)?.create(wanted, paths::test_payment).await?;
    let (reference, url) = (session.reference.clone(), session.url.clone());
    let opened = app.db.write(move |tx| Attempt::opened(tx, attempt_id, &reference, &url)).await;
    if let Err(Error::Conflict) = opened {
        provider(app)?.expire(session.reference).await?;
        return Err(Error::Conflict);
    }
    opened?;
    Ok(session.url)
}

/// Asks the provider what came of an attempt, and applies it.
///
/// # Errors
/// When the provider or the database does not answer.
pub async fn sync(app: &App, attempt_id: i64) -> Result<()> {
    let attempt = app.db.read(move |conn| Attempt::get(conn, attempt_id)).await?;
    let Some(reference) = attempt.provider_ref.filter(|_| attempt.provider == TEST) else { return Ok(()) };
    let standing = provider(app)?.get(reference).await?;
    apply(app, attempt_id, standing).await
}

/// As [`sync`], by the provider's name for the payment.
///
/// # Errors
/// When the provider or the database does not answer.
pub async fn sync_by_reference(app: &App, reference: &str) -> Result<()> {
    let name = reference.to_owned();
    let attempt = app.db.read(move |conn| Attempt::by_reference(conn, TEST, &name)).await?;
    sync(app, attempt.id).await
}

/// Gives up an order whose time is up: first the page is closed at the provider, and only if nothing was paid on it
/// the goods go back on sale.
///
/// # Errors
/// When the provider or the database does not answer; the goods stay held.
pub async fn give_up(app: &App, order: i64) -> Result<()> {
    let live = app.db.read(move |conn| Attempt::live(conn, order)).await?;
    if let Some(attempt) = live
        && let Some(reference) = attempt.provider_ref
    {
        let standing = provider(app)?.expire(reference).await?;
        let paid = matches!(standing, Standing::Complete { .. });
        apply(app, attempt.id, standing).await?;
        if paid {
            return Ok(());
        }
    }
    app.db.write(move |tx| Order::expire(tx, order)).await
}

async fn apply(app: &App, attempt: i64, standing: Standing) -> Result<()> {
    match standing {
        Standing::Open => Ok(()),
        Standing::Complete { reference, amount_minor, currency } => {
            app.db
                .write(move |tx| {
                    let capture = Capture { reference: reference.clone(), amount_minor, currency: currency.clone() };
                    Order::settle(tx, attempt, &[capture], &Actor::Provider("Test card"))?;
                    QueuedJob::withdraw(tx, &job_key(attempt))
                })
                .await
        }
        Standing::Expired => {
            app.db
                .write(move |tx| {
                    Attempt::close(tx, attempt)?;
                    QueuedJob::withdraw(tx, &job_key(attempt))
                })
                .await
        }
    }
}
