//! Where payment providers send word.

use actix_web::web::Path;
use actix_web::{HttpMessage, HttpRequest};

use crate::adapters::payments::stripe::Event;
use crate::error::{Error, Result};
use crate::http::body::Message;
use crate::http::client_ip::ClientIp;
use crate::http::security_headers::Kind;
use crate::http::security_log::{self, SecurityEvent};
use crate::http::{Anyone, Reply};
use crate::models::payment::ProviderName;
use crate::models::webhook::NewWebhook;

/// Keeps a message of Stripe's and thanks for it. The raw bytes are what is signed.
///
/// # Errors
/// `NotFound` when Stripe is not set up, `BadRequest` when it was not Stripe that sent it.
pub async fn create(anyone: Anyone, provider: Path<String>, request: HttpRequest, message: Message) -> Result<Reply> {
    let Some(stripe) = anyone.app.payments.stripe.as_ref().filter(|_| *provider == "stripe") else {
        return Err(Error::NotFound);
    };
    let signature = request.headers().get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or("");
    if !stripe.signed(signature, &message.0, anyone.app.clock().now()) {
        let client = request.extensions().get::<ClientIp>().map(|ip| ip.0);
        security_log::note(client, SecurityEvent::WebhookRefused);
        return Err(Error::BadRequest("The signature is not Stripe’s, or it is too old."));
    }
    let payload = String::from_utf8(message.0).map_err(|_| Error::BadRequest("This is not text."))?;
    let event = Event::of(&payload).map_err(|_| Error::BadRequest("This is not an event."))?;
    let object_ref = event.object().id.clone();
    let webhook =
        NewWebhook { provider: ProviderName::Stripe, event_id: event.id, kind: event.kind, object_ref, payload };
    anyone.app.db.write(move |tx| webhook.keep(tx)).await?;
    Ok(Reply::bytes(b"ok\n".to_vec(), "text/plain; charset=utf-8", Kind::Plain))
}
