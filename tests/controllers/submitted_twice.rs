//! Every form of the site is sent twice: one after the other, at the same moment, and a day later. What it does is done
//! once, and each is answered as the first. Which forms there are, the route table says.

use std::collections::BTreeSet;

use futures_util::future::join;
use jiff::SignedDuration;
use tradepost::models::maintenance::audit;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::job::{JobKind, MAX_ATTEMPTS, NewJob, QueuedJob};
use tradepost::models::sales::order::refunds::RefundRequest;
use tradepost::models::sales::order::{Order, PaymentMethod};
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};
use tradepost::routes::table;
use tradepost::support::email_address::EmailAddress;

use crate::support::browser::Form;
use crate::support::database_dump::diff_dumps;
use crate::support::pictures::png;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, FakeStripe, Page, TestShop, fill_checkout};

/// Forms that may be sent again, and why.
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
    ("/logout", "one is signed out already"),
];

#[test]
fn only_forms_that_do_no_harm_may_be_sent_again() {
    let may: BTreeSet<&str> = table().iter().filter(|line| line.repeatable).map(|line| line.path).collect();
    let known: BTreeSet<&str> = REPEATABLE.iter().map(|(path, _)| *path).collect();
    assert_eq!(may, known);
}

/// A form that can be sent, as its page has it.
struct Ready {
    shop: TestShop,
    form: Form,
    /// Who has to log in again after a day.
    staff: bool,
    _stripe: Option<FakeStripe>,
}

fn ready(shop: TestShop, form: Form) -> Ready {
    Ready { shop, form, staff: true, _stripe: None }
}

/// The first field whose name begins so.
fn field(form: &Form, start: &str) -> String {
    let found = form.controls.iter().find(|control| control.name.starts_with(start));
    found.unwrap_or_else(|| panic!("no field {start}")).name.clone()
}

/// An order of two mugs by transfer: the owner, and the buyer's page.
async fn ordered(shop: &TestShop) -> (Browser, Page) {
    shop.update_settings(|settings| settings.business_address = "Speicherstraße 4\n20457 Hamburg".to_owned()).await;
    let mug = shop.product("Harbour mug").stock(10).create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 2).await;
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    shop.run_jobs().await;
    (owner, page)
}

/// The same, paid.
async fn paid(shop: &TestShop) -> (Browser, Page, Page) {
    let (owner, buyers) = ordered(shop).await;
    let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    (owner, buyers, page)
}

/// The same, sent.
async fn sent(shop: &TestShop) -> (Browser, Page, Page) {
    let (owner, buyers, page) = paid(shop).await;
    let page = page.form("Fulfil").submit().await;
    shop.run_jobs().await;
    (owner, buyers, page)
}

/// The same, and the buyer has asked to send one back: the page of the order in the admin, and the buyer's.
async fn asked(shop: &TestShop) -> (Page, Page) {
    let (owner, buyers, _) = sent(shop).await;
    let buyers = shop.visitor().get(&buyers.path).await;
    let form = buyers.click_link("Request a return").await.form("Request return");
    let line = field(&form, "return_quantity_");
    let buyers = form.fill(&line, "1").fill("reason", "A crack").submit().await;
    shop.run_jobs().await;
    (owner.get("/admin/orders/1001").await, buyers)
}

/// An order of which a payment refuses to be paid back.
async fn not_paid_back(shop: &TestShop) {
    let mug = shop.product("Mug").create().await;
    let wish = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &wish)).await;
    let (attempt, amount_minor) = (placed.attempt.unwrap(), placed.order.total_minor);
    let fact = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "unknown".to_owned(),
        amount_minor,
        currency: "EUR".to_owned(),
    };
    shop.write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&fact), &Actor::System)).await;
    shop.write(move |tx| {
        let line = placed.order.lines(tx.conn())?.remove(0).id;
        let wish = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
        Order::refund(tx, "1001", &wish, &Actor::System)
    })
    .await;
    shop.run_jobs().await;
}

/// A form of a route that could be sent now. Whoever adds a route says here how its form is reached.
async fn form_of(path: &str) -> Option<Ready> {
    let shop = TestShop::new().await;
    Some(match path {
        "/checkout" => {
            let mug = shop.product("Mug").create().await;
            let ada = shop.visitor();
            ada.add_to_cart(&mug, 1).await;
            let form = fill_checkout(&ada, "bank_transfer").await;
            Ready { staff: false, ..ready(shop, form) }
        }
        "/orders/{token}/returns/new" => {
            let (_, buyers, _) = sent(&shop).await;
            let page = shop.visitor().get(&buyers.path).await.click_link("Request a return").await;
            let form = page.form("Request return");
            let line = field(&form, "return_quantity_");
            Ready { staff: false, ..ready(shop, form.fill(&line, "1").fill("reason", "A crack")) }
        }
        "/orders/{token}/returns/{id}/cancellation" => {
            let (_, buyers) = asked(&shop).await;
            Ready { staff: false, ..ready(shop, buyers.form("Cancel this return")) }
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
            Ready { staff: false, ..ready(shop, form.choose("content", "empty")) }
        }
        "/password/reset" => {
            shop.log_in_as(Role::Editor).await;
            let address = EmailAddress::parse("editor@kestrel.example").unwrap();
            let token = shop.write(move |tx| Account::issue_reset_token(tx, &address, &Actor::CommandLine)).await;
            let page = shop.visitor().get(&format!("/password/reset?token={token}")).await;
            let form = page.form("Set password").fill("password", "nine lemons under water");
            Ready { staff: false, ..ready(shop, form) }
        }
        path if path.starts_with("/admin/orders/") => of_an_order(shop, path).await?,
        path => of_the_site(shop, path).await?,
    })
}

