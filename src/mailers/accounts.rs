//! Emails about an account: links to confirm, codes to log in, notices of changes.

use askama::Template;

use super::EmailTemplate;
use super::gift_cards::EmailBranding;
use crate::support::i18n::Locale;
use crate::views::Link;

/// An email of a few paragraphs, with a code and links.
#[derive(Clone, Debug)]
pub struct AccountEmail {
    pub t: Locale,
    pub site: EmailBranding,
    pub subject: String,
    /// One paragraph each; the first is also the preview.
    pub paragraphs: Vec<String>,
    /// A code to type; empty for none.
    pub code: String,
    /// Absolute URLs.
    pub links: Vec<Link>,
    /// How long it works, and what to do if it was somebody else; may be empty.
    pub note: String,
}

impl AccountEmail {
    fn preview(&self) -> &str {
        self.paragraphs.first().map_or("", String::as_str)
    }
}

#[derive(Template)]
#[template(path = "mail/account.html")]
struct AccountEmailHtml<'a> {
    t: Locale,
    email: &'a AccountEmail,
    site: &'a EmailBranding,
}

#[derive(Template)]
#[template(path = "mail/account.txt")]
struct AccountEmailText<'a> {
    t: Locale,
    email: &'a AccountEmail,
    site: &'a EmailBranding,
}

impl EmailTemplate for AccountEmail {
    fn subject(&self) -> String {
        self.subject.clone()
    }

    fn html(&self) -> askama::Result<String> {
        AccountEmailHtml { t: self.t, email: self, site: &self.site }.render()
    }

    fn text(&self) -> askama::Result<String> {
        AccountEmailText { t: self.t, email: self, site: &self.site }.render()
    }
}
