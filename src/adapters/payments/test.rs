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
use crate::support::i18n::Message;
use crate::support::money::Currency;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardResult {
    Approved,
    Declined,
    InvalidNumber,
    SessionClosed,
}

#[derive(Clone)]
pub struct TestProvider {
    db: Database,
}

#[derive(Clone, Debug)]
pub struct CardPage {
    pub amount_minor: i64,
    pub currency: Currency,
    pub label: String,
    pub return_path: String,
    pub is_open: bool,
}

#[derive(Insertable)]
#[diesel(table_name = test_payments)]
struct NewTestPayment<'a> {
    reference: String,
    idempotency_key: &'a str,
    amount_minor: i64,
    currency: Currency,
    label: &'a str,
    state: &'static str,
    return_path: &'a str,
    declines: i64,
}

#[derive(Insertable)]
#[diesel(table_name = test_refunds)]
struct NewTestRefund<'a> {
    reference: &'a str,
    payment: &'a str,
    idempotency_key: &'a str,
    amount_minor: i64,
}

impl TestProvider {
    pub fn new(db: Database) -> TestProvider {
        TestProvider { db }
    }

    pub async fn create_session(&self, request: CreateCheckoutSession) -> Result<CheckoutSession> {
        self.db
            .write(move |tx| {
                let row = NewTestPayment {
                    reference: format!("tp-{}", tx.generate_public_id()?),
                    idempotency_key: &request.idempotency_key,
                    amount_minor: request.amount_minor,
                    currency: request.currency,
                    label: &request.email,
                    state: "open",
                    return_path: &request.return_url,
                    declines: 0,
                };
                let conn = tx.conn();
                on_backend!(conn => diesel::insert_into(test_payments::table)
                    .values(row)
                    .on_conflict(test_payments::idempotency_key)
                    .do_nothing()
                    .execute(conn))?;
                let reference: String = test_payments::table
                    .filter(test_payments::idempotency_key.eq(&request.idempotency_key))
                    .select(test_payments::reference)
                    .first(tx.conn())?;
                Ok(CheckoutSession { url: paths::test_payment(&reference), reference, amount: request.amount_minor })
            })
            .await
    }

    pub async fn find_page(&self, reference: String) -> Result<CardPage> {
        self.db
            .read(move |conn| {
                let row: (i64, Currency, String, String, String) = test_payments::table
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
        self.db.read(move |conn| build_report(conn, &reference)).await
    }

    pub async fn expire_session(&self, reference: String) -> Result<PaymentReport> {
        self.db
            .write(move |tx| {
                let open = test_payments::table
                    .filter(test_payments::reference.eq(&reference).and(test_payments::state.eq("open")));
                diesel::update(open).set(test_payments::state.eq("expired")).execute(tx.conn())?;
                build_report(tx.conn(), &reference)
            })
            .await
    }

    pub async fn refund(&self, request: CreateRefund) -> Result<ProviderResponse<String>> {
        self.db
            .write(move |tx| {
                let existing = test_refunds::table.filter(test_refunds::idempotency_key.eq(&request.idempotency_key));
                let existing: Option<String> = existing.select(test_refunds::reference).first(tx.conn()).optional()?;
                if let Some(reference) = existing {
                    return Ok(ProviderResponse::Accepted(reference));
                }
                let payment = request.capture_reference.trim_end_matches(CAPTURE_SUFFIX);
                let refundable = test_payments::reference
                    .eq(payment)
                    .and(test_payments::state.eq("complete"))
                    .and((test_payments::amount_minor - test_payments::refunded_minor).ge(request.amount_minor));
                let updated = diesel::update(test_payments::table.filter(refundable))
                    .set(test_payments::refunded_minor.eq(test_payments::refunded_minor + request.amount_minor))
                    .execute(tx.conn())?;
                if updated != 1 {
                    return Ok(ProviderResponse::Rejected(
                        "the amount is more than can be refunded to this card".to_owned(),
                    ));
                }
                let reference = format!("tr-{}", tx.generate_public_id()?);
                let row = NewTestRefund {
                    reference: &reference,
                    payment,
                    idempotency_key: &request.idempotency_key,
                    amount_minor: request.amount_minor,
                };
                diesel::insert_into(test_refunds::table).values(row).execute(tx.conn())?;
                Ok(ProviderResponse::Accepted(reference))
            })
            .await
    }
}

const CAPTURE_SUFFIX: &str = "-capture";

fn build_report(conn: &mut Conn, reference: &str) -> Result<PaymentReport> {
    let (state, amount_minor, currency, declines): (String, i64, String, i64) = test_payments::table
        .find(reference)
        .select((test_payments::state, test_payments::amount_minor, test_payments::currency, test_payments::declines))
        .first(conn)?;
    let session_state = match state.as_str() {
        "open" => CheckoutSessionState::Open,
        "complete" => CheckoutSessionState::Complete,
        _ => CheckoutSessionState::Expired,
    };
    let mut transactions = Vec::new();
    if session_state == CheckoutSessionState::Complete {
        let reference = format!("{reference}{CAPTURE_SUFFIX}");
        let provider_amount = amount_minor;
        transactions.push(ReportedTransaction {
            kind: ReportedTransactionKind::Captured,
            reference,
            amount_minor,
            provider_amount,
            currency,
        });
    }
    let decline_references = (0..declines).map(|at| format!("{reference}-decline-{at}")).collect();
    Ok(PaymentReport { session_state, transactions, refunds: Vec::new(), decline_references })
}

impl CardResult {
    pub fn error_message(self) -> Option<Message> {
        match self {
            CardResult::Approved => None,
            CardResult::Declined => Some(Message::CardDeclined),
            CardResult::InvalidNumber => Some(Message::CardNumberMalformed),
            CardResult::SessionClosed => Some(Message::PaymentPageExpired),
        }
    }
}
