//! The page that leads to an identity provider.

use askama::Template;

use super::unlisted;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View};

#[derive(Template)]
#[template(path = "account/identity_logins/new.html")]
pub struct New {
    pub t: Locale,
    /// Name of the provider.
    pub provider: String,
    /// The provider's page.
    pub href: String,
}

/// A button that leads to a provider.
#[derive(Clone, Debug)]
pub struct ProviderButton {
    pub action: String,
    pub label: String,
}

/// An identity of an account.
#[derive(Clone, Debug)]
pub struct IdentityRow {
    pub provider: String,
    /// As the provider had it; empty if unknown.
    pub email: String,
    /// When it was linked, and used last.
    pub note: String,
    pub removal_href: String,
}

impl View for New {
    fn title(&self) -> String {
        self.t.identity_continue_title(&self.provider)
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
