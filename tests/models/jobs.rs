//! Jobs, their queues, and the sweeps: nobody waits for a partner of somebody else's, and nothing waits for ever.

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
use tradepost::models::sales::order::{Order, OrderState, PaymentMethod};
use tradepost::schema::{auth_throttles, jobs, orders};
use tradepost::support::clock::Utc;

use crate::support::{FakeSmtpServer, SmtpBehaviour, TestShop, shop::STAFF_PASSWORD};

const PATIENCE: Duration = Duration::from_secs(60);
const DAYS_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 400);

async fn enqueue(shop: &TestShop, kind: JobKind, payload: i64, key: &str) {
    let key = key.to_owned();
    shop.write(move |tx| {
        let run_at = tx.now();
        NewJob { kind, payload: payload.to_string(), dedupe_key: Some(key.clone()), run_at }.enqueue(tx)
    })
    .await;
}

/// State, due time and last error of the only job.
async fn only_job(shop: &TestShop) -> (String, Utc, Option<String>) {
    shop.read(|conn| Ok(jobs::table.select((jobs::state, jobs::run_at, jobs::last_error)).first(conn)?)).await
}

#[actix_web::test]
async fn a_job_that_takes_too_long_is_ended_and_tried_again() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::NeverGreets);
    let shop = TestShop::with_mail_server(server.mailer(PATIENCE)).await;
    let id = shop.create_email_to("buyer@kunde.de").await;
    let begun = Instant::now();
    assert!(worker::run_next_within(&shop.app, Queue::Mail, Duration::from_secs(1)).await.unwrap());
    assert!(begun.elapsed() < PATIENCE / 2);
    let (state, run_at, error) = only_job(&shop).await;
    assert_eq!((state.as_str(), run_at > shop.app.clock().now()), ("queued", true));
    assert!(error.as_deref().unwrap().contains("it took longer than 1 seconds"), "{error:?}");
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    shop.advance_clock(SignedDuration::from_secs(11));
    shop.run_jobs().await;
    let letter = shop.read(move |conn| Email::get(conn, id)).await;
    assert_eq!((letter.state, server.received().len()), (EmailState::Sent, 1));
}

#[actix_web::test]
async fn every_kind_is_known_by_its_name_and_has_a_queue_to_itself_or_with_its_like() {
    for kind in JobKind::ALL {
        assert_eq!(JobKind::parse(kind.as_str()), Some(*kind));
        assert!(!kind.label().is_empty() && kind.queue().timeout() > Duration::ZERO);
    }
    for queue in Queue::ALL {
        assert!(JobKind::ALL.iter().any(|kind| kind.queue() == *queue), "{queue:?} has no work");
    }
}

