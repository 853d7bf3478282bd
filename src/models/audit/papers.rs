//! Papers: numbers without gaps, one invoice a paid order, one credit note a refund, none taking back more than was
//! invoiced, and bytes that are what was sealed.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::Report;
use crate::db::Conn;
use crate::error::Result;
use crate::models::invoice::{Invoice, Kind};
use crate::models::letter::Letter;
use crate::models::order::{OrderState, PaymentState};
use crate::schema::{invoices, jobs, orders, refunds, sequences};
use crate::support::clock::Utc;
use crate::support::token;

pub(super) fn check(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let papers: Vec<Invoice> =
        invoices::table.order((invoices::series, invoices::number)).select(Invoice::as_select()).load(conn)?;
    for kind in Kind::ALL {
        series(conn, report, *kind, &papers)?;
    }
    let left = left_of_invoices(&papers)?;
    for (order, _) in left.iter().filter(|(_, minor)| **minor < 0) {
        report.broken(format!("order {order}: more was credited than was invoiced"));
    }
    invoices_of_paid_orders(conn, report)?;
    credit_notes(conn, report, &left)?;
    let sealed: Vec<i64> =
        invoices::table.filter(invoices::pdf.is_not_null()).order(invoices::id).select(invoices::id).load(conn)?;
    for id in &sealed {
        // One at a time: years of papers do not fit into memory.
        let (bytes, hash): (Option<Vec<u8>>, Option<String>) =
            invoices::table.find(id).select((invoices::pdf, invoices::pdf_sha256)).first(conn)?;
        if bytes.map(token::hash) != hash {
            report.broken(format!("paper {id}: its bytes are not what was sealed"));
        }
    }
    report.check("papers", papers.len());
    report.check("sealed papers", sealed.len());
    Ok(())
}

fn series(conn: &mut Conn, report: &mut Report, kind: Kind, papers: &[Invoice]) -> Result<()> {
    let drawn: Vec<i64> = papers.iter().filter(|paper| paper.kind == kind).map(|paper| paper.number).collect();
    let last: i64 = sequences::table.find(kind.as_str()).select(sequences::value).first(conn)?;
    if drawn != (1..=last).collect::<Vec<i64>>() {
        report.broken(format!("{}: its numbers do not run from 1 to {last}", kind.series()));
    }
    Ok(())
}

/// What credit notes leave of the invoice of each order, minor units.
fn left_of_invoices(papers: &[Invoice]) -> Result<HashMap<i64, i64>> {
    let mut left = HashMap::new();
    for paper in papers {
        let total = paper.contents()?.total_minor;
        *left.entry(paper.order_id).or_insert(0) += if paper.kind == Kind::Invoice { total } else { -total };
    }
    Ok(left)
}

/// An order with nothing to pay gets its invoice from a job.
fn invoices_of_paid_orders(conn: &mut Conn, report: &mut Report) -> Result<()> {
    let holds = orders::state.eq_any([OrderState::Placed, OrderState::Completed]);
    let paid: Vec<i64> = orders::table
        .filter(holds.and(orders::payment_state.eq_any([PaymentState::Paid, PaymentState::None])))
        .order(orders::id)
        .select(orders::id)
        .load(conn)?;
    let invoiced: HashSet<i64> = invoices::table
        .filter(invoices::kind.eq(Kind::Invoice))
        .select(invoices::order_id)
        .load(conn)?
        .into_iter()
        .collect();
    let waiting: Vec<Option<String>> =
        jobs::table.filter(jobs::kind.eq("issue_invoice")).select(jobs::dedupe_key).load(conn)?;
    let waiting: HashSet<String> = waiting.into_iter().flatten().collect();
    for order in paid.iter().filter(|order| !invoiced.contains(order)) {
        if !waiting.contains(&Letter::key("invoice", *order)) {
            report.broken(format!("order {order}: paid without an invoice"));
        }
    }
    report.check("paid orders", paid.len());
    Ok(())
}

/// What staff pay back after the invoice is taken off it, as long as there is something left of it.
fn credit_notes(conn: &mut Conn, report: &mut Report, left: &HashMap<i64, i64>) -> Result<()> {
    let credited: Vec<Option<i64>> =
        invoices::table.filter(invoices::kind.eq(Kind::CreditNote)).select(invoices::refund_id).load(conn)?;
    let credited: HashSet<i64> = credited.into_iter().flatten().collect();
    let made: Vec<(i64, i64, bool, Utc, Utc)> = refunds::table
        .inner_join(invoices::table.on(invoices::order_id.eq(refunds::order_id)))
        .filter(invoices::kind.eq(Kind::Invoice))
        .order(refunds::id)
        .select((refunds::id, refunds::order_id, refunds::automatic, refunds::created_at, invoices::issued_at))
        .load(conn)?;
    for (refund, order, automatic, at, issued_at) in &made {
        let is_left = left.get(order).is_some_and(|minor| *minor > 0);
        if at >= issued_at && !automatic && is_left && !credited.contains(refund) {
            report.broken(format!("refund {refund}: no credit note"));
        }
    }
    report.check("refunds of invoiced orders", made.len());
    Ok(())
}
