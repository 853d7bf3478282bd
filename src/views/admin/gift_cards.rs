//! Gift cards: the list, one with its ledger, and a new one.

use askama::Template;

use super::{Finding, Pill, Tab};
use crate::forms::Fields;
use crate::paths;
use crate::support::page::{Stretch, Tally};
use crate::views::{Amount, Link, View, When, filters};

/// The list.
#[derive(Template)]
#[template(path = "admin/gift_cards/index.html")]
pub struct Index {
    /// `?tab=`: empty for all, `good`, `empty`, `expired`.
    pub tab: String,
    /// How many there are under each tab.
    pub counts: Counts,
    /// What is looked for.
    pub q: String,
    /// The cards.
    pub rows: Stretch<Row>,
}

/// How many cards there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Altogether.
    pub all: Tally,
    /// They can be used.
    pub good: Tally,
    /// Nothing is left on them.
    pub empty: Tally,
    /// Their time is over.
    pub expired: Tally,
}

/// A card in the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its page.
    pub href: String,
    /// The end of its code.
    pub last4: String,
    /// When it was made.
    pub made: When,
    /// `Order 1001`, or `By hand`.
    pub origin: String,
    /// Until when it can be used.
    pub expires: Option<When>,
    /// How it stands.
    pub state: Pill,
    /// What is on it.
    pub balance: Amount,
}

/// A card.
#[derive(Template)]
#[template(path = "admin/gift_cards/show.html")]
pub struct Show {
    /// Its public id.
    pub id: String,
    /// The end of its code.
    pub last4: String,
    /// How it stands.
    pub state: Pill,
    /// When it was made.
    pub made: When,
    /// Where its code was mailed to; empty for nowhere.
    pub email: String,
    /// What is on it.
    pub balance: Amount,
    /// ISO 4217.
    pub currency: String,
    /// Until when it can be used.
    pub expires: Option<When>,
    /// `balance`, `balance_was`, `reason`.
    pub form: Fields,
    /// `expires_on`.
    pub expiry: Fields,
    /// The end of its time as the form was opened with it; empty for none.
    pub expires_was: String,
    /// The shop's time zone.
    pub time_zone: String,
    /// What happened, newest first.
    pub ledger: Vec<Entry>,
}

/// Something that happened to a card.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub when: When,
    /// What.
    pub what: &'static str,
    /// Who.
    pub who: String,
    /// The reason; may be empty.
    pub why: String,
    /// The order behind it, and its page for those who may see it.
    pub order: Option<Link>,
    /// The change with its sign; empty for none.
    pub change: String,
    /// What was on the card then.
    pub balance: Amount,
}

/// The form of a new card.
#[derive(Template)]
#[template(path = "admin/gift_cards/new.html")]
pub struct New {
    /// `amount`, `expires_on`, `email`.
    pub form: Fields,
    /// The shop's currency.
    pub currency: String,
    /// The shop's time zone.
    pub time_zone: String,
}

impl View for Index {
    fn title(&self) -> String {
        "Gift cards".to_owned()
    }
}

impl Index {
    fn finding(&self) -> Finding {
        let tabs = vec![
            Tab { key: "", label: "All", count: self.counts.all },
            Tab { key: "good", label: "Active", count: self.counts.good },
            Tab { key: "empty", label: "Used up", count: self.counts.empty },
            Tab { key: "expired", label: "Expired", count: self.counts.expired },
        ];
        Finding { base: paths::admin::gift_cards(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Show {
    fn title(&self) -> String {
        let refused = if self.form.is_good() { &self.expiry } else { &self.form };
        super::titled(refused, &format!("Gift card ending {}", self.last4))
    }
}

impl Show {
    fn balance_hint(&self) -> String {
        format!("In {}.", self.currency)
    }

    fn expiry_hint(&self) -> String {
        expiry_hint(&self.time_zone)
    }
}

impl View for New {
    fn title(&self) -> String {
        super::titled(&self.form, "New gift card")
    }
}

impl New {
    fn amount_hint(&self) -> String {
        format!("In {}.", self.currency)
    }

    fn expiry_hint(&self) -> String {
        expiry_hint(&self.time_zone)
    }
}

fn expiry_hint(time_zone: &str) -> String {
    format!("The last day on which it can be used, in {time_zone}. Empty: it never expires.")
}
