//! Checks that what providers were asked for and reported, in their own units, equals what is recorded in minor units.

use diesel::prelude::*;

use super::{AuditReport, group_by_key};
use crate::db::Conn;
use crate::error::Result;
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::sales::payment::{ProviderName, TransactionKind};
use crate::schema::{orders, payment_attempts, payment_transactions};
use crate::support::ids::PaymentAttemptId;
use crate::support::money::Currency;
use crate::support::stripe_amount::to_stripe;

#[derive(Queryable)]
struct AttemptRow {
    id: PaymentAttemptId,
    provider: ProviderName,
    amount_minor: i64,
    currency: Currency,
    provider_amount: Option<i64>,
    review_reason: Option<ReviewReason>,
}

#[derive(Clone, Queryable)]
struct TransactionRow {
    attempt: PaymentAttemptId,
    kind: TransactionKind,
    amount_minor: i64,
    currency: String,
    provider_amount: Option<i64>,
}

/// An amount in minor units in a provider's units; `None` if the provider cannot represent it.
fn in_units_of(provider: ProviderName, minor: i64, currency: &str) -> Option<i64> {
    match provider {
        ProviderName::Stripe => to_stripe(minor, currency),
        ProviderName::Test | ProviderName::Manual => Some(minor),
    }
}

pub(super) fn check(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let attempts: Vec<AttemptRow> = payment_attempts::table
        .inner_join(orders::table)
        .filter(payment_attempts::provider.ne(ProviderName::Manual))
        .select((
            payment_attempts::id,
            payment_attempts::provider,
            payment_attempts::amount_minor,
            payment_attempts::currency,
            payment_attempts::provider_amount,
            orders::review_reason,
        ))
        .load(conn)?;
    let transactions: Vec<TransactionRow> = payment_transactions::table
        .filter(payment_transactions::provider_amount.is_not_null())
        .select((
            payment_transactions::attempt_id,
            payment_transactions::kind,
            payment_transactions::amount_minor,
            payment_transactions::currency,
            payment_transactions::provider_amount,
        ))
        .load(conn)?;
    let transactions = group_by_key(transactions.into_iter().map(|transaction| (transaction.attempt, transaction)));
    for attempt in &attempts {
        let id = attempt.id;
        let expected = in_units_of(attempt.provider, attempt.amount_minor, attempt.currency.code());
        if attempt.provider_amount.is_some_and(|amount| Some(amount) != expected) {
            report
                .add_violation(format!("payment attempt {id}: the provider was asked for another amount than is due"));
        }
        for transaction in transactions.get(&id).map_or(&[][..], Vec::as_slice) {
            let expected = in_units_of(attempt.provider, transaction.amount_minor, &transaction.currency);
            if transaction.provider_amount != expected {
                report.add_violation(format!(
                    "payment attempt {id}: the provider reported another amount than is recorded"
                ));
            }
            // A difference is allowed while the order is flagged for review.
            let is_different = transaction.kind == TransactionKind::Capture
                && attempt.provider_amount.is_some()
                && transaction.provider_amount != attempt.provider_amount;
            if is_different && attempt.review_reason.is_none() && transaction.currency == attempt.currency.code() {
                report
                    .add_violation(format!("payment attempt {id}: the provider charged another amount than requested"));
            }
        }
    }
    report.record_checked("payments at providers", attempts.len());
    Ok(())
}