#[actix_web::test]
async fn thousands_of_letters_hold_up_nobody_else() {
    let shop = TestShop::new().await;
    shop.write(|tx| {
        for number in 0..3000 {
            let (run_at, dedupe_key) = (tx.now(), Some(format!("send-letter:{number}")));
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

/// What the running program does, with a mail server that says nothing and letters that wait for it.
#[actix_web::test]
async fn orders_expire_and_papers_are_made_while_no_letter_leaves() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::SilentAfterGreeting);
    let shop = TestShop::with_mail_server(server.mailer(PATIENCE)).await;
    let mug = shop.product("Mug").stock(5).create().await;
    for number in 0..200 {
        shop.create_email_to(&format!("buyer{number}@kunde.de")).await;
    }
    let pending = shop.checkout_request(&mug, 2, PaymentMethod::TestCard).await;
    let pending = shop.write(move |tx| Order::place(tx, &pending)).await.order.id;
    let owed = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    let owed = shop.write(move |tx| Order::place(tx, &owed)).await.order.id;
    let (stop, stopping) = watch::channel(false);
    let at_work = tokio::spawn(worker::run(shop.app.clone().into_inner(), stopping));
    tokio::task::spawn_blocking(move || server.wait_for_clients(4)).await.unwrap();
    // Money comes, and the time of the other order is up.
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
    shop.advance_clock(SignedDuration::from_mins(16));
    let begun = Instant::now();
    loop {
        let now = shop.app.clock().now();
        let (expired, invoiced, written, late) = shop
            .read(move |conn| {
                use tradepost::schema::{emails, invoices};
                let sealed = invoices::order_id.eq(owed).and(invoices::pdf_sha256.is_not_null());
                let written = emails::table.filter(emails::order_id.eq(owed)).count().get_result::<i64>(conn)?;
                Ok((
                    Order::get(conn, pending)?.state == OrderState::Expired,
                    diesel::select(diesel::dsl::exists(tradepost::schema::invoices::table.filter(sealed)))
                        .get_result::<bool>(conn)?,
                    written >= 2,
                    QueuedJob::find_oldest_overdue(conn, now)?,
                ))
            })
            .await;
        if expired && invoiced && written {
            assert_eq!(late.unwrap().queue, Queue::Mail, "and the letters are seen to be late");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "expired {expired}, invoiced {invoiced}, written {written}");
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
async fn a_sweep_comes_by_the_clock_whichever_way_it_is_put() {
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
async fn what_a_clock_that_was_ahead_has_left_is_put_right() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::AnswersRcpt("451 4.7.1 Not today"));
    let shop = TestShop::with_mail_server(server.mailer(PATIENCE)).await;
    let mug = shop.product("Mug").stock(1).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.advance_clock(DAYS_AHEAD);
    // A letter that fails, a job that somebody holds, an order that waits for its money, a log-in that fails too often.
    let id = shop.create_email_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    enqueue(&shop, JobKind::SubmitRefund, 4711, "held").await;
    shop.write(|tx| QueuedJob::claim(tx, Queue::Payments, &[])).await.unwrap();
    let wish = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    let order = shop.write(move |tx| Order::place(tx, &wish)).await.order.id;
    let plate = shop.product("Plate").stock(1).create().await;
    let wish = shop.checkout_request(&plate, 1, PaymentMethod::BankTransfer).await;
    let transfer = shop.write(move |tx| Order::place(tx, &wish)).await.order.id;
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
    assert!(worker::run_next(&shop.app, Queue::Mail).await.unwrap(), "the letter is tried at once");
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
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!(shop.stock(&mug).await, (1, 0));
    while worker::run_next(&shop.app, Queue::Rendering).await.unwrap() {}
    shop.write(|tx| Ok(diesel::delete(jobs::table).execute(tx.conn())?)).await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_clock_that_is_right_is_left_alone() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let wish = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    shop.write(move |tx| Order::place(tx, &wish)).await;
    let rows = || shop.read(|conn| Ok(jobs::table.select((jobs::id, jobs::run_at)).load::<(i64, Utc)>(conn)?));
    let before = rows().await;
    assert_eq!(before.len(), 1, "the payment is asked about in 90 seconds, and not before");
    RecurringTask::RepairFutureDates.run(&shop.app).await.unwrap();
    assert_eq!(rows().await, before);
    assert_eq!(owner.get("/admin").await.status, 200);
    shop.advance_clock(SignedDuration::from_mins(16));
    worker::sweep(&shop.app).await.unwrap();
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_job_that_is_held_is_not_taken_however_the_clock_jumps() {
    let shop = TestShop::new().await;
    enqueue(&shop, JobKind::SubmitRefund, 4711, "held").await;
    let held = shop.write(|tx| QueuedJob::claim(tx, Queue::Payments, &[])).await.unwrap();
    shop.advance_clock(SignedDuration::from_hours(2));
    let ours = [held.id];
    let again = shop.write(move |tx| QueuedJob::claim(tx, Queue::Payments, &ours)).await;
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
async fn a_job_that_the_program_dies_of_is_given_up_in_the_end() {
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
async fn a_job_of_a_newer_program_fails_alone() {
    let shop = TestShop::new().await;
    enqueue(&shop, JobKind::RenderInvoicePdf, 4711, "strange").await;
    shop.write(|tx| Ok(diesel::update(jobs::table).set(jobs::kind.eq("fold_paper_planes")).execute(tx.conn())?)).await;
    assert!(worker::run_next(&shop.app, Queue::Rendering).await.unwrap());
    let (state, _, error) = only_job(&shop).await;
    assert_eq!(state, "queued");
    assert!(error.unwrap().contains("a job that nobody knows"));
    shop.write(|tx| QueuedJob::cancel(tx, "strange")).await;
}

#[actix_web::test]
async fn work_of_what_is_dated_back_is_not_late_for_that() {
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
