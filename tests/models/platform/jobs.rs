//! Jobs, queues and recurring tasks: queues are independent, and no job waits for ever.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use jiff::SignedDuration;
use tokio::sync::watch;
use tradepost::jobs::recurring_tasks::{RecurringTask, Schedule};
use tradepost::jobs::worker;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::email::{Email, EmailState};
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::job::{JobKind, MAX_ATTEMPTS, NewJob, Queue, QueuedJob};
use tradepost::models::platform::setting::Settings;
use tradepost::models::sales::order::{Order, OrderState};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::presenters::platform::job::job_kind_label;
use tradepost::schema::{auth_throttles, jobs, orders};
use tradepost::support::clock::Utc;
use tradepost::support::i18n::Locale;

use crate::support::{FakeSmtpServer, SmtpBehaviour, TestShop, shop::STAFF_PASSWORD};

const TIMEOUT: Duration = Duration::from_secs(60);
const DAYS_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 400);

async fn enqueue(shop: &TestShop, kind: JobKind, payload: impl ToString, key: &str) {
    let (key, payload) = (key.to_owned(), payload.to_string());
    shop.write(move |tx| {
        let run_at = tx.now();
        NewJob { kind, payload: payload.clone(), dedupe_key: Some(key.clone()), run_at }.enqueue(tx)
    })
    .await;
}

/// State, due time and last error of the only job.
async fn only_job(shop: &TestShop) -> (String, Utc, Option<String>) {
    shop.read(|conn| Ok(jobs::table.select((jobs::state, jobs::run_at, jobs::last_error)).first(conn)?)).await
}

#[actix_web::test]
async fn a_job_that_takes_too_long_is_stopped_and_retried() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::NeverGreets);
    let shop = TestShop::with_mail_server(server.mailer(TIMEOUT)).await;
    let id = shop.create_email_to("buyer@kunde.de").await;
    let started = Instant::now();
    assert!(worker::run_next_within(&shop.app, Queue::Mail, Duration::from_secs(1)).await.unwrap());
    assert!(started.elapsed() < TIMEOUT / 2);
    let (state, run_at, error) = only_job(&shop).await;
    assert_eq!((state.as_str(), run_at > shop.app.clock().now()), ("queued", true));
    assert!(error.as_deref().unwrap().contains("it took longer than 1 seconds"), "{error:?}");
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    shop.advance_clock(SignedDuration::from_secs(11));
    shop.run_jobs().await;
    let email = shop.read(move |conn| Email::get(conn, id)).await;
    assert_eq!((email.state, server.received().len()), (EmailState::Sent, 1));
}

#[actix_web::test]
async fn every_job_kind_has_a_name_and_a_queue() {
    for kind in JobKind::ALL {
        assert_eq!(JobKind::parse(kind.as_str()), Some(*kind));
        assert!(!job_kind_label(Locale::En, *kind).is_empty() && kind.queue().timeout() > Duration::ZERO);
    }
    for queue in Queue::ALL {
        assert!(JobKind::ALL.iter().any(|kind| kind.queue() == *queue), "{queue:?} has no work");
    }
}

#[actix_web::test]
async fn thousands_of_emails_hold_up_no_other_job() {
    let shop = TestShop::new().await;
    shop.write(|tx| {
        for number in 0..3000 {
            let (run_at, dedupe_key) = (tx.now(), Some(format!("send-email:{number}")));
            NewJob { kind: JobKind::SendEmail, payload: "4711".to_owned(), dedupe_key, run_at }.enqueue(tx)?;
        }
        Ok(())
    })
    .await;
    shop.advance_clock(SignedDuration::from_secs(1));
    for (kind, queue) in [
        (JobKind::SubmitRefund, Queue::Payments),
        (JobKind::RenderInvoicePdf, Queue::Rendering),
        (JobKind::CheckVatNumber, Queue::VatNumbers),
        (JobKind::ResizePicture, Queue::Pictures),
    ] {
        enqueue(&shop, kind, 4711, kind.as_str()).await;
        let claimed = shop.write(move |tx| QueuedJob::claim(tx, queue, &[])).await.unwrap();
        assert_eq!(claimed.known_kind(), Some(kind));
    }
    shop.write(|tx| Ok(diesel::delete(jobs::table).execute(tx.conn())?)).await;
}

