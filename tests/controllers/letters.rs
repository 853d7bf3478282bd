//! The outbox: what became of each letter, why, and what staff can do about it.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tradepost::jobs::worker;
use tradepost::models::account::roles::Role;
use tradepost::models::job::{Queue, QueuedJob, TRIES};
use tradepost::models::letter::{Letter, LetterState};

use crate::support::{Browser, Manner, Page, SmtpStandIn, TestShop, checkout};

/// Longer than any server here takes that answers at all.
const PATIENCE: Duration = Duration::from_secs(10);
const IMPATIENCE: Duration = Duration::from_millis(300);

async fn shop_with(server: &SmtpStandIn) -> TestShop {
    TestShop::with_mail_server(server.mailer(PATIENCE)).await
}

async fn letter(shop: &TestShop, id: i64) -> Letter {
    shop.read(move |conn| Letter::get(conn, id)).await
}

/// The page of the newest letter in the outbox.
async fn newest(browser: &Browser) -> Page {
    let page = browser.get("/admin/outbox").await;
    let href = page.attr("tbody th a", "href").unwrap();
    browser.get(&href).await
}

#[actix_web::test]
async fn what_a_server_refuses_for_good_is_tried_once_and_says_why() {
    for (manner, why) in [
        (Manner::Recipient("550 5.1.1 No such user here"), "refuses the address: 550 5.1.1 No such user here"),
        (Manner::Recipient("553 Mailbox name not allowed"), "refuses the address: 553 Mailbox name not allowed"),
        (Manner::Data("554 5.7.1 Message rejected as spam"), "refuses the letter: 554 5.7.1 Message rejected"),
        (Manner::Content("552 5.3.4 Message too big"), "refuses the letter: 552 5.3.4 Message too big"),
        (Manner::Sender("550 5.7.1 Sender not allowed"), "refuses the shop’s own address: 550 5.7.1 Sender"),
    ] {
        let server = SmtpStandIn::start();
        server.set(manner);
        let shop = shop_with(&server).await;
        let owner = shop.staff(Role::Owner).await;
        let id = shop.letter_to("buyer@kunde.de").await;
        shop.run_jobs().await;
        assert_eq!(letter(&shop, id).await.state, LetterState::Refused, "{manner:?}");
        let jobs = shop.read(|conn| QueuedJob::by_key(conn, &Letter::job_key(1))).await;
        assert!(jobs.is_none(), "nothing is tried again: {jobs:?}");
        let page = owner.get("/admin/outbox").await;
        assert!(page.text("tbody").contains("Refused") && page.text("tbody").contains(why), "{}", page.text("tbody"));
        let page = owner.get("/admin/attention").await;
        assert_eq!(page.texts("caption"), ["Letters that nobody took"]);
        assert!(page.text("tbody").contains(why), "{}", page.text("tbody"));
        assert!(owner.get("/admin").await.text("main").contains("1 letter was not delivered"));

        server.set(Manner::Well);
        let page = owner.get("/admin/attention").await.form("Send again: Your order 1001").send().await;
        assert_eq!(page.text("[role=status]"), "It is on its way to the mail server.");
        shop.run_jobs().await;
        assert_eq!(letter(&shop, id).await.state, LetterState::Sent);
        assert_eq!(server.taken().len(), 1);
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs you");
    }
}

#[actix_web::test]
async fn what_may_pass_is_tried_again_and_arrives_once() {
    for manner in [
        Manner::Greets("421 4.3.2 Closing down"),
        Manner::Greets("554 No service here"),
        Manner::Sender("451 4.3.0 Try again later"),
        Manner::Sender("530 5.7.0 Authentication required"),
        Manner::Recipient("450 4.2.0 Greylisted"),
        Manner::Recipient("452 4.2.2 Mailbox full"),
        Manner::Data("421 4.3.2 Closing down"),
        Manner::Content("451 4.3.0 Local error"),
        Manner::DiesBeforeTaking,
    ] {
        let server = SmtpStandIn::start();
        server.set(manner);
        let shop = shop_with(&server).await;
        let owner = shop.staff(Role::Owner).await;
        let id = shop.letter_to("buyer@kunde.de").await;
        shop.run_jobs().await;
        let waiting = letter(&shop, id).await;
        assert_eq!(waiting.state, LetterState::Queued, "{manner:?}");
        let page = newest(&owner).await;
        assert!(page.text(".heading").contains("Waiting"), "{}", page.text(".heading"));
        let told = page.text("main").contains("The mail server does not take letters now");
        assert!(told, "{manner:?}: {}", page.text("main"));
        assert!(page.text("main").contains("It is tried again 21 Nov 2026"), "{}", page.text("main"));
        server.set(Manner::Well);
        shop.run_jobs().await;
        assert!(server.taken().is_empty(), "not before its time");
        shop.wait(SignedDuration::from_secs(11));
        shop.run_jobs().await;
        assert_eq!(letter(&shop, id).await.state, LetterState::Sent);
        assert_eq!(server.taken().len(), 1, "{manner:?}");
    }
}

