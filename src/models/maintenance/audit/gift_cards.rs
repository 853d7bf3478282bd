//! Gift card checks: balances equal their ledgers, orders match what cards paid, and each card bought was issued.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{AuditReport, sum_by_key};
use crate::db::Conn;
use crate::error::Result;
use crate::models::checkout::gift_card::LedgerEntryKind;
use crate::models::sales::order::refund_transactions::RefundTransactionState;
use crate::models::sales::order::{Order, OrderState};
use crate::schema::{gift_card_ledger, gift_cards, order_lines, orders, refund_transactions, refunds};
use crate::support::ids::{GiftCardId, OrderId, OrderLineId};

/// A ledger row: card id, order id, kind and change in minor units.
type Row = (GiftCardId, Option<OrderId>, LedgerEntryKind, i64);

pub(super) fn check(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
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
    refunds_to_cards(conn, report, &rows)?;
    issued_cards(conn, report)
}

fn balances(conn: &mut Conn, report: &mut AuditReport, rows: &[Row]) -> Result<()> {
    let cards: Vec<(GiftCardId, i64)> =
        gift_cards::table.select((gift_cards::id, gift_cards::balance_minor)).load(conn)?;
    let ledger = sum_by_key(&rows.iter().map(|(card, _, _, delta)| (*card, *delta)).collect::<Vec<_>>());
    let mut issued: HashMap<GiftCardId, usize> = HashMap::new();
    for (card, ..) in rows.iter().filter(|(_, _, kind, _)| *kind == LedgerEntryKind::Issue) {
        *issued.entry(*card).or_insert(0) += 1;
    }
    for (card, balance) in &cards {
        if ledger.get(card).copied().unwrap_or(0) != *balance {
            report.add_violation(format!("gift card {card}: its balance is not the sum of its ledger"));
        }
        if issued.get(card).copied().unwrap_or(0) != 1 {
            report.add_violation(format!("gift card {card}: it was not issued exactly once"));
        }
    }
    report.record_checked("gift cards", cards.len());
    Ok(())
}

/// Orders record the amounts taken off cards, and nothing is held for an order that is not pending.
fn payments(conn: &mut Conn, report: &mut AuditReport, rows: &[Row]) -> Result<()> {
    let paying =
        |kind: LedgerEntryKind| matches!(kind, LedgerEntryKind::Hold | LedgerEntryKind::Use | LedgerEntryKind::Release);
    let taken: Vec<(OrderId, i64)> =
        rows.iter().filter(|row| paying(row.2)).filter_map(|(_, order, _, delta)| Some(((*order)?, -delta))).collect();
    if taken.len() != rows.iter().filter(|row| paying(row.2)).count() {
        report.add_violation("gift cards: one paid without an order".to_owned());
    }
    let taken = sum_by_key(&taken);
    let mut open: HashMap<(OrderId, GiftCardId), i64> = HashMap::new();
    for (card, order, kind, delta) in rows {
        if let (Some(order), LedgerEntryKind::Hold | LedgerEntryKind::Release) = (order, kind) {
            *open.entry((*order, *card)).or_insert(0) -= delta;
        }
    }
    let all: Vec<Order> = orders::table.select(Order::as_select()).load(conn)?;
    for order in &all {
        if taken.get(&order.id).copied().unwrap_or(0) != order.totals.gift_card_minor {
            report.add_violation(format!("order {}: what gift cards paid differs from their ledgers", order.id));
        }
        let held = open.iter().any(|((holder, _), minor)| *holder == order.id && *minor != 0);
        if held && order.state != OrderState::Pending {
            report.add_violation(format!("order {}: a gift card is still held for it", order.id));
        }
    }
    report.record_checked(
        "orders paid with gift cards",
        all.iter().filter(|order| order.totals.gift_card_minor > 0).count(),
    );
    Ok(())
}

/// Amounts refunded to cards equal the refund transactions, and never exceed the cards' payments.
fn refunds_to_cards(conn: &mut Conn, report: &mut AuditReport, rows: &[Row]) -> Result<()> {
    let refund_rows: Vec<(Option<GiftCardId>, OrderId, i64)> = refund_transactions::table
        .inner_join(refunds::table)
        .filter(
            refund_transactions::gift_card_id
                .is_not_null()
                .and(refund_transactions::state.eq(RefundTransactionState::Succeeded)),
        )
        .select((refund_transactions::gift_card_id, refunds::order_id, refund_transactions::amount_minor))
        .load(conn)?;
    let mut sums: HashMap<(GiftCardId, OrderId), (i64, i64)> = HashMap::new();
    for (card, order, kind, delta) in rows {
        let Some(order) = order else { continue };
        match kind {
            LedgerEntryKind::Use => sums.entry((*card, *order)).or_default().0 -= delta,
            LedgerEntryKind::Refund => sums.entry((*card, *order)).or_default().1 += delta,
            _ => {}
        }
    }
    for ((card, order), (used, refunded)) in &sums {
        let of_card = refund_rows.iter().filter(|row| row.0 == Some(*card) && row.1 == *order);
        if of_card.map(|(_, _, amount)| amount).sum::<i64>() != *refunded {
            report.add_violation(format!(
                "gift card {card}: what order {order} refunded differs from its refund transactions"
            ));
        }
        if refunded > used {
            report.add_violation(format!("gift card {card}: order {order} refunded more than was paid"));
        }
    }
    report.record_checked("refunds to gift cards", refund_rows.len());
    Ok(())
}

/// One card exists for each unit fulfilled.
fn issued_cards(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let lines: Vec<(OrderLineId, i64)> = order_lines::table
        .filter(order_lines::gift_card)
        .select((order_lines::id, order_lines::fulfilled))
        .load(conn)?;
    let issued: Vec<Option<OrderLineId>> = gift_cards::table
        .filter(gift_cards::order_line_id.is_not_null())
        .select(gift_cards::order_line_id)
        .load(conn)?;
    let issued = sum_by_key(&issued.into_iter().flatten().map(|line| (line, 1)).collect::<Vec<_>>());
    for (line, pieces) in &lines {
        if issued.get(line).copied().unwrap_or(0) != *pieces {
            report.add_violation(format!("order line {line}: the number of gift cards differs from the quantity"));
        }
    }
    let unissued: Vec<OrderLineId> = order_lines::table
        .inner_join(orders::table)
        .filter(order_lines::gift_card.and(orders::state.eq(OrderState::Completed)))
        .filter((order_lines::fulfilled + order_lines::cancelled).lt(order_lines::quantity))
        .select(order_lines::id)
        .load(conn)?;
    for line in unissued {
        report.add_violation(format!("order line {line}: paid, and its gift cards were not issued"));
    }
    report.record_checked("gift cards bought", lines.len());
    Ok(())
}
