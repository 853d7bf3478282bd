//! View structs, one per page: values in, HTML out. Views see no connection, settings or request.

pub mod account;
pub mod admin;
pub mod blog;
pub mod errors;
pub mod filters;
pub mod layout;
pub mod shop;

use crate::support::i18n::{Html, Locale, Message, ToHtml};
use crate::support::money::Money;
use crate::support::pagination::CappedCount;

/// A page whose body is an Askama template; [`layout`] renders the frame around it.
pub trait View: askama::Template {
    /// The page's subject; `<title>` is "subject · site".
    fn title(&self) -> String;

    /// Metadata for `<head>` beyond the title.
    fn head(&self) -> Head {
        Head::default()
    }
}

#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Canonical URL as a path.
    pub canonical: Option<String>,
    pub description: String,
    pub picture: Option<String>,
    pub json_ld: Option<serde_json::Value>,
    pub noindex: bool,
    /// OpenGraph type: `website`, `article` or `product`.
    pub og_type: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    pub value: String,
    pub label: String,
}

impl SelectOption {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> SelectOption {
        SelectOption { value: value.into(), label: label.into() }
    }
}

#[derive(Clone, Debug, Default)]
pub struct SiteInfo {
    pub name: String,
    pub tagline: String,
    /// The line above the header; empty for none.
    pub announcement: String,
    pub locale: Locale,
    /// Public origin without a trailing slash: `https://shop.example`.
    pub origin: String,
    /// Accent colour as six hex digits; empty for the default.
    pub accent: String,
    pub menu: Vec<Link>,
    pub pages: Vec<Link>,
    pub contact_email: String,
    pub footer_note: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub href: String,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Flash {
    pub is_success: bool,
    pub message: Message,
}

impl Flash {
    pub fn text(&self, t: Locale) -> String {
        self.message.text(t)
    }
}

#[derive(Clone, Debug, Default)]
pub struct StaffInfo {
    pub name: String,
    pub posts: bool,
    pub products: bool,
    pub orders: bool,
    pub pictures: bool,
    pub settings: bool,
    pub staff: bool,
    pub audit_log: bool,
    pub identity_providers: bool,
    pub customers: bool,
    pub outbox: bool,
    /// May read webhooks, and a provider that sends them is configured.
    pub webhooks: bool,
    pub to_pack: CappedCount,
    pub attention: CappedCount,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Fallback for browsers without `srcset`.
    pub src: String,
    pub srcset: String,
    /// `srcset` of the AVIF files; empty if there are none.
    pub avif: String,
    /// Pixels of the largest size.
    pub width: i32,
    pub height: i32,
    /// Alt text; empty for decorative pictures.
    pub alt: String,
}

#[derive(askama::Template)]
#[template(path = "ui/inline_picture.html")]
pub struct InlinePicture {
    pub picture: Picture,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuyerNote {
    pub label: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Plain decimal for `<data value>`: `19.99`.
    pub value: String,
    pub text: String,
}

impl Amount {
    pub fn is_zero(&self) -> bool {
        self.value.bytes().all(|byte| matches!(byte, b'0' | b'.'))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    pub code: String,
    /// Positive; templates add the minus sign. None for free shipping.
    pub amount: Option<Amount>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiftCardPayment {
    pub label: String,
    /// Positive; templates add the minus sign.
    pub amount: Amount,
    /// Public id for the "Remove" button; `None` where the card cannot be removed.
    pub id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remainder {
    /// `Left to pay`, or the payment method.
    pub label: String,
    pub amount: Amount,
}

impl Amount {
    pub fn from_money(money: Money, locale: Locale) -> Amount {
        Amount { value: money.to_decimal(), text: money.format(locale) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// RFC 3339, for `<time datetime>`.
    pub iso: String,
    /// Localised text in the site's time zone.
    pub text: String,
}

impl ToHtml for Amount {
    fn push_html(&self, html: &mut String) {
        let (value, text) = (Html::from_text(&self.value), Html::from_text(&self.text));
        html.push_str(&format!("<data value=\"{value}\">{text}</data>"));
    }
}

impl ToHtml for DateTime {
    fn push_html(&self, html: &mut String) {
        let (iso, text) = (Html::from_text(&self.iso), Html::from_text(&self.text));
        html.push_str(&format!("<time datetime=\"{iso}\">{text}</time>"));
    }
}
