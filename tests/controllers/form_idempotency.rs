//! Every form of the site is sent twice: in sequence, concurrently, and a day later. Its effect happens
//! once, and each response equals the first. The forms are taken from the route table.

use std::collections::BTreeSet;

use futures_util::future::join;
use jiff::SignedDuration;
use tradepost::models::maintenance::audit;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::job::{JobKind, MAX_ATTEMPTS, NewJob, QueuedJob};
use tradepost::models::sales::order::Order;
use tradepost::models::sales::order::refunds::RefundRequest;
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::routes::table;
use tradepost::support::email_address::EmailAddress;

use crate::support::browser::Form;
use crate::support::database_dump::diff_dumps;
use crate::support::identity_provider::{self, FakeIdentityProvider, add_identity_provider};
use crate::support::pictures::png;
use crate::support::second_factors::{begin_app_setup, turn_on_two_factor};
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, FakeStripe, Page, TestShop, fill_checkout};

/// Forms that are exempt, and why.
const REPEATABLE: &[(&str, &str)] = &[
    ("/webhooks/{provider}", "each message has an id of its own"),
    ("/cart/lines", "to add another one is meant, and the cart shows it"),
    ("/cart/lines/{id}", "the quantity is what was typed"),
    ("/cart/lines/{id}/remove", "it is gone already"),
    ("/cart/coupon", "a cart has one code"),
    ("/cart/coupon/remove", "it is gone already"),
    ("/cart/gift-cards/{id}/remove", "it is gone already"),
    ("/cart/order/payment", "it leads to the page that is open"),
    ("/cart/order/cancellation", "the order is off and its things are in the cart already"),
    ("/checkout/quote", "nothing is ordered"),
    ("/pay/test/{reference}", "a payment is taken once by its provider"),
    ("/orders/{token}/payment", "it leads to the page that is open"),
    ("/admin/posts/preview", "nothing is saved"),
    ("/login", "one is signed in, or is not"),
    ("/login/code/confirm", "a code is accepted once"),
    ("/login/two-factor", "a code is accepted once"),
    ("/login/two-factor/passkey", "an answer is accepted once"),
    ("/login/passkey", "an answer is accepted once"),
    ("/logout", "one is signed out already"),
    ("/login/providers/{id}", "each log-in has secrets of its own"),
    ("/account/identities/{id}/link", "each log-in has secrets of its own"),
    ("/account/passkeys", "it is there already"),
    ("/impersonation/end", "it has ended, or was none"),
    ("/admin/customers.csv", "nothing is changed"),
    ("/admin/customers/{id}/data", "nothing is changed"),
    ("/admin/customers/{id}/impersonate", "a session of its own begins"),
];

#[test]
fn only_harmless_forms_are_exempt_from_idempotency() {
    let exempt: BTreeSet<&str> = table().iter().filter(|line| line.repeatable).map(|line| line.path).collect();
    let known: BTreeSet<&str> = REPEATABLE.iter().map(|(path, _)| *path).collect();
    assert_eq!(exempt, known);
}

/// A form with valid input, ready to submit.
struct PreparedForm {
    shop: TestShop,
    form: Form,
    /// Whether the sender has to log in again after a day.
    staff: bool,
    _stripe: Option<FakeStripe>,
}

fn prepare(shop: TestShop, form: Form) -> PreparedForm {
    PreparedForm { shop, form, staff: true, _stripe: None }
}

/// The first field whose name starts with `start`.
fn field_name(form: &Form, start: &str) -> String {
    let found = form.controls.iter().find(|control| control.name.starts_with(start));
    found.unwrap_or_else(|| panic!("no field {start}")).name.clone()
}

/// Places an order of two mugs by bank transfer. Returns the owner, and the buyer's order page.
async fn place_order(shop: &TestShop) -> (Browser, Page) {
    shop.update_settings(|settings| settings.business_address = "Speicherstraße 4\n20457 Hamburg".to_owned()).await;
    let mug = shop.product("Harbour mug").stock(10).create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 2).await;
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    shop.run_jobs().await;
    (owner, page)
}

/// As [`place_order`], paid.
async fn place_paid_order(shop: &TestShop) -> (Browser, Page, Page) {
    let (owner, buyer_page) = place_order(shop).await;
    let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    (owner, buyer_page, page)
}