#[actix_web::test]
async fn a_letter_that_was_taken_without_a_word_comes_again_as_the_same_letter() {
    let server = SmtpStandIn::start();
    server.set(Manner::DiesAfterTaking);
    let shop = shop_with(&server).await;
    shop.letter_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    server.set(Manner::Well);
    shop.wait(SignedDuration::from_secs(11));
    shop.run_jobs().await;
    let [first, second]: [_; 2] = server.taken().try_into().unwrap();
    assert_eq!(first.header("Message-ID").unwrap(), second.header("Message-ID").unwrap());
}

#[actix_web::test]
async fn a_server_that_says_nothing_is_waited_for_no_longer_than_that() {
    for manner in [Manner::NeverGreets, Manner::GreetsOnly, Manner::SilentAfterData, Manner::Drips] {
        let server = SmtpStandIn::start();
        server.set(manner);
        let shop = TestShop::with_mail_server(server.mailer(IMPATIENCE)).await;
        let id = shop.letter_to("buyer@kunde.de").await;
        let begun = Instant::now();
        shop.run_jobs().await;
        assert!(begun.elapsed() < PATIENCE, "{manner:?} took {:?}", begun.elapsed());
        let waiting = letter(&shop, id).await;
        assert_eq!(waiting.state, LetterState::Queued, "{manner:?}");
        assert!(waiting.note.contains("did not answer within"), "{}", waiting.note);
        server.set(Manner::Well);
        shop.wait(SignedDuration::from_secs(11));
        shop.run_jobs().await;
        assert_eq!((letter(&shop, id).await.state, server.taken().len()), (LetterState::Sent, 1), "{manner:?}");
    }
}

#[actix_web::test]
async fn an_answer_that_comes_late_is_not_taken_for_the_next_letters() {
    let server = SmtpStandIn::start();
    let shop = TestShop::with_mail_server(server.mailer(IMPATIENCE)).await;
    // A connection that is kept, since all went well on it.
    shop.letter_to("first@kunde.de").await;
    shop.run_jobs().await;
    server.set(Manner::SilentAfterData);
    let silent = shop.letter_to("second@kunde.de").await;
    shop.run_jobs().await;
    server.set(Manner::Recipient("550 5.1.1 No such user here"));
    let refused = shop.letter_to("third@kunde.de").await;
    shop.run_jobs().await;
    assert_eq!(letter(&shop, refused).await.state, LetterState::Refused);
    assert_eq!(letter(&shop, silent).await.state, LetterState::Queued);
    server.set(Manner::Well);
    shop.wait(SignedDuration::from_secs(11));
    shop.run_jobs().await;
    assert_eq!(letter(&shop, silent).await.state, LetterState::Sent);
    shop.write(move |tx| Letter::leave(tx, refused)).await;
}

#[actix_web::test]
async fn a_letter_nobody_takes_shows_as_failed_and_not_before_the_last_try() {
    let server = SmtpStandIn::start();
    server.set(Manner::Recipient("451 4.7.1 Not today"));
    let shop = shop_with(&server).await;
    shop.letter_to("buyer@kunde.de").await;
    let owner = shop.staff(Role::Owner).await;
    for tries in 0..TRIES {
        assert!(owner.get("/admin/outbox").await.text("tbody").contains("Waiting"));
        let page = owner.get("/admin/attention").await;
        let told = page.texts("caption").contains(&"Letters that wait for the mail server".to_owned());
        assert_eq!(told, tries >= 3, "after {tries} tries: {}", page.text("main"));
        assert!(!told || page.text("tbody").contains("451 4.7.1 Not today"), "{}", page.text("tbody"));
        shop.run_jobs().await;
        shop.wait(SignedDuration::from_mins(61));
    }
    let page = owner.get("/admin/outbox").await;
    assert!(page.text("tbody").contains("Failed"), "{}", page.text("tbody"));
    let page = page.follow("Your order 1001").await;
    assert!(page.text("main").contains("It could not be sent") && page.text("main").contains("Not today"));
    let page = page.form("Leave it unsent").send().await;
    assert_eq!(page.text("h2"), "Nothing needs you");
    assert!(owner.get("/admin/outbox").await.text("tbody").contains("Not sent"));
}

