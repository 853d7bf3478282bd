//! Maps errors to responses: the only place that decides the status of an error.

use actix_web::HttpResponse;
use actix_web::ResponseError;
use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};

use super::security_headers::ResponseKind;
use crate::error::{Error, UnavailableReason};
use crate::paths;
use crate::support::clock::format_wait;
use crate::views::errors::ErrorPage;

/// Stored in the response's extensions; the request pipeline renders the error page from it.
#[derive(Clone, Debug)]
pub struct ErrorDetails {
    /// Heading of the page.
    pub heading: &'static str,
    /// What the visitor can do about it.
    pub message: String,
    /// What staff can do about it, on admin pages.
    pub staff_message: Option<&'static str>,
    /// For the log; never part of the page.
    pub cause: Option<String>,
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Moved(_) => StatusCode::MOVED_PERMANENTLY,
            Error::Gone | Error::LinkExpired => StatusCode::GONE,
            Error::SetupRequired | Error::LoginRequired(_) => StatusCode::SEE_OTHER,
            Error::Forbidden(_) | Error::CrossSite(_) => StatusCode::FORBIDDEN,
            Error::BadRequest(_) => StatusCode::BAD_REQUEST,
            Error::Invalid { .. } | Error::OutOfStock { .. } | Error::AlreadySubmitted => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Error::Conflict | Error::CartChanged | Error::QuoteChanged => StatusCode::CONFLICT,
            Error::TooManyRequests(_) | Error::CheckoutThrottled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Busy | Error::Unavailable { .. } | Error::CommitUnknown => StatusCode::SERVICE_UNAVAILABLE,
            Error::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Error::Moved(path) => {
                answer.insert_header((LOCATION, path.as_str()));
            }
            Error::SetupRequired => {
                answer.insert_header((LOCATION, paths::setup()));
            }
            Error::LoginRequired(wanted) => {
                let next = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
                let path =
                    if wanted.is_empty() { paths::login().to_owned() } else { format!("{}?{next}", paths::login()) };
                answer.insert_header((LOCATION, path));
            }
            Error::TooManyRequests(seconds) | Error::CheckoutThrottled { seconds, .. } => {
                answer.insert_header((RETRY_AFTER, seconds.to_string()));
            }
            Error::Busy => {
                answer.insert_header((RETRY_AFTER, "2"));
            }
            Error::Unavailable { .. } => {
                answer.insert_header((RETRY_AFTER, "60"));
            }
            Error::RequestTimeout => {
                answer.force_close();
            }
            _ => {}
        }
        let mut answer = answer.finish();
        if matches!(self, Error::Misdirected) {
            // The client means another host, so no page of this site is sent.
            answer.extensions_mut().insert(ResponseKind::Plain);
        }
        if !answer.status().is_redirection() {
            answer.extensions_mut().insert(self.fault());
        }
        answer
    }
}

impl Error {
    fn fault(&self) -> ErrorDetails {
        let (heading, message) = words(self.status_code(), self);
        let cause = match self {
            Error::Internal { cause, at } => Some(format!("{cause:#} at {at}")),
            Error::Busy | Error::Unavailable { .. } | Error::CommitUnknown => Some(self.to_string()),
            _ => None,
        };
        let for_staff = match self {
            Error::Unavailable { reason: trouble, .. } => Some(mend(*trouble)),
            _ => None,
        };
        ErrorDetails { heading, message, staff_message: for_staff, cause }
    }
}

fn mend(trouble: UnavailableReason) -> &'static str {
    match trouble {
        UnavailableReason::DiskFull => "The disk is full. Nothing was changed. Free up some space, then try again.",
        UnavailableReason::ReadOnly => {
            "The database is read-only. Nothing was changed. Make it writable, then try again."
        }
        UnavailableReason::DatabaseGone => {
            "The database file was removed or replaced while the site was running. Nothing was changed. The log says what to do."
        }
        UnavailableReason::DatabaseBroken => {
            "The database cannot be written to. Nothing was changed. The log says why."
        }
        UnavailableReason::DataFolderUnusable => {
            "The data folder cannot be used. Nothing was changed. The log says why."
        }
    }
}

fn words(status: StatusCode, error: &Error) -> (&'static str, String) {
    match error {
        Error::Unavailable { .. } => {
            ("The shop cannot take orders right now", "Nothing was changed. Please try again later.".to_owned())
        }
        Error::CommitUnknown => (
            "We could not confirm that this worked",
            "The response took too long, and the change may have been made. Please check before you try again."
                .to_owned(),
        ),
        Error::CrossSite(why) => {
            ("This request was blocked", format!("{why} Go back, reload the page, and submit the form again."))
        }
        Error::Forbidden(why) => ("You do not have permission to do this", (*why).to_owned()),
        Error::LinkExpired => {
            ("This link no longer works", "It has been used or has expired. Please request a new one.".to_owned())
        }
        Error::BadRequest(why) => ("Something is wrong with this request", (*why).to_owned()),
        Error::Invalid { message, .. } => ("Please check what you entered", message.clone()),
        Error::AlreadySubmitted => (
            "This form was already submitted",
            "It was submitted with other values, and those were saved. Go back, reload the page, and try again."
                .to_owned(),
        ),
        Error::OutOfStock { available: 0, .. } => ("Sold out", "This item has just sold out.".to_owned()),
        Error::OutOfStock { available: left, .. } => ("Not enough in stock", format!("Only {left} left in stock.")),
        Error::Conflict | Error::CartChanged | Error::QuoteChanged => {
            ("This has changed in the meantime", "Go back, reload the page, and try again.".to_owned())
        }
        Error::TooManyRequests(seconds) | Error::CheckoutThrottled { seconds, .. } => {
            ("Too many attempts", format!("Please wait {} and try again.", format_wait(*seconds)))
        }
        _ => plain(status),
    }
}

/// Texts for responses that carry no [`ErrorDetails`].
fn plain(status: StatusCode) -> (&'static str, String) {
    match status {
        StatusCode::NOT_FOUND => {
            ("Page not found", "This page does not exist, or it has moved. Try searching for it.".to_owned())
        }
        StatusCode::GONE => ("This page was deleted", "It is no longer available.".to_owned()),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("This action is not available here", "This address does not support this kind of request.".to_owned())
        }
        StatusCode::REQUEST_TIMEOUT => {
            ("The request took too long", "Your request did not arrive in time. Please try again.".to_owned())
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "Something is wrong with this request",
            "This is not a valid form submission. Reload the page, and submit the form again.".to_owned(),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("This request is too large", "It is larger than this site accepts.".to_owned())
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            ("Too busy right now", "Please try again in a few seconds. Nothing was changed.".to_owned())
        }
        status if status.is_client_error() => {
            ("Something is wrong with this request", "The request could not be understood.".to_owned())
        }
        _ => ("Something went wrong", "This is our fault, and the error has been logged. Please try again.".to_owned()),
    }
}

/// The error page for a response without one; on admin pages with the message for staff.
pub fn build_page(status: StatusCode, fault: Option<&ErrorDetails>, is_admin: bool, request_id: &str) -> ErrorPage {
    let (heading, message) = match fault {
        Some(ErrorDetails { staff_message: Some(mend), .. }) if is_admin => {
            ("Nothing can be saved right now", (*mend).to_owned())
        }
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
