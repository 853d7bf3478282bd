//! Maps errors to responses: the only place that decides the status of an error.

use actix_web::HttpResponse;
use actix_web::ResponseError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, RETRY_AFTER};

use super::security_headers::ResponseKind;
use crate::error::{CrossSiteReason, Error, UnavailableReason};
use crate::paths;
use crate::support::i18n::{Locale, Message};
use crate::views::errors::ErrorPage;

/// Stored in the response's extensions; the request pipeline renders the error page from it.
#[derive(Clone, Debug)]
pub struct ErrorDetails {
    reason: Reason,
    /// For the log; never part of the page.
    pub cause: Option<String>,
}

#[derive(Clone, Debug)]
enum Reason {
    Unavailable(UnavailableReason),
    CommitUnknown,
    CrossSite(CrossSiteReason),
    Forbidden(Message),
    LinkExpired,
    BadRequest(Message),
    Invalid(Message),
    AlreadySubmitted,
    /// How many are left.
    OutOfStock(i64),
    Changed,
    /// Seconds until a retry is allowed.
    TooManyRequests(u64),
    Status(StatusCode),
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Moved(_) => StatusCode::MOVED_PERMANENTLY,
            Error::Gone | Error::LinkExpired => StatusCode::GONE,
            Error::SetupRequired | Error::LoginRequired(_) | Error::SecondFactorRequired => StatusCode::SEE_OTHER,
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
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Error::Moved(path) => {
                response.insert_header((LOCATION, path.as_str()));
            }
            Error::SetupRequired => {
                response.insert_header((LOCATION, paths::setup()));
            }
            Error::SecondFactorRequired => {
                response.insert_header((LOCATION, paths::two_factor()));
            }
            Error::LoginRequired(return_path) => {
                let next =
                    url::form_urlencoded::Serializer::new(String::new()).append_pair("next", return_path).finish();
                let path = if return_path.is_empty() {
                    paths::login().to_owned()
                } else {
                    format!("{}?{next}", paths::login())
                };
                response.insert_header((LOCATION, path));
            }
            Error::TooManyRequests(seconds) | Error::CheckoutThrottled { seconds, .. } => {
                response.insert_header((RETRY_AFTER, seconds.to_string()));
            }
            Error::Busy => {
                response.insert_header((RETRY_AFTER, "2"));
            }
            Error::Unavailable { .. } => {
                response.insert_header((RETRY_AFTER, "60"));
            }
            Error::RequestTimeout => {
                response.force_close();
            }
            _ => {}
        }
        if is_personal_redirect(self) {
            response.insert_header((CACHE_CONTROL, "no-store"));
        }
        let mut response = response.finish();
        if matches!(self, Error::Misdirected) {
            // The client means another host, so no page of this site is sent.
            response.extensions_mut().insert(ResponseKind::Plain);
        }
        if !response.status().is_redirection() {
            response.extensions_mut().insert(self.details());
        }
        response
    }
}

/// Whether the redirect depends on who asks, so that no cache may keep it.
fn is_personal_redirect(error: &Error) -> bool {
    matches!(error, Error::SetupRequired | Error::LoginRequired(_) | Error::SecondFactorRequired)
}

impl Error {
    fn details(&self) -> ErrorDetails {
        let reason = match self {
            Error::Unavailable { reason, .. } => Reason::Unavailable(*reason),
            Error::CommitUnknown => Reason::CommitUnknown,
            Error::CrossSite(reason) => Reason::CrossSite(reason.clone()),
            Error::Forbidden(message) => Reason::Forbidden(message.clone()),
            Error::LinkExpired => Reason::LinkExpired,
            Error::BadRequest(message) => Reason::BadRequest(message.clone()),
            Error::Invalid { message, .. } => Reason::Invalid(message.clone()),
            Error::AlreadySubmitted => Reason::AlreadySubmitted,
            Error::OutOfStock { available, .. } => Reason::OutOfStock(*available),
            Error::Conflict | Error::CartChanged | Error::QuoteChanged => Reason::Changed,
            Error::TooManyRequests(seconds) | Error::CheckoutThrottled { seconds, .. } => {
                Reason::TooManyRequests(*seconds)
            }
            _ => Reason::Status(self.status_code()),
        };
        let cause = match self {
            Error::Internal { cause, at } => Some(format!("{cause:#} at {at}")),
            Error::Busy | Error::Unavailable { .. } | Error::CommitUnknown => Some(self.to_string()),
            _ => None,
        };
        ErrorDetails { reason, cause }
    }
}

