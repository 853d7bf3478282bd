//! Markup inside messages.

use std::fmt::{self, Display};

use crate::support::html_text::escape;

/// HTML that is safe to insert: a message with its arguments escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Takes over HTML that contains nothing unescaped.
    pub(super) fn from_safe(html: String) -> Html {
        Html(html)
    }

    /// Escapes a text.
    pub fn from_text(text: &str) -> Html {
        Html(escape(text))
    }
}

impl Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

/// An argument of a message with markup.
pub trait ToHtml {
    /// Appends the value, escaped.
    fn push_html(&self, html: &mut String);
}

impl ToHtml for Html {
    fn push_html(&self, html: &mut String) {
        html.push_str(&self.0);
    }
}

impl ToHtml for str {
    fn push_html(&self, html: &mut String) {
        html.push_str(&escape(self));
    }
}

impl ToHtml for String {
    fn push_html(&self, html: &mut String) {
        self.as_str().push_html(html);
    }
}

impl<T: ToHtml + ?Sized> ToHtml for &T {
    fn push_html(&self, html: &mut String) {
        (**self).push_html(html);
    }
}
