//! Syntax highlighting.

use std::sync::LazyLock;

use syntect::html::{ClassStyle, ClassedHTMLGenerator};
use syntect::parsing::SyntaxSet;
use syntect::util::LinesWithEndings;

use super::limits::Budget;
use crate::support::html_text::escape;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// Renders a code block with highlighting classes (`hl-…`), or plain for an unknown language or a spent budget.
pub fn highlight(code: &str, language: &str, budget: &mut Budget) -> String {
    let known = if language.is_empty() { None } else { SYNTAXES.find_syntax_by_token(language) };
    let body = known
        .filter(|_| budget.take_code(code))
        .and_then(|syntax| {
            let style = ClassStyle::SpacedPrefixed { prefix: "hl-" };
            let mut generator = ClassedHTMLGenerator::new_with_class_style(syntax, &SYNTAXES, style);
            for line in LinesWithEndings::from(code) {
                generator.parse_html_for_line_which_includes_newline(line).ok()?;
                if !budget.has_time_for_colours() {
                    return None;
                }
            }
            Some(generator.finalize())
        })
        .unwrap_or_else(|| escape(code));
    format!("<pre tabindex=\"0\" dir=\"ltr\"><code>{body}</code></pre>\n")
}
