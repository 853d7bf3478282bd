//! Overload: excess requests are refused at once, and cached pages are still served.

use std::sync::mpsc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::app::{HashQueue, PasswordCheck};
use tradepost::error::Error;

use crate::support::TestShop;

/// The number of connections of a test shop.
const READERS: usize = 8;

#[actix_web::test]
async fn an_expired_page_is_served_while_the_database_is_busy() {
    let shop = TestShop::new().await;
    shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.get("/shop").await;
    shop.advance_clock(SignedDuration::from_mins(11));
    let (held, holding) = mpsc::channel();
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (let_go, wait) = mpsc::channel::<()>();
            let (db, held) = (shop.app.db.clone(), held.clone());
            let reading = actix_web::rt::spawn(async move {
                let read = db.read_unbounded(move |_| {
                    held.send(()).unwrap();
                    // Blocks until the sender is dropped.
                    let _over = wait.recv();
                    Ok(())
                });
                read.await.unwrap();
            });
            (let_go, reading)
        })
        .collect();
    for _ in 0..READERS {
        while holding.try_recv().is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let (kept, other, third) = tokio::join!(
        ada.get_without_redirect("/shop"),
        ada.get_without_redirect("/blog"),
        ada.get_without_redirect("/blog")
    );
    assert_eq!((kept.status, kept.header("cache-status")), (200, Some("Tradepost; hit")));
    for page in [other, third] {
        assert_eq!((page.status, page.header("retry-after")), (503, Some("2")));
    }
    for (let_go, reading) in readers {
        drop(let_go);
        reading.await.unwrap();
    }
    assert_eq!(ada.get("/shop").await.header("cache-status"), Some("Tradepost; fwd=miss"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r12_the_queue_of_password_checks_is_bounded() {
    let shop = TestShop::new().await;
    let verify = async || {
        let permit = shop.app.hash_limiter.acquire(HashQueue::Public).await?;
        shop.app.verify_password(permit, "four wandering teapots".to_owned(), None).await
    };
    let responses = join_all((0..60).map(|_| verify())).await;
    let busy = responses.iter().filter(|response| matches!(response, Err(Error::Busy))).count();
    let refused = responses.iter().filter(|response| matches!(response, Ok(PasswordCheck::Wrong))).count();
    assert_eq!((refused, busy), (34, 26));
    assert_eq!(verify().await.unwrap(), PasswordCheck::Wrong);
}