/// As [`place_paid_order`], fulfilled.
async fn place_fulfilled_order(shop: &TestShop) -> (Browser, Page, Page) {
    let (owner, buyer_page, page) = place_paid_order(shop).await;
    let page = page.form("Fulfil").submit().await;
    shop.run_jobs().await;
    (owner, buyer_page, page)
}

/// As [`place_fulfilled_order`], with a return request. Returns the admin's and the buyer's order pages.
async fn place_order_with_return_request(shop: &TestShop) -> (Page, Page) {
    let (owner, buyer_page, _) = place_fulfilled_order(shop).await;
    let buyer_page = shop.visitor().get(&buyer_page.path).await;
    let form = buyer_page.click_link("Request a return").await.form("Request return");
    let line = field_name(&form, "return_quantity_");
    let buyer_page = form.fill(&line, "1").fill("reason", "A crack").submit().await;
    shop.run_jobs().await;
    (owner.get("/admin/orders/1001").await, buyer_page)
}

/// An order whose refund the provider refuses.
async fn place_order_with_failed_refund(shop: &TestShop) {
    let mug = shop.product("Mug").create().await;
    let request = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &request)).await;
    let (attempt, amount_minor) = (placed.attempt.unwrap(), placed.order.totals.total_minor);
    let transaction = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "unknown".to_owned(),
        amount_minor,
        currency: "EUR".to_owned(),
    };
    shop.write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&transaction), &Actor::System))
        .await;
    shop.write(move |tx| {
        let line = placed.order.lines(tx.conn())?.remove(0).id;
        let request = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
        Order::refund(tx, "1001", &request, &Actor::System)
    })
    .await;
    shop.run_jobs().await;
}

/// A valid form of a route. A new route needs an entry here.
async fn prepare_form(path: &str) -> Option<PreparedForm> {
    let shop = TestShop::new().await;
    Some(match path {
        "/checkout" => {
            let mug = shop.product("Mug").create().await;
            let ada = shop.visitor();
            ada.add_to_cart(&mug, 1).await;
            let form = fill_checkout(&ada, "bank_transfer").await;
            PreparedForm { staff: false, ..prepare(shop, form) }
        }
        "/orders/{token}/returns/new" => {
            let (_, buyer_page, _) = place_fulfilled_order(&shop).await;
            let page = shop.visitor().get(&buyer_page.path).await.click_link("Request a return").await;
            let form = page.form("Request return");
            let line = field_name(&form, "return_quantity_");
            PreparedForm { staff: false, ..prepare(shop, form.fill(&line, "1").fill("reason", "A crack")) }
        }
        "/orders/{token}/returns/{id}/cancellation" => {
            let (_, buyer_page) = place_order_with_return_request(&shop).await;
            PreparedForm { staff: false, ..prepare(shop, buyer_page.form("Cancel this return")) }
        }
        "/setup" => {
            let shop = TestShop::before_setup().await;
            let page = shop.visitor().get("/setup").await;
            let form = page.form("Create my site").fill_all(&[
                ("site_name", "Kestrel Books"),
                ("name", "Grace Hopper"),
                ("email", "grace@kestrel.example"),
                ("password", STAFF_PASSWORD),
                ("country", "DE"),
                ("currency", "EUR"),
            ]);
            PreparedForm { staff: false, ..prepare(shop, form.choose("content", "empty")) }
        }
        "/password/reset" => {
            shop.log_in_as(Role::Editor).await;
            let address = EmailAddress::parse("editor@kestrel.example").unwrap();
            let token = shop.write(move |tx| Account::issue_reset_token(tx, &address, &Actor::CommandLine)).await;
            let page = shop.visitor().get(&format!("/password/reset?token={token}")).await;
            let form = page.form("Set password").fill("password", "nine lemons under water");
            PreparedForm { staff: false, ..prepare(shop, form) }
        }
        "/register"
        | "/register/confirm"
        | "/password/forgot"
        | "/login/code"
        | "/orders/find"
        | "/email/confirm"
        | "/email/revert"
        | "/invitation"
        | "/orders/{token}/account" => {
            let form = request_form(&shop, path).await?;
            PreparedForm { staff: false, ..prepare(shop, form) }
        }
        path if path.starts_with("/account/") => {
            let form = account_form(&shop, path).await?;
            // A customer's session outlasts the day.
            PreparedForm { staff: false, ..prepare(shop, form) }
        }
        path if path.starts_with("/admin/orders/") => prepare_order_form(shop, path).await?,
        path => prepare_site_form(shop, path).await?,
    })
}

