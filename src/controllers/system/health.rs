//! Whether the process lives, and whether it can serve.

use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::http::security_headers::Kind;
use crate::http::{Anyone, Reply};

/// Alive.
pub async fn alive(_: Anyone) -> Result<Reply> {
    Ok(Reply::bytes(b"ok\n".to_vec(), "text/plain; charset=utf-8", Kind::Plain))
}

/// The database answers, and the server is not stopping.
pub async fn ready(anyone: Anyone) -> Result<Reply> {
    if anyone.app.stopping.load(Ordering::Relaxed) {
        return Err(Error::Busy);
    }
    anyone.app.db.ping().await.map_err(|_| Error::Busy)?;
    Ok(Reply::bytes(b"ready\n".to_vec(), "text/plain; charset=utf-8", Kind::Plain))
}
