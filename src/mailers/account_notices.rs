//! Emails about a change of an account, to its owner.

use askama::Template;

use super::EmailTemplate;
use super::gift_cards::EmailBranding;
use crate::support::i18n::Locale;

/// To the owner of an account: what has changed, and what to do if it was somebody else.
#[derive(Clone, Debug)]
pub struct AccountNotice {
    pub t: Locale,
    pub site: EmailBranding,
    pub subject: String,
    /// One sentence or two.
    pub text: String,
    /// Absolute URL of the page where the owner checks the account.
    pub href: String,
}

#[derive(Template)]
#[template(path = "mail/account_notice.html")]
struct AccountNoticeHtml<'a> {
    t: Locale,
    email: &'a AccountNotice,
    site: &'a EmailBranding,
}

#[derive(Template)]
#[template(path = "mail/account_notice.txt")]
struct AccountNoticeText<'a> {
    t: Locale,
    email: &'a AccountNotice,
    site: &'a EmailBranding,
}

impl EmailTemplate for AccountNotice {
    fn subject(&self) -> String {
        self.subject.clone()
    }

    fn html(&self) -> askama::Result<String> {
        AccountNoticeHtml { t: self.t, email: self, site: &self.site }.render()
    }

    fn text(&self) -> askama::Result<String> {
        AccountNoticeText { t: self.t, email: self, site: &self.site }.render()
    }
}
