//! The e-mail with gift card codes.

use askama::Template;

use super::EmailTemplate;
use crate::views::{Amount, DateTime};

/// To the buyer, or to the recipient staff named: the codes.
#[derive(Clone, Debug)]
pub struct GiftCardCodes {
    pub site: EmailBranding,
    pub cards: Vec<Card>,
    /// None for cards issued by staff.
    pub order: Option<OrderLink>,
}

/// The shop's name, links and colour in an e-mail's layout.
#[derive(Clone, Debug)]
pub struct EmailBranding {
    pub site_name: String,
    /// The public origin, without a trailing slash.
    pub origin: String,
    /// The owner's accent colour, six hex digits; empty for the default.
    pub accent: String,
    /// The shop's contact address; empty for none.
    pub contact_email: String,
}

#[derive(Clone, Debug)]
pub struct Card {
    pub code: String,
    /// Its balance.
    pub amount: Amount,
    pub expires: Option<DateTime>,
}

#[derive(Clone, Debug)]
pub struct OrderLink {
    pub number: String,
    /// Absolute URL of the buyer's order page.
    pub href: String,
}

impl EmailBranding {
    fn colour(&self) -> String {
        super::accent_colour(&self.accent)
    }

    fn contrast_colour(&self) -> &'static str {
        super::contrast_colour(&self.colour())
    }
}

#[derive(Template)]
#[template(path = "mail/gift_cards.html")]
struct GiftCardsHtml<'a> {
    letter: &'a GiftCardCodes,
    site: &'a EmailBranding,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/gift_cards.txt")]
struct GiftCardsText<'a> {
    letter: &'a GiftCardCodes,
    site: &'a EmailBranding,
    subject: String,
}

impl EmailTemplate for GiftCardCodes {
    fn subject(&self) -> String {
        let one = self.cards.len() == 1;
        match (&self.order, one) {
            (Some(_), true) => format!("Your gift card from {}", self.site.site_name),
            (Some(_), false) => format!("Your gift cards from {}", self.site.site_name),
            (None, _) => format!("A gift card from {} for you", self.site.site_name),
        }
    }

    fn html(&self) -> askama::Result<String> {
        GiftCardsHtml { letter: self, site: &self.site, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        GiftCardsText { letter: self, site: &self.site, subject: self.subject() }.render()
    }
}
