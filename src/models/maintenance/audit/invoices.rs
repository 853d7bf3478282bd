//! Invoice checks: numbers without gaps, one invoice for each paid order, one credit note for each refund, never more
//! credited than invoiced, and PDFs that match their hashes.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::AuditReport;
use crate::db::Conn;
use crate::error::Result;
use crate::models::platform::email::Email;
use crate::models::sales::invoice::{Invoice, InvoiceKind};
use crate::models::sales::order::{OrderState, PaymentState};
use crate::schema::{invoices, jobs, orders, refunds, sequences};
use crate::support::clock::Utc;
use crate::support::ids::{InvoiceId, OrderId, RefundId};
use crate::support::token;

pub(super) fn check(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let documents: Vec<Invoice> =
        invoices::table.order((invoices::series, invoices::number)).select(Invoice::as_select()).load(conn)?;
    for kind in InvoiceKind::ALL {
        series(conn, report, *kind, &documents)?;
    }
    let uncredited = sum_uncredited(&documents)?;
    for (order, _) in uncredited.iter().filter(|(_, minor)| **minor < 0) {
        report.add_violation(format!("order {order}: more was credited than was invoiced"));
    }
    invoices_of_paid_orders(conn, report)?;
    credit_notes(conn, report, &uncredited)?;
    let finalised: Vec<InvoiceId> =
        invoices::table.filter(invoices::pdf.is_not_null()).order(invoices::id).select(invoices::id).load(conn)?;
    for id in &finalised {
        // One at a time, because all PDFs together may not fit into memory.
        let (bytes, hash): (Option<Vec<u8>>, Option<String>) =
            invoices::table.find(id).select((invoices::pdf, invoices::pdf_sha256)).first(conn)?;
        if bytes.map(token::sha256_hex) != hash {
            report.add_violation(format!("document {id}: the stored PDF does not match its hash"));
        }
    }
    report.record_checked("invoices and credit notes", documents.len());
    report.record_checked("finalised documents", finalised.len());
    Ok(())
}

fn series(conn: &mut Conn, report: &mut AuditReport, kind: InvoiceKind, documents: &[Invoice]) -> Result<()> {
    let numbers: Vec<i64> =
        documents.iter().filter(|document| document.kind == kind).map(|document| document.number).collect();
    let last: i64 = sequences::table.find(kind.as_str()).select(sequences::value).first(conn)?;
    if numbers != (1..=last).collect::<Vec<i64>>() {
        report.add_violation(format!("{}: its numbers do not run from 1 to {last}", kind.series()));
    }
    Ok(())
}

/// The amount of each order's invoice that no credit note has credited, minor units.
fn sum_uncredited(documents: &[Invoice]) -> Result<HashMap<OrderId, i64>> {
    let mut uncredited = HashMap::new();
    for document in documents {
        let total = document.parse_snapshot()?.total_minor;
        *uncredited.entry(document.order_id).or_insert(0) +=
            if document.kind == InvoiceKind::Invoice { total } else { -total };
    }
    Ok(uncredited)
}

/// Each paid order has an invoice, or a job that will issue it if nothing was due.
fn invoices_of_paid_orders(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let is_confirmed = orders::state.eq_any([OrderState::Placed, OrderState::Completed]);
    let paid: Vec<OrderId> = orders::table
        .filter(is_confirmed.and(orders::payment_state.eq_any([PaymentState::Paid, PaymentState::None])))
        .order(orders::id)
        .select(orders::id)
        .load(conn)?;
    let invoiced: HashSet<OrderId> = invoices::table
        .filter(invoices::kind.eq(InvoiceKind::Invoice))
        .select(invoices::order_id)
        .load(conn)?
        .into_iter()
        .collect();
    let waiting: Vec<Option<String>> =
        jobs::table.filter(jobs::kind.eq("issue_invoice")).select(jobs::dedupe_key).load(conn)?;
    let waiting: HashSet<String> = waiting.into_iter().flatten().collect();
    for order in paid.iter().filter(|order| !invoiced.contains(order)) {
        if !waiting.contains(&Email::dedupe_key("invoice", *order)) {
            report.add_violation(format!("order {order}: paid without an invoice"));
        }
    }
    report.record_checked("paid orders", paid.len());
    Ok(())
}

/// Each refund by staff after the invoice has a credit note, as long as a part of the invoice is left.
fn credit_notes(conn: &mut Conn, report: &mut AuditReport, uncredited: &HashMap<OrderId, i64>) -> Result<()> {
    let credited: Vec<Option<RefundId>> =
        invoices::table.filter(invoices::kind.eq(InvoiceKind::CreditNote)).select(invoices::refund_id).load(conn)?;
    let credited: HashSet<RefundId> = credited.into_iter().flatten().collect();
    let refunds: Vec<(RefundId, OrderId, bool, Utc, Utc)> = refunds::table
        .inner_join(invoices::table.on(invoices::order_id.eq(refunds::order_id)))
        .filter(invoices::kind.eq(InvoiceKind::Invoice))
        .order(refunds::id)
        .select((refunds::id, refunds::order_id, refunds::automatic, refunds::created_at, invoices::issued_at))
        .load(conn)?;
    for (refund, order, automatic, at, issued_at) in &refunds {
        let has_rest = uncredited.get(order).is_some_and(|minor| *minor > 0);
        if at >= issued_at && !automatic && has_rest && !credited.contains(refund) {
            report.add_violation(format!("refund {refund}: no credit note"));
        }
    }
    report.record_checked("refunds of invoiced orders", refunds.len());
    Ok(())
}
