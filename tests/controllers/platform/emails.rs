//! The outbox: the state of each email, its reason, and what staff can do about it.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tradepost::jobs::worker;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::email::{Email, EmailState};
use tradepost::models::platform::job::{MAX_ATTEMPTS, Queue, QueuedJob};
use tradepost::support::ids::EmailId;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, FakeSmtpServer, Page, SmtpBehaviour, TestShop, fill_checkout};

/// Longer than any responsive test server takes.
const TIMEOUT: Duration = Duration::from_secs(10);
const IMPATIENCE: Duration = Duration::from_millis(300);

async fn open_shop_with(server: &FakeSmtpServer) -> TestShop {
    TestShop::with_mail_server(server.mailer(TIMEOUT)).await
}

async fn load_email(shop: &TestShop, id: EmailId) -> Email {
    shop.read(move |conn| Email::get(conn, id)).await
}

/// The page of the newest email in the outbox.
async fn newest_email_page(browser: &Browser) -> Page {
    let page = browser.get("/admin/outbox").await;
    let href = page.attr("tbody th a", "href").unwrap();
    browser.get(&href).await
}

#[actix_web::test]
async fn a_permanent_smtp_refusal_is_tried_once_and_explained() {
    for (behaviour, reason) in [
        (
            SmtpBehaviour::AnswersRcpt("550 5.1.1 No such user here"),
            "rejected the recipient address: 550 5.1.1 No such user here",
        ),
        (
            SmtpBehaviour::AnswersRcpt("553 Mailbox name not allowed"),
            "rejected the recipient address: 553 Mailbox name not allowed",
        ),
        (
            SmtpBehaviour::AnswersData("554 5.7.1 Message rejected as spam"),
            "rejected the email: 554 5.7.1 Message rejected",
        ),
        (SmtpBehaviour::AnswersContent("552 5.3.4 Message too big"), "rejected the email: 552 5.3.4 Message too big"),
        (SmtpBehaviour::AnswersMail("550 5.7.1 Sender not allowed"), "rejected the sender address: 550 5.7.1 Sender"),
    ] {
        let server = FakeSmtpServer::start();
        server.set_behaviour(behaviour);
        let shop = open_shop_with(&server).await;
        let owner = shop.log_in_as(Role::Owner).await;
        let id = shop.create_email_to("buyer@kunde.de").await;
        shop.run_jobs().await;
        assert_eq!(load_email(&shop, id).await.state, EmailState::Refused, "{behaviour:?}");
        let jobs = shop.read(|conn| QueuedJob::find_by_key(conn, &Email::job_key(1.into()))).await;
        assert!(jobs.is_none(), "nothing is tried again: {jobs:?}");
        let page = owner.get("/admin/outbox").await;
        assert!(
            page.text("tbody").contains("Rejected") && page.text("tbody").contains(reason),
            "{}",
            page.text("tbody")
        );
        let page = owner.get("/admin/attention").await;
        assert_eq!(page.texts("caption"), ["Emails not delivered"]);
        assert!(page.text("tbody").contains(reason), "{}", page.text("tbody"));
        assert!(owner.get("/admin").await.text("main").contains("1 email was not delivered"));

        server.set_behaviour(SmtpBehaviour::AcceptsAll);
        let page = owner.get("/admin/attention").await.form("Resend: Your order 1001").submit().await;
        assert_eq!(page.text("[role=status]"), "Email queued.");
        shop.run_jobs().await;
        assert_eq!(load_email(&shop, id).await.state, EmailState::Sent);
        assert_eq!(server.received().len(), 1);
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");
    }
}

