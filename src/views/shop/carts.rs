//! The cart.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::views::shop::products;
use crate::views::{Amount, Discount, Head, Picture, View, When, filters};

/// The cart.
#[derive(Template)]
#[template(path = "shop/carts/show.html")]
pub struct Show {
    /// What is in it.
    pub lines: Vec<Line>,
    /// What the goods come to.
    pub goods: Amount,
    /// What the discount code does.
    pub discount: Option<Discount>,
    /// The goods less the discount.
    pub subtotal: Amount,
    /// Something in it is sent in a parcel.
    pub is_sent: bool,
    /// Nothing is charged for sending it.
    pub ships_free: bool,
    /// The gift cards on it.
    pub cards: Vec<Card>,
    /// What they leave of the subtotal; none when they pay nothing.
    pub rest: Option<Amount>,
    /// A code that is kept but takes nothing off, and why.
    pub unused: Option<(String, String)>,
    /// `code`.
    pub form: Fields,
    /// How much more until shipping is free; nothing when there is no such limit or it is reached.
    pub free_shipping_missing: Option<Amount>,
    /// How far that is, 0 to 100.
    pub free_shipping_progress: i32,
    /// What was changed because stock or prices did.
    pub changed: Vec<String>,
    /// The title of what has just been put in.
    pub added: Option<String>,
    /// Changes with every change of the cart.
    pub version: String,
    /// The order that was left at the payment page.
    pub waiting: Option<Waiting>,
    /// Products to begin with, shown when the cart is empty.
    pub suggestions: Vec<products::Card>,
}

/// An order that waits to be paid on the page of a payment provider. Whose it is, the cart does not tell.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// What is left to pay.
    pub due: Amount,
    /// Until when its things are kept.
    pub until: When,
}

/// A gift card on the cart.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its public id.
    pub id: String,
    /// `Gift card ending 7K2M`.
    pub label: String,
    /// What is on it.
    pub balance: Amount,
    /// What it pays of the subtotal; none when that is nothing.
    pub pays: Option<Amount>,
    /// Why it does not pay, if it does not.
    pub refused: Option<String>,
}

impl Card {
    /// Where "Remove" is sent.
    fn removal(&self) -> String {
        paths::cart_gift_card_removal(&self.id)
    }
}

/// A line of the cart.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number.
    pub id: i64,
    /// The product.
    pub title: String,
    /// The product's page.
    pub href: String,
    /// Its picture.
    pub picture: Option<Picture>,
    /// Size, colour; empty for none.
    pub options: String,
    /// Price of one.
    pub unit: Amount,
    /// Pieces.
    pub quantity: i32,
    /// Price of all.
    pub total: Amount,
    /// What is wrong with the quantity typed.
    pub error: Option<String>,
    /// What happened to this line.
    pub notice: Option<String>,
}

impl Line {
    /// Where a new quantity is sent.
    fn path(&self) -> String {
        paths::cart_line(self.id)
    }

    /// Where "Remove" is sent.
    fn removal(&self) -> String {
        paths::cart_line_remove(self.id)
    }

    /// The id of its quantity field.
    fn quantity_id(&self) -> String {
        format!("quantity-{}", self.id)
    }
}

impl View for Show {
    fn title(&self) -> String {
        if self.is_refused() { "Error: Cart".to_owned() } else { "Cart".to_owned() }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::cart().to_owned()),
            description: "What you have put in your cart, with quantities and prices.".to_owned(),
            ..Head::default()
        }
    }
}

impl Show {
    /// Whether a quantity or a code was refused.
    fn is_refused(&self) -> bool {
        self.has_wrong_quantity() || !self.form.is_good()
    }

    /// What is said beside the grand total.
    fn shipping_words(&self) -> &'static str {
        match (self.is_sent, self.ships_free) {
            (false, _) => "sent by email",
            (true, true) => "delivery is free",
            (true, false) => "plus shipping, shown before you pay",
        }
    }

    fn has_wrong_quantity(&self) -> bool {
        self.lines.iter().any(|line| line.error.is_some())
    }

    /// The code that can be taken away.
    fn code(&self) -> Option<&str> {
        let used = self.discount.as_ref().map(|discount| discount.code.as_str());
        used.or_else(|| self.unused.as_ref().map(|(code, _)| code.as_str()))
    }
}
