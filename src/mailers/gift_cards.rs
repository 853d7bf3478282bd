//! The letter with the codes of gift cards.

use askama::Template;

use super::Letter;
use crate::views::{Amount, When};

/// To whoever bought the cards, or was given one by staff: the codes.
#[derive(Clone, Debug)]
pub struct GiftCards {
    /// Which site it comes from.
    pub site: Site,
    /// The cards.
    pub cards: Vec<Card>,
    /// The order they were bought with.
    pub bought: Option<Bought>,
}

/// The site as the frame of a letter shows it.
#[derive(Clone, Debug)]
pub struct Site {
    /// The site's name.
    pub site_name: String,
    /// The public origin without a slash at the end.
    pub origin: String,
    /// The owner's accent colour, six hex digits; empty for the built-in one.
    pub accent: String,
    /// Where customers write to; empty for none.
    pub contact_email: String,
}

/// A card.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its code.
    pub code: String,
    /// What is on it.
    pub amount: Amount,
    /// Until when it can be used.
    pub expires: Option<When>,
}

/// The order that cards were bought with.
#[derive(Clone, Debug)]
pub struct Bought {
    /// Its number.
    pub number: String,
    /// The buyer's page of it, with the origin.
    pub href: String,
}

impl Site {
    fn colour(&self) -> String {
        super::colour(&self.accent)
    }

    fn on_colour(&self) -> &'static str {
        super::on_colour(&self.colour())
    }
}

#[derive(Template)]
#[template(path = "mail/gift_cards.html")]
struct GiftCardsHtml<'a> {
    letter: &'a GiftCards,
    site: &'a Site,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/gift_cards.txt")]
struct GiftCardsText<'a> {
    letter: &'a GiftCards,
    site: &'a Site,
    subject: String,
}

impl Letter for GiftCards {
    fn subject(&self) -> String {
        let one = self.cards.len() == 1;
        match (&self.bought, one) {
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