#[actix_web::test]
async fn a_temporary_smtp_refusal_is_retried_and_delivered_once() {
    for behaviour in [
        SmtpBehaviour::GreetsWith("421 4.3.2 Closing down"),
        SmtpBehaviour::GreetsWith("554 No service here"),
        SmtpBehaviour::AnswersMail("451 4.3.0 Try again later"),
        SmtpBehaviour::AnswersMail("530 5.7.0 Authentication required"),
        SmtpBehaviour::AnswersRcpt("450 4.2.0 Greylisted"),
        SmtpBehaviour::AnswersRcpt("452 4.2.2 Mailbox full"),
        SmtpBehaviour::AnswersData("421 4.3.2 Closing down"),
        SmtpBehaviour::AnswersContent("451 4.3.0 Local error"),
        SmtpBehaviour::DropsBeforeAccepting,
    ] {
        let server = FakeSmtpServer::start();
        server.set_behaviour(behaviour);
        let shop = open_shop_with(&server).await;
        let owner = shop.log_in_as(Role::Owner).await;
        let id = shop.create_email_to("buyer@kunde.de").await;
        shop.run_jobs().await;
        let waiting = load_email(&shop, id).await;
        assert_eq!(waiting.state, EmailState::Queued, "{behaviour:?}");
        let page = newest_email_page(&owner).await;
        assert!(page.text(".heading").contains("Queued"), "{}", page.text(".heading"));
        let shows_notice = page.text("main").contains("The mail server is not accepting emails right now");
        assert!(shows_notice, "{behaviour:?}: {}", page.text("main"));
        assert!(page.text("main").contains("Next attempt 21 Nov 2026"), "{}", page.text("main"));
        server.set_behaviour(SmtpBehaviour::AcceptsAll);
        shop.run_jobs().await;
        assert!(server.received().is_empty(), "not before its time");
        shop.advance_clock(SignedDuration::from_secs(11));
        shop.run_jobs().await;
        assert_eq!(load_email(&shop, id).await.state, EmailState::Sent);
        assert_eq!(server.received().len(), 1, "{behaviour:?}");
    }
}

#[actix_web::test]
async fn an_unacknowledged_email_is_sent_again_with_the_same_message_id() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::DropsAfterAccepting);
    let shop = open_shop_with(&server).await;
    shop.create_email_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    shop.advance_clock(SignedDuration::from_secs(11));
    shop.run_jobs().await;
    let [first, second]: [_; 2] = server.received().try_into().unwrap();
    assert_eq!(first.header("Message-ID").unwrap(), second.header("Message-ID").unwrap());
}

#[actix_web::test]
async fn a_silent_mail_server_times_out() {
    for behaviour in [
        SmtpBehaviour::NeverGreets,
        SmtpBehaviour::SilentAfterGreeting,
        SmtpBehaviour::SilentAfterData,
        SmtpBehaviour::TricklesGreeting,
    ] {
        let server = FakeSmtpServer::start();
        server.set_behaviour(behaviour);
        let shop = TestShop::with_mail_server(server.mailer(IMPATIENCE)).await;
        let id = shop.create_email_to("buyer@kunde.de").await;
        let started = Instant::now();
        shop.run_jobs().await;
        assert!(started.elapsed() < TIMEOUT, "{behaviour:?} took {:?}", started.elapsed());
        let waiting = load_email(&shop, id).await;
        assert_eq!(waiting.state, EmailState::Queued, "{behaviour:?}");
        assert!(waiting.state_reason.contains("did not respond within"), "{}", waiting.state_reason);
        server.set_behaviour(SmtpBehaviour::AcceptsAll);
        shop.advance_clock(SignedDuration::from_secs(11));
        shop.run_jobs().await;
        assert_eq!(
            (load_email(&shop, id).await.state, server.received().len()),
            (EmailState::Sent, 1),
            "{behaviour:?}"
        );
    }
}

#[actix_web::test]
async fn a_late_smtp_reply_is_not_attributed_to_the_next_email() {
    let server = FakeSmtpServer::start();
    let shop = TestShop::with_mail_server(server.mailer(IMPATIENCE)).await;
    // The connection is reused after a success.
    shop.create_email_to("first@kunde.de").await;
    shop.run_jobs().await;
    server.set_behaviour(SmtpBehaviour::SilentAfterData);
    let silent = shop.create_email_to("second@kunde.de").await;
    shop.run_jobs().await;
    server.set_behaviour(SmtpBehaviour::AnswersRcpt("550 5.1.1 No such user here"));
    let refused = shop.create_email_to("third@kunde.de").await;
    shop.run_jobs().await;
    assert_eq!(load_email(&shop, refused).await.state, EmailState::Refused);
    assert_eq!(load_email(&shop, silent).await.state, EmailState::Queued);
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    shop.advance_clock(SignedDuration::from_secs(11));
    shop.run_jobs().await;
    assert_eq!(load_email(&shop, silent).await.state, EmailState::Sent);
    shop.write(move |tx| Email::dismiss(tx, refused)).await;
}

