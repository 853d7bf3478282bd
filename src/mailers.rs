//! Letters: values in, a subject and two bodies out. Sending is someone else's job.

pub mod gift_cards;
pub mod orders;
pub mod returns;

/// A letter to one person.
pub trait Letter {
    /// What it is about.
    fn subject(&self) -> String;

    /// Where an answer goes: the buyer's address in letters to the shopkeeper. Empty for the sender.
    fn reply_to(&self) -> String {
        String::new()
    }

    /// The letter for programs that show HTML.
    ///
    /// # Errors
    /// When the template cannot be rendered.
    fn html(&self) -> askama::Result<String>;

    /// The letter as plain text.
    ///
    /// # Errors
    /// When the template cannot be rendered.
    fn text(&self) -> askama::Result<String>;
}

/// An accent colour with its `#`, safe to put into a style; the built-in one for anything else than six hex digits.
fn colour(accent: &str) -> String {
    let is_hex = accent.len() == 6 && accent.chars().all(|digit| digit.is_ascii_hexdigit());
    format!("#{}", if is_hex { accent } else { "1f5a46" })
}

/// What goes on a colour: white or near black, whichever reads better.
fn on_colour(colour: &str) -> &'static str {
    let part = |at: usize| colour.get(at..at + 2).and_then(|pair| u32::from_str_radix(pair, 16).ok()).unwrap_or(0);
    if part(1) * 299 + part(3) * 587 + part(5) * 114 > 140_000 { "#241c17" } else { "#ffffff" }
}
