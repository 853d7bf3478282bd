//! Customers in the admin: list, search, note and tags, status, merge and export.

use diesel::prelude::*;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::schema::account_roles;
use tradepost::support::ids::AccountId;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestShop, fill_checkout};

/// An account without a role, which logs in with the password of staff here.
pub async fn create_customer(shop: &TestShop, email: &str) -> AccountId {
    let id = shop.create_account(email, Role::Editor).await;
    shop.write(move |tx| {
        let roles = account_roles::table.filter(account_roles::account_id.eq(id));
        Ok(diesel::delete(roles).execute(tx.conn()).map(drop)?)
    })
    .await;
    id
}

async fn buy(shop: &TestShop, email: &str) -> Page {
    let mug = shop.product(&format!("Mug of {email}")).price(12_00).stock(5).create().await;
    let guest = shop.visitor();
    guest.add_to_cart(&mug, 1).await;
    let page = fill_checkout(&guest, "bank_transfer").await.fill("email", email).submit().await;
    shop.run_jobs().await;
    page
}

async fn customer_page(browser: &Browser, email: &str) -> Page {
    let list = browser.get(&format!("/admin/customers?q={email}")).await;
    let path = list.attr("tbody th a", "href").unwrap_or_else(|| panic!("{email} is not listed"));
    browser.get(&path).await
}

#[actix_web::test]
async fn guests_and_accounts_are_listed_with_what_they_bought() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    create_customer(&shop, "ann@kestrel.example").await;
    let order = buy(&shop, "Guest@Kestrel.example").await;
    let number = TestShop::order_number(&order);
    let page = owner.get(&format!("/admin/orders/{number}")).await;
    page.form("Mark as paid").submit().await;
    let rows = owner.get("/admin/customers").await.texts("tbody tr");
    assert_eq!(rows.len(), 2, "no staff: {rows:?}");
    assert!(rows.iter().any(|row| row.contains("Guest@kestrel.example") && row.contains("€17.00")), "{rows:?}");
    assert_eq!(owner.get("/admin/customers?tab=guests").await.texts("tbody tr").len(), 1);
    assert_eq!(owner.get("/admin/customers?tab=accounts").await.texts("tbody tr").len(), 1);
    assert_eq!(owner.get("/admin/customers?q=guest").await.texts("tbody tr").len(), 1);
    assert!(owner.get("/admin/customers?q=nobody%25").await.text("h2").contains("No customer found"));
    let page = customer_page(&owner, "guest").await;
    assert!(page.text("main").contains(&number) && page.text(".sub").contains("1 order, €17.00 spent"));
    let file = String::from_utf8(owner.get("/admin/customers.csv").await.body).unwrap();
    assert!(file.contains("Guest@kestrel.example,1,17.00 EUR"), "{file}");
    let editor = shop.log_in_as(Role::Editor).await;
    assert_eq!(editor.get("/admin/customers").await.status, 403);
    assert_eq!(editor.get("/admin/customers.csv").await.status, 403);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn note_and_tags_are_kept_and_two_editors_noticed() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    buy(&shop, "guest@kestrel.example").await;
    let (first, second) = (customer_page(&owner, "guest").await, customer_page(&owner, "guest").await);
    let fields = [("staff_note", "Prefers mornings"), ("tags", "vip,  old friend, vip")];
    let page = first.form("Save").fill_all(&fields).submit().await;
    assert_eq!(page.field_value("tags"), "old friend, vip");
    let page = second.form("Save").fill("staff_note", "Other").submit().await;
    assert_eq!((page.status, page.field_value("staff_note").as_str()), (422, "Other"));
    assert_eq!(owner.get("/admin/customers?tag=vip").await.texts("tbody tr").len(), 1);
    assert!(owner.get("/admin/customers?tag=other").await.texts("tbody tr").is_empty());
    let support = shop.log_in_as(Role::Support).await;
    let page = customer_page(&support, "guest").await;
    assert!(page.text("main").contains("Prefers mornings") && page.forms("Save").is_empty());
    assert_eq!(support.post(&page.path, &fields).await.status, 403);
}

