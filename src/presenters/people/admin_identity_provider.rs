//! Identity providers, as the owner and admins see them.

use crate::models::people::identity_provider::{IdentityProvider, IdentityProviderStatus};
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::SelectOption;
use crate::views::admin::Pill;
use crate::views::admin::people::identity_providers::Row;

/// A provider with the number of accounts that log in with it.
pub fn provider_row(t: Locale, provider: &IdentityProvider, accounts: i64) -> Row {
    let kind = match provider.status {
        IdentityProviderStatus::Active => "good",
        IdentityProviderStatus::Inactive => "",
    };
    Row {
        href: paths::admin::identity_provider(&provider.public_id),
        name: provider.name.clone(),
        issuer: provider.issuer.clone(),
        status: Pill { text: status_label(t, provider.status).to_owned(), kind },
        accounts,
    }
}

pub fn provider_status_options(t: Locale) -> Vec<SelectOption> {
    let option = |status: &IdentityProviderStatus| SelectOption::new(status.as_str(), status_label(t, *status));
    IdentityProviderStatus::ALL.iter().map(option).collect()
}

fn status_label(t: Locale, status: IdentityProviderStatus) -> &'static str {
    match status {
        IdentityProviderStatus::Active => t.identity_admin_active(),
        IdentityProviderStatus::Inactive => t.identity_admin_inactive(),
    }
}