async fn of_an_order(shop: TestShop, path: &str) -> Option<Ready> {
    let form = match path.strip_prefix("/admin/orders/{number}/")? {
        "payment" => ordered(&shop).await.0.get("/admin/orders/1001").await.form("Mark as paid"),
        "cancellation" => ordered(&shop).await.0.get("/admin/orders/1001").await.form("Cancel order"),
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
        "notes" => ordered(&shop).await.0.get("/admin/orders/1001").await.form("Add note").fill("note", "Rings twice"),
        "fulfilment" => {
            let form = paid(&shop).await.2.form("Fulfil");
            let line = field(&form, "quantity_");
            form.fill(&line, "1").fill("carrier", "DHL")
        }
        "parcels/{id}/delivery" => sent(&shop).await.2.form("Delivered"),
        "parcels/{id}/failure" => {
            let mut form = sent(&shop).await.2.form("Delivered");
            form.action = form.action.replace("delivery", "failure");
            form
        }
        "parcels/{id}/shipment" => {
            let page = sent(&shop).await.2;
            let mut form = page.form("Delivered");
            form.action = form.action.replace("delivery", "failure");
            form.submit().await.form("Ship again")
        }
        "parcels/{id}/closure" => {
            let page = sent(&shop).await.2;
            let mut form = page.form("Delivered");
            form.action = form.action.replace("delivery", "failure");
            let mut form = form.submit().await.form("Ship again");
            form.action = form.action.replace("shipment", "closure");
            form
        }
        "refund" => {
            let form = paid(&shop).await.2.form("Refund");
            let line = field(&form, "refund_quantity_");
            form.fill(&line, "1").fill("reason", "A crack")
        }
        "repayments/{id}" => {
            not_paid_back(&shop).await;
            shop.log_in_as(Role::Owner).await.get("/admin/orders/1001").await.form("Try again")
        }
        "returns" => {
            let form = sent(&shop).await.2.form("Create return");
            let line = field(&form, "return_quantity_");
            form.fill(&line, "1")
        }
        "returns/{id}/approval" => asked(&shop).await.0.form("Approve"),
        "returns/{id}/refusal" => {
            let form = asked(&shop).await.0.form("Decline");
            let answer = field(&form, "answer_");
            form.fill(&answer, "It was used")
        }
        "returns/{id}/cancellation" => {
            let mut form = asked(&shop).await.0.form("Approve");
            form.action = form.action.replace("approval", "cancellation");
            form
        }
        "returns/{id}/arrival" => {
            let form = asked(&shop).await.0.form("Approve").submit().await.form("Mark as received");
            shop.run_jobs().await;
            let condition = field(&form, "condition_");
            form.choose(&condition, "sellable")
        }
        "returns/{id}/refund" => {
            let form = asked(&shop).await.0.form("Approve").submit().await.form("Mark as received");
            let condition = field(&form, "condition_");
            let page = form.choose(&condition, "sellable").submit().await;
            shop.run_jobs().await;
            page.form("Issue refund")
        }
        _ => return None,
    };
    Some(ready(shop, form))
}

async fn of_the_site(shop: TestShop, path: &str) -> Option<Ready> {
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
        "/admin/tags/{slug}" => tagged(&owner).await.form("Save").fill("name", "Ships"),
        "/admin/tags/{slug}/delete" => tagged(&owner).await.form("Delete tag"),
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
            not_paid_back(&shop).await;
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
        "/admin/outbox/{id}/send" => sent_letter(&shop, &owner).await.form("Resend"),
        "/admin/outbox/{id}/address" => {
            sent_letter(&shop, &owner).await.form("Send to this address").fill("email", "office@kunde.de")
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
        "/admin/webhooks/{id}/replay" => return Some(of_a_message().await),
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
        "/admin/taxes/{id}" => rate(&owner).await.form("Save").fill("rate", "18"),
        "/admin/taxes/{id}/delete" => rate(&owner).await.form("Delete tax rate"),
        "/admin/taxes/rules/new" => rules(&owner).await,
        "/admin/taxes/rules/{country}" => {
            rules(&owner).await.submit().await.click_link("France").await.form("Save").choose("tax_rounding", "line")
        }
        "/admin/taxes/rules/{country}/delete" => {
            rules(&owner).await.submit().await.click_link("France").await.form("Remove rules")
        }
        "/admin/settings" => owner.get(path).await.form("Save").fill("announcement", "Closed on Friday"),
        _ => return None,
    };
    Some(ready(shop, form))
}

