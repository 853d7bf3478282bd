//! Putting invoices and credit notes on paper.

use crate::app::App;
use crate::error::{Error, Result};
use crate::http::shown::tax_label;
use crate::models::invoice::{Invoice, Kind, Snapshot};
use crate::papers::{Paper, Row, Sum};
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};

/// Issues the invoice of an order that was placed with nothing to pay.
///
/// # Errors
/// When the database does not answer.
pub async fn issue(app: &App, order: i64) -> Result<()> {
    app.db.write(move |tx| Invoice::issue_if_nothing_is_due(tx, order)).await
}

/// Makes the PDF of a paper and seals it.
///
/// # Errors
/// When it cannot be drawn.
pub async fn seal(app: &App, id: i64) -> Result<()> {
    let invoice = app.db.read(move |conn| Invoice::get(conn, id)).await?;
    if invoice.pdf_sha256.is_some() {
        return Ok(());
    }
    let paper = paper(&invoice, &invoice.contents()?);
    let pdf = tokio::task::spawn_blocking(move || paper.pdf()).await?;
    let pdf = pdf.map_err(|words| Error::internal(anyhow::anyhow!(words)))?;
    app.db.write(move |tx| Invoice::seal(tx, id, &pdf)).await
}

/// What stands on the paper, in words.
fn paper(invoice: &Invoice, said: &Snapshot) -> Paper {
    let currency = Currency::from_code(&said.currency).unwrap_or(Currency::EUR);
    let amount = |minor: i64| Money::new(minor, currency).text(&said.locale);
    let date = |at: Utc| at.format_in(&said.time_zone, "%-d %B %Y");
    let mut facts = vec![
        (format!("{} number", invoice.kind.label()), invoice.label()),
        ("Date".to_owned(), date(invoice.issued_at)),
        ("Order".to_owned(), said.order_number.clone()),
        ("Order date".to_owned(), date(Utc::from_micros(said.ordered_at))),
    ];
    if invoice.kind == Kind::CreditNote {
        facts.push(("Corrects invoice".to_owned(), said.corrects.clone()));
    }
    Paper {
        title: invoice.kind.label().to_owned(),
        number: invoice.label(),
        seller: said.seller.name.clone(),
        seller_lines: said.seller.address.clone(),
        seller_vat_number: said.seller.vat_number.clone(),
        seller_email: said.seller.email.clone(),
        buyer: said.buyer.clone(),
        buyer_vat_number: said.buyer_vat_number.clone(),
        facts,
        rows: rows(said, &amount),
        sums: sums(invoice.kind, said, &amount),
        paid: paid(said, &amount),
        taxes: taxes(said, &amount),
        words: words(invoice.kind, said),
    }
}

fn rows(said: &Snapshot, amount: &impl Fn(i64) -> String) -> Vec<Row> {
    let row = |line: &crate::models::invoice::Line| Row {
        title: line.title.clone(),
        note: line.sku.clone(),
        quantity: line.quantity.map_or_else(String::new, |pieces| pieces.to_string()),
        unit: line.unit_minor.map_or_else(String::new, amount),
        total: amount(line.total_minor),
    };
    said.lines.iter().map(row).collect()
}

fn sums(kind: Kind, said: &Snapshot, amount: &impl Fn(i64) -> String) -> Vec<Sum> {
    let sum = |label: &str, text: String| Sum { label: label.to_owned(), amount: text };
    let mut sums = Vec::new();
    if kind == Kind::Invoice {
        sums.push(sum("Goods", amount(said.lines.iter().map(|line| line.total_minor).sum())));
        if said.discount_minor > 0 {
            sums.push(sum("Discount", format!("−{}", amount(said.discount_minor))));
        }
        sums.push(sum(&format!("Shipping: {}", said.shipping_name), amount(said.shipping_minor)));
    }
    for tax in said.taxes.iter().filter(|tax| tax.rate_ppm > 0) {
        let inside = if said.prices_include_tax { "Included " } else { "" };
        sums.push(sum(&format!("{inside}{}", tax_label(&tax.name, tax.rate_ppm)), amount(tax.tax_minor)));
    }
    sums.push(sum(if kind == Kind::Invoice { "Total" } else { "Credited" }, amount(said.total_minor)));
    sums
}

/// What gift cards paid of the total, and what they left.
fn paid(said: &Snapshot, amount: &impl Fn(i64) -> String) -> Vec<Sum> {
    if said.gift_card_minor == 0 {
        return Vec::new();
    }
    let card = Sum { label: "Gift card".to_owned(), amount: format!("−{}", amount(said.gift_card_minor)) };
    let way = said.payment.strip_prefix("Gift card, ");
    let label = way.map_or_else(|| "Left to pay".to_owned(), |way| format!("Paid by {way}"));
    let rest = Sum { label, amount: amount(said.total_minor - said.gift_card_minor) };
    vec![card, rest]
}

/// Rate, net, tax and gross, a row a rate.
fn taxes(said: &Snapshot, amount: &impl Fn(i64) -> String) -> Vec<[String; 4]> {
    let row = |tax: &crate::models::invoice::Tax| {
        let gross = tax.net_minor + tax.tax_minor;
        let name = if tax.name.is_empty() { "No tax".to_owned() } else { tax_label(&tax.name, tax.rate_ppm) };
        [name, amount(tax.net_minor), amount(tax.tax_minor), amount(gross)]
    };
    said.taxes.iter().map(row).collect()
}

fn words(kind: Kind, said: &Snapshot) -> Vec<String> {
    let mut words = match kind {
        Kind::Invoice => vec![format!("Paid: {}.", said.payment)],
        Kind::CreditNote if said.reason.is_empty() => vec!["The money goes back the way it came.".to_owned()],
        Kind::CreditNote => vec![format!("Reason: {}. The money goes back the way it came.", said.reason)],
    };
    let mut reasons: Vec<&str> = said.taxes.iter().map(|tax| tax.reason.as_str()).collect();
    reasons.dedup();
    words.extend(reasons.into_iter().filter_map(reason_words).map(str::to_owned));
    words
}

/// What the law wants said about a tax that is not charged.
fn reason_words(reason: &str) -> Option<&'static str> {
    match reason {
        "export" => Some("Delivered outside the tax area of the shop: no tax is charged."),
        "voucher" => Some("Gift cards are taxed when they are used, not when they are bought."),
        "reverse_charge" => Some("Reverse charge: the buyer owes the tax."),
        _ => None,
    }
}
