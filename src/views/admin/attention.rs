//! What the program cannot settle by itself.

use askama::Template;

use crate::paths;
use crate::views::{Amount, View, When};

/// Orders, jobs and letters that wait for a person.
#[derive(Template)]
#[template(path = "admin/attention/index.html")]
pub struct Index {
    /// Many cards were declined within the last hour: how many, and when the first was.
    pub declines: Option<(i64, When)>,
    /// Work that ought to have been done.
    pub late: Vec<LateRow>,
    /// Orders that something is odd about, the latest first.
    pub orders: Vec<OrderRow>,
    /// What buyers ask to send back, the oldest first.
    pub returns: Vec<ReturnRow>,
    /// Parcels that did not arrive, the oldest first.
    pub parcels: Vec<ParcelRow>,
    /// VAT numbers that took the tax off an order and were not looked up, the oldest first.
    pub vat_numbers: Vec<VatRow>,
    /// What was tried too often.
    pub jobs: Vec<JobRow>,
    /// Letters that nobody took.
    pub letters: Vec<LetterRow>,
    /// Letters that the mail server has not taken yet, the oldest first.
    pub slow_letters: Vec<SlowLetterRow>,
}

/// Work that ought to have been done.
#[derive(Clone, Debug)]
pub struct LateRow {
    /// What kind of work.
    pub what: &'static str,
    /// Since when the first of it is due.
    pub since: When,
    /// How many pieces of work.
    pub count: i64,
}

/// A letter that the mail server has not taken yet.
#[derive(Clone, Debug)]
pub struct SlowLetterRow {
    /// The letter.
    pub href: String,
    /// About what.
    pub subject: String,
    /// To whom.
    pub to: String,
    /// What the mail server said.
    pub error: String,
    /// When it is tried next.
    pub next: When,
}

/// An order that something is odd about.
#[derive(Clone, Debug)]
pub struct OrderRow {
    /// `Order 1001`.
    pub name: String,
    /// Its page.
    pub href: String,
    /// What is odd.
    pub why: String,
    /// Whose it is.
    pub who: String,
    /// Since when.
    pub since: When,
    /// What it comes to.
    pub total: Amount,
    /// Where to say that it was looked at; none for those who may not.
    pub done: Option<String>,
}

/// A return that waits for an answer.
#[derive(Clone, Debug)]
pub struct ReturnRow {
    /// `Order 1001`.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Whose it is.
    pub who: String,
    /// Why it is to come back.
    pub why: String,
    /// Since when.
    pub since: When,
}

/// A parcel that did not arrive.
#[derive(Clone, Debug)]
pub struct ParcelRow {
    /// `Order 1001`.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Whose it is.
    pub who: String,
    /// Who carried it, and its number there; may be empty.
    pub carrier: String,
    /// When it left.
    pub sent: When,
}

/// An order whose VAT number was not looked up.
#[derive(Clone, Debug)]
pub struct VatRow {
    /// `Order 1001`.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Whose it is.
    pub who: String,
    /// The number.
    pub vat_number: String,
    /// Since when.
    pub since: When,
}

/// A job that was given up.
#[derive(Clone, Debug)]
pub struct JobRow {
    /// What it is for.
    pub what: &'static str,
    /// What went wrong last.
    pub error: String,
    /// Where to try again; none for those who may not.
    pub retry: Option<String>,
}

/// A letter that nobody took.
#[derive(Clone, Debug)]
pub struct LetterRow {
    /// The letter.
    pub href: String,
    /// About what.
    pub subject: String,
    /// To whom.
    pub to: String,
    /// When it was written.
    pub when: When,
    /// What the mail server said; may be empty.
    pub error: String,
    /// Where to send it again; none for those who may not.
    pub send: Option<String>,
}

impl View for Index {
    fn title(&self) -> String {
        "Needs attention".to_owned()
    }
}

impl Index {
    fn is_empty(&self) -> bool {
        self.declines.is_none()
            && self.orders.is_empty()
            && self.returns.is_empty()
            && self.parcels.is_empty()
            && self.vat_numbers.is_empty()
            && self.jobs.is_empty()
            && self.letters.is_empty()
            && self.slow_letters.is_empty()
            && self.late.is_empty()
    }
}