#[actix_web::test]
async fn an_email_is_failed_after_the_last_try_only() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::AnswersRcpt("451 4.7.1 Not today"));
    let shop = open_shop_with(&server).await;
    shop.create_email_to("buyer@kunde.de").await;
    let owner = shop.log_in_as(Role::Owner).await;
    for tries in 0..MAX_ATTEMPTS {
        assert!(owner.get("/admin/outbox").await.text("tbody").contains("Queued"));
        let page = owner.get("/admin/attention").await;
        let shows_notice = page.texts("caption").contains(&"Emails waiting for the mail server".to_owned());
        assert_eq!(shows_notice, tries >= 3, "after {tries} tries: {}", page.text("main"));
        assert!(!shows_notice || page.text("tbody").contains("451 4.7.1 Not today"), "{}", page.text("tbody"));
        shop.run_jobs().await;
        shop.advance_clock(SignedDuration::from_mins(61));
        owner.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    }
    let page = owner.get("/admin/outbox").await;
    assert!(page.text("tbody").contains("Failed"), "{}", page.text("tbody"));
    let page = page.click_link("Your order 1001").await;
    assert!(page.text("main").contains("It could not be sent") && page.text("main").contains("Not today"));
    let page = page.form("Do not send").submit().await;
    assert_eq!(page.text("h2"), "Nothing needs attention");
    assert!(owner.get("/admin/outbox").await.text("tbody").contains("Not sent"));
}