/// A form by which a visitor asks for a link, or uses it.
async fn request_form(shop: &TestShop, path: &str) -> Option<Form> {
    const ADA: &str = "ada@lovelace.example";
    let visitor = shop.visitor();
    let registration = || async {
        let form = visitor.get("/register").await.form("Create account");
        form.fill_all(&[("name", "Ada"), ("email", ADA), ("password", "copper lantern")])
    };
    Some(match path {
        "/register" => registration().await,
        "/register/confirm" => {
            registration().await.submit().await;
            shop.run_jobs().await;
            visitor.get(&shop.latest_link(ADA).await).await.form("Confirm account")
        }
        "/password/forgot" => visitor.get(path).await.form("Send me a link").fill("email", ADA),
        "/login/code" => visitor.get(path).await.form("Send me a code").fill("email", ADA),
        "/orders/find" => visitor.get(path).await.form("Send me the link").fill("number", "1001").fill("email", ADA),
        "/email/confirm" | "/email/revert" => {
            let (ada, _) = shop.log_in_as_customer().await;
            let form = ada.get("/account/email").await.form("Send confirmation");
            form.fill("email", "ada@byron.example").submit().await;
            shop.run_jobs().await;
            let page = visitor.get(&shop.latest_link("ada@byron.example").await).await;
            if path == "/email/confirm" {
                return Some(page.form("Confirm address"));
            }
            page.form("Confirm address").submit().await;
            shop.run_jobs().await;
            visitor.get(&shop.latest_link(ADA).await).await.form("Undo")
        }
        "/invitation" => {
            let owner = shop.log_in_as(Role::Owner).await;
            let page = visitor.get(&invite(&owner).await).await;
            page.form("Create account").fill("password", "nine lemons under water")
        }
        "/orders/{token}/account" => {
            let (_, buyer_page) = place_order(shop).await;
            visitor.get(&buyer_page.path).await.form("Create account").fill("password", "copper lantern")
        }
        _ => return None,
    })
}

/// A form of a signed-in customer.
async fn account_form(shop: &TestShop, path: &str) -> Option<Form> {
    let (ada, account) = shop.log_in_as_customer().await;
    Some(match path {
        "/account/two-factor" => {
            let page = begin_app_setup(&ada).await;
            let code = shop.current_code(&page.text("[data-totp-secret]"));
            page.form("Turn on").fill("code", &code)
        }
        "/account/two-factor/setup" => ada.get("/account/two-factor").await.form("Set up an authenticator app"),
        "/account/two-factor/removal" => {
            turn_on_two_factor(shop, &ada).await;
            ada.get("/account/two-factor").await.form("Turn off")
        }
        "/account/two-factor/recovery-codes" => {
            turn_on_two_factor(shop, &ada).await;
            ada.get("/account/two-factor").await.form("Create new recovery codes")
        }
        "/account/passkeys/{id}" => {
            let id = shop.insert_passkey(account, "Phone").await;
            ada.get(&format!("/account/passkeys/{id}")).await.form("Save").fill("name", "Tablet")
        }
        "/account/passkeys/{id}/removal" => {
            let id = shop.insert_passkey(account, "Phone").await;
            ada.get(&format!("/account/passkeys/{id}")).await.form("Remove this passkey")
        }
        "/account/identities/{id}/removal" => {
            let (provider, owner) = (FakeIdentityProvider::start(), shop.log_in_as(Role::Owner).await);
            add_identity_provider(&owner, &provider).await;
            let page = ada.get("/account/security").await.form("Link Harbour ID").submit().await;
            ada.get(&provider.authorize(&page, &identity_provider::ADA)).await.form("Unlink Harbour ID")
        }
        "/account/addresses/new" => address_form(&ada).await,
        "/account/addresses/{id}" => {
            let page = address_form(&ada).await.submit().await;
            let edit = page.form("Delete").action.replace("/delete", "");
            ada.get(&edit).await.form("Save").fill("city", "Potsdam")
        }
        "/account/addresses/{id}/delete" => address_form(&ada).await.submit().await.form("Delete"),
        "/account/security/sessions/end" => ada.get("/account/security").await.form("Log out everywhere"),
        "/account/security/sessions/{id}/end" => {
            let other = shop.visitor();
            other.log_in("ada@lovelace.example", STAFF_PASSWORD).await;
            shop.run_jobs().await;
            ada.get("/account/security").await.forms("Log out: Unknown device").remove(0)
        }
        "/account/password" => {
            let form = ada.get(path).await.form("Change password");
            form.fill("current_password", STAFF_PASSWORD).fill("password", "nine lemons under water")
        }
        "/account/profile" => ada.get(path).await.form("Save").fill("name", "Augusta Ada"),
        "/account/email" => ada.get(path).await.form("Send confirmation").fill("email", "ada@byron.example"),
        "/account/privacy" => {
            ada.post(path, &[("marketing", "1")]).await;
            ada.get(path).await.form("Save").uncheck("marketing")
        }
        "/account/delete" => {
            let mut form = ada.get(path).await.form("Delete my account").fill("password", STAFF_PASSWORD);
            for control in form.controls.iter_mut().filter(|control| control.name == "confirm") {
                control.value = Some("1".to_owned());
            }
            form
        }
        _ => return None,
    })
}

