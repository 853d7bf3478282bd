//! Log-in, registration, password reset, first setup, and the pages of a signed-in account.

pub mod addresses;
pub mod deletions;
pub mod email_changes;
pub mod email_requests;
pub mod identity_logins;
pub mod invitations;
pub mod link_confirmations;
pub mod login_codes;
pub mod orders;
pub mod overviews;
pub mod passkeys;
pub mod password_changes;
pub mod passwords;
pub mod privacy;
pub mod profiles;
pub mod recovery_codes;
pub mod registrations;
pub mod second_factors;
pub mod security;
pub mod sessions;
pub mod setups;
pub mod step_up;
pub mod two_step_logins;

use crate::forms::Fields;
use crate::forms::account::MIN_STAFF_PASSWORD_LENGTH;
use crate::support::i18n::Locale;
use crate::views::Head;

/// The title of a page with a form.
fn form_title(t: Locale, form: &Fields, title: &str) -> String {
    if form.is_valid() { title.to_owned() } else { t.common_error_title(title) }
}

/// A page that search engines leave out.
fn unlisted() -> Head {
    Head { noindex: true, ..Head::default() }
}

/// What is asked of a new password.
fn password_hint(t: Locale, min_length: usize) -> &'static str {
    if min_length == MIN_STAFF_PASSWORD_LENGTH { t.account_password_hint() } else { t.account_page_password_hint() }
}