#[actix_web::test]
async fn r26_a_suspended_customer_is_logged_out() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let id = create_customer(&shop, "ann@kestrel.example").await;
    let ann = shop.visitor();
    assert_eq!(ann.log_in("ann@kestrel.example", crate::support::shop::STAFF_PASSWORD).await.status, 200);
    let page = customer_page(&owner, "ann").await.form("Suspend account").submit().await;
    assert!(page.text(".pill").contains("Suspended"));
    assert_eq!(ann.log_in("ann@kestrel.example", crate::support::shop::STAFF_PASSWORD).await.status, 422);
    page.form("Activate account").submit().await;
    let account = shop.read(move |conn| Account::get(conn, id)).await;
    assert_eq!(account.auth_epoch, 3);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn two_customers_become_one() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    create_customer(&shop, "ann@kestrel.example").await;
    buy(&shop, "ann.work@kestrel.example").await;
    buy(&shop, "ann@kestrel.example").await;
    let page = customer_page(&owner, "ann.work").await;
    let page = page.form("Merge").fill("email", "ann@kestrel.example").submit().await;
    assert_eq!(page.status, 422, "the account must stay");
    let list = owner.get("/admin/customers?tab=accounts").await;
    let page = owner.get(&list.attr("tbody th a", "href").unwrap()).await;
    let page = page.form("Merge").fill("email", "nobody@kestrel.example").submit().await;
    assert_eq!(page.status, 422);
    let page = page.form("Merge").fill("email", "ANN.work@kestrel.example").submit().await;
    assert!(page.text(".sub").contains("2 orders"), "{}", page.text(".sub"));
    assert_eq!(owner.get("/admin/customers").await.texts("tbody tr").len(), 1);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_page_of_a_customer_has_emails_of_orders_and_of_the_account() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    create_customer(&shop, "ann@kestrel.example").await;
    buy(&shop, "ann@kestrel.example").await;
    buy(&shop, "bob@kestrel.example").await;
    let form = shop.visitor().get("/password/forgot").await.form("Send me a link");
    form.fill("email", "ann@kestrel.example").submit().await;
    shop.run_jobs().await;
    let expected = shop.count_emails_to("ann@kestrel.example").await;
    assert!(expected >= 2, "{:?}", shop.outbox_summary().await);
    let list = owner.get("/admin/customers?tab=accounts").await;
    let page = owner.get(&list.attr("tbody th a", "href").unwrap()).await;
    let links = page.texts("a[href^='/admin/outbox/']");
    assert!(links.len() >= expected, "{links:?}");
    let subjects: Vec<String> = shop
        .emails()
        .await
        .into_iter()
        .filter(|email| email.recipient.starts_with("ann"))
        .map(|email| email.subject)
        .collect();
    assert!(subjects.iter().all(|subject| links.contains(subject)), "{subjects:?} {links:?}");
}

#[actix_web::test]
async fn r17_the_data_of_a_customer_is_handed_out_and_erased() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    create_customer(&shop, "ann@kestrel.example").await;
    let page = customer_page(&owner, "ann").await;
    let file = page.form("Download the data").submit_without_redirect().await;
    assert_eq!(file.header("content-type"), Some("application/json"));
    assert!(String::from_utf8(file.body).unwrap().contains("ann@kestrel.example"));
    let support = shop.log_in_as(Role::Support).await;
    for act in ["data", "erasure", "merge", "status"] {
        assert_eq!(support.post(&format!("{}/{act}", page.path), &[]).await.status, 403, "{act}");
    }
    let page = page.form("Erase this customer").submit().await;
    assert_eq!(page.path, "/admin/customers");
    assert!(page.texts("tbody tr").is_empty());
    let rows = owner.get("/admin/audit?group=people").await.texts("tbody tr");
    assert!(rows[0].contains("The owner") && rows[0].contains("Customer erased"), "{rows:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r17_personal_data_needs_a_fresh_password() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    create_customer(&shop, "ann@kestrel.example").await;
    let page = customer_page(&owner, "ann").await;
    shop.advance_clock(jiff::SignedDuration::from_mins(11));
    let page = page.form("Download the data").submit().await;
    assert_eq!(page.text("h1"), "Confirm that it is you");
    create_customer(&shop, "bob@kestrel.example").await;
    let asked = owner.get("/admin/customers.csv?q=ann").await;
    assert_eq!((asked.status, asked.text("h1").as_str()), (403, "Confirm that it is you"));
    let wrong = asked.form("Continue").fill("confirm_password", "not it").submit().await;
    assert_eq!(wrong.status, 422);
    let form = wrong.form("Continue").fill("confirm_password", STAFF_PASSWORD);
    let file = form.submit_without_redirect().await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = String::from_utf8(file.body).unwrap();
    assert!(text.contains("ann@kestrel.example") && !text.contains("bob@kestrel.example"), "{text}");
    assert_eq!(owner.get("/admin/customers.csv").await.status, 200, "the password was just entered");
}
