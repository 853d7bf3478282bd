//! Form tokens: which forms have one, and what happens to a form that is sent again with other values, by somebody
//! else, by a script, or after its effect was undone.

use std::collections::BTreeSet;

use futures_util::future::join;
use jiff::SignedDuration;
use tradepost::jobs::worker;
use tradepost::models::content::post::{Post, PostStatus};
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::Order;
use tradepost::support::ids::OrderLineId;
use tradepost::support::pagination::CappedCount;

use crate::support::browser::Form;
use crate::support::database_dump::diff_dumps;
use crate::support::{Browser, Page, TestShop, fill_checkout};

const SENTENCE: &str = "This form was already submitted. To submit it again with these values, press the button again.";

fn line_field(form: &Form, start: &str) -> String {
    form.controls.iter().find(|control| control.name.starts_with(start)).unwrap().name.clone()
}

/// An order of three mugs for 16.90, paid: the page of the order.
async fn place_paid_order(shop: &TestShop, owner: &Browser) -> Page {
    pay_for_order(shop, owner, 3).await
}

async fn pay_for_order(shop: &TestShop, owner: &Browser, quantity: i64) -> Page {
    let mug = shop.product("Mug").price(16_90).stock(10).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, quantity).await;
    fill_checkout(&ada, "bank_transfer").await.submit().await;
    let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    page
}

/// The refund form for one item.
fn refund_one(page: &Page) -> Form {
    let form = page.form("Refund");
    let line = line_field(&form, "refund_quantity_");
    form.fill(&line, "1")
}

async fn refunded_amount(shop: &TestShop) -> i64 {
    shop.read(|conn| Ok(Order::find_by_number(conn, "1001")?.totals.refunded_minor)).await
}

#[actix_web::test]
async fn forms_of_personal_pages_have_a_token_and_public_pages_have_none() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    place_paid_order(&shop, &owner).await;
    let mut marks = BTreeSet::new();
    for path in ["/admin/orders/1001", "/admin/orders/1001", "/admin/settings", "/admin/posts/new", "/login", "/cart"] {
        let page = owner.get(path).await;
        let forms = page.texts("form[method=post]").len();
        let own: BTreeSet<String> =
            (0..forms).filter_map(|_| page.attr("form[method=post] input[name=once]", "value")).collect();
        assert_eq!(page.texts("form[method=post]:has(> input[name=once])").len(), forms, "{path}");
        assert!(own.iter().all(|mark| mark.len() > 40), "{path}: {own:?}");
        for mark in own {
            assert!(marks.insert(mark), "{path} has a mark that another page had");
        }
    }
    let mug = shop.product("Cup").create().await;
    for path in ["/", "/shop", &mug.path(), "/blog"] {
        assert!(!shop.visitor().get(path).await.has("input[name=once]"), "{path}");
    }
}

