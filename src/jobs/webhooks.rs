//! Looking at what providers sent: each message leads to asking the provider what is true.

use super::payments;
use crate::adapters::payments::stripe::Event;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::models::gate::declining::Declines;
use crate::models::job::{QueuedJob, TRIES};
use crate::models::order::Order;
use crate::models::payment::{Attempt, ProviderName};
use crate::models::webhook::{Webhook, WebhookState};

/// Looks at a message. A failure is written down and tried again, up to the queue's patience.
///
/// # Errors
/// When the provider or the database does not answer.
pub async fn process(app: &App, id: i64, job: &QueuedJob) -> Result<()> {
    let webhook = app.db.read(move |conn| Webhook::get(conn, id)).await?;
    if !matches!(webhook.state, WebhookState::Received | WebhookState::Failed) {
        return Ok(());
    }
    let (order, failure) = match look(app, &webhook).await {
        Ok(order) => (order, None),
        Err(error) => (None, Some(error)),
    };
    let (state, outcome) = match &failure {
        None if order.is_some() => (WebhookState::Done, "The payment is up to date".to_owned()),
        None => (WebhookState::Ignored, "Not about an order of this shop".to_owned()),
        Some(error) if job.attempts >= TRIES => (WebhookState::Dead, error.to_string()),
        Some(error) => (WebhookState::Failed, error.to_string()),
    };
    let (words, by) = (format!("Sent word: {}", webhook.kind), Actor::Provider(webhook.provider.label()));
    let became = move |tx: &mut Tx<'_>| {
        Webhook::became(tx, id, state, &outcome)?;
        order.map_or(Ok(()), |order| Order::note(tx, order, "webhook", &by, &words, false))
    };
    app.db.write(became).await?;
    failure.map_or(Ok(()), Err)
}

/// Brings what a message is about up to date; the order's row, if it is about one.
async fn look(app: &App, webhook: &Webhook) -> Result<Option<i64>> {
    let event = Event::of(&webhook.payload)?;
    let object = event.object().clone();
    let ours = object.attempt().to_owned();
    let attempt = if object.is_page() {
        let reference = object.id.clone();
        known(app, move |conn| Attempt::by_reference(conn, ProviderName::Stripe, &reference, &ours)).await?
    } else {
        let capture = object.payment().to_owned();
        known(app, move |conn| Attempt::by_capture(conn, ProviderName::Stripe, &capture, &ours)).await?
    };
    match attempt {
        Some(attempt) if object.is_page() => {
            payments::sync_known(app, &attempt, &object.id).await?;
            Ok(Some(attempt.order_id))
        }
        Some(attempt) => {
            if event.is_decline() {
                app.db.write(move |tx| Declines::note(tx, &object.id)).await?;
            }
            payments::sync(app, attempt.id).await?;
            Ok(Some(attempt.order_id))
        }
        None if object.attempt().is_empty() => Ok(None),
        // It carries our mark: a payment that we ought to know.
        None => Err(Error::NotFound),
    }
}

async fn known(
    app: &App,
    find: impl FnOnce(&mut crate::db::Conn) -> Result<Attempt> + Send + 'static,
) -> Result<Option<Attempt>> {
    match app.db.read(find).await {
        Ok(attempt) => Ok(Some(attempt)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
