//! Gift cards: the list, a card with its ledger, and the form to issue one.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::checkout::gift_cards::limits;
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::admin::{self, ListFilter, Pill, Tab};
use crate::views::{Amount, DateTime, Link, View, filters};

#[derive(Template)]
#[template(path = "admin/checkout/gift_cards/index.html")]
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
    pub empty: CappedCount,
    pub expired: CappedCount,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub last4: String,
    pub made: DateTime,
    /// `Order 1001` or `Issued by staff`.
    pub origin: String,
    pub expires: Option<DateTime>,
    pub state: Pill,
    pub balance: Amount,
}

#[derive(Template)]
#[template(path = "admin/checkout/gift_cards/show.html")]
pub struct Show {
    pub t: Locale,
    pub id: String,
    pub last4: String,
    pub state: Pill,
    pub made: DateTime,
    /// Where the code was emailed; empty for nowhere.
    pub email: String,
    pub balance: Amount,
    pub currency: String,
    pub expires: Option<DateTime>,
    pub form: Fields,
    pub expiry: Fields,
    /// The expiry time when the form was opened, in microseconds, to detect concurrent changes; empty for none.
    pub expires_was: String,
    pub time_zone: String,
    pub ledger: Vec<LedgerEntry>,
}

#[derive(Clone, Debug)]
pub struct LedgerEntry {
    pub when: DateTime,
    pub what: &'static str,
    pub who: String,
    pub why: String,
    /// The transaction with its order, for those who may see orders.
    pub order: Option<Link>,
    pub change: String,
    pub balance: Amount,
}

#[derive(Template)]
#[template(path = "admin/checkout/gift_cards/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
    pub currency: String,
    pub time_zone: String,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_gift_card_gift_cards().to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        let tabs = vec![
            Tab { key: "", label: self.t.admin_all(), count: self.counts.all },
            Tab { key: "good", label: self.t.admin_gift_card_active(), count: self.counts.active },
            Tab { key: "empty", label: self.t.admin_gift_card_empty(), count: self.counts.empty },
            Tab { key: "expired", label: self.t.admin_gift_card_expired(), count: self.counts.expired },
        ];
        ListFilter { base: paths::admin::gift_cards(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Show {
    fn title(&self) -> String {
        let refused = if self.form.is_valid() { &self.expiry } else { &self.form };
        admin::title_with_error(self.t, refused, &self.t.order_gift_card(&self.last4))
    }
}

impl View for New {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.t.admin_gift_card_new())
    }
}
