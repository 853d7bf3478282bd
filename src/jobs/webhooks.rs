//! Processes webhooks: amounts and states are fetched from the provider, never taken from the webhook.

use super::payments;
use crate::adapters::payments::stripe::WebhookEvent;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::platform::event::Event;
use crate::models::platform::job::{MAX_ATTEMPTS, QueuedJob};
use crate::models::sales::order::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::payment::{PaymentAttempt, ProviderName};
use crate::models::sales::webhook::{Webhook, WebhookState};
use crate::support::ids::{OrderId, WebhookId};

/// Processes a webhook and records the outcome; a failure is retried up to [`MAX_ATTEMPTS`] times.
pub async fn process(app: &App, id: WebhookId, job: &QueuedJob) -> Result<()> {
    let webhook = app.db.read(move |conn| Webhook::get(conn, id)).await?;
    if !matches!(webhook.state, WebhookState::Received | WebhookState::Failed) {
        return Ok(());
    }
    let (order, failure) = match sync_payment(app, &webhook).await {
        Ok(order) => (order, None),
        Err(error) => (None, Some(error)),
    };
    let (state, outcome) = match &failure {
        None if order.is_some() => (WebhookState::Done, String::new()),
        None => (WebhookState::Ignored, String::new()),
        Some(error) if job.attempts >= MAX_ATTEMPTS => (WebhookState::Dead, error.to_string()),
        Some(error) => (WebhookState::Failed, error.to_string()),
    };
    let (topic, by) = (webhook.kind, webhook.provider.actor());
    let became = move |tx: &mut Tx<'_>| {
        Webhook::record_outcome(tx, id, state, &outcome)?;
        match order {
            Some(order) => Event::WebhookProcessed { order, webhook: id, topic: topic.clone() }.record(tx, &by),
            None => Ok(()),
        }
    };
    app.db.write(became).await?;
    failure.map_or(Ok(()), Err)
}

/// Syncs the payment that a webhook is about; returns the order's row id, if it is one of ours.
async fn sync_payment(app: &App, webhook: &Webhook) -> Result<Option<OrderId>> {
    let event = WebhookEvent::parse(&webhook.payload)?;
    let object = event.object().clone();
    let our_reference = object.client_reference_id().to_owned();
    let attempt = if object.is_checkout_session() {
        let reference = object.id.clone();
        find_attempt(app, move |conn| {
            PaymentAttempt::find_by_reference(conn, ProviderName::Stripe, &reference, &our_reference)
        })
        .await?
    } else {
        let capture = object.payment_intent_id().to_owned();
        find_attempt(app, move |conn| {
            PaymentAttempt::find_by_capture(conn, ProviderName::Stripe, &capture, &our_reference)
        })
        .await?
    };
    match attempt {
        Some(attempt) if object.is_checkout_session() => {
            payments::sync_with_reference(app, &attempt, &object.id).await?;
            Ok(Some(attempt.order_id))
        }
        Some(attempt) => {
            if event.is_decline() {
                app.db.write(move |tx| CardTestingAlert::record_decline(tx, &object.id)).await?;
            }
            payments::sync_attempt(app, attempt.id).await?;
            Ok(Some(attempt.order_id))
        }
        None if object.client_reference_id().is_empty() => Ok(None),
        // It carries our reference, so the payment must be known: retry.
        None => Err(Error::NotFound),
    }
}

async fn find_attempt(
    app: &App,
    find: impl FnOnce(&mut crate::db::Conn) -> Result<PaymentAttempt> + Send + 'static,
) -> Result<Option<PaymentAttempt>> {
    match app.db.read(find).await {
        Ok(attempt) => Ok(Some(attempt)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
