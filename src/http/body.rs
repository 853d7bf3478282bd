//! Raw request bodies, with a size limit and a deadline.

use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use crate::error::{Error, Result};
use crate::support::i18n::Message;

/// How long a body without files may take to arrive.
pub const READ_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_WEBHOOK_BYTES: usize = 256 * 1024;

/// The unparsed body of a webhook; its signature covers these bytes.
pub struct RawBody(pub Vec<u8>);

impl FromRequest for RawBody {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<RawBody>>>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = payload.take();
        Box::pin(async move { Ok(RawBody(read_body(payload, MAX_WEBHOOK_BYTES).await?)) })
    }
}

/// Reads a body of at most `max_bytes`: `TooLarge`, `RequestTimeout`, or `BadRequest` if it ends early.
pub async fn read_body(payload: Payload, max_bytes: usize) -> Result<Vec<u8>> {
    tokio::time::timeout(READ_TIMEOUT, collect(payload, max_bytes)).await.map_err(|_| Error::RequestTimeout)?
}

async fn collect(mut payload: Payload, max_bytes: usize) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::BadRequest(Message::FormIncomplete))?;
        if body.len() + chunk.len() > max_bytes {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
