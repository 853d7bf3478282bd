//! A form that arrives several times runs once, whatever happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use futures_util::future::join_all;
use tradepost::error::Error;
use tradepost::models::platform::event::{Actor, Event};
use tradepost::models::platform::form_submission::{FormSubmission, SubmissionStatus};
use tradepost::schema::events;

use crate::support::TestShop;

fn form(body: &str) -> FormSubmission {
    FormSubmission {
        token_hash: "a mark".to_owned(),
        body_hash: body.to_owned(),
        owner: "account 1".to_owned(),
        route: "/a".to_owned(),
    }
}

async fn logins(shop: &TestShop) -> i64 {
    shop.read(|conn| Ok(events::table.filter(events::kind.eq("signed_in")).count().get_result(conn)?)).await
}

/// Submits the form eight times concurrently. The first attempts fail; the others record an event.
async fn submit_concurrently(shop: &TestShop, failures: usize) -> Vec<Result<String, Error>> {
    let tries = Arc::new(AtomicUsize::new(0));
    let send = || {
        let tries = tries.clone();
        shop.app.db.write(move |tx| {
            form("one").run_once(tx, |tx| {
                Event::SignedIn { account: 1.into() }.record(tx, &Actor::System)?;
                let number = tries.fetch_add(1, Ordering::SeqCst);
                if number < failures { Err(Error::NotFound) } else { Ok(format!("\"try {number}\"")) }
            })
        })
    };
    join_all((0..8).map(|_| send())).await
}

#[actix_web::test]
async fn of_eight_concurrent_submissions_one_runs_and_all_get_its_result() {
    let shop = TestShop::new().await;
    let before = logins(&shop).await;
    for response in submit_concurrently(&shop, 0).await {
        assert_eq!(response.unwrap(), "\"try 0\"");
    }
    assert_eq!(logins(&shop).await - before, 1);
}

#[actix_web::test]
async fn when_the_first_submissions_fail_the_next_runs() {
    let shop = TestShop::new().await;
    let before = logins(&shop).await;
    let responses = submit_concurrently(&shop, 3).await;
    assert_eq!(responses.iter().filter(|response| response.is_err()).count(), 3);
    assert!(responses.into_iter().flatten().all(|response| response == "\"try 3\""));
    assert_eq!(logins(&shop).await - before, 1, "what failed has left nothing");
}

#[actix_web::test]
async fn another_body_or_another_owner_gets_no_result() {
    let shop = TestShop::new().await;
    shop.write(|tx| form("one").run_once(tx, |_| Ok("1".to_owned()))).await;
    let others = [form("two"), FormSubmission { owner: "account 2".to_owned(), ..form("one") }];
    for other in others {
        let requested = other.clone();
        assert_eq!(shop.read(move |conn| requested.find_status(conn)).await, SubmissionStatus::Conflicting);
        let sent = shop.app.db.write(move |tx| other.run_once(tx, |_| Ok("2".to_owned()))).await;
        assert!(matches!(sent, Err(Error::AlreadySubmitted)));
    }
    assert_eq!(shop.read(|conn| form("one").find_status(conn)).await, SubmissionStatus::Completed("1".to_owned()));
}
