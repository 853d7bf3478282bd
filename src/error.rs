//! What can go wrong, in words a shopkeeper would understand. No HTTP here: `http::errors` maps these to answers.

use std::borrow::Cow;
use std::panic::Location;

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
    /// More than the site can take right now.
    #[error("busy")]
    Busy,
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
            error if crate::db::is_busy(&error) => Error::Busy,
            error => Error::internal(error),
        }
    }
}

impl From<diesel::r2d2::PoolError> for Error {
    fn from(_: diesel::r2d2::PoolError) -> Error {
        Error::Busy
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

internal_from!(
    askama::Error,
    getrandom::Error,
    serde_json::Error,
    std::io::Error,
    anyhow::Error,
    tokio::task::JoinError
);
