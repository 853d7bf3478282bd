//! The email with gift card codes.

use askama::Template;

use super::EmailTemplate;
use crate::support::i18n::Locale;
use crate::views::{Amount, DateTime};

/// To the buyer, or to the recipient staff named: the codes.
#[derive(Clone, Debug)]
pub struct GiftCardCodes {
    pub t: Locale,
    pub site: EmailBranding,
    pub cards: Vec<Card>,
    /// None for cards issued by staff.
    pub order: Option<OrderLink>,
}

#[derive(Clone, Debug)]
pub struct EmailBranding {
    pub site_name: String,
    pub origin: String,
    /// The owner's accent colour, six hex digits; empty for the default.
    pub accent: String,
    pub contact_email: String,
}

#[derive(Clone, Debug)]
pub struct Card {
    pub code: String,
    pub amount: Amount,
    pub expires: Option<DateTime>,
}

#[derive(Clone, Debug)]
pub struct OrderLink {
    pub number: String,
    pub href: String,
}

impl GiftCardCodes {
    fn count(&self) -> i64 {
        i64::try_from(self.cards.len()).unwrap_or(i64::MAX)
    }
}

impl EmailBranding {
    pub(super) fn colour(&self) -> String {
        super::accent_colour(&self.accent)
    }

    pub(super) fn contrast_colour(&self) -> &'static str {
        super::contrast_colour(&self.colour())
    }
}

#[derive(Template)]
#[template(path = "mail/gift_cards.html")]
struct GiftCardsHtml<'a> {
    t: Locale,
    email: &'a GiftCardCodes,
    site: &'a EmailBranding,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/gift_cards.txt")]
struct GiftCardsText<'a> {
    t: Locale,
    email: &'a GiftCardCodes,
    site: &'a EmailBranding,
    subject: String,
}

impl EmailTemplate for GiftCardCodes {
    fn subject(&self) -> String {
        match &self.order {
            Some(_) => self.t.email_gift_cards_subject(self.count(), &self.site.site_name),
            None => self.t.email_gift_cards_subject_issued(&self.site.site_name),
        }
    }

    fn html(&self) -> askama::Result<String> {
        GiftCardsHtml { t: self.t, email: self, site: &self.site, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        GiftCardsText { t: self.t, email: self, site: &self.site, subject: self.subject() }.render()
    }
}
