//! Invoices: one per order, numbered without gaps, and immutable.

use futures_util::future::join_all;
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::checkout::tax_rate::TaxRate;
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::invoice::{Invoice, InvoiceKind};
use tradepost::models::sales::order::Order;
use tradepost::models::sales::order::refunds::RefundRequest;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::support::ids::OrderId;

use crate::support::{TestProduct, TestShop};

async fn place_transfer_and_pay(shop: &TestShop, product: &TestProduct, quantity: i64) -> Order {
    let request = shop.checkout_request(product, quantity, PaymentMethod::BankTransfer).await;
    let number = shop.write(move |tx| Order::place(tx, &request)).await.order.number.unwrap();
    shop.write(move |tx| Order::mark_paid(tx, &number, &Actor::System)).await
}

async fn list_invoices(shop: &TestShop, order: OrderId) -> Vec<Invoice> {
    shop.read(move |conn| Invoice::list_for_order(conn, order)).await
}

#[actix_web::test]
async fn invoice_numbers_have_no_gaps_under_concurrency() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(50).create().await;
    let mut numbers = Vec::new();
    for _ in 0..8 {
        let request = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
        numbers.push(shop.write(move |tx| Order::place(tx, &request)).await.order.number.unwrap());
    }
    // Each payment is reported twice concurrently.
    let tries = numbers.iter().chain(&numbers).cloned().map(|number| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| Order::mark_paid(tx, &number, &Actor::System)).await })
    });
    let done = join_all(tries).await;
    assert_eq!(done.into_iter().filter(|done| done.as_ref().unwrap().is_ok()).count(), 8);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    let last = shop.read(|conn| Invoice::get(conn, 8.into())).await;
    assert_eq!(last.label(), "INV-0008");
}

#[actix_web::test]
async fn an_issued_invoice_is_never_changed() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let order = place_transfer_and_pay(&shop, &mug, 2).await;
    shop.run_jobs().await;
    let before = list_invoices(&shop, order.id).await.remove(0);
    let id = before.id;
    shop.write(move |tx| Invoice::store_pdf(tx, id, b"%PDF-forged")).await;
    assert_eq!(list_invoices(&shop, order.id).await.remove(0).pdf_sha256, before.pdf_sha256);
    // A later price change does not affect it.
    shop.set_price(&mug, 99_00).await;
    let snapshot = list_invoices(&shop, order.id).await.remove(0).parse_snapshot().unwrap();
    assert_eq!((snapshot.lines[0].unit_minor, snapshot.total_minor), (Some(12_00), order.totals.total_minor));
    assert_eq!(snapshot.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).sum::<i64>(), order.totals.total_minor);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn credit_notes_reverse_the_invoice_exactly() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(3_33).stock(9).create().await;
    let order = place_transfer_and_pay(&shop, &mug, 3).await;
    let (id, number) = (order.id, order.number.clone().unwrap());
    let line = shop.read(move |conn| Ok(Order::get(conn, id)?.lines(conn)?.remove(0).id)).await;
    let one = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, &number, &one, &Actor::System)).await;
    let number = order.number.clone().unwrap();
    shop.write(move |tx| Order::cancel(tx, &number, &Actor::System)).await;
    shop.run_jobs().await;
    let all = list_invoices(&shop, order.id).await;
    assert_eq!(all.iter().map(Invoice::label).collect::<Vec<_>>(), ["INV-0001", "CN-0001", "CN-0002"]);
    let (mut total, mut tax) = (0, 0);
    for invoice in &all {
        let (snapshot, sign) =
            (invoice.parse_snapshot().unwrap(), if invoice.kind == InvoiceKind::Invoice { 1 } else { -1 });
        total += sign * snapshot.total_minor;
        tax += sign * snapshot.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>();
    }
    assert_eq!((total, tax), (0, 0));
    assert_eq!(all[2].parse_snapshot().unwrap().corrects, "INV-0001");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_before_the_invoice_gets_its_credit_note() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).stock(9).create().await;
    let (_, code) = shop.issue_gift_card(50_00).await;
    let request = shop.checkout_request_with_codes(&[(&mug, 2)], &[&code], PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &request)).await.order;
    let id = order.id;
    let line = shop.read(move |conn| Ok(Order::get(conn, id)?.lines(conn)?.remove(0).id)).await;
    let one = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &one, &Actor::System)).await;
    shop.run_jobs().await;
    let all = list_invoices(&shop, id).await;
    assert_eq!(all.iter().map(Invoice::label).collect::<Vec<_>>(), ["INV-0001", "CN-0001"]);
    assert_eq!(all[1].parse_snapshot().unwrap().total_minor, 10_00);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn several_included_taxes_share_one_net_amount() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(10_00).await;
    shop.write(|tx| {
        for rate in TaxRate::all(tx.conn())? {
            TaxRate::delete(tx, &rate.public_id)?;
        }
        for (class, name, ppm, priority) in [
            (TaxClass::Standard, "GST", 50_000, 1),
            (TaxClass::Standard, "QST", 100_000, 2),
            (TaxClass::Reduced, "GST", 50_000, 1),
        ] {
            TaxRate { priority, ..TaxRate::new("DE", class, name, ppm) }.save(tx)?;
        }
        Ok(())
    })
    .await;
    let lamp = shop.product("Lamp").price(11_500).create().await;
    let book = shop.product("Book").price(11_500).tax_class(TaxClass::Reduced).create().await;
    let request = shop.checkout_request_with_code(&[(&lamp, 1), (&book, 1)], "", PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &request)).await.order;
    assert_eq!(order.totals.total_minor, 24_000);
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
    shop.run_jobs().await;
    let taxes = list_invoices(&shop, order.id).await[0].parse_snapshot().unwrap().taxes;
    let rows: Vec<_> = taxes.iter().map(|tax| (tax.name.as_str(), tax.net_minor, tax.tax_minor)).collect();
    // The lamp is 100.00 net, the book 109.53; of the shipping 5.00 go with each, 4.35 and 4.76 net.
    assert_eq!(rows, [("GST", 10_435, 5_22), ("QST", 10_435, 10_43), ("GST", 11_429, 5_71)]);
    shop.assert_audit_passes().await;
}
