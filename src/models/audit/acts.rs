//! What one form has done, it has done once: no order was paid back twice by one form, and none made two gift cards.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::prelude::*;

use super::{Report, grouped};
use crate::db::Conn;
use crate::error::Result;
use crate::schema::{gift_card_ledger, gift_cards, refund_lines, refunds};
use crate::support::clock::Utc;

/// # Errors
/// When the database refuses.
pub(super) fn check(conn: &mut Conn, report: &mut Report) -> Result<()> {
    paid_back(conn, report)?;
    made(conn, report)
}

/// Something that a form has done: its row, the act, and what it says.
struct Done<T> {
    row: i64,
    act: String,
    content: T,
}

/// Rows that one act has made twice. Rows without an act cannot be told apart when they say the same.
fn twice<T: Eq + Hash + Clone>(all: &[Done<T>]) -> Vec<(i64, i64)> {
    let mut pairs = Vec::new();
    let mut by_act: HashMap<&str, i64> = HashMap::new();
    let mut by_content: HashMap<T, Vec<&Done<T>>> = HashMap::new();
    for done in all {
        let earlier = match done.act.as_str() {
            "" => None,
            act => by_act.insert(act, done.row),
        };
        let alike = by_content.entry(done.content.clone()).or_default();
        let nameless = |other: &&&Done<T>| done.act.is_empty() || other.act.is_empty();
        let earlier = earlier.or_else(|| alike.iter().find(nameless).map(|other| other.row));
        alike.push(done);
        pairs.extend(earlier.map(|earlier| (earlier, done.row)));
    }
    pairs
}

/// What a refund is for: the amount, the shipping in it, and pieces of lines.
type Content = (i64, i64, Vec<(i64, i64)>);

fn paid_back(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let lines: Vec<(i64, i64, i64)> = refund_lines::table
        .order((refund_lines::refund_id, refund_lines::order_line_id))
        .select((refund_lines::refund_id, refund_lines::order_line_id, refund_lines::quantity))
        .load(conn)?;
    let mut lines = grouped(lines.into_iter().map(|(refund, line, pieces)| (refund, (line, pieces))));
    let rows: Vec<(i64, i64, String, i64, i64)> = refunds::table
        .filter(refunds::automatic.eq(false))
        .order(refunds::id)
        .select((refunds::id, refunds::order_id, refunds::act, refunds::amount_minor, refunds::shipping_minor))
        .load(conn)?;
    report.check("refunds", rows.len());
    let done = rows.into_iter().map(|(row, order, act, amount, shipping)| {
        let content: Content = (amount, shipping, lines.remove(&row).unwrap_or_default());
        (order, Done { row, act, content })
    });
    for (order, all) in grouped(done) {
        for (one, other) in twice(&all) {
            report.broken(format!("order {order}: refunds {one} and {other} are one act, paid back twice"));
        }
    }
    Ok(())
}

/// What a card was made with: currency, amount, recipient and the end of its time.
type Card = (String, i64, String, Option<Utc>);

fn made(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let issued: Vec<(i64, i64)> = gift_card_ledger::table
        .filter(gift_card_ledger::kind.eq("issue"))
        .select((gift_card_ledger::gift_card_id, gift_card_ledger::delta_minor))
        .load(conn)?;
    let issued = super::sums(&issued);
    let rows: Vec<(i64, String, String, String, Option<Utc>)> = gift_cards::table
        .filter(gift_cards::order_line_id.is_null())
        .order(gift_cards::id)
        .select((gift_cards::id, gift_cards::act, gift_cards::currency, gift_cards::email, gift_cards::expires_at))
        .load(conn)?;
    report.check("gift cards made by hand", rows.len());
    let done = rows.into_iter().map(|(row, act, currency, email, expires)| {
        let content: Card = (currency, issued.get(&row).copied().unwrap_or(0), email, expires);
        Done { row, act, content }
    });
    for (one, other) in twice(&done.collect::<Vec<_>>()) {
        report.broken(format!("gift cards {one} and {other}: one act has made both"));
    }
    Ok(())
}