#[actix_web::test]
async fn a_corrected_address_changes_the_email_and_its_order() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::AnswersRcpt("550 5.1.1 No such user here"));
    let shop = open_shop_with(&server).await;
    let mug = shop.product("Mug").sku("MUG-7").create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "bank_transfer").await.fill("email", "ada@lovelaec.de").submit().await;
    shop.run_jobs().await;
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    let page = owner.get("/admin/attention").await.click_link("Your order 1001").await;
    for (typed, reason) in [
        ("ada@", "Enter an email address like name@example.com."),
        ("ada@[127.0.0.1]", "The part after the @ must be a domain like example.com."),
        ("ädä@lovelace.de", "Before the @, only unaccented letters, digits and symbols are supported."),
        ("ada@love\u{200b}lace.de", "This address contains an invisible character."),
    ] {
        let again = page.form("Send to this address").fill("email", typed).submit().await;
        assert_eq!(again.status, 422);
        assert!(again.field_error("email").starts_with(reason), "{typed}: {}", again.field_error("email"));
        assert_eq!(again.field_value("email"), typed);
    }
    let page = page.form("Send to this address").fill("email", "Ada@LOVELACE.de").submit().await;
    assert_eq!(page.text("[role=status]"), "Email queued to Ada@lovelace.de.");
    shop.run_jobs().await;
    let received = server.received();
    assert_eq!((received.len(), received[0].to.as_str()), (1, "Ada@lovelace.de"));
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("main").contains("Ada@lovelace.de"), "{}", page.text("main"));
    assert!(page.text("main").contains("Changed the email address from ada@lovelaec.de to Ada@lovelace.de"));
    for words in ["lovelace.de", "MUG-7", "Lovelace"] {
        let found = owner.get(&format!("/admin/orders?q={words}")).await;
        assert_eq!(found.texts("table.list tbody th a"), ["1001"], "{words}");
    }
    assert!(!owner.get("/admin/orders?q=lovelaec").await.has("table.list tbody th a"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn without_the_checkbox_the_order_keeps_its_address() {
    let server = FakeSmtpServer::start();
    let shop = open_shop_with(&server).await;
    let mug = shop.product("Mug").create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "bank_transfer").await.fill("email", "ada@lovelace.de").submit().await;
    shop.run_jobs().await;
    let page = owner.get("/admin/outbox").await.click_link("Your order 1001").await;
    assert!(page.text(".heading").contains("Sent"));
    let form = page.form("Send to this address").fill("email", "office@lovelace.de").uncheck("correct_order");
    form.submit().await;
    shop.run_jobs().await;
    let received = server.received();
    let to: Vec<&str> = received.iter().map(|message| message.to.as_str()).collect();
    assert_eq!(to, ["ada@lovelace.de", "office@lovelace.de"]);
    assert_ne!(received[0].header("Message-ID"), received[1].header("Message-ID"), "mail programs must not hide it");
    let email = shop.read(|conn| Ok(tradepost::models::sales::order::Order::find_by_number(conn, "1001")?.email)).await;
    assert_eq!(email, "ada@lovelace.de");
}

#[actix_web::test]
async fn example_addresses_receive_nothing_and_the_outbox_says_so() {
    let server = FakeSmtpServer::start();
    let shop = open_shop_with(&server).await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for email in ["ada@example.com", "ada@mail.example.org", "ada@lovelace.example", "ada@shop.test", "ada@x.invalid"] {
        let ada = shop.visitor();
        ada.add_to_cart(&mug, 1).await;
        fill_checkout(&ada, "bank_transfer").await.fill("email", email).submit().await;
        shop.run_jobs().await;
        let email_to_ada = shop.emails().await.into_iter().find(|message| message.recipient == email).unwrap();
        assert_eq!(email_to_ada.state, EmailState::Unsent);
        let page = owner.get(&format!("/admin/outbox/{}", email_to_ada.id)).await;
        assert!(page.text(".heading").contains("Not sent"));
        assert!(page.text("main").contains("This is an example address, so no email is sent to it."));
        let page = page.form("Resend").submit().await;
        assert!(page.text("main").contains("Not sent. This is an example address"), "{}", page.text("main"));
    }
    assert!(server.received().is_empty());
    assert!(owner.get("/admin/outbox").await.text("tbody").contains("no email is sent to it"));
}

#[actix_web::test]
async fn ehlo_has_the_sites_name_and_replies_go_to_the_buyer() {
    let server = FakeSmtpServer::start();
    let shop = open_shop_with(&server).await;
    shop.update_settings(|settings| settings.contact_email = "hello@kestrel.de".to_owned()).await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "bank_transfer").await.fill("email", "ada@müller-laden.de").submit().await;
    shop.run_jobs().await;
    let received = server.received();
    let to = |address: &str| received.iter().find(|email| email.to == address).unwrap();
    let (buyers, shops) = (to("ada@xn--mller-laden-thb.de"), to("hello@kestrel.de"));
    assert_eq!(buyers.client_name, "shop.kestrel.de");
    assert_eq!(buyers.header("Reply-To"), None);
    assert_eq!(shops.header("Reply-To"), Some("ada@xn--mller-laden-thb.de"));
}

#[actix_web::test]
async fn only_staff_who_may_read_codes_resend_emails() {
    let shop = TestShop::new().await;
    let id = shop.create_email_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    for role in [Role::Support, Role::ShopManager] {
        let reader = shop.log_in_as(role).await;
        let page = reader.get(&format!("/admin/outbox/{id}")).await;
        assert_eq!(page.status, 200);
        assert!(!page.has("main form"), "{}", page.text("main"));
        for action in ["send", "address"] {
            let response = reader.post(&format!("/admin/outbox/{id}/{action}"), &[("email", "me@kunde.de")]).await;
            assert_eq!(response.status, 403, "{} {action}", role.as_str());
        }
    }
    shop.run_jobs().await;
    assert_eq!(shop.sent_emails.lock().unwrap().len(), 1);
    let admin = shop.log_in_as(Role::Admin).await;
    let page = admin.get(&format!("/admin/outbox/{id}")).await.form("Resend").submit().await;
    assert_eq!(page.status, 200);
    shop.run_jobs().await;
    assert_eq!(shop.sent_emails.lock().unwrap().len(), 2);
}