/// The page of a letter that was sent.
async fn sent_letter(shop: &TestShop, owner: &Browser) -> Page {
    let id = shop.create_email_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    owner.get(&format!("/admin/outbox/{id}")).await
}

/// The page of a tag that a post has.
async fn tagged(owner: &Browser) -> Page {
    let form = owner.get("/admin/posts/new").await.form("Publish");
    form.fill_all(&[("title", "First"), ("body", "One"), ("tags", "Boats")]).submit().await;
    owner.get("/admin/tags/boats").await
}

/// The page of one of Germany's tax rates.
async fn rate(owner: &Browser) -> Page {
    let page = owner.get("/admin/taxes").await;
    let link = page.texts("tbody th a").remove(0);
    page.click_link(&link).await
}

/// The form of rules for France.
async fn rules(owner: &Browser) -> Form {
    let page = owner.get("/admin/taxes/rules/new").await;
    page.form("Save").choose("country", "FR").choose("prices_include_tax", "no")
}

/// A message of Stripe's that was looked at already.
async fn of_a_message() -> Ready {
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
    Ready { _stripe: Some(stripe), ..ready(shop, page.form("Process again")) }
}

/// What an answer says: status, where it leads, and the message there.
async fn said(browser: &Browser, answer: Page) -> (u16, String, Vec<String>) {
    let (status, path) = (answer.status, answer.header("location").unwrap_or("").to_owned());
    let words = if status == 303 {
        browser.follow_redirects(answer).await.texts("#flash, .flash [role=status], .flash [role=alert]")
    } else {
        Vec::new()
    };
    (status, path, words)
}

/// A day, and whoever works here logs in again.
async fn a_day_later(ready: &Ready) {
    ready.shop.advance_clock(SignedDuration::from_hours(25));
    // A program that runs leaves nothing undone for a day, and pages would say so.
    ready.shop.run_jobs().await;
    if ready.staff {
        ready.form.browser.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    }
}

async fn end(shop: TestShop) {
    shop.run_jobs().await;
    let report = shop.read(audit::run).await;
    assert_eq!(report.violations, Vec::<String>::new());
    shop.write(|tx| QueuedJob::cancel(tx, "lost")).await;
}

async fn is_done_once(path: &str) {
    let missing = || panic!("{path} has no form here: say in form_of how it is reached, or why it may be sent again");
    let first = form_of(path).await.unwrap_or_else(missing);
    let browser = first.form.browser.clone();
    let begin = first.shop.dump_database().await;
    let answer = first.form.clone().submit_without_redirect().await;
    let done = first.shop.dump_database().await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.texts("main").join(" "));
    let answer = said(&browser, answer).await;
    assert_ne!(diff_dumps(&begin, &done), "", "{path} did nothing");

    let again = first.form.clone().submit_without_redirect().await;
    assert_eq!(diff_dumps(&done, &first.shop.dump_database().await), "", "{path}: what a repeat has done");
    assert_eq!(said(&browser, again).await, answer, "{path}: the answer to a repeat");

    a_day_later(&first).await;
    let before = first.shop.dump_database().await;
    let again = first.form.clone().submit_without_redirect().await;
    assert_eq!(
        diff_dumps(&before, &first.shop.dump_database().await),
        "",
        "{path}: what a repeat has done a day later"
    );
    assert_eq!(said(&browser, again).await, answer, "{path}: the answer a day later");
    end(first.shop).await;

    let both = form_of(path).await.unwrap_or_else(missing);
    // Two requests at once of a browser that keeps one message: each has a copy of the cookies.
    let (mut one, mut other) = (both.form.clone(), both.form.clone());
    (one.browser, other.browser) = (both.form.browser.with_same_cookies(), both.form.browser.with_same_cookies());
    assert_eq!(diff_dumps(&begin, &both.shop.dump_database().await), "", "{path}: the second shop is not as the first");
    let (one, other) = join(one.submit_without_redirect(), other.submit_without_redirect()).await;
    assert_eq!(diff_dumps(&done, &both.shop.dump_database().await), "", "{path}: what two at once have done");
    assert_eq!((one.status, other.status), (303, 303), "{path}: two at once");
    assert_eq!(one.location(), other.location(), "{path}: two at once");
    end(both.shop).await;
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

async fn are_done_once(wanted: &str) {
    let forms: Vec<_> = table().into_iter().filter(|line| line.method != "GET" && !line.repeatable).collect();
    let mine: Vec<_> = forms.iter().filter(|line| group(line.path) == wanted).collect();
    assert!(!mine.is_empty());
    for line in mine {
        is_done_once(line.path).await;
    }
}

#[actix_web::test]
async fn forms_of_visitors_are_done_once() {
    are_done_once("visitors").await;
}

#[actix_web::test]
async fn forms_of_orders_are_done_once() {
    are_done_once("orders").await;
}

#[actix_web::test]
async fn forms_of_returns_are_done_once() {
    are_done_once("returns").await;
}

#[actix_web::test]
async fn forms_of_posts_products_and_pictures_are_done_once() {
    are_done_once("content").await;
}

#[actix_web::test]
async fn forms_of_the_rest_of_the_admin_are_done_once() {
    are_done_once("settings").await;
}
