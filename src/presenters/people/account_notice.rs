//! Emails about a change of an account.

use crate::mailers::account_notices::AccountNotice;
use crate::mailers::gift_cards::EmailBranding;
use crate::models::platform::event::{Event, FactorKind};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::people::device::device_label;
use crate::support::clock::Utc;

/// `None` for an event without a notice to the account's owner.
pub fn account_notice(event: &Event, at: Utc, settings: &Settings, origin: &str) -> Option<AccountNotice> {
    let format = Format::from_settings(settings);
    let (t, site, date) = (format.locale, &settings.site_name, format.date_time(at).text);
    let (subject, text) = match event {
        Event::PasswordChanged { .. } => (t.account_notice_password_subject(), t.account_notice_password(site, date)),
        Event::SignedInOnNewDevice { user_agent, .. } => {
            (t.account_notice_device_subject(), t.account_notice_device(site, date, device_label(t, user_agent)))
        }
        Event::SecondFactorAdded { factor: FactorKind::Totp, .. } => {
            (t.account_notice_totp_added_subject(), t.account_notice_totp_added(date, site))
        }
        Event::SecondFactorRemoved { factor: FactorKind::Totp, .. } => {
            (t.account_notice_totp_removed_subject(), t.account_notice_totp_removed(date, site))
        }
        Event::SecondFactorAdded { factor: FactorKind::Passkey, name, .. } => {
            (t.account_notice_passkey_added_subject(), t.account_notice_passkey_added(date, name, site))
        }
        Event::SecondFactorRemoved { factor: FactorKind::Passkey, name, .. } => {
            (t.account_notice_passkey_removed_subject(), t.account_notice_passkey_removed(date, name, site))
        }
        Event::SecondFactorsCleared { .. } => {
            (t.account_notice_factors_cleared_subject(), t.account_notice_factors_cleared(date, site))
        }
        Event::IdentityLinked { provider, .. } => {
            (t.account_notice_identity_linked_subject(), t.account_notice_identity_linked(date, provider, site))
        }
        Event::IdentityUnlinked { provider, .. } => {
            (t.account_notice_identity_unlinked_subject(), t.account_notice_identity_unlinked(date, provider, site))
        }
        Event::RecoveryCodeUsed { codes_left, .. } => {
            (t.account_notice_code_used_subject(), t.account_notice_code_used(date, site, *codes_left))
        }
        _ => return None,
    };
    Some(AccountNotice {
        t,
        site: EmailBranding {
            site_name: settings.site_name.clone(),
            origin: origin.to_owned(),
            accent: settings.accent.clone(),
            contact_email: settings.contact_email.clone(),
        },
        subject: subject.to_owned(),
        text,
        href: format!("{origin}{}", page_of(event)),
    })
}

/// Where the owner checks what has happened.
fn page_of(event: &Event) -> &'static str {
    match event {
        Event::PasswordChanged { .. } => paths::account::password_forgot(),
        Event::SignedInOnNewDevice { .. } | Event::IdentityLinked { .. } | Event::IdentityUnlinked { .. } => {
            paths::account::security()
        }
        _ => paths::two_factor(),
    }
}
