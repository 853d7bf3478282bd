//! Erasure of customers: what is found afterwards, what refuses it, and what repeats it.

use std::collections::BTreeSet;

use diesel::prelude::*;
use jiff::SignedDuration;
use tradepost::jobs::{erasures, recurring_tasks};
use tradepost::models::people::account::roles::Role;
use tradepost::paths;
use tradepost::schema::{customers, invoices, order_words, orders};

use crate::architecture::root;
use crate::support::customers::CUSTOMER_PASSWORD;
use crate::support::{Browser, Page, TestShop, fill_checkout};

const ADA: &str = "ada@lovelace.example";
const PHONE: &str = "+49 30 5550199";
/// Parts of the name, the addresses, the emails, the phone, and what was typed about Ada.
const NEEDLES: [&str; 7] =
    ["lovelace", "Torstraße 1", "Byron Lane", "ada@office.example", "countess@", "5550199", "TRACK-77"];

/// A column with its class, as `docs/PERSONAL_DATA.md` has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DocumentedColumn {
    table: String,
    column: String,
    class: String,
}

fn read_documented_columns() -> Vec<DocumentedColumn> {
    let text = std::fs::read_to_string(root().join("docs/PERSONAL_DATA.md")).unwrap();
    let mut columns = Vec::new();
    for row in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        // The table of places outside the database has two columns.
        let [table, names, class, ..] = cells[..] else { continue };
        let names: Vec<&str> = names.split(", ").filter_map(|name| name.strip_prefix('`')?.strip_suffix('`')).collect();
        columns.extend(names.into_iter().map(|name| DocumentedColumn {
            table: table.trim_matches('`').to_owned(),
            column: name.to_owned(),
            class: class.to_owned(),
        }));
    }
    columns
}

/// Every column of `src/schema.rs` that holds texts or bytes.
fn read_text_columns() -> BTreeSet<(String, String)> {
    let text = std::fs::read_to_string(root().join("src/schema.rs")).unwrap();
    let mut columns = BTreeSet::new();
    for block in text.split("diesel::table! {").skip(1) {
        let block = block.split("\n}").next().unwrap();
        let table = block.trim().split(' ').next().unwrap();
        for line in block.lines() {
            if let Some((column, kind)) = line.trim().split_once(" -> ")
                && (kind.contains("Text") || kind.contains("Binary"))
            {
                columns.insert((table.to_owned(), column.to_owned()));
            }
        }
    }
    columns
}

#[test]
fn r71_every_text_column_is_classified() {
    let documented = read_documented_columns();
    for column in &documented {
        let classes = ["person", "invoice", "secret", "code", "shop", "staff"];
        assert!(classes.contains(&column.class.as_str()), "{column:?}");
    }
    let names: Vec<(String, String)> = documented.into_iter().map(|column| (column.table, column.column)).collect();
    let distinct: BTreeSet<(String, String)> = names.iter().cloned().collect();
    assert_eq!(distinct.len(), names.len(), "a column is there twice");
    assert_eq!(distinct, read_text_columns());
}

/// Columns in which a needle is found, with the text; columns of invoices are left out.
fn find_traces(shop: &TestShop, needles: &[&str]) -> Vec<String> {
    let columns = read_documented_columns().into_iter();
    // The index of orders is searched through its rows.
    let columns = columns.filter(|column| column.class != "invoice" && !column.table.ends_with("_words"));
    columns.flat_map(|column| shop.find_texts(&column.table, &column.column, needles)).collect()
}

fn count_invoice_traces(shop: &TestShop) -> usize {
    shop.find_texts("invoices", "snapshot", &["Ada Lovelace"]).len()
}

async fn buy(browser: &Browser, payment: &str, email: &str) -> Page {
    let form = fill_checkout(browser, payment).await.fill("email", email).fill("phone", PHONE);
    form.fill("note", "Please ring at Lovelace").submit().await
}

