//! What people read: one struct a page, values in, HTML out. No connection, no settings, no request.

pub mod account;
pub mod admin;
pub mod blog;
pub mod errors;
pub mod filters;
pub mod layout;
pub mod shop;

use crate::support::money::Money;
use crate::support::page::Tally;

/// A page: its body is an Askama template, its frame comes from [`layout`].
pub trait View: askama::Template {
    /// The subject; the browser's title is "subject · site".
    fn title(&self) -> String;

    /// What the head says beyond the title.
    fn head(&self) -> Head {
        Head::default()
    }
}

/// What the head of a page says to browsers and search engines.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The page's one address, as a path.
    pub canonical: Option<String>,
    /// One or two sentences.
    pub description: String,
    /// A picture for people who share the page, as a path.
    pub picture: Option<String>,
    /// schema.org data as JSON.
    pub json_ld: Option<serde_json::Value>,
    /// Keeps search engines away.
    pub noindex: bool,
    /// OpenGraph type: `website`, `article`, `product`.
    pub kind: Option<&'static str>,
}

/// Who the site is, for every frame.
#[derive(Clone, Debug, Default)]
pub struct SiteFrame {
    /// The site's name.
    pub name: String,
    /// One line under the name, for search engines.
    pub tagline: String,
    /// A line above the header; empty for none.
    pub announcement: String,
    /// Language of the pages, BCP 47.
    pub lang: String,
    /// The public origin without a slash at the end: `https://shop.example`.
    pub origin: String,
    /// The owner's accent colour, six hex digits; empty for the built-in one.
    pub accent: String,
    /// Top categories for the menu: title and path.
    pub menu: Vec<Link>,
    /// Pages for the footer.
    pub pages: Vec<Link>,
    /// Where customers write to; empty for none.
    pub contact_email: String,
    /// A line at the very bottom.
    pub footer_note: String,
}

/// A word that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The word.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

/// A passing message after an action.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Flash {
    /// Good or bad news.
    pub good: bool,
    /// The message.
    pub text: String,
}

/// What the frame of the admin shows to staff.
#[derive(Clone, Debug, Default)]
pub struct StaffFrame {
    /// Their name.
    pub name: String,
    /// May write posts.
    pub posts: bool,
    /// May change products.
    pub products: bool,
    /// May see orders.
    pub orders: bool,
    /// May handle pictures.
    pub pictures: bool,
    /// May change settings, shipping and taxes.
    pub settings: bool,
    /// May see staff.
    pub staff: bool,
    /// May read mail that was sent.
    pub outbox: bool,
    /// May read what payment providers sent, and one is set up.
    pub webhooks: bool,
    /// Orders waiting to be packed.
    pub to_pack: Tally,
    /// What waits for somebody to look at it.
    pub attention: Tally,
}

/// A picture in the sizes that exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Address of the one for browsers that cannot choose.
    pub src: String,
    /// All sizes, as `srcset` wants them.
    pub srcset: String,
    /// The same as AVIF; empty when there is none.
    pub avif: String,
    /// Pixels of the largest.
    pub width: i32,
    /// Pixels of the largest.
    pub height: i32,
    /// What it shows, for those who cannot see it; empty when it only decorates.
    pub alt: String,
}

/// A picture within a text.
#[derive(askama::Template)]
#[template(path = "ui/in_text.html")]
pub struct InText {
    /// The picture.
    pub picture: Picture,
}

/// An amount and its two spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// `19.99`, for `<data value>`.
    pub value: String,
    /// `€19.99`, for people.
    pub text: String,
}

impl Amount {
    /// Nothing at all.
    pub fn is_zero(&self) -> bool {
        self.value.bytes().all(|byte| matches!(byte, b'0' | b'.'))
    }
}

/// What a discount code does to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// The code; empty when none is known.
    pub code: String,
    /// What it takes off the goods, above zero: templates put the minus. None when it makes shipping free.
    pub amount: Option<Amount>,
}

/// What a gift card pays of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidByCard {
    /// `Gift card ending 7K2M`.
    pub label: String,
    /// How much, above zero: templates put the minus.
    pub amount: Amount,
    /// What takes it off the cart; none where it cannot be taken off.
    pub id: Option<String>,
}

/// The rest that gift cards do not pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// `Left to pay`, or how it is paid.
    pub label: String,
    /// How much.
    pub amount: Amount,
}

impl Amount {
    /// Spells an amount for a language.
    pub fn of(money: Money, locale: &str) -> Amount {
        Amount { value: money.decimal(), text: money.text(locale) }
    }
}

/// A moment and its two spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// RFC 3339, for `<time datetime>`.
    pub iso: String,
    /// For people, in the site's time zone.
    pub text: String,
}
