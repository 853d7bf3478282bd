//! Return checks: never more returned than fulfilled or recorded on the line, and refunded exactly if the state says
//! so.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{AuditReport, sum_by_key};
use crate::db::Conn;
use crate::error::Result;
use crate::models::sales::order::returns::ReturnState;
use crate::schema::{order_lines, refunds, return_lines, returns};
use crate::support::ids::{OrderId, OrderLineId, RefundId, ReturnId};

pub(super) fn check(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let received: Vec<(OrderLineId, i64)> = return_lines::table
        .inner_join(returns::table)
        .filter(returns::state.eq_any([ReturnState::Received, ReturnState::Refunded]))
        .select((return_lines::order_line_id, return_lines::quantity))
        .load(conn)?;
    let received = sum_by_key(&received);
    let lines: Vec<(OrderLineId, i64, i64)> =
        order_lines::table.select((order_lines::id, order_lines::fulfilled, order_lines::returned)).load(conn)?;
    for (line, fulfilled, returned) in &lines {
        if returned > fulfilled {
            report.add_violation(format!("order line {line}: more was returned than was fulfilled"));
        }
        if received.get(line).is_some_and(|received| received > returned) {
            report.add_violation(format!("order line {line}: its returns add up to more than is recorded"));
        }
    }
    let all: Vec<(ReturnId, OrderId, ReturnState, Option<RefundId>)> =
        returns::table.select((returns::id, returns::order_id, returns::state, returns::refund_id)).load(conn)?;
    let refunds: HashMap<RefundId, OrderId> = refunds::table
        .select((refunds::id, refunds::order_id))
        .load::<(RefundId, OrderId)>(conn)?
        .into_iter()
        .collect();
    for (id, order, state, refund) in &all {
        let refunded_order = refund.and_then(|refund| refunds.get(&refund));
        if (*state == ReturnState::Refunded) != (refunded_order == Some(order)) {
            report.add_violation(format!("return {id}: it does not match its refund"));
        }
    }
    report.record_checked("returns", all.len());
    Ok(())
}
