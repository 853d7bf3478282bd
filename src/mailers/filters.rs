//! Askama filters of emails.

use askama::Values;

use crate::support::html_text;

#[askama::filter_fn]
pub fn plain_text(html: impl std::fmt::Display, _: &dyn Values) -> askama::Result<String> {
    Ok(html_text::to_plain_text(&html.to_string()))
}