#[actix_web::test]
async fn a_mistyped_address_is_changed_on_the_letter_and_on_the_order() {
    let server = SmtpStandIn::start();
    server.set(Manner::Recipient("550 5.1.1 No such user here"));
    let shop = shop_with(&server).await;
    let mug = shop.product("Mug").sku("MUG-7").create().await;
    let (owner, ada) = (shop.staff(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    checkout(&ada, "bank_transfer").await.fill("email", "ada@lovelaec.de").send().await;
    shop.run_jobs().await;
    server.set(Manner::Well);
    let page = owner.get("/admin/attention").await.follow("Your order 1001").await;
    for (typed, why) in [
        ("ada@", "Enter an email address like name@example.com."),
        ("ada@[127.0.0.1]", "What follows the @ must be a domain like example.com."),
        ("ädä@lovelace.de", "Before the @ we can only mail to letters without accents"),
        ("ada@love\u{200b}lace.de", "This address has an invisible character in it."),
    ] {
        let again = page.form("Send there").fill("email", typed).send().await;
        assert_eq!(again.status, 422);
        assert!(again.error("email").starts_with(why), "{typed}: {}", again.error("email"));
        assert_eq!(again.value("email"), typed);
    }
    let page = page.form("Send there").fill("email", "Ada@LOVELACE.de").send().await;
    assert_eq!(page.text("[role=status]"), "It goes to Ada@lovelace.de now.");
    shop.run_jobs().await;
    let taken = server.taken();
    assert_eq!((taken.len(), taken[0].to.as_str()), (1, "Ada@lovelace.de"));
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("main").contains("Ada@lovelace.de"), "{}", page.text("main"));
    assert!(page.text("main").contains("Changed the email address from ada@lovelaec.de to Ada@lovelace.de"));
    for words in ["lovelace.de", "MUG-7", "Lovelace"] {
        let found = owner.get(&format!("/admin/orders?q={words}")).await;
        assert_eq!(found.texts("table.list tbody th a"), ["1001"], "{words}");
    }
    assert!(!owner.get("/admin/orders?q=lovelaec").await.has("table.list tbody th a"));
    shop.assert_clean().await;
}

#[actix_web::test]
async fn without_the_tick_the_order_keeps_its_address() {
    let server = SmtpStandIn::start();
    let shop = shop_with(&server).await;
    let mug = shop.product("Mug").create().await;
    let (owner, ada) = (shop.staff(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    checkout(&ada, "bank_transfer").await.fill("email", "ada@lovelace.de").send().await;
    shop.run_jobs().await;
    let page = owner.get("/admin/outbox").await.follow("Your order 1001").await;
    assert!(page.text(".heading").contains("Sent"));
    let form = page.form("Send there").fill("email", "office@lovelace.de").untick("correct_order");
    form.send().await;
    shop.run_jobs().await;
    let taken = server.taken();
    let to: Vec<&str> = taken.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, ["ada@lovelace.de", "office@lovelace.de"]);
    assert_ne!(taken[0].header("Message-ID"), taken[1].header("Message-ID"), "mail programs must not hide it");
    let email = shop.read(|conn| Ok(tradepost::models::order::Order::by_number(conn, "1001")?.email)).await;
    assert_eq!(email, "ada@lovelace.de");
}

#[actix_web::test]
async fn example_addresses_get_nothing_and_the_outbox_says_so() {
    let server = SmtpStandIn::start();
    let shop = shop_with(&server).await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.staff(Role::Owner).await;
    for email in ["ada@example.com", "ada@mail.example.org", "ada@lovelace.example", "ada@shop.test", "ada@x.invalid"] {
        let ada = shop.visitor();
        ada.add_to_cart(&mug, 1).await;
        checkout(&ada, "bank_transfer").await.fill("email", email).send().await;
        shop.run_jobs().await;
        let mine = shop.letters().await.into_iter().find(|letter| letter.recipient == email).unwrap();
        assert_eq!(mine.state, LetterState::Kept);
        let page = owner.get(&format!("/admin/outbox/{}", mine.id)).await;
        assert!(page.text(".heading").contains("Not sent"));
        assert!(page.text("main").contains("This is an example address: nobody reads mail there"));
        let page = page.form("Send again").send().await;
        assert!(page.text("main").contains("Not sent. This is an example address"), "{}", page.text("main"));
    }
    assert!(server.taken().is_empty());
    assert!(owner.get("/admin/outbox").await.text("tbody").contains("nobody reads mail there"));
}

#[actix_web::test]
async fn the_server_hears_the_sites_own_name_and_the_shopkeeper_answers_the_buyer() {
    let server = SmtpStandIn::start();
    let shop = shop_with(&server).await;
    shop.set(|settings| settings.contact_email = "hello@kestrel.de".to_owned()).await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    checkout(&ada, "bank_transfer").await.fill("email", "ada@müller-laden.de").send().await;
    shop.run_jobs().await;
    let taken = server.taken();
    let to = |address: &str| taken.iter().find(|letter| letter.to == address).unwrap();
    let (buyers, shops) = (to("ada@xn--mller-laden-thb.de"), to("hello@kestrel.de"));
    assert_eq!(buyers.hello, "shop.kestrel.de");
    assert_eq!(buyers.header("Reply-To"), None);
    assert_eq!(shops.header("Reply-To"), Some("ada@xn--mller-laden-thb.de"));
}

#[actix_web::test]
async fn only_who_may_read_codes_sends_letters() {
    let shop = TestShop::new().await;
    let id = shop.letter_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    for role in [Role::Support, Role::ShopManager] {
        let reader = shop.staff(role).await;
        let page = reader.get(&format!("/admin/outbox/{id}")).await;
        assert_eq!(page.status, 200);
        assert!(!page.has("main form"), "{}", page.text("main"));
        for action in ["send", "address"] {
            let answer = reader.post(&format!("/admin/outbox/{id}/{action}"), &[("email", "me@kunde.de")]).await;
            assert_eq!(answer.status, 403, "{} {action}", role.as_str());
        }
    }
    shop.run_jobs().await;
    assert_eq!(shop.sent.lock().unwrap().len(), 1);
    let admin = shop.staff(Role::Admin).await;
    let page = admin.get(&format!("/admin/outbox/{id}")).await.form("Send again").send().await;
    assert_eq!(page.status, 200);
    shop.run_jobs().await;
    assert_eq!(shop.sent.lock().unwrap().len(), 2);
}

#[actix_web::test]
async fn who_manages_orders_leaves_a_letter_unsent() {
    let shop = TestShop::new().await;
    shop.undeliverable_letter().await;
    shop.run_jobs().await;
    let support = shop.staff(Role::Support).await;
    assert_eq!(support.post("/admin/outbox/1/leave", &[]).await.status, 403);
    let manager = shop.staff(Role::ShopManager).await;
    let page = manager.get("/admin/attention").await;
    assert!(!page.has("main form"), "a shop manager cannot send it: {}", page.text("main"));
    let page = page.follow("Your order 1001").await.form("Leave it unsent").send().await;
    assert_eq!(page.text("h2"), "Nothing needs you");
}

#[actix_web::test]
async fn a_letter_that_waits_is_tried_at_once_when_staff_want_it() {
    let server = SmtpStandIn::start();
    server.set(Manner::Recipient("450 4.2.0 Greylisted"));
    let shop = shop_with(&server).await;
    shop.letter_to("buyer@kunde.de").await;
    shop.run_jobs().await;
    server.set(Manner::Well);
    let owner = shop.staff(Role::Owner).await;
    newest(&owner).await.form("Try now").send().await;
    assert!(worker::next(&shop.app, Queue::Mail).await.unwrap());
    assert_eq!(server.taken().len(), 1);
}

#[actix_web::test]
async fn names_are_greeted_as_they_were_typed() {
    for (name, greeted) in [
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
        let page = checkout(&ada, "bank_transfer").await.fill("name", name).send().await;
        assert_eq!(page.text("h1"), format!("Thank you, {greeted}"));
        shop.run_jobs().await;
        let owner = shop.staff(Role::Owner).await;
        owner.get("/admin/orders/1001").await.form("Mark as paid").send().await;
        owner.get("/admin/orders/1001").await.form("Fulfil").send().await;
        shop.run_jobs().await;
        for letter in shop.letters().await.into_iter().filter(|letter| letter.recipient.starts_with("ada")) {
            let whole = format!(" {greeted}");
            assert!(letter.body_text.contains(&whole), "{}: {}", letter.subject, letter.body_text);
            assert!(letter.html.contains(greeted), "{}: {}", letter.subject, letter.html);
        }
    }
}