async fn pay_and_ship(owner: &Browser, number: &str) {
    let page = owner.get(&format!("/admin/orders/{number}")).await.form("Mark as paid").submit().await;
    let page = page.form("Fulfil").fill_all(&[("carrier", "DHL"), ("tracking_number", "TRACK-77")]).submit().await;
    page.form("Delivered").submit().await;
}

/// Ada with an account, and all that can happen to her: orders that were paid, shipped, returned, cancelled and paid by
/// card, a discount code, gift cards, notes, emails, a changed address, a merged customer. Returns the page of an order.
async fn live_through_everything(shop: &TestShop) -> String {
    shop.update_settings(|settings| settings.business_address = "Speicherstraße 4\n20457 Hamburg".to_owned()).await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    shop.create_percent_coupon("SPRING15", 15).await;
    let mug = shop.product("Harbour mug").price(20_00).stock(50).create().await;
    let voucher = shop.product("Gift card").price(30_00).gift_card().create().await;
    let ada = shop.log_in_customer(ADA).await;
    let address = [
        ("name", "Ada Lovelace"),
        ("line1", "12 Byron Lane"),
        ("postcode", "10119"),
        ("city", "Berlin"),
        ("phone", PHONE),
    ];
    ada.get("/account/addresses/new").await.form("Save").fill_all(&address).choose("country", "DE").submit().await;

    // 1001: paid, shipped, returned and refunded.
    ada.add_to_cart(&mug, 2).await.form("Apply").fill("code", "SPRING15").submit().await;
    let order = buy(&ada, "bank_transfer", ADA).await;
    pay_and_ship(&owner, "1001").await;
    shop.run_jobs().await;
    let form = ada.get(&order.path).await.click_link("Request a return").await.form("Request return");
    let line = form.controls.iter().find(|control| control.name.starts_with("return_quantity_")).unwrap().name.clone();
    form.fill(&line, "1").fill("reason", "Too small for Lovelace").submit().await;
    let page = owner.get("/admin/orders/1001").await.form("Approve").submit().await;
    let form = page.form("Mark as received");
    let condition = form.controls.iter().find(|control| control.name.starts_with("condition_")).unwrap().name.clone();
    let page = form.choose(&condition, "sellable").submit().await;
    page.form("Issue refund").submit().await;
    owner.get("/admin/orders/1001").await.form("Add note").fill("note", "Ada Lovelace rang").submit().await;

    // 1002: cancelled. 1003: by card, as a guest. 1004: a gift card.
    ada.add_to_cart(&mug, 1).await;
    buy(&ada, "bank_transfer", ADA).await;
    owner.get("/admin/orders/1002").await.form("Cancel order").submit().await;
    let guest = shop.visitor();
    guest.add_to_cart(&mug, 1).await.form("Apply").fill("code", "SPRING15").submit().await;
    buy(&guest, "test_card", ADA).await.form("Pay").fill("card_number", "4242 4242 4242 4242").submit().await;
    let page = owner.get("/admin/orders/1003").await.form("Fulfil").submit().await;
    page.form("Delivered").submit().await;
    ada.add_to_cart(&voucher, 1).await;
    buy(&ada, "bank_transfer", ADA).await;
    owner.get("/admin/orders/1004").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;

    // An email to another address, which becomes the order's.
    let page = owner.get("/admin/outbox").await.click_link("Your order 1002").await;
    page.form("Send to this address").fill("email", "ada@office.example").submit().await;
    // A gift card from the shop.
    let form = owner.get("/admin/gift-cards/new").await.form("Create gift card");
    form.fill_all(&[("amount", "50"), ("email", ADA)]).submit().await;
    // 1005: of another customer, who turns out to be the same.
    let guest = shop.visitor();
    guest.add_to_cart(&mug, 1).await;
    buy(&guest, "bank_transfer", "countess@lovelace.example").await;
    pay_and_ship(&owner, "1005").await;
    let page = customer_page(shop, &owner, ADA).await;
    let page = page.form("Merge").fill("email", "countess@lovelace.example").submit().await;
    page.form("Save").fill_all(&[("staff_note", "Mrs Lovelace likes tea"), ("tags", "lovelace")]).submit().await;

    shop.visitor().get("/password/forgot").await.form("Send me a link").fill("email", ADA).submit().await;
    shop.visitor().log_in(ADA, "wrong lantern").await;
    ada.add_to_cart(&mug, 1).await;
    shop.run_jobs().await;
    order.path
}

