//! Stock: the list and a variant's page.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::catalog::stock::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::admin::{self, ListFilter, Tab};
use crate::views::{DateTime, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "admin/catalog/stock/index.html")]
pub struct Index {
    pub t: Locale,
    pub tab: String,
    pub all: CappedCount,
    pub low: CappedCount,
    pub q: String,
    pub rows: CursorPage<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub title: String,
    /// `Size: M`; empty for products without options.
    pub options: String,
    pub href: String,
    pub sku: String,
    pub on_hand: i64,
    pub reserved: i64,
    /// Units available: on hand minus reserved.
    pub left: i64,
    pub is_low: bool,
    pub is_hidden: bool,
}

#[derive(Template)]
#[template(path = "admin/catalog/stock/show.html")]
pub struct Show {
    pub t: Locale,
    /// The low-stock threshold when the form was opened, to detect changes; empty for the default.
    pub low_at_was: String,
    pub id: String,
    pub title: String,
    pub product_href: String,
    pub sku: String,
    pub on_hand: i64,
    pub reserved: i64,
    pub left: i64,
    pub is_low: bool,
    pub form: Fields,
    pub ledger: CursorPage<LedgerRow>,
}

#[derive(Clone, Debug)]
pub struct LedgerRow {
    pub when: DateTime,
    pub what: String,
    pub href: Option<String>,
    /// Signed change; empty for zero.
    pub on_hand: String,
    pub reserved: String,
    pub who: String,
    pub why: String,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_stock_stock().to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        let tabs = vec![
            Tab { key: "", label: self.t.admin_all(), count: self.all },
            Tab { key: "low", label: self.t.admin_stock_low(), count: self.low },
        ];
        ListFilter { base: paths::admin::stock(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Show {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, &self.t.admin_stock_title(&self.title))
    }
}

impl Show {
    fn kinds(&self) -> Vec<SelectOption> {
        let t = self.t;
        vec![
            SelectOption::new("receive", t.admin_stock_adjustment_receive()),
            SelectOption::new("count", t.admin_stock_adjustment_count()),
            SelectOption::new("damage", t.admin_stock_adjustment_damage()),
        ]
    }
}
