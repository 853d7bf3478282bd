//! What is forgotten, and what is not.

use diesel::prelude::*;
use jiff::SignedDuration;
use tradepost::jobs::recurring_tasks;
use tradepost::models::checkout::cart::Cart;
use tradepost::models::maintenance::retention::RULES;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::{Actor, Event};
use tradepost::models::sales::order::{Order, PaymentMethod};
use tradepost::models::sales::payment::ProviderName;
use tradepost::models::sales::webhook::{NewWebhook, Webhook, WebhookState};
use tradepost::schema::{
    account_tokens, auth_throttles, cart_lines, carts, checkout_throttle_hits, emails, facts, invoices, jobs,
    order_events, orders, sessions, webhook_inbox,
};
use tradepost::support::email_address::EmailAddress;

use crate::architecture::root;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{TestProduct, TestShop};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const OWNER: &str = "owner@kestrel.example";

#[derive(Debug, PartialEq, Eq)]
struct Sizes {
    carts: i64,
    cart_lines: i64,
    throttles: i64,
    gate: i64,
    webhooks: i64,
    sessions: i64,
    tokens: i64,
    facts: i64,
    jobs: i64,
}

async fn sizes(shop: &TestShop) -> Sizes {
    shop.read(|conn| {
        Ok(Sizes {
            carts: carts::table.count().get_result(conn)?,
            cart_lines: cart_lines::table.count().get_result(conn)?,
            throttles: auth_throttles::table.count().get_result(conn)?,
            gate: checkout_throttle_hits::table.count().get_result(conn)?,
            webhooks: webhook_inbox::table.count().get_result(conn)?,
            sessions: sessions::table.count().get_result(conn)?,
            tokens: account_tokens::table.count().get_result(conn)?,
            facts: facts::table.count().get_result(conn)?,
            jobs: jobs::table.count().get_result(conn)?,
        })
    })
    .await
}

/// A day of a small shop with a bot: an order, carts of nobody, guesses at passwords, a message of the provider.
async fn a_day(shop: &TestShop, mug: &TestProduct, day: i64) {
    let wish = shop.checkout_request(mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &wish)).await;
    let variant = mug.variant.public_id.clone();
    shop.write(move |tx| {
        for number in 0..12 {
            let (cart, _) = Cart::find_or_create(tx, None)?;
            if number % 4 > 0 {
                cart.add(tx, &variant, 1)?;
            }
            let (guess, now) = (format!("guess {day} {number}"), tx.now());
            let row = (
                auth_throttles::bucket.eq("log-in"),
                auth_throttles::key_hash.eq(guess),
                auth_throttles::failures.eq(1),
                auth_throttles::blocked_until.eq(now),
                auth_throttles::updated_at.eq(now),
            );
            diesel::insert_into(auth_throttles::table).values(row).execute(tx.conn())?;
        }
        let webhook = NewWebhook {
            provider: ProviderName::Stripe,
            event_id: format!("evt_{day}"),
            kind: "charge.succeeded".to_owned(),
            object_ref: "ch_1".to_owned(),
            payload: "{}".to_owned(),
        };
        webhook.store(tx)?;
        Event::SettingsChanged("site").record(tx, &Actor::System)
    })
    .await;
    shop.write(|tx| {
        let kept: Vec<i64> = webhook_inbox::table.select(webhook_inbox::id).load(tx.conn())?;
        kept.into_iter().try_for_each(|id| Webhook::record_outcome(tx, id, WebhookState::Ignored, "Not ours"))
    })
    .await;
    shop.run_jobs().await;
    shop.advance_clock(DAY);
}