#[actix_web::test]
async fn a_used_form_with_other_values_is_returned_for_confirmation() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = pay_for_order(&shop, &owner, 6).await;
    let start = async |path: &str, button: &str| owner.get(path).await.form(button);
    let fulfil = page.form("Fulfil");
    let line = line_field(&fulfil, "quantity_");
    let forms = [
        (page.form("Add note").fill("note", "Rings twice"), "note", "Rings once", "Add note"),
        (refund_one(&page), "reason", "A crack", "Refund"),
        (fulfil.fill(&line, "1"), "carrier", "DHL", "Fulfil"),
        (
            start("/admin/gift-cards/new", "Create gift card").await.fill("amount", "77"),
            "amount",
            "78",
            "Create gift card",
        ),
        (start("/admin/posts/new", "Save draft").await.fill("title", "One"), "title", "Two", "Save draft"),
        (start("/admin/products/new", "Save").await.fill("title", "Cup").fill("price", "5"), "title", "Saucer", "Save"),
        (
            start("/admin/discounts/new", "Save").await.fill("code", "SPRING").fill("value", "5"),
            "code",
            "SUMMER",
            "Save",
        ),
        (
            start("/admin/shipping/new", "Save").await.fill_all(&[("name", "A"), ("countries", "FR"), ("price", "1")]),
            "name",
            "B",
            "Save",
        ),
        (
            start("/admin/taxes/new", "Save").await.fill_all(&[("country", "FR"), ("name", "TVA"), ("rate", "20")]),
            "country",
            "BE",
            "Save",
        ),
    ];
    for (form, name, other, button) in forms {
        let path = form.action.clone();
        assert_eq!(form.clone().submit_without_redirect().await.status, 303, "{path}");
        let before = shop.dump_database().await;
        let changed = form.clone().fill(name, other).submit().await;
        assert_eq!(changed.status, 422, "{path}");
        assert!(changed.text("#problems").contains(SENTENCE), "{path}: {}", changed.text("main"));
        assert_eq!(changed.field_value(name), other, "{path}: what was typed is kept");
        assert_eq!(diff_dumps(&before, &shop.dump_database().await), "", "{path}");
        let again = changed.form(button);
        assert_ne!(
            again.fields().iter().find(|(name, _)| name == "once"),
            form.fields().iter().find(|(name, _)| name == "once"),
            "{path}"
        );
        assert_eq!(again.submit_without_redirect().await.status, 303, "{path}");
        assert_ne!(diff_dumps(&before, &shop.dump_database().await), "", "{path}: sent anew it is done");
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn nobody_gets_the_response_to_the_form_of_another() {
    let shop = TestShop::new().await;
    let (owner, manager) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::ShopManager).await);
    let form = owner.get("/admin/gift-cards/new").await.form("Create gift card").fill("amount", "77");
    let made = form.clone().submit().await;
    let stolen = Form { browser: manager.clone(), ..form };
    let page = stolen.submit().await;
    assert_eq!(page.status, 422);
    assert!(!page.text("body").contains(made.text("[role=status]").split('.').next().unwrap()));
    assert_eq!(owner.get("/admin/gift-cards").await.texts("tbody tr").len(), 1);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_refused_form_keeps_its_token() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/gift-cards/new").await.form("Create gift card");
    assert_eq!(form.clone().fill("amount", "0").submit().await.status, 422);
    assert_eq!(form.clone().fill_all(&[("amount", "5"), ("expires_on", "2020-01-01")]).submit().await.status, 422);
    assert_eq!(form.fill("amount", "5").submit().await.status, 200);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn forms_without_tokens_are_accepted() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    place_paid_order(&shop, &owner).await;
    for note in ["Same", "Same"] {
        assert_eq!(owner.post("/admin/orders/1001/notes", &[("note", note)]).await.status, 303);
    }
    let happened = owner.get("/admin/orders/1001").await.text("[aria-labelledby=h-time]");
    assert_eq!(happened.matches("Same").count(), 2);
}

#[actix_web::test]
async fn of_two_refunds_of_the_same_item_the_second_is_refused() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = place_paid_order(&shop, &owner).await;
    let (first, second) = (refund_one(&page), refund_one(&owner.get("/admin/orders/1001").await));
    assert_eq!(first.submit().await.status, 200);
    assert_eq!(refunded_amount(&shop).await, 16_90);
    let refused = second.submit().await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#problems").contains("In the meantime, €16.90 was refunded: €16.90 in total."));
    assert_eq!(refunded_amount(&shop).await, 16_90);
    let form = refused.form("Refund");
    assert_eq!(refused.field_value(&line_field(&form, "refund_quantity_")), "1", "what was typed is kept");
    assert_eq!(form.submit().await.status, 200, "knowingly, it is done");
    assert_eq!(refunded_amount(&shop).await, 33_80);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn of_two_concurrent_refunds_one_succeeds() {
    let shop = TestShop::new().await;
    let (owner, manager) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::ShopManager).await);
    let page = place_paid_order(&shop, &owner).await;
    let (one, other) = (refund_one(&page), refund_one(&manager.get("/admin/orders/1001").await));
    let (one, other) = join(one.submit_without_redirect(), other.submit_without_redirect()).await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    assert_eq!(refunded_amount(&shop).await, 16_90);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_return_is_not_refunded_beside_an_unseen_refund() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = place_paid_order(&shop, &owner).await;
    let page = page.form("Fulfil").submit().await;
    let start = page.form("Create return");
    let line = line_field(&start, "return_quantity_");
    let arrive = start.fill(&line, "1").submit().await.form("Mark as received");
    let condition = line_field(&arrive, "condition_");
    let page = arrive.choose(&condition, "damaged").submit().await;
    let (refund, back) = (refund_one(&page), page.form("Issue refund"));
    assert_eq!(refund.submit().await.status, 200);
    let refused = back.submit().await;
    assert_eq!(refused.status, 422);
    assert!(refused.text("#problems").contains("In the meantime, €16.90 was refunded"));
    assert_eq!(refunded_amount(&shop).await, 16_90);
    assert_eq!(refused.form("Issue refund").submit().await.status, 200);
    assert_eq!(refunded_amount(&shop).await, 33_80);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_without_the_known_refunded_amount_keeps_its_limits() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = place_paid_order(&shop, &owner).await;
    let line = line_field(&refund_one(&page), "refund_quantity_");
    for _ in 0..3 {
        assert_eq!(owner.post("/admin/orders/1001/refund", &[(&line, "1")]).await.status, 303);
    }
    assert_eq!(owner.post("/admin/orders/1001/refund", &[(&line, "1")]).await.status, 422);
    assert_eq!(refunded_amount(&shop).await, 50_70);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn saving_a_draft_twice_is_no_conflict_and_publishes_once() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/posts/new").await.form("Save draft").fill("title", "First").submit().await;
    let form = page.form("Save draft").fill("body", "Two");
    let mut publish = page.form("Publish").fill("body", "Two");
    // Publish was pressed before Save draft had responded.
    publish.controls.clone_from(&form.controls);
    let (one, other) = join(form.clone().submit_without_redirect(), form.submit_without_redirect()).await;
    assert_eq!((one.status, other.status), (303, 303));
    let page = publish.submit().await;
    assert_eq!(page.text("[role=status]"), "Post published.");
    assert_eq!(shop.read(|conn| Post::count(conn, Some(PostStatus::Published))).await, CappedCount::new(1));
    assert_eq!(shop.read(|conn| Post::count(conn, None)).await, CappedCount::new(1));
    assert!(shop.visitor().get("/blog/first").await.text("article").contains("Two"));
}

