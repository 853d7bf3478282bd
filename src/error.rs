//! What can go wrong, in words a shopkeeper would understand. No HTTP here: `http::errors` maps these to answers.

use std::borrow::Cow;
use std::panic::Location;

use crate::db::errors::{Meaning, meaning};

/// The one error of the program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// It lives elsewhere now: the path it moved to.
    #[error("moved to {0}")]
    Moved(String),
    /// It was deleted for good.
    #[error("gone")]
    Gone,
    /// A link from a mail or the command line that was used, or is too old.
    #[error("a link that no longer works")]
    Void,
    /// The site has no owner yet.
    #[error("set up first")]
    SetUpFirst,
    /// Only for people who are signed in; where they wanted to go.
    #[error("sign in first")]
    SignInFirst(String),
    /// Signed in, but may not.
    #[error("not allowed: {0}")]
    NotAllowed(&'static str),
    /// A request from another site: what was expected and what came.
    #[error("forged request: {0}")]
    Forged(String),
    /// The request cannot be understood.
    #[error("bad request: {0}")]
    BadRequest(&'static str),
    /// A field of a form is wrong: its name and what to do.
    #[error("{field}: {message}")]
    Invalid {
        /// The field.
        field: Cow<'static, str>,
        /// What to do.
        message: String,
    },
    /// This form was carried out before, with other values in it.
    #[error("{SENT_BEFORE}")]
    SentBefore,
    /// Somebody else changed it in the meantime.
    #[error("changed in the meantime")]
    Conflict,
    /// Only so many are left of the variant.
    #[error("only {left} left of variant {variant}")]
    OutOfStock {
        /// The variant's row.
        variant: i64,
        /// Pieces left.
        left: i64,
    },
    /// The cart is not what was shown when the order was sent.
    #[error("the cart changed")]
    CartChanged,
    /// The totals are not what was shown when the order was sent.
    #[error("the totals changed")]
    QuoteChanged,
    /// Too many tries; seconds to wait.
    #[error("too many requests")]
    TooMany(u64),
    /// The gate before orders and payments asks for patience: seconds to wait, and what to show on coming back.
    #[error("wait {seconds} seconds")]
    Wait {
        /// Seconds from now.
        seconds: u64,
        /// Says since when somebody waits.
        proof: String,
    },
    /// More than the site can take right now. Nothing was changed.
    #[error("busy")]
    Busy,
    /// Nothing can be written at present, and waiting a moment does not help.
    #[error("{}: {cause}", .trouble.words())]
    Unavailable {
        /// What stands in the way.
        trouble: Trouble,
        /// What was said about it, for the log.
        cause: String,
    },
    /// The database did not say whether it has done what it was asked to.
    #[error("the commit was not answered: it may have been done or not")]
    Unsure,
    /// What was sent is of a type that is not taken here.
    #[error("not a form")]
    UnknownMediaType,
    /// The request is for another site.
    #[error("a request for another site")]
    Misdirected,
    /// The body is larger than allowed.
    #[error("too large")]
    TooLarge,
    /// The body does not arrive in time.
    #[error("too slow")]
    TooSlow,
    /// A fault of ours.
    #[error("{cause} at {at}")]
    Internal {
        /// What happened.
        cause: anyhow::Error,
        /// Where.
        at: &'static Location<'static>,
    },
}

/// Why nothing can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no room left.
    DiskFull,
    /// The database, or the disk below it, may only be read.
    ReadOnly,
    /// The database's file was removed or replaced.
    DatabaseGone,
    /// The database cannot be read or written, for a reason of its own.
    DatabaseBroken,
    /// The data folder, or a file in it, cannot be used.
    Files,
}

impl Trouble {
    /// What it is, for whoever runs the site.
    pub fn words(self) -> &'static str {
        match self {
            Trouble::DiskFull => "the disk is full",
            Trouble::ReadOnly => "the database is read-only",
            Trouble::DatabaseGone => "the database file is gone",
            Trouble::DatabaseBroken => "the database cannot be written to",
            Trouble::Files => "the data folder cannot be used",
        }
    }
}

/// What somebody reads who sends a form again with other values, after going back to it.
pub const SENT_BEFORE: &str =
    "This form was already sent once. To do it again with these values, press the button again.";

/// What fallible functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A fault of ours, in words for the log.
    #[track_caller]
    pub fn internal(cause: impl Into<anyhow::Error>) -> Error {
        Error::Internal { cause: cause.into(), at: Location::caller() }
    }

    /// A fault of ours that should not be possible.
    #[track_caller]
    pub fn broken(words: &'static str) -> Error {
        Error::internal(anyhow::anyhow!(words))
    }

    /// A wrong field.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Error {
        Error::Invalid { field: field.into(), message: message.into() }
    }
}

impl From<diesel::result::Error> for Error {
    #[track_caller]
    fn from(error: diesel::result::Error) -> Error {
        match error {
            diesel::result::Error::NotFound => Error::NotFound,
            error => match meaning(&error) {
                Some(Meaning::Busy) => Error::Busy,
                Some(Meaning::Trouble(trouble)) => Error::Unavailable { trouble, cause: error.to_string() },
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
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Trouble::DiskFull,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied | ErrorKind::NotFound => Trouble::Files,
            ErrorKind::NotADirectory => Trouble::Files,
            _ => return Error::internal(error),
        };
        Error::Unavailable { trouble, cause: format!("{error} at {}", Location::caller()) }
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
