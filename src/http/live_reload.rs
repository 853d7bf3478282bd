//! Live reload in debug builds. `static/js/live_reload.js` polls `/healthz`, and reloads the page when another process
//! answers.

use actix_web::http::header::HeaderName;

use super::Reply;

/// Adds the process id as a header, by which the script notices a restart.
pub fn add_process_header(reply: Reply) -> Reply {
    reply.header(HeaderName::from_static("server-process"), std::process::id().to_string())
}
