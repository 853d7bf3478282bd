//! Looking at what providers sent: each message leads to asking the provider what is true.

use super::payments;
use crate::adapters::payments::stripe::Event;
use crate::app::App;
use crate::error::{Error, Result};
use crate::models::gate::declining::Declines;
use crate::models::job::{QueuedJob, TRIES};
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
    let (state, outcome, failure) = match look(app, &webhook).await {
        Ok((state, outcome)) => (state, outcome.to_owned(), None),
        Err(error) if job.attempts >= TRIES => (WebhookState::Dead, error.to_string(), Some(error)),
        Err(error) => (WebhookState::Failed, error.to_string(), Some(error)),
    };
    app.db.write(move |tx| Webhook::became(tx, id, state, &outcome)).await?;
    failure.map_or(Ok(()), Err)
}

async fn look(app: &App, webhook: &Webhook) -> Result<(WebhookState, &'static str)> {
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
            Ok((WebhookState::Done, "The payment is up to date"))
        }
        Some(attempt) => {
            if event.is_decline() {
                app.db.write(move |tx| Declines::note(tx, &object.id)).await?;
            }
            payments::sync(app, attempt.id).await?;
            Ok((WebhookState::Done, "The payment is up to date"))
        }
        None if object.attempt().is_empty() => Ok((WebhookState::Ignored, "Not about an order of this shop")),
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