#[actix_web::test]
async fn staff_who_manage_orders_cannot_send_an_email() {
    let shop = TestShop::new().await;
    shop.create_undeliverable_email().await;
    shop.run_jobs().await;
    let support = shop.log_in_as(Role::Support).await;
    assert_eq!(support.post("/admin/outbox/1/leave", &[]).await.status, 403);
    let manager = shop.log_in_as(Role::ShopManager).await;
    let page = manager.get("/admin/attention").await;
    assert!(!page.has("main form"), "a shop manager cannot send it: {}", page.text("main"));
    let page = page.click_link("Your order 1001").await.form("Do not send").submit().await;
    assert_eq!(page.text("h2"), "Nothing needs attention");
}

/// R28: a shop manager manages orders, so also their emails; to another address goes only what may be read.
#[actix_web::test]
async fn r28_a_shop_manager_resends_the_emails_of_orders() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "bank_transfer").await.fill("email", "ada@lovelace.de").submit().await;
    shop.run_jobs().await;
    let sent = shop.sent_emails.lock().unwrap().len();
    let id = shop.emails().await.into_iter().find(|email| email.recipient == "ada@lovelace.de").unwrap().id;
    let support = shop.log_in_as(Role::Support).await;
    assert!(!support.get(&format!("/admin/outbox/{id}")).await.has("main form"));
    assert_eq!(support.post(&format!("/admin/outbox/{id}/send"), &[]).await.status, 403);
    let manager = shop.log_in_as(Role::ShopManager).await;
    let page = manager.get(&format!("/admin/outbox/{id}")).await;
    assert!(!page.has("input[name=email]"), "{}", page.text("main"));
    assert_eq!(page.form("Resend").submit().await.status, 200);
    let moved = manager.post(&format!("/admin/outbox/{id}/address"), &[("email", "me@kunde.de")]).await;
    assert_eq!(moved.status, 403);
    shop.run_jobs().await;
    assert_eq!(shop.sent_emails.lock().unwrap().len(), sent + 1);
}

#[actix_web::test]
async fn a_waiting_email_can_be_sent_now() {
    let server = FakeSmtpServer::start();
    server.set_behaviour(SmtpBehaviour::AnswersRcpt("450 4.2.0 Greylisted"));
    let shop = open_shop_with(&server).await;
    shop.create_email_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    let owner = shop.log_in_as(Role::Owner).await;
    newest_email_page(&owner).await.form("Send now").submit().await;
    assert!(worker::run_next(&shop.app, Queue::Mail).await.unwrap());
    assert_eq!(server.received().len(), 1);
}

#[actix_web::test]
async fn emails_greet_people_by_the_name_they_typed() {
    for (name, greeting_name) in [
        ("Dr. Ada Lovelace", "Dr. Ada Lovelace"),
        ("Herr Müller", "Herr Müller"),
        ("van der Berg", "van der Berg"),
        ("山田", "山田"),
        ("Cher", "Cher"),
        ("  Ada   Lovelace ", "Ada Lovelace"),
    ] {
        let shop = TestShop::new().await;
        let mug = shop.product("Mug").create().await;
        let ada = shop.visitor();
        ada.add_to_cart(&mug, 1).await;
        let page = fill_checkout(&ada, "bank_transfer").await.fill("name", name).submit().await;
        assert_eq!(page.text("h1"), format!("Thank you, {greeting_name}"));
        shop.run_jobs().await;
        let owner = shop.log_in_as(Role::Owner).await;
        owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
        owner.get("/admin/orders/1001").await.form("Fulfil").submit().await;
        shop.run_jobs().await;
        for email in shop.emails().await.into_iter().filter(|email| email.recipient.starts_with("ada")) {
            let greeting = format!(" {greeting_name}");
            assert!(email.body_text.contains(&greeting), "{}: {}", email.subject, email.body_text);
            assert!(email.html.contains(greeting_name), "{}: {}", email.subject, email.html);
        }
    }
}
