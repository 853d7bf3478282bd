//! Liveness and readiness probes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};

use crate::app::App;
use crate::error::{Error, Result};
use crate::http::security_headers::ResponseKind;
use crate::http::{Anyone, Reply};
use crate::models::platform::job::QueuedJob;

const CHECK_TIMEOUT: Duration = Duration::from_secs(4);
const RETRY_AFTER_SECONDS: &str = "5";

fn plain(text: String) -> Reply {
    Reply::bytes(text.into_bytes(), "text/plain; charset=utf-8", ResponseKind::Plain).header(CACHE_CONTROL, "no-store")
}

pub async fn alive(_: Anyone) -> Result<Reply> {
    let reply = plain("ok\n".to_owned());
    #[cfg(debug_assertions)]
    let reply = crate::http::live_reload::add_process_header(reply);
    Ok(reply)
}

/// Ready if the server is not stopping and the database accepts writes. Overdue jobs are only reported.
pub async fn ready(anyone: Anyone) -> Result<Reply> {
    let app = &anyone.app;
    if let Some(reason) = find_unreadiness(app).await {
        let reply = plain(format!("not ready: {reason}\n")).status(StatusCode::SERVICE_UNAVAILABLE);
        return Ok(reply.header(RETRY_AFTER, RETRY_AFTER_SECONDS));
    }
    let now = app.clock().now();
    let overdue =
        tokio::time::timeout(CHECK_TIMEOUT, app.db.read(move |conn| QueuedJob::list_overdue(conn, now))).await;
    let overdue = overdue.ok().and_then(Result::ok).unwrap_or_default();
    let mut text = "ready\n".to_owned();
    if let Some(since) = overdue.iter().map(|jobs| jobs.since).min() {
        let (count, seconds) = (overdue.iter().map(|jobs| jobs.count).sum::<i64>(), now.since(since).as_secs());
        text.push_str(&format!("jobs: {count} overdue, the oldest by {seconds} s\n"));
    }
    if !app.pictures.is_available() {
        text.push_str("pictures: the media folder is missing\n");
    }
    Ok(plain(text))
}

async fn find_unreadiness(app: &App) -> Option<String> {
    if app.is_stopping.load(Ordering::Relaxed) {
        return Some("stopping".to_owned());
    }
    match tokio::time::timeout(CHECK_TIMEOUT, app.db.check_writable()).await {
        Ok(Ok(())) => None,
        Ok(Err(Error::Unavailable { reason, cause })) => {
            tracing::warn!(cause, "not ready: {}", reason.describe());
            Some(reason.describe().to_owned())
        }
        Ok(Err(Error::Busy | Error::CommitUnknown)) | Err(_) => Some("the database is not responding".to_owned()),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            Some("the database cannot be written to".to_owned())
        }
    }
}
