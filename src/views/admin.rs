//! The admin pages.

pub mod catalog;
pub mod checkout;
pub mod content;
pub mod layout;
pub mod people;
pub mod platform;
pub mod sales;

use crate::forms::Fields;
use crate::support::i18n::Locale;
use crate::support::pagination::CappedCount;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pill {
    pub text: String,
    /// CSS classes: `good`, `warn`, `bad`, `info`, `todo`, `warn todo`, or empty.
    pub kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Value of `?tab=`; empty for the default.
    pub key: &'static str,
    pub label: &'static str,
    pub count: CappedCount,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFilter {
    pub base: &'static str,
    pub tabs: Vec<Tab>,
    pub tab: String,
    pub q: String,
}

impl ListFilter {
    pub fn href(&self) -> String {
        self.href_with(&self.tab, &self.q)
    }

    /// URL of a tab, without the search text.
    pub fn tab_href(&self, tab: &Tab) -> String {
        self.href_with(tab.key, "")
    }

    pub fn is_current(&self, tab: &Tab) -> bool {
        self.tab == tab.key
    }

    pub fn is_filtered(&self) -> bool {
        !self.tab.is_empty() || !self.q.is_empty()
    }

    fn href_with(&self, tab: &str, q: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("tab", tab), ("q", q)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => self.base.to_owned(),
            query => format!("{}?{query}", self.base),
        }
    }
}

/// Whether a form shows what is stored, for the bar with its buttons.
fn saved_words(t: Locale, form: &Fields, exists: bool) -> &'static str {
    if exists && form.is_valid() { t.admin_all_changes_saved() } else { t.admin_not_saved_yet() }
}

/// The page title, prefixed with "Error:" if the form was refused.
fn title_with_error(t: Locale, form: &Fields, subject: &str) -> String {
    if form.is_valid() { subject.to_owned() } else { t.common_error_title(subject) }
}
