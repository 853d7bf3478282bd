//! Retention: what is deleted, and what is kept.

use diesel::prelude::*;
use jiff::SignedDuration;
use tradepost::jobs::recurring_tasks;
use tradepost::models::checkout::cart::Cart;
use tradepost::models::maintenance::retention::RULES;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::{Actor, Event};
use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment::ProviderName;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::models::sales::webhook::{NewWebhook, Webhook, WebhookState};
use tradepost::schema::{
    account_tokens, auth_throttles, cart_lines, carts, checkout_throttle_hits, emails, events, invoices, jobs, orders,
    sessions, webhook_inbox,
};
use tradepost::support::email_address::EmailAddress;
use tradepost::support::ids::WebhookId;

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
    throttle_hits: i64,
    webhooks: i64,
    sessions: i64,
    tokens: i64,
    events: i64,
    jobs: i64,
}

async fn count_rows(shop: &TestShop) -> Sizes {
    shop.read(|conn| {
        Ok(Sizes {
            carts: carts::table.count().get_result(conn)?,
            cart_lines: cart_lines::table.count().get_result(conn)?,
            throttles: auth_throttles::table.count().get_result(conn)?,
            throttle_hits: checkout_throttle_hits::table.count().get_result(conn)?,
            webhooks: webhook_inbox::table.count().get_result(conn)?,
            sessions: sessions::table.count().get_result(conn)?,
            tokens: account_tokens::table.count().get_result(conn)?,
            events: events::table.filter(events::order_id.is_null()).count().get_result(conn)?,
            jobs: jobs::table.count().get_result(conn)?,
        })
    })
    .await
}

/// A day of a small shop with a bot: an order, abandoned carts, password guesses, a webhook.
async fn simulate_day(shop: &TestShop, mug: &TestProduct, day: i64) {
    let request = shop.checkout_request(mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
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
        Event::SettingsChanged { group: "settings".to_owned(), changes: Vec::new() }.record(tx, &Actor::System)
    })
    .await;
    shop.write(|tx| {
        let kept_ids: Vec<WebhookId> = webhook_inbox::table.select(webhook_inbox::id).load(tx.conn())?;
        kept_ids.into_iter().try_for_each(|id| Webhook::record_outcome(tx, id, WebhookState::Ignored, "Not ours"))
    })
    .await;
    shop.run_jobs().await;
    shop.advance_clock(DAY);
}

#[actix_web::test]
async fn a_year_of_activity_leaves_only_required_records() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(500).create().await;
    shop.create_account(OWNER, Role::Owner).await;
    let mut after_half = None;
    for week in 0..60 {
        for day in 0..2 {
            simulate_day(&shop, &mug, week * 7 + day).await;
        }
        assert_eq!(shop.visitor().log_in(OWNER, STAFF_PASSWORD).await.status, 200);
        let owner = EmailAddress::parse(OWNER).unwrap();
        shop.write(move |tx| Account::issue_reset_token(tx, &owner, &Actor::CommandLine)).await;
        shop.advance_clock(DAY * 5);
        recurring_tasks::purge_expired(&shop.app).await.unwrap();
        if week == 30 {
            after_half = Some(count_rows(&shop).await);
        }
    }
    let (half, after_year) = (after_half.unwrap(), count_rows(&shop).await);
    for (what, half, after_year) in [
        ("carts", half.carts, after_year.carts),
        ("cart lines", half.cart_lines, after_year.cart_lines),
        ("throttles", half.throttles, after_year.throttles),
        ("throttle_hits", half.throttle_hits, after_year.throttle_hits),
        ("webhooks", half.webhooks, after_year.webhooks),
        ("sessions", half.sessions, after_year.sessions),
        ("tokens", half.tokens, after_year.tokens),
    ] {
        assert!(after_year <= half + 5, "{what} grow: {half} after half a year, {after_year} after more than a year");
    }
    let events_before = shop.app.clock().now().minus(DAY * 401);
    let (old_events, full_emails, texts, kept_ids) = shop
        .read(move |conn| {
            let old = events::table.filter(events::order_id.is_null().and(events::at.lt(events_before)));
            let old: i64 = old.count().get_result(conn)?;
            let full: i64 = emails::table.filter(emails::html.ne("")).count().get_result(conn)?;
            let texts: i64 = emails::table.filter(emails::body_text.ne("")).count().get_result(conn)?;
            let kept_ids: (i64, i64, i64) = (
                orders::table.count().get_result(conn)?,
                events::table.filter(events::kind.eq("order_placed")).count().get_result(conn)?,
                invoices::table.count().get_result(conn)?,
            );
            Ok((old, full, texts, kept_ids))
        })
        .await;
    assert_eq!(old_events, 0);
    // Two orders a week with two emails each, and the notice of a log-in.
    assert!(full_emails <= 14 * (2 * 2 + 1), "{full_emails} emails still have their HTML");
    assert!((120 * 2..=120 * 2 + 60).contains(&texts), "each order's emails can still be read, of {texts}");
    assert_eq!((kept_ids.0, kept_ids.1), (120, 120), "{kept_ids:?}");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn expired_carts_are_deleted_in_any_number() {
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
    assert_eq!(count_rows(&shop).await.carts, 1800);
    shop.advance_clock(SignedDuration::from_mins(2));
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    assert_eq!(count_rows(&shop).await.carts, 1200, "empty ones go after a day");
    shop.advance_clock(DAY * 58);
    begin(true, 3).await;
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    assert_eq!(count_rows(&shop).await.carts, 1203);
    shop.advance_clock(DAY);
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    let left = count_rows(&shop).await;
    assert_eq!((left.carts, left.cart_lines), (3, 3), "all at once, whatever lies in one bite");
}

#[actix_web::test]
async fn old_emails_stay_readable() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let request = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
    shop.run_jobs().await;
    shop.advance_clock(DAY * 91);
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    let email = shop.emails().await.remove(0);
    assert!(email.html.is_empty() && email.body_text.contains("1001"));
    let owner = shop.log_in_as(Role::Owner).await;
    let body = owner.get(&format!("/admin/outbox/{}/body", email.id)).await;
    assert!(body.text("pre").contains("1001"), "{}", body.text("body"));
    shop.assert_audit_passes().await;
    // After eight years only its record remains.
    shop.advance_clock(DAY * 2900);
    recurring_tasks::purge_expired(&shop.app).await.unwrap();
    let email = shop.emails().await.remove(0);
    assert!(email.body_text.is_empty() && email.subject.contains("1001"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn jobs_about_money_are_never_deleted() {
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
    shop.write(|tx| QueuedJob::cancel(tx, "submit_refund")).await;
}

#[test]
fn r71_the_documented_retention_periods_apply() {
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