/// Heading of the page, and what the visitor can do about the error.
fn describe(t: Locale, reason: &Reason) -> (&'static str, String) {
    match reason {
        Reason::Unavailable(_) => (t.error_page_unavailable(), t.error_page_unavailable_note().to_owned()),
        Reason::CommitUnknown => (t.error_page_commit_unknown(), t.error_page_commit_unknown_note().to_owned()),
        Reason::CrossSite(reason) => (t.error_page_cross_site(), describe_cross_site(t, reason)),
        Reason::Forbidden(message) => (t.error_page_forbidden(), message.text(t)),
        Reason::LinkExpired => (t.error_page_link_expired(), t.error_page_link_expired_note().to_owned()),
        Reason::BadRequest(message) => (t.error_page_bad_request(), message.text(t)),
        Reason::Invalid(message) => (t.error_page_invalid(), message.text(t)),
        Reason::AlreadySubmitted => (t.error_page_submitted(), t.error_page_submitted_note().to_owned()),
        Reason::OutOfStock(0) => (t.error_page_sold_out(), t.error_page_sold_out_note().to_owned()),
        Reason::OutOfStock(left) => (t.error_page_out_of_stock(), t.error_page_out_of_stock_note(*left)),
        Reason::Changed => (t.error_page_changed(), t.error_page_changed_note().to_owned()),
        Reason::TooManyRequests(seconds) => (t.error_page_too_many_requests(), describe_wait(t, *seconds)),
        Reason::Status(status) => describe_status(t, *status),
    }
}

fn describe_cross_site(t: Locale, reason: &CrossSiteReason) -> String {
    match reason {
        CrossSiteReason::TwoOrigins => t.error_page_two_origins_note().to_owned(),
        CrossSiteReason::OtherSite(Some(origin)) => t.error_page_other_site_note(origin),
        CrossSiteReason::OtherSite(None) => t.error_page_unknown_site_note().to_owned(),
        CrossSiteReason::OtherOrigin { expected, origin } => t.error_page_other_origin_note(expected, origin),
        CrossSiteReason::NoOrigin => t.error_page_no_origin_note().to_owned(),
    }
}

fn describe_wait(t: Locale, seconds: u64) -> String {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    match seconds {
        0..=120 => t.error_page_wait_seconds(count(seconds)),
        _ => t.error_page_wait_minutes(count(seconds.div_ceil(60))),
    }
}

/// Texts for responses that carry no [`ErrorDetails`].
fn describe_status(t: Locale, status: StatusCode) -> (&'static str, String) {
    let (heading, note) = match status {
        StatusCode::NOT_FOUND => (t.error_page_not_found(), t.error_page_not_found_note()),
        StatusCode::GONE => (t.error_page_gone(), t.error_page_gone_note()),
        StatusCode::METHOD_NOT_ALLOWED => (t.error_page_method(), t.error_page_method_note()),
        StatusCode::REQUEST_TIMEOUT => (t.error_page_timeout(), t.error_page_timeout_note()),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (t.error_page_bad_request(), t.error_page_no_form_note()),
        StatusCode::PAYLOAD_TOO_LARGE => (t.error_page_too_large(), t.error_page_too_large_note()),
        StatusCode::SERVICE_UNAVAILABLE => (t.error_page_busy(), t.error_page_busy_note()),
        status if status.is_client_error() => (t.error_page_bad_request(), t.error_page_bad_request_note()),
        _ => (t.error_page_internal(), t.error_page_internal_note()),
    };
    (heading, note.to_owned())
}

fn describe_remedy(t: Locale, reason: UnavailableReason) -> &'static str {
    match reason {
        UnavailableReason::DiskFull => t.error_page_disk_full_note(),
        UnavailableReason::ReadOnly => t.error_page_read_only_note(),
        UnavailableReason::DatabaseGone => t.error_page_database_gone_note(),
        UnavailableReason::DatabaseBroken => t.error_page_database_broken_note(),
        UnavailableReason::DataFolderUnusable => t.error_page_data_folder_note(),
    }
}

/// The error page for a response without one; on admin pages with the message for staff.
pub fn build_page(
    t: Locale,
    status: StatusCode,
    fault: Option<&ErrorDetails>,
    is_admin: bool,
    request_id: &str,
) -> ErrorPage {
    let (heading, message) = match fault.map(|fault| &fault.reason) {
        Some(Reason::Unavailable(trouble)) if is_admin => {
            (t.error_page_staff_unavailable(), describe_remedy(t, *trouble).to_owned())
        }
        Some(reason) => describe(t, reason),
        None => describe_status(t, status),
    };
    ErrorPage { t, status: status.as_u16(), heading: heading.to_owned(), message, request_id: request_id.to_owned() }
}
