//! A form that arrives several times is carried out once, whatever happens on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use futures_util::future::join_all;
use tradepost::error::Error;
use tradepost::models::platform::event::{Actor, Event};
use tradepost::models::platform::form_submission::{FormSubmission, SubmissionStatus};
use tradepost::schema::facts;

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
    shop.read(|conn| Ok(facts::table.filter(facts::kind.eq("signed_in")).count().get_result(conn)?)).await
}

/// The form eight times at once. The first tries of its work fail; the others leave a fact behind.
async fn at_once(shop: &TestShop, failures: usize) -> Vec<Result<String, Error>> {
    let tries = Arc::new(AtomicUsize::new(0));
    let send = || {
        let tries = tries.clone();
        shop.app.db.write(move |tx| {
            form("one").run_once(tx, |tx| {
                Event::SignedIn(1).record(tx, &Actor::System)?;
                let number = tries.fetch_add(1, Ordering::SeqCst);
                if number < failures { Err(Error::NotFound) } else { Ok(format!("\"try {number}\"")) }
            })
        })
    };
    join_all((0..8).map(|_| send())).await
}

#[actix_web::test]
async fn of_eight_at_once_one_is_carried_out_and_all_get_its_result() {
    let shop = TestShop::new().await;
    let before = logins(&shop).await;
    for answer in at_once(&shop, 0).await {
        assert_eq!(answer.unwrap(), "\"try 0\"");
    }
    assert_eq!(logins(&shop).await - before, 1);
}

#[actix_web::test]
async fn when_the_first_ones_fail_the_next_is_carried_out() {
    let shop = TestShop::new().await;
    let before = logins(&shop).await;
    let answers = at_once(&shop, 3).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 3);
    assert!(answers.into_iter().flatten().all(|answer| answer == "\"try 3\""));
    assert_eq!(logins(&shop).await - before, 1, "what failed has left nothing");
}

#[actix_web::test]
async fn another_body_or_another_owner_gets_no_result() {
    let shop = TestShop::new().await;
    shop.write(|tx| form("one").run_once(tx, |_| Ok("1".to_owned()))).await;
    let others = [form("two"), FormSubmission { owner: "account 2".to_owned(), ..form("one") }];
    for other in others {
        let asked = other.clone();
        assert_eq!(shop.read(move |conn| asked.find_status(conn)).await, SubmissionStatus::Conflicting);
        let sent = shop.app.db.write(move |tx| other.run_once(tx, |_| Ok("2".to_owned()))).await;
        assert!(matches!(sent, Err(Error::AlreadySubmitted)));
    }
    assert_eq!(shop.read(|conn| form("one").find_status(conn)).await, SubmissionStatus::Completed("1".to_owned()));
}
