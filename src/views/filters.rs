//! The template filters.
#![expect(missing_docs, reason = "askama's attribute drops the comments of what it makes")]

use askama::Values;

/// The id of a form field: its name with dashes.
///
/// # Errors
/// Never.
#[askama::filter_fn]
pub fn field_id(name: impl std::fmt::Display, _: &dyn Values) -> askama::Result<String> {
    Ok(name.to_string().replace('_', "-"))
}