async fn customer_page(shop: &TestShop, owner: &Browser, email: &'static str) -> Page {
    let of_email = customers::table.filter(customers::email_normal.eq(email)).select(customers::public_id);
    let id: String = shop.read(move |conn| Ok(of_email.first(conn)?)).await;
    owner.get(&paths::admin::customer(&id)).await
}

async fn log_in_owner_again(shop: &TestShop) -> Browser {
    let owner = shop.visitor();
    owner.log_in("owner@kestrel.example", crate::support::shop::STAFF_PASSWORD).await;
    owner
}

#[actix_web::test]
async fn r71_after_an_erasure_only_invoices_name_the_person() {
    let shop = TestShop::new().await;
    let order = live_through_everything(&shop).await;
    let traces = find_traces(&shop, &NEEDLES);
    for column in ["orders.email", "order_addresses.line1", "events.data", "emails.body_text", "coupon_redemptions"] {
        assert!(traces.iter().any(|trace| trace.starts_with(column)), "nothing to erase in {column}: {traces:#?}");
    }
    let invoices = count_invoice_traces(&shop);
    assert!(invoices >= 4, "{invoices}");

    let owner = log_in_owner_again(&shop).await;
    let page = customer_page(&shop, &owner, ADA).await.form("Erase this customer").submit().await;
    assert_eq!(page.path, "/admin/customers", "{}", page.text("main"));
    assert!(page.texts("tbody tr").is_empty());
    shop.run_jobs().await;
    assert_eq!(find_traces(&shop, &NEEDLES), Vec::<String>::new());
    assert_eq!(count_invoice_traces(&shop), invoices, "invoices keep the buyer");

    for words in ["Lovelace", "ada@lovelace.example", "office"] {
        assert!(
            owner.get(&format!("/admin/orders?q={words}")).await.texts("table.list tbody th a").is_empty(),
            "{words}"
        );
    }
    let indexed: i64 = shop.read(|conn| Ok(order_words::table.count().get_result(conn)?)).await;
    assert_eq!(indexed, 0);
    for number in 1001..=1005 {
        let page = owner.get(&format!("/admin/orders/{number}")).await;
        assert_eq!((page.status, page.text("main").contains("Erased customer")), (200, true), "{number}");
        assert!(!page.text("main").to_lowercase().contains("lovelace"), "{number}");
        assert_eq!(owner.get(&format!("/admin/orders/{number}/packing-slip")).await.status, 200, "{number}");
    }
    let pdf = owner.get("/admin/orders/1001").await.click_link("Invoice INV-0001").await;
    assert!(pdf.body.starts_with(b"%PDF-"));
    assert_eq!(shop.visitor().get(&order).await.status, 200, "the buyer's link opens the order");
    for page in ["/admin/outbox", "/admin/audit", "/admin/attention", "/admin"] {
        let page = owner.get(page).await;
        assert!(!String::from_utf8_lossy(&page.body).to_lowercase().contains("lovelace"), "{}", page.path);
    }
    let audit = owner.get("/admin/audit?group=people").await.texts("tbody tr");
    assert!(audit.iter().any(|row| row.contains("The owner") && row.contains("5 orders")), "{audit:?}");
    assert_eq!(shop.visitor().log_in(ADA, CUSTOMER_PASSWORD).await.status, 422);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r71_an_erased_customer_can_begin_again() {
    let shop = TestShop::new().await;
    live_through_everything(&shop).await;
    let owner = log_in_owner_again(&shop).await;
    customer_page(&shop, &owner, ADA).await.form("Erase this customer").submit().await;
    shop.create_customer(ADA, "Ada King").await;
    let mug = shop.product("Mug").stock(5).create().await;
    let ada = shop.log_in_customer(ADA).await;
    ada.add_to_cart(&mug, 1).await.form("Apply").fill("code", "SPRING15").submit().await;
    let order = buy(&ada, "bank_transfer", ADA).await;
    assert_eq!(TestShop::order_number(&order), "1006");
    let orders = ada.get("/account/orders").await;
    assert!(orders.text("main").contains("1006") && !orders.text("main").contains("1001"));
    shop.run_jobs().await;
    assert_eq!(erasures::repeat_missing(&shop.app).await.unwrap(), 0, "what came after an erasure stays");
    assert!(!find_traces(&shop, &[ADA]).is_empty());
    shop.assert_audit_passes().await;
}

/// Orders that still need the address refuse the erasure, by name.
#[actix_web::test]
async fn an_unfinished_order_refuses_the_erasure_of_a_guest() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let mug = shop.product("Mug").stock(9).create().await;
    let guest = shop.visitor();
    for _ in 0..2 {
        guest.add_to_cart(&mug, 1).await;
        buy(&guest, "bank_transfer", ADA).await;
    }
    shop.run_jobs().await;
    owner.get("/admin/orders/1002").await.form("Cancel order").submit().await;
    let refused = customer_page(&shop, &owner, ADA).await.form("Erase this customer").submit().await;
    assert_eq!(refused.status, 422);
    let alert = refused.text("[role=alert]");
    assert!(alert.contains("These orders still need the address: 1001."), "{alert}");
    assert!(!find_traces(&shop, &["Torstraße 1"]).is_empty(), "nothing is erased");

    let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    let page = page.form("Fulfil").submit().await.form("Not delivered").submit().await;
    let refused = customer_page(&shop, &owner, ADA).await.form("Erase this customer").submit().await;
    assert_eq!(refused.status, 422, "it has to be sent again");
    page.form("Ship again").submit().await.form("Delivered").submit().await;
    let page = customer_page(&shop, &owner, ADA).await.form("Erase this customer").submit().await;
    assert_eq!(page.path, "/admin/customers", "{}", page.text("main"));
    shop.run_jobs().await;
    assert_eq!(find_traces(&shop, &NEEDLES), Vec::<String>::new());
    assert_eq!(count_invoice_traces(&shop), 1);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_payment_in_progress_refuses_the_erasure() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let mug = shop.product("Mug").stock(9).create().await;
    let ada = shop.log_in_customer(ADA).await;
    ada.add_to_cart(&mug, 1).await;
    let card = buy(&ada, "test_card", ADA).await;
    let fields = [("password", CUSTOMER_PASSWORD), ("confirm", "1")];
    let page = ada.post("/account/delete", &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.text("[role=alert]").contains("A payment is still in progress."), "{}", page.text("main"));
    card.form("Pay").fill("card_number", "4242 4242 4242 4242").submit().await;
    let page = ada.post("/account/delete", &fields).await;
    assert!(page.text("[role=alert]").contains("1001"), "it is not shipped: {}", page.text("main"));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// An older copy of the database gets the erasures of the file that outlived it.
#[actix_web::test]
async fn r79_a_restore_repeats_the_erasure() {
    let (shop, restored) = (TestShop::new().await, TestShop::new().await);
    live_through_everything(&shop).await;
    live_through_everything(&restored).await;
    let mug = restored.product("Late mug").stock(5).create().await;
    let guest = restored.visitor();
    guest.add_to_cart(&mug, 1).await;
    // Unpaid in the copy, whatever became of it later.
    buy(&guest, "bank_transfer", ADA).await;
    guest.add_to_cart(&mug, 1).await;
    let form = fill_checkout(&guest, "bank_transfer").await.fill_all(&[
        ("email", "grace@hopper.example"),
        ("name", "Grace Hopper"),
        ("line1", "Hopper Street 2"),
    ]);
    form.submit().await;
    restored.run_jobs().await;

    let owner = log_in_owner_again(&shop).await;
    customer_page(&shop, &owner, ADA).await.form("Erase this customer").submit().await;
    shop.run_jobs().await;
    let file = std::fs::read_to_string(shop.erasure_file()).unwrap();
    assert_eq!(file.lines().count(), 1);
    for needle in NEEDLES {
        assert!(!file.to_lowercase().contains(&needle.to_lowercase()), "the file names nobody: {file}");
    }

    std::fs::copy(shop.erasure_file(), restored.erasure_file()).unwrap();
    assert_eq!(erasures::repeat_missing(&restored.app).await.unwrap(), 1);
    restored.run_jobs().await;
    assert_eq!(find_traces(&restored, &NEEDLES), Vec::<String>::new());
    assert!(!find_traces(&restored, &["Grace Hopper"]).is_empty(), "others stay");
    assert_eq!(erasures::repeat_missing(&restored.app).await.unwrap(), 0, "once");
    assert_eq!(std::fs::read_to_string(restored.erasure_file()).unwrap(), file);
    restored.assert_audit_passes().await;
    shop.run_jobs().await;
}

/// The file is complete again after it was lost, or after a machine has not seen an erasure.
#[actix_web::test]
async fn r79_a_lost_file_is_written_again_from_the_database() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    customer_page(&shop, &owner, ADA).await.form("Erase this customer").submit().await;
    shop.run_jobs().await;
    let file = std::fs::read_to_string(shop.erasure_file()).unwrap();
    std::fs::remove_file(shop.erasure_file()).unwrap();
    assert_eq!(erasures::repeat_missing(&shop.app).await.unwrap(), 0);
    assert_eq!(std::fs::read_to_string(shop.erasure_file()).unwrap(), file);
    std::fs::write(shop.erasure_file(), "{\"id\":1}\n").unwrap();
    let refusal = erasures::repeat_missing(&shop.app).await.unwrap_err().to_string();
    assert!(refusal.contains("erasures.jsonl, line 1"), "{refusal}");
}

