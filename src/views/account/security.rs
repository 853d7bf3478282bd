//! Password and sessions of an account.

use askama::Template;

use super::unlisted;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::account::identity_logins::{IdentityRow, ProviderButton};
use crate::views::{DateTime, Head, View};

#[derive(Template)]
#[template(path = "account/security/show.html")]
pub struct Show {
    pub t: Locale,
    /// The last used first.
    pub sessions: Vec<SessionRow>,
    /// Who logs in at an identity provider.
    pub identities: Vec<IdentityRow>,
    /// Providers that can be linked.
    pub links: Vec<ProviderButton>,
}

impl View for Show {
    fn title(&self) -> String {
        self.t.account_page_security().to_owned()
    }

    fn head(&self) -> Head {
        unlisted()
    }
}

#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Public id.
    pub id: String,
    /// `Firefox on Linux`.
    pub device: String,
    /// Empty if unknown.
    pub network: String,
    pub last_seen: DateTime,
    pub is_current: bool,
}
