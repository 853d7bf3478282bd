//! The built-in test provider: a card page of our own that approves 4242… and declines 4000…0002. It keeps what a
//! real provider would keep at its own place, in a table of its own, and is only spoken to outside transactions.

use diesel::prelude::*;

use super::{Answer, Move, MoveKind, PageState, RefundWanted, Report, Session, Wanted};
use crate::db::{Conn, Database};
use crate::each;
use crate::error::Result;
use crate::paths;
use crate::schema::{test_payments, test_refunds};

/// What a card did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    /// The money was taken.
    Approved,
    /// The bank said no.
    Declined,
    /// It is not a card number.
    Wrong,
    /// The page had been closed.
    Closed,
}

/// The provider.
#[derive(Clone)]
pub struct TestProvider {
    db: Database,
}

/// What the card page shows.
#[derive(Clone, Debug)]
pub struct Page {
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// What it is for.
    pub label: String,
    /// Where the buyer goes afterwards.
    pub return_path: String,
    /// Whether it can still be paid on.
    pub is_open: bool,
}

impl TestProvider {
    /// The provider, with its table in a database.
    pub fn new(db: Database) -> TestProvider {
        TestProvider { db }
    }

    /// Makes a page to pay on; the same key again gives the same page.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn create(&self, wanted: Wanted) -> Result<Session> {
        self.db
            .write(move |tx| {
                let row = (
                    test_payments::reference.eq(format!("tp-{}", tx.public_id()?)),
                    test_payments::idempotency_key.eq(&wanted.idempotency_key),
                    test_payments::amount_minor.eq(wanted.amount_minor),
                    test_payments::currency.eq(&wanted.currency),
                    test_payments::label.eq(&wanted.email),
                    test_payments::state.eq("open"),
                    test_payments::return_path.eq(&wanted.return_url),
                    test_payments::declines.eq(0),
                );
                let conn = tx.conn();
                each!(conn => diesel::insert_into(test_payments::table)
                    .values(row)
                    .on_conflict(test_payments::idempotency_key)
                    .do_nothing()
                    .execute(conn))?;
                let reference: String = test_payments::table
                    .filter(test_payments::idempotency_key.eq(&wanted.idempotency_key))
                    .select(test_payments::reference)
                    .first(tx.conn())?;
                Ok(Session { url: paths::test_payment(&reference), reference, amount: wanted.amount_minor })
            })
            .await
    }

    /// The card page.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn page(&self, reference: String) -> Result<Page> {
        self.db
            .read(move |conn| {
                let row: (i64, String, String, String, String) = test_payments::table
                    .find(reference)
                    .select((
                        test_payments::amount_minor,
                        test_payments::currency,
                        test_payments::label,
                        test_payments::return_path,
                        test_payments::state,
                    ))
                    .first(conn)?;
                let (amount_minor, currency, label, return_path, state) = row;
                Ok(Page { amount_minor, currency, label, return_path, is_open: state == "open" })
            })
            .await
    }

    /// Tries a card.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn pay(&self, reference: String, card_number: &str) -> Result<Card> {
        let digits: String = card_number.chars().filter(char::is_ascii_digit).collect();
        let card = match digits.as_str() {
            "4000000000000002" => Card::Declined,
            digits if digits.len() == 16 && digits.starts_with("4242") => Card::Approved,
            _ => return Ok(Card::Wrong),
        };
        self.db
            .write(move |tx| {
                let now = tx.now();
                let open = test_payments::table
                    .filter(test_payments::reference.eq(&reference).and(test_payments::state.eq("open")));
                let changed = match card {
                    Card::Approved => diesel::update(open)
                        .set((test_payments::state.eq("complete"), test_payments::captured_at.eq(now)))
                        .execute(tx.conn())?,
                    _ => diesel::update(open)
                        .set(test_payments::declines.eq(test_payments::declines + 1))
                        .execute(tx.conn())?,
                };
                Ok(if changed == 1 { card } else { Card::Closed })
            })
            .await
    }

    /// What came of a payment.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn get(&self, reference: String) -> Result<Report> {
        self.db.read(move |conn| report(conn, &reference)).await
    }

    /// Closes the page, unless it was paid on; says what came of it.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn expire(&self, reference: String) -> Result<Report> {
        self.db
            .write(move |tx| {
                let open = test_payments::table
                    .filter(test_payments::reference.eq(&reference).and(test_payments::state.eq("open")));
                diesel::update(open).set(test_payments::state.eq("expired")).execute(tx.conn())?;
                report(tx.conn(), &reference)
            })
            .await
    }

    /// Pays back; the same key again pays back once.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn refund(&self, wanted: RefundWanted) -> Result<Answer<String>> {
        self.db
            .write(move |tx| {
                let known = test_refunds::table.filter(test_refunds::idempotency_key.eq(&wanted.idempotency_key));
                let known: Option<String> = known.select(test_refunds::reference).first(tx.conn()).optional()?;
                if let Some(reference) = known {
                    return Ok(Answer::Done(reference));
                }
                let payment = wanted.capture.trim_end_matches(CAPTURE);
                let enough = test_payments::reference
                    .eq(payment)
                    .and(test_payments::state.eq("complete"))
                    .and((test_payments::amount_minor - test_payments::refunded_minor).ge(wanted.amount_minor));
                let paid_back = diesel::update(test_payments::table.filter(enough))
                    .set(test_payments::refunded_minor.eq(test_payments::refunded_minor + wanted.amount_minor))
                    .execute(tx.conn())?;
                if paid_back != 1 {
                    return Ok(Answer::Refused("so much was never taken from this card".to_owned()));
                }
                let reference = format!("tr-{}", tx.public_id()?);
                let row = (
                    test_refunds::reference.eq(&reference),
                    test_refunds::payment.eq(payment),
                    test_refunds::idempotency_key.eq(&wanted.idempotency_key),
                    test_refunds::amount_minor.eq(wanted.amount_minor),
                );
                diesel::insert_into(test_refunds::table).values(row).execute(tx.conn())?;
                Ok(Answer::Done(reference))
            })
            .await
    }
}

/// What the money of a payment is called: its reference with this behind.
const CAPTURE: &str = "-capture";

fn report(conn: &mut Conn, reference: &str) -> Result<Report> {
    let (state, amount_minor, currency, declines): (String, i64, String, i64) = test_payments::table
        .find(reference)
        .select((test_payments::state, test_payments::amount_minor, test_payments::currency, test_payments::declines))
        .first(conn)?;
    let page = match state.as_str() {
        "open" => PageState::Open,
        "complete" => PageState::Complete,
        _ => PageState::Expired,
    };
    let mut moves = Vec::new();
    if page == PageState::Complete {
        let reference = format!("{reference}{CAPTURE}");
        let provider_amount = amount_minor;
        moves.push(Move { kind: MoveKind::Captured, reference, amount_minor, provider_amount, currency });
    }
    let declined = (0..declines).map(|at| format!("{reference}-decline-{at}")).collect();
    Ok(Report { page, moves, refunds: Vec::new(), declined })
}

impl Card {
    /// What to tell somebody whose card was not taken.
    pub fn refusal(self) -> Option<&'static str> {
        match self {
            Card::Approved => None,
            Card::Declined => Some("The card was declined. Nothing was charged; please try another card."),
            Card::Wrong => Some("Enter a card number of 16 digits, such as 4242 4242 4242 4242."),
            Card::Closed => Some("This payment page was closed. Nothing was charged."),
        }
    }
}
