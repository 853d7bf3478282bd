//! What providers were asked for and what they said in their own units is what the books say in ours.

use diesel::prelude::*;

use super::{Report, grouped};
use crate::db::Conn;
use crate::error::Result;
use crate::models::payment::{FactKind, ProviderName};
use crate::schema::{orders, payment_attempts, payment_transactions};
use crate::support::stripe_amount::to_stripe;

/// An attempt with a page at a provider.
#[derive(Queryable)]
struct Asked {
    id: i64,
    provider: ProviderName,
    amount_minor: i64,
    currency: String,
    provider_amount: Option<i64>,
    attention: Option<String>,
}

/// What a provider said. Amounts in our units and in its own.
#[derive(Clone, Queryable)]
struct Said {
    attempt: i64,
    kind: FactKind,
    amount_minor: i64,
    currency: String,
    provider_amount: Option<i64>,
}

/// An amount of ours in the units of a provider, if it can be written in them.
fn in_units_of(provider: ProviderName, minor: i64, currency: &str) -> Option<i64> {
    match provider {
        ProviderName::Stripe => to_stripe(minor, currency),
        ProviderName::Test | ProviderName::Manual => Some(minor),
    }
}

/// Checks all payments that providers were asked for.
pub(super) fn check(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let asked: Vec<Asked> = payment_attempts::table
        .inner_join(orders::table)
        .filter(payment_attempts::provider.ne(ProviderName::Manual))
        .select((
            payment_attempts::id,
            payment_attempts::provider,
            payment_attempts::amount_minor,
            payment_attempts::currency,
            payment_attempts::provider_amount,
            orders::attention,
        ))
        .load(conn)?;
    let said: Vec<Said> = payment_transactions::table
        .filter(payment_transactions::provider_amount.is_not_null())
        .select((
            payment_transactions::attempt_id,
            payment_transactions::kind,
            payment_transactions::amount_minor,
            payment_transactions::currency,
            payment_transactions::provider_amount,
        ))
        .load(conn)?;
    let said = grouped(said.into_iter().map(|said| (said.attempt, said)));
    for attempt in &asked {
        let id = attempt.id;
        let ours = in_units_of(attempt.provider, attempt.amount_minor, &attempt.currency);
        if attempt.provider_amount.is_some_and(|asked| Some(asked) != ours) {
            report.broken(format!("payment attempt {id}: the provider was asked for another amount than is due"));
        }
        for said in said.get(&id).map_or(&[][..], Vec::as_slice) {
            let ours = in_units_of(attempt.provider, said.amount_minor, &said.currency);
            if said.provider_amount != ours {
                report.broken(format!("payment attempt {id}: the provider said another amount than is written down"));
            }
            // What staff were asked to look at may differ until they have.
            let is_other = said.kind == FactKind::Capture
                && attempt.provider_amount.is_some()
                && said.provider_amount != attempt.provider_amount;
            if is_other && attempt.attention.is_none() && said.currency == attempt.currency {
                report.broken(format!("payment attempt {id}: the provider took another amount than it was asked for"));
            }
        }
    }
    report.check("payments at providers", asked.len());
    Ok(())
}
