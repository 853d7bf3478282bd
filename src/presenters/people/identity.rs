//! Log-in with identity providers: the buttons, and the identities of an account.

use crate::models::people::identity_provider::IdentityProvider;
use crate::models::people::identity_provider::account_identity::AccountIdentity;
use crate::paths;
use crate::presenters::format::Format;
use crate::support::i18n::Locale;
use crate::views::account::identity_logins::{IdentityRow, ProviderButton};

/// The buttons of the log-in page.
pub fn login_buttons(t: Locale, providers: &[IdentityProvider]) -> Vec<ProviderButton> {
    let button = |provider: &IdentityProvider| ProviderButton {
        action: paths::identity_login(&provider.public_id),
        label: t.identity_log_in(&provider.name),
    };
    providers.iter().map(button).collect()
}

/// The buttons for providers that are not linked yet.
pub fn link_buttons(t: Locale, providers: &[IdentityProvider], linked: &[AccountIdentity]) -> Vec<ProviderButton> {
    let is_linked = |provider: &IdentityProvider| linked.iter().any(|identity| identity.issuer == provider.issuer);
    let button = |provider: &IdentityProvider| ProviderButton {
        action: paths::identity_link(&provider.public_id),
        label: t.identity_link(&provider.name),
    };
    providers.iter().filter(|provider| !is_linked(provider)).map(button).collect()
}

/// An identity with the name of its provider; `providers` are all there are.
pub fn identity_row(identity: &AccountIdentity, providers: &[IdentityProvider], format: &Format) -> IdentityRow {
    let t = format.locale;
    let provider = providers.iter().find(|provider| provider.issuer == identity.issuer);
    let linked = format.date(identity.created_at).text;
    let note = match identity.last_used_at {
        Some(used) => t.identity_linked_and_used(linked, format.date_time(used).text),
        None => t.identity_linked_on(linked),
    };
    IdentityRow {
        provider: provider.map_or_else(|| identity.issuer.clone(), |provider| provider.name.clone()),
        email: identity.email.clone(),
        note,
        removal_href: paths::identity_removal(identity.id),
    }
}
