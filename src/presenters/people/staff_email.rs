//! Emails to staff and to invited people.

use super::admin_staff::role_label;
use crate::mailers::gift_cards::EmailBranding;
use crate::mailers::staff::StaffEmail;
use crate::models::people::account::Account;
use crate::models::people::account::roles::Role;
use crate::models::people::invitation::Invitation;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::format::Format;
use crate::support::i18n::Locale;

/// The link of an invitation to the staff.
pub fn invitation(settings: &Settings, origin: &str, invitation: &Invitation, token: &str) -> StaffEmail {
    let (t, format) = (settings.locale, Format::from_settings(settings));
    let role = role_label(t, invitation.role);
    StaffEmail {
        t,
        site: branding(settings, origin),
        subject: t.email_staff_invitation_subject(&settings.site_name),
        text: t.email_staff_invitation(&invitation.name, &settings.site_name, role),
        note: t.email_staff_invitation_note(format.date(invitation.expires_at).text),
        action: t.email_staff_invitation_button(),
        href: format!("{origin}{}", paths::invitation(token)),
    }
}

/// `role` is `None` for an account without staff access.
pub fn role_changed(settings: &Settings, origin: &str, account: &Account, role: Option<Role>) -> StaffEmail {
    let t = account.preferred_locale().unwrap_or(settings.locale);
    let role = role.map_or(t.common_none(), |role| role_label(t, role));
    notice(
        t,
        settings,
        origin,
        t.email_staff_role_subject(&settings.site_name),
        t.email_staff_role(&account.name, role),
    )
}

pub fn suspended(settings: &Settings, origin: &str, account: &Account) -> StaffEmail {
    let t = account.preferred_locale().unwrap_or(settings.locale);
    let subject = t.email_staff_suspended_subject(&settings.site_name);
    notice(t, settings, origin, subject, t.email_staff_suspended(&account.name))
}

pub fn reactivated(settings: &Settings, origin: &str, account: &Account) -> StaffEmail {
    let t = account.preferred_locale().unwrap_or(settings.locale);
    let subject = t.email_staff_reactivated_subject(&settings.site_name);
    notice(t, settings, origin, subject, t.email_staff_reactivated(&account.name))
}

fn notice(t: Locale, settings: &Settings, origin: &str, subject: String, text: String) -> StaffEmail {
    StaffEmail {
        t,
        site: branding(settings, origin),
        subject,
        text,
        note: t.email_staff_notice_note().to_owned(),
        action: t.common_log_in(),
        href: format!("{origin}{}", paths::login()),
    }
}

fn branding(settings: &Settings, origin: &str) -> EmailBranding {
    EmailBranding {
        site_name: settings.site_name.clone(),
        origin: origin.to_owned(),
        accent: settings.accent.clone(),
        contact_email: settings.contact_email.clone(),
    }
}
