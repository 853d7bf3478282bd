//! The pages of the people who run the site.

pub mod attention;
pub mod coupons;
pub mod dashboards;
pub mod gift_cards;
pub mod layout;
pub mod letters;
pub mod orders;
pub mod packing_slips;
pub mod pictures;
pub mod posts;
pub mod products;
pub mod returns;
pub mod settings;
pub mod shipping_methods;
pub mod staff;
pub mod stock;
pub mod tags;
pub mod tax_rates;
pub mod tax_settings;
pub mod webhooks;

use crate::forms::Fields;
use crate::support::page::Tally;

/// A state in one or two words, and how it feels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pill {
    /// The words: `Paid`.
    pub text: String,
    /// Classes of the mark: `good`, `warn`, `bad`, `info`, `todo`, `warn todo`, or nothing.
    pub kind: &'static str,
}

/// One of the choices of a select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: String,
}

/// Choices from their values and labels.
fn choices(pairs: &[(&str, &str)]) -> Vec<Choice> {
    pairs.iter().map(|(value, label)| Choice { value: (*value).to_owned(), label: (*label).to_owned() }).collect()
}

/// One of the saved views above a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// What `?tab=` says; empty for the first.
    pub key: &'static str,
    /// The word.
    pub label: &'static str,
    /// Rows in it.
    pub count: Tally,
}

/// How a list is narrowed: a tab and some words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Address of the whole list.
    pub base: &'static str,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// The current tab's key.
    pub tab: String,
    /// Words looked for.
    pub q: String,
}

impl Finding {
    /// The list as it is narrowed now, for its pages.
    pub fn href(&self) -> String {
        self.href_with(&self.tab, &self.q)
    }

    /// The list under a tab, without the words.
    pub fn href_of(&self, tab: &Tab) -> String {
        self.href_with(tab.key, "")
    }

    /// Whether this is the tab shown.
    pub fn is_current(&self, tab: &Tab) -> bool {
        self.tab == tab.key
    }

    /// Whether anything narrows the list.
    pub fn is_narrowed(&self) -> bool {
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

/// The subject of a page with a form: says first when the form was refused.
fn titled(form: &Fields, subject: &str) -> String {
    if form.is_good() { subject.to_owned() } else { format!("Error: {subject}") }
}

/// Whether people type words into an input of a type, in whatever script they write.
pub fn takes_words(kind: &str) -> bool {
    matches!(kind, "text" | "search")
}

/// Ids of what describes a field, for `aria-describedby`: the word "optional", the hint, the error.
pub fn described_by(fields: &Fields, name: &str, has_hint: bool, optional: bool) -> String {
    let parts = [("optional", optional), ("hint", has_hint), ("error", fields.error(name).is_some())];
    let ids = parts.iter().filter(|(_, there)| *there).map(|(part, _)| format!("{}-{part}", name.replace('_', "-")));
    ids.collect::<Vec<_>>().join(" ")
}
