//! The error type of the program, independent of HTTP: `http::errors` maps it to responses.

use std::borrow::Cow;
use std::panic::Location;

use crate::db::errors::{ErrorClass, classify};
use crate::support::i18n::Message;
use crate::support::ids::VariantId;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    /// The new path of a page that has moved.
    #[error("moved to {0}")]
    Moved(String),
    /// Deleted for good (RFC 9110 §15.5.11).
    #[error("gone")]
    Gone,
    /// A link of an email or of the command line that was used or has expired.
    #[error("a link that no longer works")]
    LinkExpired,
    #[error("set up first")]
    SetupRequired,
    /// Not signed in; the path to return to after login.
    #[error("sign in first")]
    LoginRequired(String),
    /// A staff member has to set up a second factor first.
    #[error("set up a second factor first")]
    SecondFactorRequired,
    #[error("not allowed: {0}")]
    Forbidden(Message),
    #[error("forged request: {0}")]
    CrossSite(CrossSiteReason),
    #[error("bad request: {0}")]
    BadRequest(Message),
    #[error("{field}: {message}")]
    Invalid {
        field: Cow<'static, str>,
        /// What to do, for the person who fills in the form.
        message: Message,
    },
    /// The idempotency key was used before, with other values in the form.
    #[error("{}", Message::AlreadySubmitted)]
    AlreadySubmitted,
    /// Somebody else has changed the record in the meantime (a failed compare-and-swap).
    #[error("changed in the meantime")]
    Conflict,
    #[error("only {available} of variant {variant} are available")]
    OutOfStock {
        /// Row id of the variant.
        variant: VariantId,
        available: i64,
    },
    /// The cart differs from the one on the submitted checkout page.
    #[error("the cart changed")]
    CartChanged,
    /// The totals differ from those on the submitted checkout page.
    #[error("the totals changed")]
    QuoteChanged,
    /// Rate limited; seconds until a retry is allowed.
    #[error("too many requests")]
    TooManyRequests(u64),
    /// Checkout is rate limited, and the client has to wait before it retries with a proof.
    #[error("wait {seconds} seconds")]
    CheckoutThrottled {
        seconds: u64,
        /// Signed time at which the wait began, to be sent with the retry.
        proof: String,
    },
    /// Overloaded; nothing was changed, and a retry may succeed.
    #[error("busy")]
    Busy,
    /// Nothing can be written, and a retry will not help until someone fixes it.
    #[error("{}: {cause}", .reason.describe())]
    Unavailable {
        reason: UnavailableReason,
        /// Details for the log.
        cause: String,
    },
    /// No response to the commit: it may or may not have been applied.
    #[error("no response to the commit: it may or may not have been applied")]
    CommitUnknown,
    #[error("not a form")]
    UnsupportedMediaType,
    /// The request is for another host (RFC 9110 §15.5.20).
    #[error("a request for another site")]
    Misdirected,
    #[error("too large")]
    TooLarge,
    #[error("too slow")]
    RequestTimeout,
    /// A bug, or a failure of the environment.
    #[error("{cause} at {at}")]
    Internal { cause: anyhow::Error, at: &'static Location<'static> },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrossSiteReason {
    #[error("the request states its origin twice")]
    TwoOrigins,
    /// The origin, if the browser sends it.
    #[error("it came from another site ({})", .0.as_deref().unwrap_or("unknown"))]
    OtherSite(Option<String>),
    #[error("this site is {expected}, but it came from {origin}")]
    OtherOrigin { expected: String, origin: String },
    #[error("the browser did not say which site sent it")]
    NoOrigin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnavailableReason {
    DiskFull,
    /// The database or its file system is read-only.
    ReadOnly,
    /// SQLite's file was removed or replaced.
    DatabaseGone,
    /// I/O errors, a corrupt file, or a failed commit.
    DatabaseBroken,
    /// A file in the data folder is missing or may not be written.
    DataFolderUnusable,
}

impl UnavailableReason {
    pub fn describe(self) -> &'static str {
        match self {
            UnavailableReason::DiskFull => "the disk is full",
            UnavailableReason::ReadOnly => "the database is read-only",
            UnavailableReason::DatabaseGone => "the database file is gone",
            UnavailableReason::DatabaseBroken => "the database cannot be written to",
            UnavailableReason::DataFolderUnusable => "the data folder cannot be used",
        }
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Wraps an error that nobody can handle, with the caller's location for the log.
    #[track_caller]
    pub fn internal(cause: impl Into<anyhow::Error>) -> Error {
        Error::Internal { cause: cause.into(), at: Location::caller() }
    }

    #[track_caller]
    pub fn bug(words: &'static str) -> Error {
        Error::internal(anyhow::anyhow!(words))
    }

    pub fn invalid(field: impl Into<Cow<'static, str>>, message: Message) -> Error {
        Error::Invalid { field: field.into(), message }
    }
}

impl From<diesel::result::Error> for Error {
    #[track_caller]
    fn from(error: diesel::result::Error) -> Error {
        match error {
            diesel::result::Error::NotFound => Error::NotFound,
            error => match classify(&error) {
                Some(ErrorClass::Busy) => Error::Busy,
                Some(ErrorClass::Unavailable(trouble)) => {
                    Error::Unavailable { reason: trouble, cause: error.to_string() }
                }
                None => Error::internal(error),
            },
        }
    }
}

impl From<std::io::Error> for Error {
    #[track_caller]
    fn from(error: std::io::Error) -> Error {
        use std::io::ErrorKind;
        let trouble = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => UnavailableReason::DiskFull,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied | ErrorKind::NotFound => {
                UnavailableReason::DataFolderUnusable
            }
            ErrorKind::NotADirectory => UnavailableReason::DataFolderUnusable,
            _ => return Error::internal(error),
        };
        Error::Unavailable { reason: trouble, cause: format!("{error} at {}", Location::caller()) }
    }
}

macro_rules! internal_from {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Error {
            #[track_caller]
            fn from(error: $kind) -> Error {
                Error::internal(error)
            }
        }
    )*};
}

internal_from!(askama::Error, getrandom::Error, serde_json::Error, anyhow::Error, tokio::task::JoinError);
