//! Products: the list and the form.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::catalog::products::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::admin::{self, ListFilter, Pill, Tab};
use crate::views::{Amount, Picture, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "admin/catalog/products/index.html")]
pub struct Index {
    pub t: Locale,
    pub tab: String,
    pub counts: Counts,
    pub q: String,
    pub rows: CursorPage<Row>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub all: CappedCount,
    pub active: CappedCount,
    pub draft: CappedCount,
    pub archived: CappedCount,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub title: String,
    pub href: String,
    pub picture: Option<Picture>,
    pub state: Pill,
    /// The SKU, or the number of variants; may be empty.
    pub sku: String,
    pub stock: i64,
    pub is_low: bool,
    pub sold_out: bool,
    pub variants_sold_out: i64,
    /// The lowest price if variants differ.
    pub price: Amount,
    pub has_price_range: bool,
    pub categories: String,
}

#[derive(Template)]
#[template(path = "admin/catalog/products/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    pub id: Option<String>,
    pub name: String,
    pub state: Pill,
    pub public_href: Option<String>,
    pub pictures: Vec<FormPicture>,
    /// Empty unless the product has options.
    pub variants: Vec<FormVariant>,
    pub reserved: i64,
    pub stock_href: Option<String>,
    pub currency: String,
    pub prices_include_tax: bool,
    pub tax_classes: Vec<SelectOption>,
    pub known_categories: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct FormVariant {
    pub id: String,
    pub name: String,
    pub stock_href: String,
}

impl FormVariant {
    fn field(&self, name: &str) -> String {
        format!("variant_{}_{name}", self.id)
    }
}

#[derive(Clone, Debug)]
pub struct FormPicture {
    pub id: String,
    pub picture: Picture,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_product_products().to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        let t = self.t;
        let tabs = vec![
            Tab { key: "", label: t.admin_all(), count: self.counts.all },
            Tab { key: "active", label: t.admin_product_active(), count: self.counts.active },
            Tab { key: "draft", label: t.admin_product_tab_drafts(), count: self.counts.draft },
            Tab { key: "archived", label: t.admin_product_archived(), count: self.counts.archived },
        ];
        ListFilter { base: paths::admin::products(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &str {
        if self.name.is_empty() { self.t.admin_product_new() } else { &self.name }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_product().to_owned(), paths::admin::product)
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_valid() {
            self.t.admin_all_changes_saved()
        } else {
            self.t.admin_not_saved()
        }
    }

    fn alt<'a>(&'a self, shown: &'a FormPicture) -> &'a str {
        self.form.values(&format!("alt_{}", shown.id)).first().unwrap_or(&shown.picture.alt)
    }

    fn position(&self, shown: &FormPicture, place: &usize) -> String {
        self.form.values(&format!("position_{}", shown.id)).first().cloned().unwrap_or_else(|| place.to_string())
    }

    fn is_removed(&self, shown: &FormPicture) -> bool {
        self.form.has_value(&format!("remove_{}", shown.id), "1")
    }

    fn statuses(&self) -> Vec<SelectOption> {
        let t = self.t;
        vec![
            SelectOption::new("draft", t.admin_product_status_draft()),
            SelectOption::new("active", t.admin_product_status_active()),
            SelectOption::new("archived", t.admin_product_status_archived()),
        ]
    }

    /// Editable columns of the variants table: field, label and `inputmode`.
    fn columns(&self) -> [(&'static str, &'static str, &'static str); 6] {
        let t = self.t;
        [
            ("price", t.admin_product_price(), "decimal"),
            ("compare_at_price", t.admin_product_compare_at(), "decimal"),
            ("stock", t.admin_product_stock(), "numeric"),
            ("sku", t.admin_product_sku(), "text"),
            ("barcode", t.admin_product_barcode(), "numeric"),
            ("weight_grams", t.admin_product_weight_short(), "numeric"),
        ]
    }

    fn price_hint(&self) -> String {
        match self.prices_include_tax {
            true => self.t.admin_product_price_hint_gross(&self.currency),
            false => self.t.admin_product_price_hint_net(&self.currency),
        }
    }

    fn stock_hint(&self) -> String {
        match self.reserved {
            0 => String::new(),
            reserved => self.t.admin_product_stock_hint(reserved),
        }
    }

    fn categories_hint(&self) -> String {
        let known = if self.known_categories.is_empty() {
            self.t.admin_product_categories_example().to_owned()
        } else {
            self.known_categories.join(", ")
        };
        self.t.admin_product_categories_hint(known)
    }
}
