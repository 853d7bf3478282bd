//! Two-factor authentication of an account.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{DateTime, Head, View, filters};

#[derive(Template)]
#[template(path = "account/second_factors/show.html")]
pub struct Show {
    pub t: Locale,
    pub app: AuthenticatorApp,
    pub passkeys: i64,
    /// Recovery codes that were not used yet; `None` if the account has no second factor.
    pub codes_left: Option<i64>,
    pub form: Fields,
}

#[derive(Clone, Debug)]
pub enum AuthenticatorApp {
    On {
        since: DateTime,
    },
    /// It waits for the first code.
    Pending(AppSetup),
    Off,
}

/// What sets an authenticator app up.
#[derive(Clone, Debug)]
pub struct AppSetup {
    /// Base32, to be typed.
    pub secret: String,
    /// `None` if the address is too long for one.
    pub code: Option<QrCode>,
}

/// A QR code as the path of an SVG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrCode {
    /// Modules of a side, with the quiet zone.
    pub size: usize,
    /// One square of size 1 for each dark module.
    pub path: String,
}

impl View for Show {
    fn title(&self) -> String {
        let title = self.t.two_factor_title();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
