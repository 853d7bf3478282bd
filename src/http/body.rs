//! What a request brought, as raw bytes: whole, in time, and not too many.

use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use crate::error::{Error, Result};

/// How long a body without files may take to arrive.
pub const TIME: Duration = Duration::from_secs(15);
/// Bytes of a message from another program.
const MESSAGE: usize = 256 * 1024;

/// A message from another program, as it was sent.
pub struct Message(pub Vec<u8>);

impl FromRequest for Message {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Message>>>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = payload.take();
        Box::pin(async move { Ok(Message(whole(payload, MESSAGE).await?)) })
    }
}

/// Reads a body to its end.
///
/// # Errors
/// `TooLarge`, `TooSlow`, and `BadRequest` when it ends before its time.
pub async fn whole(payload: Payload, most: usize) -> Result<Vec<u8>> {
    tokio::time::timeout(TIME, gathered(payload, most)).await.map_err(|_| Error::TooSlow)?
}

async fn gathered(mut payload: Payload, most: usize) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::BadRequest("The form did not arrive whole."))?;
        if body.len() + chunk.len() > most {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
