//! Answers to forms that ask for an email, whoever the address belongs to.

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::security_log::SecurityEvent;
use crate::http::{Reply, Visitor};
use crate::support::i18n::Message;

/// The reply to a request, or its form again: 429 over the limit `limit`, 422 if it was sent before with other values.
pub async fn reply(
    visitor: &Visitor,
    requested: Result<Reply>,
    limit: &'static str,
    mut typed: Fields,
    render_form: impl AsyncFnOnce(Fields) -> Result<Reply>,
) -> Result<Reply> {
    match requested {
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: limit, seconds });
            typed.add_error("email", Message::too_many_attempts(seconds));
            Ok(render_form(typed).await?.too_many_requests(seconds))
        }
        Err(Error::AlreadySubmitted) => {
            typed.add_error("", Message::AlreadySubmitted);
            Ok(render_form(typed).await?.unprocessable())
        }
        reply => reply,
    }
}