async fn address_form(browser: &Browser) -> Form {
    let form = browser.get("/account/addresses/new").await.form("Save").choose("country", "DE");
    form.fill_all(&[("line1", "Unter den Linden 1"), ("postcode", "10117"), ("city", "Berlin")])
}

async fn prepare_order_form(shop: TestShop, path: &str) -> Option<PreparedForm> {
    let form = match path.strip_prefix("/admin/orders/{number}/")? {
        "payment" => place_order(&shop).await.0.get("/admin/orders/1001").await.form("Mark as paid"),
        "cancellation" => place_order(&shop).await.0.get("/admin/orders/1001").await.form("Cancel order"),
        "vat-number" => {
            shop.ship_worldwide().await;
            let mug = shop.product("Mug").create().await;
            let ada = shop.visitor();
            ada.add_to_cart(&mug, 1).await;
            let number =
                [("country", "AT"), ("postcode", "1010"), ("vat_number", "ATU12345675"), ("company", "Wien GmbH")];
            let page = fill_checkout(&ada, "bank_transfer").await.fill_all(&number).submit().await;
            page.form("Order").submit().await;
            shop.run_jobs().await;
            shop.log_in_as(Role::Owner).await.get("/admin/orders/1001").await.form("It is valid")
        }
        "notes" => {
            place_order(&shop).await.0.get("/admin/orders/1001").await.form("Add note").fill("note", "Rings twice")
        }
        "fulfilment" => {
            let form = place_paid_order(&shop).await.2.form("Fulfil");
            let line = field_name(&form, "quantity_");
            form.fill(&line, "1").fill("carrier", "DHL")
        }
        "parcels/{id}/delivery" => place_fulfilled_order(&shop).await.2.form("Delivered"),
        "parcels/{id}/failure" => {
            let mut form = place_fulfilled_order(&shop).await.2.form("Delivered");
            form.action = form.action.replace("delivery", "failure");
            form
        }
        "parcels/{id}/shipment" => {
            let page = place_fulfilled_order(&shop).await.2;
            let mut form = page.form("Delivered");
            form.action = form.action.replace("delivery", "failure");
            form.submit().await.form("Ship again")
        }
        "parcels/{id}/closure" => {
            let page = place_fulfilled_order(&shop).await.2;
            let mut form = page.form("Delivered");
            form.action = form.action.replace("delivery", "failure");
            let mut form = form.submit().await.form("Ship again");
            form.action = form.action.replace("shipment", "closure");
            form
        }
        "refund" => {
            let form = place_paid_order(&shop).await.2.form("Refund");
            let line = field_name(&form, "refund_quantity_");
            form.fill(&line, "1").fill("reason", "A crack")
        }
        "repayments/{id}" => {
            place_order_with_failed_refund(&shop).await;
            shop.log_in_as(Role::Owner).await.get("/admin/orders/1001").await.form("Try again")
        }
        "returns" => {
            let form = place_fulfilled_order(&shop).await.2.form("Create return");
            let line = field_name(&form, "return_quantity_");
            form.fill(&line, "1")
        }
        "returns/{id}/approval" => place_order_with_return_request(&shop).await.0.form("Approve"),
        "returns/{id}/refusal" => {
            let form = place_order_with_return_request(&shop).await.0.form("Decline");
            let response = field_name(&form, "answer_");
            form.fill(&response, "It was used")
        }
        "returns/{id}/cancellation" => {
            let mut form = place_order_with_return_request(&shop).await.0.form("Approve");
            form.action = form.action.replace("approval", "cancellation");
            form
        }
        "returns/{id}/arrival" => {
            let form =
                place_order_with_return_request(&shop).await.0.form("Approve").submit().await.form("Mark as received");
            shop.run_jobs().await;
            let condition = field_name(&form, "condition_");
            form.choose(&condition, "sellable")
        }
        "returns/{id}/refund" => {
            let form =
                place_order_with_return_request(&shop).await.0.form("Approve").submit().await.form("Mark as received");
            let condition = field_name(&form, "condition_");
            let page = form.choose(&condition, "sellable").submit().await;
            shop.run_jobs().await;
            page.form("Issue refund")
        }
        _ => return None,
    };
    Some(prepare(shop, form))
}

