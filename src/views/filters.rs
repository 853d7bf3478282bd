//! The template filters.

use askama::Values;

/// The id of a form field: its name with dashes.
///
/// # Errors
/// Never.
#[askama::filter_fn]
pub fn field_id(name: impl std::fmt::Display, _: &dyn Values) -> askama::Result<String> {
    Ok(name.to_string().replace('_', "-"))
}
