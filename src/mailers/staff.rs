//! Emails to staff and to invited people.

use askama::Template;

use super::EmailTemplate;
use super::gift_cards::EmailBranding;
use crate::support::i18n::Locale;

/// A short email: heading, what happened, and a button.
#[derive(Clone, Debug)]
pub struct StaffEmail {
    pub t: Locale,
    pub site: EmailBranding,
    pub subject: String,
    pub text: String,
    /// What to do, or what to know; may be empty.
    pub note: String,
    /// Label of the button.
    pub action: &'static str,
    /// Absolute URL of the button.
    pub href: String,
}

#[derive(Template)]
#[template(path = "mail/staff.html")]
struct StaffHtml<'a> {
    t: Locale,
    email: &'a StaffEmail,
    site: &'a EmailBranding,
}

#[derive(Template)]
#[template(path = "mail/staff.txt")]
struct StaffText<'a> {
    t: Locale,
    email: &'a StaffEmail,
    site: &'a EmailBranding,
}

impl EmailTemplate for StaffEmail {
    fn subject(&self) -> String {
        self.subject.clone()
    }

    fn html(&self) -> askama::Result<String> {
        StaffHtml { t: self.t, email: self, site: &self.site }.render()
    }

    fn text(&self) -> askama::Result<String> {
        StaffText { t: self.t, email: self, site: &self.site }.render()
    }
}
