//! Looking at what providers sent: each message leads to asking the provider what is true.

use serde::Deserialize;

use super::payments;
use crate::app::App;
use crate::error::{Error, Result};
use crate::models::job::{QueuedJob, TRIES};
use crate::models::payment::{Attempt, ProviderName};
use crate::models::webhook::{Webhook, WebhookState};

/// The parts of a Stripe event that say what it is about (docs.stripe.com/api/events).
#[derive(Deserialize)]
struct Event {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    id: String,
    object: String,
    #[serde(default)]
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    attempt: String,
}

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
    let event: Event = serde_json::from_str(&webhook.payload)?;
    let object = event.data.object;
    let attempt = match (object.object.as_str(), object.metadata.attempt.as_str()) {
        ("checkout.session", ours) => {
            let (reference, ours) = (object.id.clone(), ours.to_owned());
            known(app, move |conn| Attempt::by_reference(conn, ProviderName::Stripe, &reference, &ours)).await?
        }
        (kind, _) => {
            let capture =
                if kind == "payment_intent" { Some(object.id.clone()) } else { object.payment_intent.clone() };
            let (capture, ours) = (capture.unwrap_or_default(), object.metadata.attempt.clone());
            known(app, move |conn| Attempt::by_capture(conn, ProviderName::Stripe, &capture, &ours)).await?
        }
    };
    match attempt {
        Some(attempt) if object.object == "checkout.session" => {
            payments::sync_known(app, &attempt, &object.id).await?;
            Ok((WebhookState::Done, "The payment is up to date"))
        }
        Some(attempt) => {
            payments::sync(app, attempt.id).await?;
            Ok((WebhookState::Done, "The payment is up to date"))
        }
        None if object.metadata.attempt.is_empty() => Ok((WebhookState::Ignored, "Not about an order of this shop")),
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
