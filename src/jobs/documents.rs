//! Renders invoices and credit notes as PDF.

use crate::app::App;
use crate::documents::{DocumentRow, DocumentTotal, InvoiceDocument};
use crate::error::{Error, Result};
use crate::http::presenters::tax_label;
use crate::models::sales::invoice::{Invoice, InvoiceKind, InvoiceSnapshot};
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};

/// Issues the invoice of an order with nothing to pay.
pub async fn issue_invoice(app: &App, order: i64) -> Result<()> {
    app.db.write(move |tx| Invoice::issue_if_nothing_is_due(tx, order)).await
}

/// Renders the PDF of an invoice once, and stores it with its hash.
pub async fn render_pdf(app: &App, id: i64) -> Result<()> {
    let invoice = app.db.read(move |conn| Invoice::get(conn, id)).await?;
    if invoice.pdf_sha256.is_some() {
        return Ok(());
    }
    let paper = paper(&invoice, &invoice.parse_snapshot()?);
    let pdf = tokio::task::spawn_blocking(move || paper.to_pdf()).await?;
    let pdf = pdf.map_err(|words| Error::internal(anyhow::anyhow!(words)))?;
    app.db.write(move |tx| Invoice::store_pdf(tx, id, &pdf)).await
}

fn paper(invoice: &Invoice, said: &InvoiceSnapshot) -> InvoiceDocument {
    let currency = Currency::from_code(&said.currency).unwrap_or(Currency::EUR);
    let amount = |minor: i64| Money::new(minor, currency).format(&said.locale);
    let date = |at: Utc| at.format_in(&said.time_zone, "%-d %B %Y");
    let mut facts = vec![
        (format!("{} number", invoice.kind.label()), invoice.label()),
        ("Date".to_owned(), date(invoice.issued_at)),
        ("Order".to_owned(), said.order_number.clone()),
        ("Order date".to_owned(), date(Utc::from_micros(said.ordered_at))),
    ];
    if invoice.kind == InvoiceKind::CreditNote {
        facts.push(("Corrects invoice".to_owned(), said.corrects.clone()));
    }
    InvoiceDocument {
        title: invoice.kind.label().to_owned(),
        number: invoice.label(),
        seller: said.seller.name.clone(),
        seller_lines: said.seller.address.clone(),
        seller_vat_number: said.seller.vat_number.clone(),
        seller_email: said.seller.email.clone(),
        buyer: said.buyer.clone(),
        buyer_vat_number: said.buyer_vat_number.clone(),
        fields: facts,
        rows: rows(said, &amount),
        totals: sums(invoice.kind, said, &amount),
        payments: paid(said, &amount),
        taxes: taxes(said, &amount),
        notes: words(invoice.kind, said),
    }
}

fn rows(said: &InvoiceSnapshot, amount: &impl Fn(i64) -> String) -> Vec<DocumentRow> {
    let row = |line: &crate::models::sales::invoice::InvoiceLine| DocumentRow {
        title: line.title.clone(),
        sku: line.sku.clone(),
        quantity: line.quantity.map_or_else(String::new, |pieces| pieces.to_string()),
        unit_price: line.unit_minor.map_or_else(String::new, amount),
        total: amount(line.total_minor),
    };
    said.lines.iter().map(row).collect()
}

fn sums(kind: InvoiceKind, said: &InvoiceSnapshot, amount: &impl Fn(i64) -> String) -> Vec<DocumentTotal> {
    let sum = |label: &str, text: String| DocumentTotal { label: label.to_owned(), amount: text };
    let mut sums = Vec::new();
    if kind == InvoiceKind::Invoice {
        sums.push(sum("Subtotal", amount(said.lines.iter().map(|line| line.total_minor).sum())));
        if said.discount_minor > 0 {
            sums.push(sum("Discount", format!("−{}", amount(said.discount_minor))));
        }
        sums.push(sum(&format!("Shipping: {}", said.shipping_name), amount(said.shipping_minor)));
    }
    for tax in said.taxes.iter().filter(|tax| tax.rate_ppm > 0) {
        let inside = if said.prices_include_tax { "Included " } else { "" };
        sums.push(sum(&format!("{inside}{}", tax_label(&tax.name, tax.rate_ppm)), amount(tax.tax_minor)));
    }
    sums.push(sum(if kind == InvoiceKind::Invoice { "Total" } else { "Total credited" }, amount(said.total_minor)));
    sums
}

fn paid(said: &InvoiceSnapshot, amount: &impl Fn(i64) -> String) -> Vec<DocumentTotal> {
    if said.gift_card_minor == 0 {
        return Vec::new();
    }
    let card = DocumentTotal { label: "Gift card".to_owned(), amount: format!("−{}", amount(said.gift_card_minor)) };
    let way = said.payment.strip_prefix("Gift card, ");
    let label = way.map_or_else(|| "Amount due".to_owned(), |way| format!("Paid by {way}"));
    let rest = DocumentTotal { label, amount: amount(said.total_minor - said.gift_card_minor) };
    vec![card, rest]
}

fn taxes(said: &InvoiceSnapshot, amount: &impl Fn(i64) -> String) -> Vec<[String; 4]> {
    let row = |tax: &crate::models::sales::invoice::InvoiceTax| {
        let gross = tax.net_minor + tax.tax_minor;
        let name = if tax.name.is_empty() { "No tax".to_owned() } else { tax_label(&tax.name, tax.rate_ppm) };
        [name, amount(tax.net_minor), amount(tax.tax_minor), amount(gross)]
    };
    said.taxes.iter().map(row).collect()
}

fn words(kind: InvoiceKind, said: &InvoiceSnapshot) -> Vec<String> {
    let mut words = match kind {
        InvoiceKind::Invoice => vec![format!("Paid: {}.", said.payment)],
        InvoiceKind::CreditNote if said.reason.is_empty() => {
            vec!["Refunded to the original payment method.".to_owned()]
        }
        InvoiceKind::CreditNote => vec![format!("Reason: {}. Refunded to the original payment method.", said.reason)],
    };
    let mut reasons: Vec<&str> = said.taxes.iter().map(|tax| tax.reason.as_str()).collect();
    reasons.dedup();
    words.extend(reasons.into_iter().filter_map(reason_words).map(str::to_owned));
    words
}

/// Why a tax is not charged; for reverse charge the note is mandatory (directive 2006/112/EC art. 226 (11a)).
fn reason_words(reason: &str) -> Option<&'static str> {
    match reason {
        "export" => Some("Delivered outside the tax area of the shop: no tax is charged."),
        "voucher" => Some("Gift cards are taxed when they are used, not when they are bought."),
        "reverse_charge" => Some("Reverse charge: the customer is liable for the tax."),
        _ => None,
    }
}
