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

/// Cleaned text as it stands on a page: boxes of task lists say what they mean, and wide tables scroll by themselves.
///
/// # Errors
/// Never.
#[askama::filter_fn]
pub fn prose(html: impl std::fmt::Display, _: &dyn Values) -> askama::Result<String> {
    const BOX: &str = "<input disabled=\"\" type=\"checkbox\"";
    let html = html
        .to_string()
        .replace(&format!("{BOX} checked"), &format!("{BOX} aria-label=\"Done\" checked"))
        .replace(&format!("{BOX}>"), &format!("{BOX} aria-label=\"To do\">"))
        .replace("<table>", "<div class=\"table\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>");
    Ok(html)
}
