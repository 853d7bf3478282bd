//! From an error to an answer: the only place that knows which status an error has.

use actix_web::HttpResponse;
use actix_web::ResponseError;
use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};

use super::security_headers::Kind;
use crate::error::{Error, Trouble};
use crate::paths;
use crate::support::clock::waiting_time;
use crate::views::errors::ErrorPage;

/// Travels with an answer to the envelope, which draws the page.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Heading of the page.
    pub heading: &'static str,
    /// What to do.
    pub message: String,
    /// What to do for whoever runs the site, if that is more.
    pub for_staff: Option<&'static str>,
    /// For the log; never shown.
    pub cause: Option<String>,
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Moved(_) => StatusCode::MOVED_PERMANENTLY,
            Error::Gone | Error::Void => StatusCode::GONE,
            Error::SetUpFirst | Error::SignInFirst(_) => StatusCode::SEE_OTHER,
            Error::NotAllowed(_) | Error::Forged(_) => StatusCode::FORBIDDEN,
            Error::BadRequest(_) => StatusCode::BAD_REQUEST,
            Error::Invalid { .. } | Error::OutOfStock { .. } | Error::SentBefore => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict | Error::CartChanged | Error::QuoteChanged => StatusCode::CONFLICT,
            Error::TooMany(_) | Error::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Busy | Error::Unavailable { .. } | Error::Unsure => StatusCode::SERVICE_UNAVAILABLE,
            Error::UnknownMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Error::Moved(path) => {
                answer.insert_header((LOCATION, path.as_str()));
            }
            Error::SetUpFirst => {
                answer.insert_header((LOCATION, paths::setup()));
            }
            Error::SignInFirst(wanted) => {
                let next = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
                let path =
                    if wanted.is_empty() { paths::login().to_owned() } else { format!("{}?{next}", paths::login()) };
                answer.insert_header((LOCATION, path));
            }
            Error::TooMany(seconds) | Error::Wait { seconds, .. } => {
                answer.insert_header((RETRY_AFTER, seconds.to_string()));
            }
            Error::Busy => {
                answer.insert_header((RETRY_AFTER, "2"));
            }
            Error::Unavailable { .. } => {
                answer.insert_header((RETRY_AFTER, "60"));
            }
            Error::TooSlow => {
                answer.force_close();
            }
            _ => {}
        }
        let mut answer = answer.finish();
        if matches!(self, Error::Misdirected) {
            // Nothing of this site is for whoever thinks that it is another one.
            answer.extensions_mut().insert(Kind::Plain);
        }
        if !answer.status().is_redirection() {
            answer.extensions_mut().insert(self.fault());
        }
        answer
    }
}

impl Error {
    fn fault(&self) -> Fault {
        let (heading, message) = words(self.status_code(), self);
        let cause = match self {
            Error::Internal { cause, at } => Some(format!("{cause:#} at {at}")),
            Error::Busy | Error::Unavailable { .. } | Error::Unsure => Some(self.to_string()),
            _ => None,
        };
        let for_staff = match self {
            Error::Unavailable { trouble, .. } => Some(mend(*trouble)),
            _ => None,
        };
        Fault { heading, message, for_staff, cause }
    }
}

/// What whoever runs the site has to do.
fn mend(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::DiskFull => "The disk is full. Nothing was changed. Make room on it, then try again.",
        Trouble::ReadOnly => {
            "The database may only be read at present. Nothing was changed. Make it writable, then try again."
        }
        Trouble::DatabaseGone => {
            "The database file was removed or replaced while the site runs. Nothing was changed. The log says what to do."
        }
        Trouble::DatabaseBroken => "The database cannot be written to. Nothing was changed. The log says why.",
        Trouble::Files => "The data folder cannot be used. Nothing was changed. The log says why.",
    }
}

fn words(status: StatusCode, error: &Error) -> (&'static str, String) {
    match error {
        Error::Unavailable { .. } => (
            "The shop cannot take orders right now",
            "Nothing was changed. Please try again later; what you see here stays as it is.".to_owned(),
        ),
        Error::Unsure => (
            "We do not know whether that worked",
            "The answer did not come in time, and it may have been done. Please look before you try again.".to_owned(),
        ),
        Error::Forged(why) => {
            ("This request was stopped", format!("{why} Go back, reload the page, and send the form again."))
        }
        Error::NotAllowed(why) => ("You may not do this", (*why).to_owned()),
        Error::Void => (
            "This link no longer works",
            "It was used, or it is too old. Ask for a new one where you got it.".to_owned(),
        ),
        Error::BadRequest(why) => ("That did not work", (*why).to_owned()),
        Error::Invalid { message, .. } => ("Please check what you entered", message.clone()),
        Error::SentBefore => (
            "This form was sent before",
            "It was sent with other values, and those count. Go back, reload the page, and try again.".to_owned(),
        ),
        Error::OutOfStock { left: 0, .. } => ("Sold out", "This has just been sold out.".to_owned()),
        Error::OutOfStock { left, .. } => ("Not so many left", format!("Only {left} are left.")),
        Error::Conflict | Error::CartChanged | Error::QuoteChanged => {
            ("This has changed meanwhile", "Go back, reload the page, and try again.".to_owned())
        }
        Error::TooMany(seconds) | Error::Wait { seconds, .. } => {
            ("Too many tries", format!("Please wait {} and try again.", waiting_time(*seconds)))
        }
        _ => plain(status),
    }
}

/// Words for a status that came from elsewhere.
fn plain(status: StatusCode) -> (&'static str, String) {
    match status {
        StatusCode::NOT_FOUND => {
            ("Page not found", "This page does not exist, or it has moved. Perhaps a search finds it.".to_owned())
        }
        StatusCode::GONE => ("This page is gone", "It was deleted for good.".to_owned()),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("That does not work here", "This address cannot be used that way.".to_owned())
        }
        StatusCode::REQUEST_TIMEOUT => {
            ("That took too long", "What was sent did not arrive in time. Please try again.".to_owned())
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("That did not work", "What was sent is not a form. Reload the page, and send the form again.".to_owned())
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("Too large", "What was sent is larger than this site takes.".to_owned()),
        StatusCode::SERVICE_UNAVAILABLE => {
            ("Too busy right now", "Please try again in a few seconds. Nothing was changed.".to_owned())
        }
        status if status.is_client_error() => ("That did not work", "The request could not be understood.".to_owned()),
        _ => ("Something went wrong", "It is our fault, and it was written down. Please try again.".to_owned()),
    }
}

/// The page for an answer that has none; in the admin it says what whoever runs the site can do.
pub fn page(status: StatusCode, fault: Option<&Fault>, is_admin: bool, request_id: &str) -> ErrorPage {
    let (heading, message) = match fault {
        Some(Fault { for_staff: Some(mend), .. }) if is_admin => ("Nothing can be saved right now", (*mend).to_owned()),
        Some(fault) => (fault.heading, fault.message.clone()),
        None => plain(status),
    };
    ErrorPage {
        status: status.as_u16(),
        heading: heading.to_owned(),
        message,
        request_id: request_id.to_owned(),
        retry: None,
    }
}
