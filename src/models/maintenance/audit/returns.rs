//! Return checks: never more returned than fulfilled or recorded on the line, and refunded exactly if the state says
//! so.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{AuditReport, sum_by_key};
use crate::db::Conn;
use crate::error::Result;
use crate::models::sales::order::returns::ReturnState;
use crate::schema::{order_lines, refunds, return_lines, returns};

pub(super) fn check(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let arrived: Vec<(i64, i64)> = return_lines::table
        .inner_join(returns::table)
        .filter(returns::state.eq_any([ReturnState::Received, ReturnState::Refunded]))
        .select((return_lines::order_line_id, return_lines::quantity))
        .load(conn)?;
    let arrived = sum_by_key(&arrived);
    let lines: Vec<(i64, i64, i64)> =
        order_lines::table.select((order_lines::id, order_lines::fulfilled, order_lines::returned)).load(conn)?;
    for (line, fulfilled, returned) in &lines {
        if returned > fulfilled {
            report.add_violation(format!("order line {line}: more was returned than was fulfilled"));
        }
        if arrived.get(line).is_some_and(|arrived| arrived > returned) {
            report.add_violation(format!("order line {line}: its returns add up to more than is recorded"));
        }
    }
    let all: Vec<(i64, i64, ReturnState, Option<i64>)> =
        returns::table.select((returns::id, returns::order_id, returns::state, returns::refund_id)).load(conn)?;
    let refunds: HashMap<i64, i64> =
        refunds::table.select((refunds::id, refunds::order_id)).load::<(i64, i64)>(conn)?.into_iter().collect();
    for (id, order, state, refund) in &all {
        let paid = refund.and_then(|refund| refunds.get(&refund));
        if (*state == ReturnState::Refunded) != (paid == Some(order)) {
            report.add_violation(format!("return {id}: it does not match its refund"));
        }
    }
    report.record_checked("returns", all.len());
    Ok(())
}
