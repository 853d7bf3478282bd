//! Emails about accounts.

use crate::mailers::accounts::AccountEmail;
use crate::mailers::gift_cards::EmailBranding;
use crate::models::people::account::Account;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::Link;

/// The shop that writes, and the language of the reader.
pub struct AccountEmailSource {
    pub settings: Settings,
    pub locale: Locale,
    /// The public origin, without a trailing slash.
    pub origin: String,
}

impl AccountEmailSource {
    /// For an account, in its own language.
    pub fn for_account(settings: Settings, account: &Account, origin: String) -> AccountEmailSource {
        let locale = account.preferred_locale().unwrap_or(settings.locale);
        AccountEmailSource { settings, locale, origin }
    }

    /// For an address without an account.
    pub fn for_site(settings: Settings, origin: String) -> AccountEmailSource {
        AccountEmailSource { locale: settings.locale, settings, origin }
    }

    fn email(&self, subject: String, paragraphs: &[&str]) -> AccountEmail {
        let Settings { site_name, accent, contact_email, .. } = &self.settings;
        AccountEmail {
            t: self.locale,
            site: EmailBranding {
                site_name: site_name.clone(),
                origin: self.origin.clone(),
                accent: accent.clone(),
                contact_email: contact_email.clone(),
            },
            subject,
            paragraphs: paragraphs.iter().map(|text| (*text).to_owned()).collect(),
            code: String::new(),
            links: Vec::new(),
            note: String::new(),
        }
    }

    fn link(&self, label: &str, path: &str) -> Link {
        Link { label: label.to_owned(), href: format!("{}{path}", self.origin) }
    }
}

/// Asks a new customer to confirm the address.
pub fn registration(source: &AccountEmailSource, secret: &str) -> AccountEmail {
    let (t, site) = (source.locale, &source.settings.site_name);
    AccountEmail {
        links: vec![source.link(t.account_email_registration_link(), &paths::account::registration_link(secret))],
        note: t.account_email_registration_note().to_owned(),
        ..source.email(t.account_email_registration_subject(site), &[t.account_email_registration_text()])
    }
}

/// Tells somebody who registers an address again that it has an account.
pub fn existing_account(source: &AccountEmailSource) -> AccountEmail {
    let (t, site) = (source.locale, &source.settings.site_name);
    AccountEmail {
        links: vec![
            source.link(t.common_log_in(), paths::login()),
            source.link(t.account_email_reset_link(), paths::account::password_forgot()),
        ],
        note: t.account_email_existing_note().to_owned(),
        ..source.email(t.account_email_existing_subject(site), &[t.account_email_existing_text()])
    }
}

pub fn password_reset(source: &AccountEmailSource, secret: &str) -> AccountEmail {
    let (t, site) = (source.locale, &source.settings.site_name);
    AccountEmail {
        links: vec![source.link(t.account_email_reset_link(), &paths::password_reset(secret))],
        note: t.account_email_reset_note().to_owned(),
        ..source.email(t.account_email_reset_subject(site), &[t.account_email_reset_text()])
    }
}

pub fn login_code(source: &AccountEmailSource, secret: &str, code: String) -> AccountEmail {
    let (t, site) = (source.locale, &source.settings.site_name);
    AccountEmail {
        code,
        links: vec![source.link(t.common_log_in(), &paths::account::login_link(secret))],
        note: t.account_email_code_note().to_owned(),
        ..source.email(t.account_email_code_subject(site), &[t.account_email_code_text()])
    }
}

/// To the new address of an account.
pub fn email_change(source: &AccountEmailSource, secret: &str) -> AccountEmail {
    let (t, site) = (source.locale, &source.settings.site_name);
    AccountEmail {
        links: vec![source.link(t.account_email_change_link(), &paths::account::email_change_link(secret))],
        note: t.account_email_change_note().to_owned(),
        ..source.email(t.account_email_change_subject(site), &[&t.account_email_change_text(site)])
    }
}

/// To the former address of an account.
pub fn email_changed(source: &AccountEmailSource, account: &Account, secret: &str) -> AccountEmail {
    let (t, site) = (source.locale, &source.settings.site_name);
    AccountEmail {
        links: vec![source.link(t.account_email_changed_link(), &paths::account::email_revert_link(secret))],
        note: t.account_email_changed_note().to_owned(),
        ..source.email(t.account_email_changed_subject(site), &[&t.account_email_changed_text(site, &account.email)])
    }
}

/// To a buyer who has lost the link to an order.
pub fn order_link(source: &AccountEmailSource, number: &str, access_token: &str) -> AccountEmail {
    let t = source.locale;
    AccountEmail {
        links: vec![source.link(t.email_see_order(), &paths::order(access_token))],
        note: t.account_email_order_note().to_owned(),
        ..source.email(t.account_email_order_subject(number), &[t.account_email_order_text()])
    }
}
