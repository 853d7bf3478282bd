//! The cart page.

use askama::Template;

use crate::forms::Fields;
use crate::forms::shop::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::ids::CartLineId;
use crate::views::shop::products;
use crate::views::{Amount, DateTime, Discount, Head, Picture, View, filters};

#[derive(Template)]
#[template(path = "shop/carts/show.html")]
pub struct Show {
    pub t: Locale,
    pub lines: Vec<Line>,
    pub goods: Amount,
    pub discount: Option<Discount>,
    /// Goods minus discount.
    pub subtotal: Amount,
    pub requires_shipping: bool,
    pub ships_free: bool,
    pub gift_cards: Vec<GiftCardRow>,
    /// What gift cards leave of the subtotal; `None` if they pay nothing.
    pub remainder: Option<Amount>,
    pub unused_coupon: Option<(String, String)>,
    pub form: Fields,
    /// The amount missing for free shipping; `None` if there is no threshold or it is reached.
    pub free_shipping_missing: Option<Amount>,
    /// Percent of that threshold, 0 to 100.
    pub free_shipping_progress: i32,
    pub changed: Vec<String>,
    pub added: Option<String>,
    /// Increases with every change of the cart.
    pub version: String,
    pub pending_order: Option<PendingOrder>,
    pub suggestions: Vec<products::Card>,
}

/// Holds no personal data: the cart's cookie may remain on a shared computer.
#[derive(Clone, Debug)]
pub struct PendingOrder {
    pub due: Amount,
    pub until: DateTime,
}

#[derive(Clone, Debug)]
pub struct GiftCardRow {
    pub id: String,
    pub label: String,
    pub balance: Amount,
    /// Its share of the subtotal; `None` if zero.
    pub pays: Option<Amount>,
    pub refused: Option<String>,
}

impl GiftCardRow {
    fn removal(&self) -> String {
        paths::cart_gift_card_removal(&self.id)
    }
}

#[derive(Clone, Debug)]
pub struct Line {
    pub id: CartLineId,
    pub title: String,
    pub href: String,
    pub picture: Option<Picture>,
    pub options: String,
    pub unit: Amount,
    pub quantity: i32,
    pub total: Amount,
    pub error: Option<String>,
    /// A stock warning: sold out, or fewer available than the quantity.
    pub notice: Option<String>,
}

impl Line {
    fn path(&self) -> String {
        paths::cart_line(self.id)
    }

    fn removal(&self) -> String {
        paths::cart_line_removal(self.id)
    }

    fn quantity_id(&self) -> String {
        format!("quantity-{}", self.id)
    }
}

impl View for Show {
    fn title(&self) -> String {
        if self.is_refused() { self.t.cart_title_error().to_owned() } else { self.t.cart_title().to_owned() }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::cart().to_owned()),
            description: self.t.cart_description().to_owned(),
            ..Head::default()
        }
    }
}

impl Show {
    fn is_refused(&self) -> bool {
        self.has_wrong_quantity() || !self.form.is_valid()
    }

    fn shipping_words(&self) -> &'static str {
        match (self.requires_shipping, self.ships_free) {
            (false, _) => self.t.cart_sent_by_email(),
            (true, true) => self.t.cart_free_shipping(),
            (true, false) => self.t.cart_plus_shipping_later(),
        }
    }

    fn has_wrong_quantity(&self) -> bool {
        self.lines.iter().any(|line| line.error.is_some())
    }

    fn code(&self) -> Option<&str> {
        let used = self.discount.as_ref().map(|discount| discount.code.as_str());
        used.or_else(|| self.unused_coupon.as_ref().map(|(code, _)| code.as_str()))
    }
}