async fn prepare_site_form(shop: TestShop, path: &str) -> Option<PreparedForm> {
    let owner = shop.log_in_as(Role::Owner).await;
    let saved_post = async || {
        let page = owner.get("/admin/posts/new").await.form("Save draft").fill("title", "First").fill("body", "One");
        page.submit().await
    };
    let form = match path {
        "/admin/posts/new" => owner.get(path).await.form("Publish").fill("title", "Impatient").fill("body", "Text"),
        "/admin/posts/{id}" => saved_post().await.form("Save draft").fill("body", "Two"),
        "/admin/posts/{id}/publish" => saved_post().await.form("Publish").fill("body", "Two"),
        "/admin/posts/{id}/unpublish" => saved_post().await.form("Publish").submit().await.form("Unpublish"),
        "/admin/posts/{id}/delete" => saved_post().await.form("Delete post"),
        "/admin/tags/{slug}" => tag_page(&owner).await.form("Save").fill("name", "Ships"),
        "/admin/tags/{slug}/delete" => tag_page(&owner).await.form("Delete tag"),
        "/admin/products/new" => {
            let form =
                owner.get(path).await.form("Save").fill_all(&[("title", "Mug"), ("price", "12"), ("stock", "3")]);
            form.attach_file("images", "mug.png", &png(40, 30))
        }
        "/admin/products/{id}" => {
            let mug = shop.product("Mug").create().await;
            let page = owner.get(&format!("/admin/products/{}", mug.product.public_id)).await;
            page.form("Save").fill("stock", "12").fill("title", "Large mug")
        }
        "/admin/stock/{variant}" => {
            let mug = shop.product("Mug").create().await;
            let page = owner.get(&format!("/admin/stock/{}", mug.variant.public_id)).await;
            page.form("Save").fill("quantity", "5")
        }
        "/admin/attention/orders/{id}" => {
            place_order_with_failed_refund(&shop).await;
            owner.get("/admin/attention").await.form("Resolve: Order 1001")
        }
        "/admin/attention/jobs/{id}" => {
            shop.write(|tx| {
                let (run_at, dedupe_key) = (tx.now(), Some("lost".to_owned()));
                NewJob { kind: JobKind::RenderInvoicePdf, payload: "77".to_owned(), dedupe_key, run_at }.enqueue(tx)
            })
            .await;
            for _ in 0..MAX_ATTEMPTS {
                shop.run_jobs().await;
                shop.advance_clock(SignedDuration::from_mins(61));
            }
            owner.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
            owner.get("/admin/attention").await.form("Try again")
        }
        "/admin/outbox/{id}/send" => sent_email_page(&shop, &owner).await.form("Resend"),
        "/admin/outbox/{id}/address" => {
            sent_email_page(&shop, &owner).await.form("Send to this address").fill("email", "office@kunde.de")
        }
        "/admin/outbox/{id}/leave" => {
            shop.create_undeliverable_email().await;
            shop.run_jobs().await;
            owner.get("/admin/attention").await.click_link("Your order 1001").await.form("Do not send")
        }
        "/admin/pictures" => owner.get(path).await.form("Upload").attach_file("files", "mug.png", &png(40, 30)),
        "/admin/pictures/{id}" => {
            let form = owner.get("/admin/pictures").await.form("Upload").attach_file("files", "mug.png", &png(40, 30));
            form.submit().await;
            let page = owner.get("/admin/pictures").await;
            let picture = page.attr("main a[href^='/admin/pictures/']", "href").unwrap();
            owner.get(&picture).await.form("Save").fill("alt_text", "A mug")
        }
        "/admin/webhooks/{id}/replay" => return Some(prepare_webhook_form().await),
        "/admin/discounts/new" => owner.get(path).await.form("Save").fill_all(&[("code", "SPRING"), ("value", "10")]),
        "/admin/discounts/{id}" => {
            let coupon = shop.create_percent_coupon("SPRING", 10).await;
            owner.get(&format!("/admin/discounts/{}", coupon.public_id)).await.form("Save").fill("value", "20")
        }
        "/admin/gift-cards/new" => {
            let form = owner.get(path).await.form("Create gift card");
            form.fill_all(&[("amount", "77"), ("email", "friend@kunde.example"), ("expires_on", "2026-11-21")])
        }
        "/admin/gift-cards/{id}" => {
            let (card, _) = shop.issue_gift_card(50_00).await;
            let page = owner.get(&format!("/admin/gift-cards/{}", card.public_id)).await;
            page.form("Change balance").fill_all(&[("balance", "45"), ("reason", "A scratch")])
        }
        "/admin/gift-cards/{id}/expiry" => {
            let (card, _) = shop.issue_gift_card(50_00).await;
            let page = owner.get(&format!("/admin/gift-cards/{}", card.public_id)).await;
            page.form("Save").fill("expires_on", "2027-12-31")
        }
        "/admin/shipping/new" => {
            let form = owner.get(path).await.form("Save");
            form.fill_all(&[("name", "Pigeon"), ("countries", "FR"), ("price", "12")])
        }
        "/admin/shipping/{id}" => {
            owner.get("/admin/shipping").await.click_link("Standard parcel").await.form("Save").fill("price", "7")
        }
        "/admin/shipping/{id}/delete" => {
            owner.get("/admin/shipping").await.click_link("Standard parcel").await.form("Delete shipping method")
        }
        "/admin/taxes/new" => {
            let form = owner.get(path).await.form("Save");
            form.fill_all(&[("country", "FR"), ("name", "TVA"), ("rate", "20")])
        }
        "/admin/taxes/{id}" => tax_rate_page(&owner).await.form("Save").fill("rate", "18"),
        "/admin/taxes/{id}/delete" => tax_rate_page(&owner).await.form("Delete tax rate"),
        "/admin/taxes/rules/new" => tax_rules_form(&owner).await,
        "/admin/taxes/rules/{country}" => tax_rules_form(&owner)
            .await
            .submit()
            .await
            .click_link("France")
            .await
            .form("Save")
            .choose("tax_rounding", "line"),
        "/admin/taxes/rules/{country}/delete" => {
            tax_rules_form(&owner).await.submit().await.click_link("France").await.form("Remove rules")
        }
        "/admin/customers/{id}" => customer_page(&shop, &owner).await.form("Save").fill("staff_note", "Likes tea"),
        "/admin/customers/{id}/status" => customer_page(&shop, &owner).await.form("Suspend account"),
        "/admin/customers/{id}/merge" => {
            shop.log_in_as_customer().await;
            customer_page(&shop, &owner).await.form("Merge").fill("email", "ada@lovelace.example")
        }
        "/admin/customers/{id}/erasure" => customer_page(&shop, &owner).await.form("Erase this customer"),
        "/admin/profile" => owner.get(path).await.form("Save").fill("name", "Grace Hopper"),
        "/admin/roles" => {
            let mut form = owner.get(path).await.form("Save");
            form.controls.retain(|control| control.name != "fulfilment");
            form
        }
        "/admin/identity-providers/new" => {
            let provider = FakeIdentityProvider::start();
            let fields = [("name", "Harbour ID"), ("issuer", provider.issuer.as_str()), ("client_id", "shop")];
            owner.get(path).await.form("Save").fill_all(&fields)
        }
        "/admin/identity-providers/{id}" => identity_provider_page(&owner).await.form("Save").fill("name", "Other"),
        "/admin/identity-providers/{id}/delete" => {
            identity_provider_page(&owner).await.form("Delete identity provider")
        }
        "/admin/staff/invite" => invitation_form(&owner).await,
        "/admin/staff/invitations/{id}/send" => invitation_form(&owner).await.submit().await.form("Send again"),
        "/admin/staff/invitations/{id}/withdraw" => invitation_form(&owner).await.submit().await.form("Withdraw"),
        "/admin/staff/{id}" => staff_page(&shop, &owner).await.form("Save").choose("role", "editor"),
        "/admin/staff/{id}/ownership" => staff_page(&shop, &owner).await.form("Make them the owner"),
        "/admin/settings" => owner.get(path).await.form("Save").fill("announcement", "Closed on Friday"),
        _ => return None,
    };
    Some(prepare(shop, form))
}

