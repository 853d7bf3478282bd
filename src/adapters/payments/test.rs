//! The built-in test provider: a card page that approves 4242… and declines 4000…0002. Its table stands for the records
//! of a real provider, so it is accessed outside the shop's transactions only.

use diesel::prelude::*;

use super::{
    CheckoutSession, CheckoutSessionState, CreateCheckoutSession, CreateRefund, PaymentReport, ProviderResponse,
    ReportedTransaction, ReportedTransactionKind,
};
use crate::db::{Conn, Database};
use crate::error::Result;
use crate::on_backend;
use crate::paths;
use crate::schema::{test_payments, test_refunds};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardResult {
    Approved,
    Declined,
    /// Not one of the test numbers.
    InvalidNumber,
    /// The payment page has expired.
    SessionClosed,
}

#[derive(Clone)]
pub struct TestProvider {
    db: Database,
}

/// The values of the card page.
#[derive(Clone, Debug)]
pub struct CardPage {
    /// In minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    pub label: String,
    /// The path the buyer returns to.
    pub return_path: String,
    /// Whether it accepts a payment.
    pub is_open: bool,
}

impl TestProvider {
    pub fn new(db: Database) -> TestProvider {
        TestProvider { db }
    }

    /// Creates a payment page; the same key returns the same page.
    pub async fn create_session(&self, wanted: CreateCheckoutSession) -> Result<CheckoutSession> {
        self.db
            .write(move |tx| {
                let row = (
                    test_payments::reference.eq(format!("tp-{}", tx.generate_public_id()?)),
                    test_payments::idempotency_key.eq(&wanted.idempotency_key),
                    test_payments::amount_minor.eq(wanted.amount_minor),
                    test_payments::currency.eq(&wanted.currency),
                    test_payments::label.eq(&wanted.email),
                    test_payments::state.eq("open"),
                    test_payments::return_path.eq(&wanted.return_url),
                    test_payments::declines.eq(0),
                );
                let conn = tx.conn();
                on_backend!(conn => diesel::insert_into(test_payments::table)
                    .values(row)
                    .on_conflict(test_payments::idempotency_key)
                    .do_nothing()
                    .execute(conn))?;
                let reference: String = test_payments::table
                    .filter(test_payments::idempotency_key.eq(&wanted.idempotency_key))
                    .select(test_payments::reference)
                    .first(tx.conn())?;
                Ok(CheckoutSession { url: paths::test_payment(&reference), reference, amount: wanted.amount_minor })
            })
            .await
    }

    pub async fn find_page(&self, reference: String) -> Result<CardPage> {
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
                Ok(CardPage { amount_minor, currency, label, return_path, is_open: state == "open" })
            })
            .await
    }

    pub async fn pay(&self, reference: String, card_number: &str) -> Result<CardResult> {
        let digits: String = card_number.chars().filter(char::is_ascii_digit).collect();
        let card = match digits.as_str() {
            "4000000000000002" => CardResult::Declined,
            digits if digits.len() == 16 && digits.starts_with("4242") => CardResult::Approved,
            _ => return Ok(CardResult::InvalidNumber),
        };
        self.db
            .write(move |tx| {
                let now = tx.now();
                let open = test_payments::table
                    .filter(test_payments::reference.eq(&reference).and(test_payments::state.eq("open")));
                let changed = match card {
                    CardResult::Approved => diesel::update(open)
                        .set((test_payments::state.eq("complete"), test_payments::captured_at.eq(now)))
                        .execute(tx.conn())?,
                    _ => diesel::update(open)
                        .set(test_payments::declines.eq(test_payments::declines + 1))
                        .execute(tx.conn())?,
                };
                Ok(if changed == 1 { card } else { CardResult::SessionClosed })
            })
            .await
    }

    pub async fn fetch_report(&self, reference: String) -> Result<PaymentReport> {
        self.db.read(move |conn| report(conn, &reference)).await
    }

    /// Expires the page unless it was paid on, and reports the state of the payment.
    pub async fn expire_session(&self, reference: String) -> Result<PaymentReport> {
        self.db
            .write(move |tx| {
                let open = test_payments::table
                    .filter(test_payments::reference.eq(&reference).and(test_payments::state.eq("open")));
                diesel::update(open).set(test_payments::state.eq("expired")).execute(tx.conn())?;
                report(tx.conn(), &reference)
            })
            .await
    }

    /// Refunds a payment, once per key.
    pub async fn refund(&self, wanted: CreateRefund) -> Result<ProviderResponse<String>> {
        self.db
            .write(move |tx| {
                let known = test_refunds::table.filter(test_refunds::idempotency_key.eq(&wanted.idempotency_key));
                let known: Option<String> = known.select(test_refunds::reference).first(tx.conn()).optional()?;
                if let Some(reference) = known {
                    return Ok(ProviderResponse::Accepted(reference));
                }
                let payment = wanted.capture_reference.trim_end_matches(CAPTURE);
                let enough = test_payments::reference
                    .eq(payment)
                    .and(test_payments::state.eq("complete"))
                    .and((test_payments::amount_minor - test_payments::refunded_minor).ge(wanted.amount_minor));
                let paid_back = diesel::update(test_payments::table.filter(enough))
                    .set(test_payments::refunded_minor.eq(test_payments::refunded_minor + wanted.amount_minor))
                    .execute(tx.conn())?;
                if paid_back != 1 {
                    return Ok(ProviderResponse::Rejected(
                        "the amount is more than can be refunded to this card".to_owned(),
                    ));
                }
                let reference = format!("tr-{}", tx.generate_public_id()?);
                let row = (
                    test_refunds::reference.eq(&reference),
                    test_refunds::payment.eq(payment),
                    test_refunds::idempotency_key.eq(&wanted.idempotency_key),
                    test_refunds::amount_minor.eq(wanted.amount_minor),
                );
                diesel::insert_into(test_refunds::table).values(row).execute(tx.conn())?;
                Ok(ProviderResponse::Accepted(reference))
            })
            .await
    }
}

/// Suffix that makes the capture's reference from the session's.
const CAPTURE: &str = "-capture";

fn report(conn: &mut Conn, reference: &str) -> Result<PaymentReport> {
    let (state, amount_minor, currency, declines): (String, i64, String, i64) = test_payments::table
        .find(reference)
        .select((test_payments::state, test_payments::amount_minor, test_payments::currency, test_payments::declines))
        .first(conn)?;
    let page = match state.as_str() {
        "open" => CheckoutSessionState::Open,
        "complete" => CheckoutSessionState::Complete,
        _ => CheckoutSessionState::Expired,
    };
    let mut moves = Vec::new();
    if page == CheckoutSessionState::Complete {
        let reference = format!("{reference}{CAPTURE}");
        let provider_amount = amount_minor;
        moves.push(ReportedTransaction {
            kind: ReportedTransactionKind::Captured,
            reference,
            amount_minor,
            provider_amount,
            currency,
        });
    }
    let declined = (0..declines).map(|at| format!("{reference}-decline-{at}")).collect();
    Ok(PaymentReport { session_state: page, transactions: moves, refunds: Vec::new(), decline_references: declined })
}

impl CardResult {
    /// What to tell a buyer whose card was not charged.
    pub fn error_message(self) -> Option<&'static str> {
        match self {
            CardResult::Approved => None,
            CardResult::Declined => Some("The card was declined. Nothing was charged; please try another card."),
            CardResult::InvalidNumber => Some("Enter a 16-digit card number, such as 4242 4242 4242 4242."),
            CardResult::SessionClosed => Some("This payment page has expired. Nothing was charged."),
        }
    }
}
