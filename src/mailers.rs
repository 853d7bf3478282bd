//! Email templates: data in, subject and two bodies out; they do not send.

pub mod account_notices;
pub mod accounts;
mod filters;
pub mod gift_cards;
pub mod orders;
pub mod returns;
pub mod staff;

pub trait EmailTemplate {
    fn subject(&self) -> String;

    /// Empty for the sender's address. Notifications to the shop use the buyer's.
    fn reply_to(&self) -> String {
        String::new()
    }

    fn html(&self) -> askama::Result<String>;

    fn text(&self) -> askama::Result<String>;
}

/// The accent colour with `#`; the default unless it is six hex digits, so that it is safe inside CSS.
fn accent_colour(accent: &str) -> String {
    let is_hex = accent.len() == 6 && accent.chars().all(|digit| digit.is_ascii_hexdigit());
    format!("#{}", if is_hex { accent } else { "1f5a46" })
}

/// White or near black, by the brightness of the background.
fn contrast_colour(colour: &str) -> &'static str {
    let part = |at: usize| colour.get(at..at + 2).and_then(|pair| u32::from_str_radix(pair, 16).ok()).unwrap_or(0);
    if part(1) * 299 + part(3) * 587 + part(5) * 114 > 140_000 { "#241c17" } else { "#ffffff" }
}