/// The page of a customer with an account.
async fn customer_page(shop: &TestShop, owner: &Browser) -> Page {
    shop.create_customer("emmy@noether.example", "Emmy Noether").await;
    let link = owner.get("/admin/customers?q=emmy").await.attr("tbody th a", "href");
    owner.get(&link.expect("she is not listed")).await
}

/// The page of an admin, for the owner.
async fn staff_page(shop: &TestShop, owner: &Browser) -> Page {
    shop.create_account("admin@kestrel.example", Role::Admin).await;
    owner.get("/admin/staff").await.click_link("The admin").await
}

async fn identity_provider_page(owner: &Browser) -> Page {
    add_identity_provider(owner, &FakeIdentityProvider::start()).await.click_link("Harbour ID").await
}

async fn invitation_form(owner: &Browser) -> Form {
    let form = owner.get("/admin/staff/invite").await.form("Send invitation");
    form.fill("name", "Grace").fill("email", "grace@kestrel.example").choose("role", "editor")
}

/// The path of an invitation's link.
async fn invite(owner: &Browser) -> String {
    let notice = invitation_form(owner).await.submit().await.text("#flash");
    let token = notice.rsplit_once("/invitation?token=").expect("the notice has no link").1;
    format!("/invitation?token={}", token.trim())
}