#[actix_web::test]
async fn r71_invoices_lose_the_buyer_after_their_retention() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let mug = shop.product("Mug").stock(9).create().await;
    let mut paths = Vec::new();
    for email in [ADA, "grace@hopper.example"] {
        let guest = shop.visitor();
        guest.add_to_cart(&mug, 1).await;
        paths.push(buy(&guest, "bank_transfer", email).await.path);
    }
    for number in ["1001", "1002"] {
        pay_and_ship(&owner, number).await;
    }
    shop.run_jobs().await;
    customer_page(&shop, &owner, ADA).await.form("Erase this customer").submit().await;
    shop.run_jobs().await;
    let sealed: Option<String> =
        shop.read(|conn| Ok(invoices::table.find(1).select(invoices::pdf_sha256).first(conn)?)).await;

    // Issued in November 2026: until the end of 2036.
    let years = |count: i64| SignedDuration::from_hours(24 * 365 * count);
    shop.advance_clock(years(10));
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    assert_eq!(count_invoice_traces(&shop), 2);
    shop.advance_clock(SignedDuration::from_hours(24 * 50));
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    shop.run_jobs().await;
    assert_eq!(count_invoice_traces(&shop), 1, "who was not erased stays");
    let pdf = shop.visitor().get(&format!("{}/invoices/1", paths[0])).await;
    assert!(pdf.body.starts_with(b"%PDF-"), "it is rendered again");
    let issued: Option<String> =
        shop.read(|conn| Ok(invoices::table.find(1).select(invoices::issued_pdf_sha256).first(conn)?)).await;
    assert_eq!(issued, sealed);
    let erased: i64 =
        shop.read(|conn| Ok(orders::table.filter(orders::erased_at.is_not_null()).count().get_result(conn)?)).await;
    assert_eq!(erased, 1);
    shop.assert_audit_passes().await;
}
