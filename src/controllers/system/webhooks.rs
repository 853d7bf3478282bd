//! The endpoint for payment providers' webhooks.

use actix_web::web::Path;
use actix_web::{HttpMessage, HttpRequest};

use crate::adapters::payments::stripe::WebhookEvent;
use crate::error::{Error, Result};
use crate::http::body::RawBody;
use crate::http::client_ip::ClientIp;
use crate::http::security_headers::ResponseKind;
use crate::http::security_log::{self, SecurityEvent};
use crate::http::{Anyone, Reply};
use crate::models::sales::payment::ProviderName;
use crate::models::sales::webhook::NewWebhook;
use crate::support::i18n::Message;

/// Verifies and stores an event, which a job processes; `NotFound` without Stripe, `BadRequest` for a wrong signature.
pub async fn create(anyone: Anyone, provider: Path<String>, request: HttpRequest, body: RawBody) -> Result<Reply> {
    let Some(stripe) = anyone.app.payments.stripe.as_ref().filter(|_| *provider == "stripe") else {
        return Err(Error::NotFound);
    };
    let signature = request.headers().get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or("");
    if !stripe.verify_signature(signature, &body.0, anyone.app.clock().now()) {
        let client = request.extensions().get::<ClientIp>().map(|ip| ip.0);
        security_log::record(client, SecurityEvent::WebhookRefused);
        return Err(Error::BadRequest(Message::WebhookSignatureInvalid));
    }
    let payload = String::from_utf8(body.0).map_err(|_| Error::BadRequest(Message::WebhookNoText))?;
    let event = WebhookEvent::parse(&payload).map_err(|_| Error::BadRequest(Message::WebhookNoEvent))?;
    let object_ref = event.object().id.clone();
    let webhook =
        NewWebhook { provider: ProviderName::Stripe, event_id: event.id, kind: event.kind, object_ref, payload };
    anyone.app.db.write(move |tx| webhook.store(tx)).await?;
    Ok(Reply::bytes(b"ok\n".to_vec(), "text/plain; charset=utf-8", ResponseKind::Plain))
}