/// The page of a sent email.
async fn sent_email_page(shop: &TestShop, owner: &Browser) -> Page {
    let id = shop.create_email_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    owner.get(&format!("/admin/outbox/{id}")).await
}

/// The page of a tag with one post.
async fn tag_page(owner: &Browser) -> Page {
    let form = owner.get("/admin/posts/new").await.form("Publish");
    form.fill_all(&[("title", "First"), ("body", "One"), ("tags", "Boats")]).submit().await;
    owner.get("/admin/tags/boats").await
}

/// The page of one of Germany's tax rates.
async fn tax_rate_page(owner: &Browser) -> Page {
    let page = owner.get("/admin/taxes").await;
    let link = page.texts("tbody th a").remove(0);
    page.click_link(&link).await
}

/// The form of tax rules for France.
async fn tax_rules_form(owner: &Browser) -> Form {
    let page = owner.get("/admin/taxes/rules/new").await;
    page.form("Save").choose("country", "FR").choose("prices_include_tax", "no")
}

/// A webhook that was processed.
async fn prepare_webhook_form() -> PreparedForm {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "card").await.submit_without_redirect().await;
    let session = stripe.latest_session();
    stripe.pay(&session);
    let event = stripe.session_event("checkout.session.completed", &session);
    assert_eq!(stripe.deliver_event(&shop, &event, 0).await.status, 200);
    shop.run_jobs().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/webhooks").await.click_link("checkout.session.completed").await;
    PreparedForm { _stripe: Some(stripe), ..prepare(shop, page.form("Process again")) }
}

/// Status, redirect target, and the flash messages there.
async fn summarise_response(browser: &Browser, response: Page) -> (u16, String, Vec<String>) {
    let (status, path) = (response.status, response.header("location").unwrap_or("").to_owned());
    let texts = if status == 303 {
        browser.follow_redirects(response).await.texts("#flash, .flash [role=status], .flash [role=alert]")
    } else {
        Vec::new()
    };
    (status, path, texts)
}

