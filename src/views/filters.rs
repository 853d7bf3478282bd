//! Askama filters.
#![expect(missing_docs, reason = "askama's attribute drops the comments of what it makes")]

use askama::Values;

use crate::support::html_text::escape;
use crate::support::i18n::Locale;

/// The element id of a form field: its name with hyphens for underscores.
#[askama::filter_fn]
pub fn field_id(name: impl std::fmt::Display, _: &dyn Values) -> askama::Result<String> {
    Ok(name.to_string().replace('_', "-"))
}

/// Sanitised HTML with accessible names for task-list checkboxes and scrollable tables.
#[askama::filter_fn]
pub fn prose(html: impl std::fmt::Display, _: &dyn Values, t: Locale) -> askama::Result<String> {
    const BOX: &str = "<input disabled=\"\" type=\"checkbox\"";
    let (done, open, table) = (escape(t.layout_task_done()), escape(t.layout_task_open()), escape(t.layout_table()));
    let html = html
        .to_string()
        .replace(&format!("{BOX} checked"), &format!("{BOX} aria-label=\"{done}\" checked"))
        .replace(&format!("{BOX}>"), &format!("{BOX} aria-label=\"{open}\">"))
        .replace(
            "<table>",
            &format!("<div class=\"table\" role=\"group\" aria-label=\"{table}\" tabindex=\"0\"><table>"),
        )
        .replace("</table>", "</table></div>");
    Ok(html)
}