/// Runs the workers with a silent mail server and waiting emails.
#[actix_web::test]
async fn orders_expire_and_invoices_are_rendered_while_emails_fail() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::SilentAfterGreeting);
    let shop = TestShop::with_mail_server(server.mailer(TIMEOUT)).await;
    let mug = shop.product("Mug").stock(5).create().await;
    for number in 0..200 {
        shop.create_email_to(&format!("buyer{number}@kunde.de")).await;
    }
    let pending = shop.checkout_request(&mug, 2, PaymentMethod::TestCard).await;
    let pending = shop.write(move |tx| Order::place(tx, &pending)).await.order.id;
    let unpaid_order = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    let unpaid_order = shop.write(move |tx| Order::place(tx, &unpaid_order)).await.order.id;
    let (stop, stopping) = watch::channel(false);
    let at_work = tokio::spawn(worker::run(shop.app.clone().into_inner(), stopping));
    tokio::task::spawn_blocking(move || server.wait_for_clients(4)).await.unwrap();
    // One order is paid, the other's hold expires.
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
    shop.advance_clock(SignedDuration::from_mins(16));
    let started = Instant::now();
    loop {
        let now = shop.app.clock().now();
        let (expired, invoiced, written, late) = shop
            .read(move |conn| {
                use tradepost::schema::{emails, invoices};
                let has_pdf = invoices::order_id.eq(unpaid_order).and(invoices::pdf_sha256.is_not_null());
                let written =
                    emails::table.filter(emails::order_id.eq(unpaid_order)).count().get_result::<i64>(conn)?;
                Ok((
                    Order::get(conn, pending)?.state == OrderState::Expired,
                    diesel::select(diesel::dsl::exists(tradepost::schema::invoices::table.filter(has_pdf)))
                        .get_result::<bool>(conn)?,
                    written >= 2,
                    QueuedJob::find_oldest_overdue(conn, now)?,
                ))
            })
            .await;
        if expired && invoiced && written {
            assert_eq!(late.unwrap().queue, Queue::Mail, "and the emails are reported as overdue");
            break;
        }
        assert!(started.elapsed() < TIMEOUT, "expired {expired}, invoiced {invoiced}, written {written}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shop.stock(&mug).await, (4, 1));
    stop.send(true).unwrap();
    at_work.abort();
    let _ended = at_work.await;
    shop.write(|tx| Ok(diesel::delete(jobs::table).execute(tx.conn())?)).await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_recurring_task_survives_clock_changes() {
    let (every, at) = (SignedDuration::from_mins(1), Utc::from_micros(1_795_255_200_000_000));
    let mut schedule = Schedule::default();
    assert!(schedule.is_due(every, at), "at the start");
    assert!(!schedule.is_due(every, at.plus(SignedDuration::from_secs(59))));
    assert!(schedule.is_due(every, at.plus(SignedDuration::from_secs(60))));
    assert!(schedule.is_due(every, at.plus(DAYS_AHEAD)), "the clock jumps ahead");
    assert!(schedule.is_due(every, at), "and back: nobody waits for it to get there again");
    assert!(!schedule.is_due(every, at.plus(SignedDuration::from_secs(1))));
}

#[actix_web::test]
async fn timestamps_of_a_clock_that_was_ahead_are_corrected() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::AnswersRcpt("451 4.7.1 Not today"));
    let shop = TestShop::with_mail_server(server.mailer(TIMEOUT)).await;
    let mug = shop.product("Mug").stock(1).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.advance_clock(DAYS_AHEAD);
    // A failed email, a leased job, a pending order, and a throttled login.
    let id = shop.create_email_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    enqueue(&shop, JobKind::SubmitRefund, 4711, "held").await;
    shop.write(|tx| QueuedJob::claim(tx, Queue::Payments, &[])).await.unwrap();
    let request = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    let order = shop.write(move |tx| Order::place(tx, &request)).await.order.id;
    let plate = shop.product("Plate").stock(1).create().await;
    let request = shop.checkout_request(&plate, 1, PaymentMethod::BankTransfer).await;
    let transfer = shop.write(move |tx| Order::place(tx, &request)).await.order.id;
    shop.write(|tx| {
        let now = tx.now();
        let row = (
            auth_throttles::bucket.eq("log-in"),
            auth_throttles::key_hash.eq("somebody"),
            auth_throttles::failures.eq(9),
            auth_throttles::blocked_until.eq(now.plus(SignedDuration::from_mins(1))),
            auth_throttles::updated_at.eq(now),
        );
        Ok(diesel::insert_into(auth_throttles::table).values(row).execute(tx.conn())?)
    })
    .await;
    shop.advance_clock(-DAYS_AHEAD);

    let now = shop.app.clock().now();
    RecurringTask::RepairFutureDates.run(&shop.app).await.unwrap();
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    assert!(worker::run_next(&shop.app, Queue::Mail).await.unwrap(), "the email is tried at once");
    assert_eq!(shop.read(move |conn| Email::get(conn, id)).await.state, EmailState::Sent);
    let lease: Option<Utc> = shop
        .read(|conn| Ok(jobs::table.filter(jobs::dedupe_key.eq("held")).select(jobs::lease_until).first(conn)?))
        .await;
    assert!((now..now.plus(SignedDuration::from_mins(3))).contains(&lease.unwrap()), "{lease:?}");
    shop.advance_clock(SignedDuration::from_mins(3));
    let held = shop.write(|tx| QueuedJob::claim(tx, Queue::Payments, &[])).await;
    assert_eq!(held.unwrap().payload, "4711", "a lease ends when it would have ended");
    let hold: Option<Utc> =
        shop.read(move |conn| Ok(orders::table.find(order).select(orders::hold_until).first(conn)?)).await;
    assert!(hold.unwrap() <= now.plus(SignedDuration::from_hours(1)));
    let hold: Option<Utc> =
        shop.read(move |conn| Ok(orders::table.find(transfer).select(orders::hold_until).first(conn)?)).await;
    let days = shop.read(|conn| Ok(Settings::load(conn)?.transfer_hold_days)).await;
    assert!(hold.unwrap() <= now.plus(SignedDuration::from_hours(24 * (days + 1))), "goods are free in time");
    let throttles: i64 = shop
        .read(|conn| {
            let future = auth_throttles::table.filter(auth_throttles::key_hash.eq("somebody"));
            Ok(future.count().get_result(conn)?)
        })
        .await;
    assert_eq!(throttles, 0, "nobody is locked out for a year");
    assert_eq!(shop.visitor().log_in("owner@kestrel.example", STAFF_PASSWORD).await.status, 200);
    assert_eq!(owner.get("/admin").await.status, 200);
    shop.advance_clock(SignedDuration::from_mins(61));
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!(shop.stock(&mug).await, (1, 0));
    while worker::run_next(&shop.app, Queue::Rendering).await.unwrap() {}
    shop.write(|tx| Ok(diesel::delete(jobs::table).execute(tx.conn())?)).await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_correct_clock_changes_nothing() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let request = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
    let rows = || shop.read(|conn| Ok(jobs::table.select((jobs::id, jobs::run_at)).load::<(i64, Utc)>(conn)?));
    let before = rows().await;
    assert_eq!(before.len(), 1, "the payment is asked about in 90 seconds, and not before");
    RecurringTask::RepairFutureDates.run(&shop.app).await.unwrap();
    assert_eq!(rows().await, before);
    assert_eq!(owner.get("/admin").await.status, 200);
    shop.advance_clock(SignedDuration::from_mins(16));
    worker::expire_orders(&shop.app).await.unwrap();
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_leased_job_is_not_taken_when_the_clock_jumps() {
    let shop = TestShop::new().await;
    enqueue(&shop, JobKind::SubmitRefund, 4711, "held").await;
    let held = shop.write(|tx| QueuedJob::claim(tx, Queue::Payments, &[])).await.unwrap();
    shop.advance_clock(SignedDuration::from_hours(2));
    let running = [held.id];
    let again = shop.write(move |tx| QueuedJob::claim(tx, Queue::Payments, &running)).await;
    assert!(again.is_none(), "it is still running here");
    let other = shop.write(|tx| QueuedJob::claim(tx, Queue::Payments, &[])).await.unwrap();
    assert_eq!((other.id, other.attempts), (held.id, 2), "another process has to think that we are gone");
    let late = held.clone();
    assert!(!shop.write(move |tx| QueuedJob::fail(tx, &late, "too late")).await, "what we say now counts no more");
    let job = shop.read(|conn| QueuedJob::find_by_key(conn, "held")).await.unwrap();
    assert_eq!((job.attempts, job.last_error), (2, None));
    shop.write(|tx| QueuedJob::cancel(tx, "held")).await;
}

#[actix_web::test]
async fn a_job_that_crashes_the_program_is_finally_failed() {
    let shop = TestShop::new().await;
    enqueue(&shop, JobKind::SubmitRefund, 4711, "deadly").await;
    for _ in 0..MAX_ATTEMPTS {
        shop.write(|tx| QueuedJob::claim(tx, Queue::Payments, &[])).await.unwrap();
        shop.advance_clock(SignedDuration::from_mins(3));
    }
    assert!(worker::run_next(&shop.app, Queue::Payments).await.unwrap());
    let [job]: [_; 1] = shop.read(QueuedJob::list_dead).await.try_into().ok().unwrap();
    assert!(job.last_error.as_deref().unwrap().contains("the program stopped each time"), "{job:?}");
    shop.write(|tx| QueuedJob::cancel(tx, "deadly")).await;
}

#[actix_web::test]
async fn a_job_of_a_newer_version_fails_alone() {
    let shop = TestShop::new().await;
    enqueue(&shop, JobKind::RenderInvoicePdf, 4711, "strange").await;
    shop.write(|tx| Ok(diesel::update(jobs::table).set(jobs::kind.eq("fold_paper_planes")).execute(tx.conn())?)).await;
    assert!(worker::run_next(&shop.app, Queue::Rendering).await.unwrap());
    let (state, _, error) = only_job(&shop).await;
    assert_eq!(state, "queued");
    assert!(error.unwrap().contains("an unknown kind of job"));
    shop.write(|tx| QueuedJob::cancel(tx, "strange")).await;
}

#[actix_web::test]
async fn backdated_jobs_are_not_overdue() {
    let shop = TestShop::new().await;
    let now = shop.app.clock().now();
    shop.write(move |tx| {
        tx.set_now(now.minus(SignedDuration::from_hours(24 * 200)));
        let (run_at, dedupe_key) = (tx.now(), Some("old".to_owned()));
        NewJob { kind: JobKind::RenderInvoicePdf, payload: "77".to_owned(), dedupe_key, run_at }.enqueue(tx)
    })
    .await;
    assert!(shop.read(move |conn| QueuedJob::list_overdue(conn, now)).await.is_empty());
    shop.write(|tx| QueuedJob::cancel(tx, "old")).await;
}