#[actix_web::test]
async fn a_year_leaves_what_counts_and_little_else() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(500).create().await;
    shop.create_account(OWNER, Role::Owner).await;
    let mut after_half = None;
    for week in 0..60 {
        for day in 0..2 {
            a_day(&shop, &mug, week * 7 + day).await;
        }
        assert_eq!(shop.visitor().log_in(OWNER, STAFF_PASSWORD).await.status, 200);
        let owner = EmailAddress::parse(OWNER).unwrap();
        shop.write(move |tx| Account::issue_reset_token(tx, &owner, &Actor::CommandLine)).await;
        shop.advance_clock(DAY * 5);
        recurring_tasks::purge_expired(&shop.app).await.unwrap();
        if week == 30 {
            after_half = Some(sizes(&shop).await);
        }
    }
    let (half, whole) = (after_half.unwrap(), sizes(&shop).await);
    for (what, half, whole) in [
        ("carts", half.carts, whole.carts),
        ("cart lines", half.cart_lines, whole.cart_lines),
        ("throttles", half.throttles, whole.throttles),
        ("gate", half.gate, whole.gate),
        ("webhooks", half.webhooks, whole.webhooks),
        ("sessions", half.sessions, whole.sessions),
        ("tokens", half.tokens, whole.tokens),
    ] {
        assert!(whole <= half + 5, "{what} grow: {half} after half a year, {whole} after more than a year");
    }
    let facts_before = shop.app.clock().now().minus(DAY * 401);
    let (old_facts, full_letters, texts, kept) = shop
        .read(move |conn| {
            let old: i64 = facts::table.filter(facts::at.lt(facts_before)).count().get_result(conn)?;
            let full: i64 = emails::table.filter(emails::html.ne("")).count().get_result(conn)?;
            let texts: i64 = emails::table.filter(emails::body_text.ne("")).count().get_result(conn)?;
            let kept: (i64, i64, i64) = (
                orders::table.count().get_result(conn)?,
                order_events::table.count().get_result(conn)?,
                invoices::table.count().get_result(conn)?,
            );
            Ok((old, full, texts, kept))
        })
        .await;
    assert_eq!(old_facts, 0);
    assert!(full_letters <= 14 * 2 * 2, "{full_letters} letters still have their markup");
    assert_eq!(texts, 120 * 2, "each order's letters can still be read");
    assert_eq!((kept.0, kept.1 >= 120), (120, true), "{kept:?}");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn carts_go_when_their_time_has_come_however_many_there_are() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(900).create().await;
    let variant = mug.variant.public_id.clone();
    let begin = |lines: bool, many: usize| {
        let variant = variant.clone();
        shop.write(move |tx| {
            for _ in 0..many {
                let (cart, _) = Cart::find_or_create(tx, None)?;
                if lines {
                    cart.add(tx, &variant, 1)?;
                }
            }
            Ok(())
        })
    };
    begin(true, 1200).await;
    begin(false, 600).await;
    shop.advance_clock(DAY - SignedDuration::from_mins(1));
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    assert_eq!(sizes(&shop).await.carts, 1800);
    shop.advance_clock(SignedDuration::from_mins(2));
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    assert_eq!(sizes(&shop).await.carts, 1200, "empty ones go after a day");
    shop.advance_clock(DAY * 58);
    begin(true, 3).await;
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    assert_eq!(sizes(&shop).await.carts, 1203);
    shop.advance_clock(DAY);
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    let left = sizes(&shop).await;
    assert_eq!((left.carts, left.cart_lines), (3, 3), "all at once, whatever lies in one bite");
}

#[actix_web::test]
async fn old_letters_can_still_be_read() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let wish = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &wish)).await;
    shop.run_jobs().await;
    shop.advance_clock(DAY * 91);
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    let letter = shop.emails().await.remove(0);
    assert!(letter.html.is_empty() && letter.body_text.contains("1001"));
    let owner = shop.log_in_as(Role::Owner).await;
    let body = owner.get(&format!("/admin/outbox/{}/body", letter.id)).await;
    assert!(body.text("pre").contains("1001"), "{}", body.text("body"));
    shop.assert_audit_passes().await;
    // After eight years it is still known that it was written.
    shop.advance_clock(DAY * 2900);
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    let letter = shop.emails().await.remove(0);
    assert!(letter.body_text.is_empty() && letter.subject.contains("1001"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn jobs_about_money_are_never_forgotten() {
    use tradepost::models::platform::job::{JobKind, NewJob, QueuedJob};
    let shop = TestShop::new().await;
    for kind in [JobKind::SubmitRefund, JobKind::RenderInvoicePdf] {
        shop.write(move |tx| {
            let (run_at, dedupe_key) = (tx.now(), Some(kind.as_str().to_owned()));
            NewJob { kind, payload: "77".to_owned(), dedupe_key, run_at }.enqueue(tx)
        })
        .await;
    }
    shop.write(|tx| Ok(diesel::update(jobs::table).set(jobs::state.eq("dead")).execute(tx.conn())?)).await;
    shop.advance_clock(DAY * 1000);
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    let left = shop.read(QueuedJob::list_dead).await;
    assert_eq!(left.iter().map(|job| job.known_kind().unwrap()).collect::<Vec<_>>(), [JobKind::SubmitRefund]);
    shop.write(|tx| QueuedJob::cancel(tx, "repay")).await;
}

#[test]
fn the_table_in_the_docs_is_the_one_that_is_followed() {
    let docs = std::fs::read_to_string(root().join("docs/OPERATIONS.md")).unwrap();
    for rule in RULES {
        let age = match rule.max_age.as_hours() / 24 {
            0 => "at once".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        let row = format!("| {} | {age} | {} |", rule.name, rule.reason);
        assert!(docs.contains(&row), "docs/OPERATIONS.md has no row\n{row}");
    }
}
