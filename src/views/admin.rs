//! The admin pages.

pub mod attention;
pub mod coupons;
pub mod dashboards;
pub mod emails;
pub mod gift_cards;
pub mod layout;
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
use crate::support::pagination::CappedCount;

/// A short status label with a colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pill {
    pub text: String,
    /// CSS classes: `good`, `warn`, `bad`, `info`, `todo`, `warn todo`, or empty.
    pub kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectOption {
    pub value: String,
    pub label: String,
}

fn select_options(pairs: &[(&str, &str)]) -> Vec<SelectOption> {
    pairs.iter().map(|(value, label)| SelectOption { value: (*value).to_owned(), label: (*label).to_owned() }).collect()
}

/// A saved view above a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    /// Value of `?tab=`; empty for the default.
    pub key: &'static str,
    pub label: &'static str,
    pub count: CappedCount,
}

/// A list's current filter: tab and search text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFilter {
    /// Path of the unfiltered list.
    pub base: &'static str,
    pub tabs: Vec<Tab>,
    pub tab: String,
    pub q: String,
}

impl ListFilter {
    /// URL of the list with the current filter.
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

/// The page title, prefixed with "Error:" if the form was refused.
fn title_with_error(form: &Fields, subject: &str) -> String {
    if form.is_valid() { subject.to_owned() } else { format!("Error: {subject}") }
}

/// Whether an input takes free text and so gets `dir="auto"`.
pub fn is_text_input(kind: &str) -> bool {
    matches!(kind, "text" | "search")
}

/// Ids for `aria-describedby`: the "optional" mark, the hint and the error.
pub fn described_by(fields: &Fields, name: &str, has_hint: bool, optional: bool) -> String {
    let parts = [("optional", optional), ("hint", has_hint), ("error", fields.error(name).is_some())];
    let ids = parts.iter().filter(|(_, there)| *there).map(|(part, _)| format!("{}-{part}", name.replace('_', "-")));
    ids.collect::<Vec<_>>().join(" ")
}
