//! Invoices and credit notes for the PDF, in the language that they were issued in.

use super::labels::{document_label, payment_label_of};
use crate::documents::{DocumentRow, DocumentTotal, InvoiceDocument};
use crate::models::sales::invoice::{Invoice, InvoiceKind, InvoiceLine, InvoiceLineKind, InvoiceSnapshot, InvoiceTax};
use crate::models::sales::payment_method::PaymentMethod;
use crate::presenters::format::{Format, tax_label};
use crate::presenters::sales::refund::refund_reason;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;

pub fn invoice_document(invoice: &Invoice, snapshot: &InvoiceSnapshot) -> InvoiceDocument {
    let (locale, currency, time_zone) = (snapshot.locale, snapshot.currency, snapshot.time_zone.clone());
    let format = Format { locale, currency, time_zone, reader_zone: None };
    InvoiceDocument {
        t: format.locale,
        title: document_label(format.locale, invoice),
        number: invoice.label(),
        seller: snapshot.seller.name.clone(),
        seller_lines: snapshot.seller.address.clone(),
        seller_vat_number: snapshot.seller.vat_number.clone(),
        seller_email: snapshot.seller.email.clone(),
        buyer: snapshot.buyer.clone(),
        buyer_vat_number: snapshot.buyer_vat_number.clone(),
        fields: fields(invoice, snapshot, &format),
        rows: snapshot.lines.iter().map(|line| row(line, &format)).collect(),
        totals: totals(invoice.kind, snapshot, &format),
        payments: payments(snapshot, &format),
        taxes: snapshot.taxes.iter().map(|tax| tax_row(tax, &format)).collect(),
        notes: notes(invoice.kind, snapshot),
    }
}

fn fields(invoice: &Invoice, snapshot: &InvoiceSnapshot, format: &Format) -> Vec<(String, String)> {
    let t = format.locale;
    let number = match invoice.kind {
        InvoiceKind::Invoice => t.document_invoice_number(),
        InvoiceKind::CreditNote => t.document_credit_note_number(),
    };
    let mut fields = vec![
        (number, invoice.label()),
        (t.document_date(), format.date(invoice.issued_at).text),
        (t.document_order(), snapshot.order_number.clone()),
        (t.document_order_date(), format.date(Utc::from_micros(snapshot.ordered_at)).text),
    ];
    if invoice.kind == InvoiceKind::CreditNote {
        fields.push((t.document_corrects(), snapshot.corrects.clone()));
    }
    fields.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

fn row(line: &InvoiceLine, format: &Format) -> DocumentRow {
    let (t, title) = (format.locale, &line.title);
    DocumentRow {
        title: match line.kind {
            InvoiceLineKind::Product => title.clone(),
            InvoiceLineKind::Shipping => t.document_shipping(title),
            InvoiceLineKind::RefundedOrder => t.document_order_refunded(title),
            InvoiceLineKind::CancelledOrder => t.document_order_cancelled(title),
        },
        sku: line.sku.clone(),
        quantity: line.quantity.map_or_else(String::new, |quantity| t.format_number(quantity)),
        unit_price: line.unit_minor.map_or_else(String::new, |minor| format.amount(minor).text),
        total: format.amount(line.total_minor).text,
    }
}

fn total(label: impl Into<String>, amount: String) -> DocumentTotal {
    DocumentTotal { label: label.into(), amount }
}

fn totals(kind: InvoiceKind, snapshot: &InvoiceSnapshot, format: &Format) -> Vec<DocumentTotal> {
    let t = format.locale;
    let amount = |minor: i64| format.amount(minor).text;
    let mut totals = Vec::new();
    if kind == InvoiceKind::Invoice {
        let goods = snapshot.lines.iter().map(|line| line.total_minor).sum();
        totals.push(total(t.common_subtotal(), amount(goods)));
        if snapshot.discount_minor > 0 {
            totals.push(total(t.common_discount(), format!("−{}", amount(snapshot.discount_minor))));
        }
        totals.push(total(t.document_shipping(&snapshot.shipping_name), amount(snapshot.shipping_minor)));
    }
    for tax in snapshot.taxes.iter().filter(|tax| tax.rate_ppm > 0) {
        let name = tax_label(format.locale, &tax.name, tax.rate_ppm);
        let label = if snapshot.prices_include_tax { t.common_included_tax(name) } else { name };
        totals.push(total(label, amount(tax.tax_minor)));
    }
    let label = match kind {
        InvoiceKind::Invoice => t.common_total(),
        InvoiceKind::CreditNote => t.document_total_credited(),
    };
    totals.push(total(label, amount(snapshot.total_minor)));
    totals
}

/// What gift cards pay and the rest; empty without gift cards.
fn payments(snapshot: &InvoiceSnapshot, format: &Format) -> Vec<DocumentTotal> {
    if snapshot.gift_card_minor == 0 {
        return Vec::new();
    }
    let t = format.locale;
    let label = match snapshot.payment_method {
        PaymentMethod::BankTransfer => t.document_paid_by_transfer(),
        PaymentMethod::Cash => t.document_paid_by_cash(),
        PaymentMethod::Card => t.document_paid_by_card(),
        PaymentMethod::TestCard => t.document_paid_by_test_card(),
        PaymentMethod::None => t.document_amount_due(),
    };
    let rest = snapshot.total_minor - snapshot.gift_card_minor;
    vec![
        total(t.document_gift_card(), format!("−{}", format.amount(snapshot.gift_card_minor).text)),
        total(label, format.amount(rest).text),
    ]
}

fn tax_row(tax: &InvoiceTax, format: &Format) -> [String; 4] {
    let name = match tax.name.as_str() {
        "" => format.locale.document_no_tax().to_owned(),
        name => tax_label(format.locale, name, tax.rate_ppm),
    };
    let amount = |minor: i64| format.amount(minor).text;
    [name, amount(tax.net_minor), amount(tax.tax_minor), amount(tax.net_minor + tax.tax_minor)]
}

fn notes(kind: InvoiceKind, snapshot: &InvoiceSnapshot) -> Vec<String> {
    let t = snapshot.locale;
    let payment = match (kind, refund_reason(t, snapshot.refund_cause, &snapshot.reason).as_str()) {
        (InvoiceKind::Invoice, _) => {
            t.document_paid(payment_label_of(t, snapshot.gift_card_minor, snapshot.payment_method))
        }
        (InvoiceKind::CreditNote, "") => t.document_refunded().to_owned(),
        (InvoiceKind::CreditNote, reason) => t.document_refunded_reason(reason),
    };
    let mut reasons: Vec<&str> = snapshot.taxes.iter().map(|tax| tax.reason.as_str()).collect();
    reasons.dedup();
    let untaxed = reasons.into_iter().filter_map(|reason| untaxed_note(t, reason));
    std::iter::once(payment).chain(untaxed.map(str::to_owned)).collect()
}

/// Why a tax is not charged; for reverse charge the note is mandatory (directive 2006/112/EC art. 226 (11a)).
fn untaxed_note(t: Locale, reason: &str) -> Option<&'static str> {
    match reason {
        "export" => Some(t.document_export()),
        "voucher" => Some(t.document_voucher()),
        "reverse_charge" => Some(t.document_reverse_charge()),
        _ => None,
    }
}
