//! Gift cards: balances are the sums of their ledgers, orders have what cards paid, and every card that was bought is
//! there.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Report, sums};
use crate::db::Conn;
use crate::error::Result;
use crate::models::gift_card::EntryKind;
use crate::models::order::repaying::RepaymentState;
use crate::models::order::{Order, OrderState};
use crate::schema::{gift_card_ledger, gift_cards, order_lines, orders, refunds, repayments};

/// A row of the ledger: card, order, kind, change.
type Row = (i64, Option<i64>, EntryKind, i64);

pub(super) fn check(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let rows: Vec<Row> = gift_card_ledger::table
        .order(gift_card_ledger::id)
        .select((
            gift_card_ledger::gift_card_id,
            gift_card_ledger::order_id,
            gift_card_ledger::kind,
            gift_card_ledger::delta_minor,
        ))
        .load(conn)?;
    balances(conn, report, &rows)?;
    payments(conn, report, &rows)?;
    repaid(conn, report, &rows)?;
    bought(conn, report)
}

fn balances(conn: &mut Conn, report: &mut Report, rows: &[Row]) -> Result<()> {
    let cards: Vec<(i64, i64)> = gift_cards::table.select((gift_cards::id, gift_cards::balance_minor)).load(conn)?;
    let ledger = sums(&rows.iter().map(|(card, _, _, delta)| (*card, *delta)).collect::<Vec<_>>());
    let mut issued: HashMap<i64, usize> = HashMap::new();
    for (card, ..) in rows.iter().filter(|(_, _, kind, _)| *kind == EntryKind::Issue) {
        *issued.entry(*card).or_insert(0) += 1;
    }
    for (card, balance) in &cards {
        if ledger.get(card).copied().unwrap_or(0) != *balance {
            report.broken(format!("gift card {card}: its balance is not the sum of its ledger"));
        }
        if issued.get(card).copied().unwrap_or(0) != 1 {
            report.broken(format!("gift card {card}: it was not made once"));
        }
    }
    report.check("gift cards", cards.len());
    Ok(())
}

/// What cards pay of an order is what was taken off them for it: held while it waits, used when it holds.
fn payments(conn: &mut Conn, report: &mut Report, rows: &[Row]) -> Result<()> {
    let paying = |kind: EntryKind| matches!(kind, EntryKind::Hold | EntryKind::Use | EntryKind::Release);
    let taken: Vec<(i64, i64)> =
        rows.iter().filter(|row| paying(row.2)).filter_map(|(_, order, _, delta)| Some(((*order)?, -delta))).collect();
    if taken.len() != rows.iter().filter(|row| paying(row.2)).count() {
        report.broken("gift cards: one paid without an order".to_owned());
    }
    let taken = sums(&taken);
    let mut open: HashMap<(i64, i64), i64> = HashMap::new();
    for (card, order, kind, delta) in rows {
        if let (Some(order), EntryKind::Hold | EntryKind::Release) = (order, kind) {
            *open.entry((*order, *card)).or_insert(0) -= delta;
        }
    }
    let all: Vec<Order> = orders::table.select(Order::as_select()).load(conn)?;
    for order in &all {
        if taken.get(&order.id).copied().unwrap_or(0) != order.gift_card_minor {
            report.broken(format!("order {}: what gift cards paid differs from their ledgers", order.id));
        }
        let held = open.iter().any(|((of, _), minor)| *of == order.id && *minor != 0);
        if held && order.state != OrderState::Pending {
            report.broken(format!("order {}: a gift card is still held for it", order.id));
        }
    }
    report.check("orders paid with gift cards", all.iter().filter(|order| order.gift_card_minor > 0).count());
    Ok(())
}

/// What went back on cards is what repayments say, and never more than they paid.
fn repaid(conn: &mut Conn, report: &mut Report, rows: &[Row]) -> Result<()> {
    let promised: Vec<(Option<i64>, i64, i64)> = repayments::table
        .inner_join(refunds::table)
        .filter(repayments::gift_card_id.is_not_null().and(repayments::state.eq(RepaymentState::Succeeded)))
        .select((repayments::gift_card_id, refunds::order_id, repayments::amount_minor))
        .load(conn)?;
    let mut left: HashMap<(i64, i64), (i64, i64)> = HashMap::new();
    for (card, order, kind, delta) in rows {
        let Some(order) = order else { continue };
        match kind {
            EntryKind::Use => left.entry((*card, *order)).or_default().0 -= delta,
            EntryKind::Refund => left.entry((*card, *order)).or_default().1 += delta,
            _ => {}
        }
    }
    for ((card, order), (used, back)) in &left {
        let own = promised.iter().filter(|(on, of, _)| on == &Some(*card) && of == order);
        if own.map(|(_, _, amount)| amount).sum::<i64>() != *back {
            report.broken(format!("gift card {card}: what order {order} paid back differs from its repayments"));
        }
        if back > used {
            report.broken(format!("gift card {card}: order {order} paid back more than it was paid"));
        }
    }
    report.check("repayments on gift cards", promised.len());
    Ok(())
}

/// Each piece that was handed out is a card.
fn bought(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let lines: Vec<(i64, i64)> = order_lines::table
        .filter(order_lines::gift_card)
        .select((order_lines::id, order_lines::fulfilled))
        .load(conn)?;
    let made: Vec<Option<i64>> = gift_cards::table
        .filter(gift_cards::order_line_id.is_not_null())
        .select(gift_cards::order_line_id)
        .load(conn)?;
    let made = sums(&made.into_iter().flatten().map(|line| (line, 1)).collect::<Vec<_>>());
    for (line, pieces) in &lines {
        if made.get(line).copied().unwrap_or(0) != *pieces {
            report.broken(format!("order line {line}: gift cards and pieces differ"));
        }
    }
    let unpaid: Vec<i64> = order_lines::table
        .inner_join(orders::table)
        .filter(order_lines::gift_card.and(orders::state.eq(OrderState::Completed)))
        .filter((order_lines::fulfilled + order_lines::cancelled).lt(order_lines::quantity))
        .select(order_lines::id)
        .load(conn)?;
    for line in unpaid {
        report.broken(format!("order line {line}: paid, and its gift cards were not made"));
    }
    report.check("gift cards bought", lines.len());
    Ok(())
}