/// Advances the clock by a day, and logs staff in again.
async fn advance_a_day(prepared: &PreparedForm) {
    prepared.shop.advance_clock(SignedDuration::from_hours(25));
    // Overdue jobs would be reported on pages.
    prepared.shop.run_jobs().await;
    if prepared.staff {
        prepared.form.browser.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    }
}

async fn assert_books_balance(shop: TestShop) {
    shop.run_jobs().await;
    let report = shop.read(audit::run).await;
    assert_eq!(report.violations, Vec::<String>::new());
    shop.write(|tx| QueuedJob::cancel(tx, "lost")).await;
}

async fn assert_form_runs_once(path: &str) {
    let missing = || panic!("{path} has no form: add it to `prepare_form`, or exempt it");
    let first = prepare_form(path).await.unwrap_or_else(missing);
    let browser = first.form.browser.clone();
    let before_first = first.shop.dump_database().await;
    let response = first.form.clone().submit_without_redirect().await;
    let after = first.shop.dump_database().await;
    assert_eq!(response.status, 303, "{path}: {}", response.texts("main").join(" "));
    let response = summarise_response(&browser, response).await;
    assert_ne!(diff_dumps(&before_first, &after), "", "{path} changed nothing");

    let again = first.form.clone().submit_without_redirect().await;
    assert_eq!(diff_dumps(&after, &first.shop.dump_database().await), "", "{path}: a repeat changed something");
    assert_eq!(summarise_response(&browser, again).await, response, "{path}: the response to a repeat");

    advance_a_day(&first).await;
    let before = first.shop.dump_database().await;
    let again = first.form.clone().submit_without_redirect().await;
    assert_eq!(
        diff_dumps(&before, &first.shop.dump_database().await),
        "",
        "{path}: a repeat a day later changed something"
    );
    assert_eq!(summarise_response(&browser, again).await, response, "{path}: the response a day later");
    assert_books_balance(first.shop).await;

    let both = prepare_form(path).await.unwrap_or_else(missing);
    // Each concurrent request has its own copy of the cookies.
    let (mut one, mut other) = (both.form.clone(), both.form.clone());
    (one.browser, other.browser) = (both.form.browser.with_same_cookies(), both.form.browser.with_same_cookies());
    assert_eq!(
        diff_dumps(&before_first, &both.shop.dump_database().await),
        "",
        "{path}: the second shop differs from the first"
    );
    let (one, other) = join(one.submit_without_redirect(), other.submit_without_redirect()).await;
    assert_eq!(
        diff_dumps(&after, &both.shop.dump_database().await),
        "",
        "{path}: two concurrent submissions differ from one"
    );
    assert_eq!((one.status, other.status), (303, 303), "{path}: concurrent submissions");
    assert_eq!(one.location(), other.location(), "{path}: concurrent submissions");
    assert_books_balance(both.shop).await;
}

fn group(path: &str) -> &'static str {
    match path {
        path if path.starts_with("/admin/orders/{number}/returns") => "returns",
        path if path.starts_with("/admin/orders/") => "orders",
        path if path.starts_with("/admin/posts") || path.starts_with("/admin/p") => "content",
        path if path.starts_with("/admin/") => "settings",
        _ => "visitors",
    }
}

async fn assert_forms_run_once(wanted: &str) {
    let forms: Vec<_> = table().into_iter().filter(|line| line.method != "GET" && !line.repeatable).collect();
    let forms_of_area: Vec<_> = forms.iter().filter(|line| group(line.path) == wanted).collect();
    assert!(!forms_of_area.is_empty());
    for line in forms_of_area {
        assert_form_runs_once(line.path).await;
    }
}

#[actix_web::test]
async fn r56_forms_of_visitors_are_done_once() {
    assert_forms_run_once("visitors").await;
}

#[actix_web::test]
async fn forms_of_orders_are_done_once() {
    assert_forms_run_once("orders").await;
}

#[actix_web::test]
async fn forms_of_returns_are_done_once() {
    assert_forms_run_once("returns").await;
}

#[actix_web::test]
async fn forms_of_posts_products_and_pictures_are_done_once() {
    assert_forms_run_once("content").await;
}

#[actix_web::test]
async fn forms_of_the_rest_of_the_admin_are_done_once() {
    assert_forms_run_once("settings").await;
}