#[actix_web::test]
async fn of_one_form_sent_concurrently_with_two_texts_one_is_saved() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/posts/new").await.form("Publish");
    let (one, other) = (form.clone().fill("title", "One"), form.fill("title", "Other"));
    let (one, other) = join(one.submit_without_redirect(), other.submit_without_redirect()).await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    assert_eq!(shop.read(|conn| Post::count(conn, None)).await, CappedCount::new(1));
}

#[actix_web::test]
async fn form_submissions_are_deleted_after_half_a_year() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    place_paid_order(&shop, &owner).await;
    let form = owner.get("/admin/orders/1001").await.form("Add note").fill("note", "Same");
    form.clone().submit().await;
    let times = async |days: i64| {
        shop.advance_clock(SignedDuration::from_hours(24 * days));
        worker::clean_up(&shop.app).await.unwrap();
        owner.log_in("owner@kestrel.example", crate::support::shop::STAFF_PASSWORD).await;
        form.clone().submit().await.text("[aria-labelledby=h-time]").matches("Same").count()
    };
    assert_eq!(times(179).await, 1);
    assert_eq!(times(2).await, 2);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn the_audit_finds_a_form_carried_out_twice() {
    use diesel::prelude::*;
    use tradepost::models::maintenance::audit;
    use tradepost::schema::{gift_cards, refunds};

    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = place_paid_order(&shop, &owner).await;
    let line: OrderLineId =
        line_field(&refund_one(&page), "refund_quantity_").rsplit('_').next().unwrap().parse().unwrap();
    for quantity in [1, 1] {
        let request = tradepost::models::sales::order::refunds::RefundRequest {
            line_quantities: vec![(line, quantity)],
            ..Default::default()
        };
        shop.write(move |tx| Order::refund(tx, "1001", &request, &Actor::System)).await;
    }
    shop.issue_gift_card(77_00).await;
    shop.issue_gift_card(77_00).await;
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    let violations = async || shop.read(audit::run).await.violations;
    for act in ["the same form", ""] {
        shop.write(move |tx| {
            diesel::update(refunds::table).set(refunds::idempotency_key.eq(act)).execute(tx.conn())?;
            Ok(diesel::update(gift_cards::table).set(gift_cards::idempotency_key.eq(act)).execute(tx.conn())?)
        })
        .await;
        let found = violations().await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("order 1: refunds 1 and 2 are one request"), "{found:?}");
        assert!(found[1].starts_with("gift cards 1 and 2: one request"), "{found:?}");
    }
    // Different events are not duplicates.
    shop.write(|tx| {
        diesel::update(refunds::table.find(2)).set(refunds::idempotency_key.eq("another")).execute(tx.conn())?;
        diesel::update(refunds::table.find(1)).set(refunds::idempotency_key.eq("one")).execute(tx.conn())?;
        Ok(diesel::update(gift_cards::table.find(1)).set(gift_cards::email.eq("a@b.example")).execute(tx.conn())?)
    })
    .await;
    assert_eq!(violations().await, Vec::<String>::new());
}
