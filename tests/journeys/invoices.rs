//! Invoices and credit notes, from the payment to the PDF.

use tradepost::models::people::account::roles::Role;

use crate::support::{Page, TestShop, fill_checkout};

fn list_invoices(page: &Page) -> Vec<String> {
    page.texts("a[href*='/invoices/']")
}

#[actix_web::test]
async fn a_paid_order_has_an_invoice_and_a_refund_a_credit_note() {
    let shop = TestShop::new().await;
    let mug = shop.product("Harbour mug").stock(9).sku("MUG-1").create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    let page = owner.get("/admin/settings").await;
    let seller = [("business_address", "Kestrel GmbH\nSpeicherstraße 4\n20457 Hamburg"), ("vat_number", "DE136695976")];
    let page = page.form("Save").fill_all(&seller).submit().await;
    assert_eq!((page.field_value("vat_number").as_str(), page.status), ("DE136695976", 200));

    ada.add_to_cart(&mug, 3).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    shop.run_jobs().await;
    assert!(list_invoices(&ada.get(&order.path).await).is_empty(), "nothing is paid yet");

    let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    assert_eq!(list_invoices(&page), ["Invoice INV-0001"]);
    let early = page.click_link("Invoice INV-0001").await;
    assert!(early.text("[role=alert]").contains("being created"));
    shop.run_jobs().await;
    let pdf = page.click_link("Invoice INV-0001").await;
    assert_eq!((pdf.status, pdf.header("content-type")), (200, Some("application/pdf")));
    assert_eq!(pdf.header("cache-control"), Some("no-store"));
    assert_eq!(pdf.header("content-disposition"), Some("inline; filename=\"INV-0001.pdf\""));
    assert!(pdf.body.starts_with(b"%PDF-"));

    let seen = ada.get(&order.path).await;
    assert_eq!(list_invoices(&seen), ["Invoice INV-0001 (PDF)"]);
    let own = seen.click_link("Invoice INV-0001 (PDF)").await;
    assert_eq!(own.body, pdf.body, "what is sealed is the same for everybody");

    let form = owner.get("/admin/orders/1001").await.form("Refund");
    let (line, _) = form.fields().into_iter().find(|(name, _)| name.starts_with("refund_quantity_")).unwrap();
    let page = form.fill(&line, "1").fill("reason", "Chipped").submit().await;
    shop.run_jobs().await;
    assert_eq!(list_invoices(&page), ["Invoice INV-0001", "Credit note CN-0001"]);
    assert!(page.click_link("Credit note CN-0001").await.body.starts_with(b"%PDF-"));
    assert_eq!(owner.get(&format!("{}/invoices/2", order.path)).await.status, 200);
    assert_eq!(owner.get(&format!("{}/invoices/3", order.path)).await.status, 404);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_invoice_is_reachable_from_its_own_order_only() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(9).create().await;
    let (owner, ada, bob) = (shop.log_in_as(Role::Owner).await, shop.visitor(), shop.visitor());
    for browser in [&ada, &bob] {
        browser.add_to_cart(&mug, 1).await;
    }
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let other = fill_checkout(&bob, "bank_transfer").await.submit().await;
    owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    assert_eq!(ada.get(&format!("{}/invoices/1", order.path)).await.status, 200);
    assert_eq!(bob.get(&format!("{}/invoices/1", other.path)).await.status, 404);
    assert_eq!(owner.get("/admin/orders/1002/invoices/1").await.status, 404);
    assert!(bob.get("/admin/orders/1001/invoices/1").await.path.starts_with("/login"));
    shop.assert_audit_passes().await;
}
