//! Checks that no form submission took effect twice: neither two refunds nor two gift cards from one request.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::prelude::*;

use super::{AuditReport, group_by_key};
use crate::db::Conn;
use crate::error::Result;
use crate::schema::{gift_card_ledger, gift_cards, refund_lines, refunds};
use crate::support::clock::Utc;
use crate::support::ids::{GiftCardId, OrderId, OrderLineId, RefundId};
use crate::support::money::Currency;

pub(super) fn check(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    check_refunds(conn, report)?;
    check_gift_cards(conn, report)
}

struct CreatedRow<I, T> {
    id: I,
    idempotency_key: String,
    content: T,
}

/// Pairs of rows that one submission created. Without a key, rows of equal content count as one submission.
fn find_duplicates<I: Copy, T: Eq + Hash + Clone>(rows: &[CreatedRow<I, T>]) -> Vec<(I, I)> {
    let mut pairs = Vec::new();
    let mut by_key: HashMap<&str, I> = HashMap::new();
    let mut by_content: HashMap<T, Vec<&CreatedRow<I, T>>> = HashMap::new();
    for row in rows {
        let earlier = match row.idempotency_key.as_str() {
            "" => None,
            idempotency_key => by_key.insert(idempotency_key, row.id),
        };
        let same_content = by_content.entry(row.content.clone()).or_default();
        let lacks_key = |other: &&&CreatedRow<I, T>| row.idempotency_key.is_empty() || other.idempotency_key.is_empty();
        let earlier = earlier.or_else(|| same_content.iter().find(lacks_key).map(|other| other.id));
        same_content.push(row);
        pairs.extend(earlier.map(|earlier| (earlier, row.id)));
    }
    pairs
}

/// The content of a refund: amount, shipping, and quantities by line.
type Content = (i64, i64, Vec<(OrderLineId, i64)>);

fn check_refunds(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let lines: Vec<(RefundId, OrderLineId, i64)> = refund_lines::table
        .order((refund_lines::refund_id, refund_lines::order_line_id))
        .select((refund_lines::refund_id, refund_lines::order_line_id, refund_lines::quantity))
        .load(conn)?;
    let mut lines = group_by_key(lines.into_iter().map(|(refund, line, pieces)| (refund, (line, pieces))));
    let rows: Vec<(RefundId, OrderId, String, i64, i64)> = refunds::table
        .filter(refunds::automatic.eq(false))
        .order(refunds::id)
        .select((
            refunds::id,
            refunds::order_id,
            refunds::idempotency_key,
            refunds::amount_minor,
            refunds::shipping_minor,
        ))
        .load(conn)?;
    report.record_checked("refunds", rows.len());
    let created = rows.into_iter().map(|(id, order, idempotency_key, amount, shipping)| {
        let content: Content = (amount, shipping, lines.remove(&id).unwrap_or_default());
        (order, CreatedRow { id, idempotency_key, content })
    });
    for (order, all) in group_by_key(created) {
        for (first, second) in find_duplicates(&all) {
            report
                .add_violation(format!("order {order}: refunds {first} and {second} are one request, refunded twice"));
        }
    }
    Ok(())
}

/// The content of a gift card: currency, amount, recipient and expiry.
type Card = (Currency, i64, String, Option<Utc>);

fn check_gift_cards(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let issued: Vec<(GiftCardId, i64)> = gift_card_ledger::table
        .filter(gift_card_ledger::kind.eq("issue"))
        .select((gift_card_ledger::gift_card_id, gift_card_ledger::delta_minor))
        .load(conn)?;
    let issued = super::sum_by_key(&issued);
    let rows: Vec<(GiftCardId, String, Currency, String, Option<Utc>)> = gift_cards::table
        .filter(gift_cards::order_line_id.is_null())
        .order(gift_cards::id)
        .select((
            gift_cards::id,
            gift_cards::idempotency_key,
            gift_cards::currency,
            gift_cards::email,
            gift_cards::expires_at,
        ))
        .load(conn)?;
    report.record_checked("gift cards issued by staff", rows.len());
    let created = rows.into_iter().map(|(id, idempotency_key, currency, email, expires)| {
        let content: Card = (currency, issued.get(&id).copied().unwrap_or(0), email, expires);
        CreatedRow { id, idempotency_key, content }
    });
    for (first, second) in find_duplicates(&created.collect::<Vec<_>>()) {
        report.add_violation(format!("gift cards {first} and {second}: one request issued both"));
    }
    Ok(())
}
