//! `Database::write`: atomic and independent of its batch.

use diesel::prelude::*;
use futures_util::future::join_all;
use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::models::platform::setting::Settings;
use tradepost::schema::settings;

use crate::support::TestShop;

fn insert_setting(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    let row = (settings::name.eq(name), settings::value.eq("x"));
    diesel::insert_into(settings::table).values(row).execute(tx.conn())?;
    Ok(())
}

async fn is_written(shop: &TestShop) -> Vec<String> {
    let mut names: Vec<String> = shop
        .read(|conn| Ok(settings::table.filter(settings::name.like("test-%")).select(settings::name).load(conn)?))
        .await;
    names.sort();
    names
}

#[actix_web::test]
async fn a_failed_write_does_not_affect_its_batch() {
    let shop = TestShop::new().await;
    // All are queued before the first runs, so on SQLite they share commits.
    let work = (0..100).map(|number| {
        let db = shop.app.db.clone();
        tokio::spawn(async move {
            db.write(move |tx| {
                insert_setting(tx, &format!("test-{number:02}"))?;
                if number % 3 == 0 { Err(Error::Conflict) } else { Ok(()) }
            })
            .await
        })
    });
    let done = join_all(work).await;
    let failed = done.into_iter().filter(|done| matches!(done, Ok(Err(Error::Conflict)))).count();
    assert_eq!(failed, 34);
    let expected: Vec<String> =
        (0..100).filter(|number| number % 3 != 0).map(|number| format!("test-{number:02}")).collect();
    assert_eq!(is_written(&shop).await, expected);
}

#[actix_web::test]
async fn a_panic_rolls_back_its_own_write_only() {
    let shop = TestShop::new().await;
    let work = ["test-a", "test-panic", "test-b"].map(|name| {
        let db = shop.app.db.clone();
        tokio::spawn(async move {
            db.write(move |tx| {
                insert_setting(tx, name)?;
                assert!(name != "test-panic", "on purpose");
                Ok(())
            })
            .await
        })
    });
    let done: Vec<bool> = join_all(work).await.into_iter().map(|done| matches!(done, Ok(Ok(())))).collect();
    assert_eq!(done, [true, false, true]);
    assert_eq!(is_written(&shop).await, ["test-a", "test-b"]);
    shop.write(|tx| insert_setting(tx, "test-c")).await;
    assert_eq!(is_written(&shop).await.len(), 3, "and the next one works");
}

#[actix_web::test]
async fn a_read_cannot_write() {
    let shop = TestShop::new().await;
    let written = shop
        .app
        .db
        .read(|conn| {
            let row = (settings::name.eq("test-read"), settings::value.eq("x"));
            Ok(diesel::insert_into(settings::table).values(row).execute(conn)?)
        })
        .await;
    assert!(written.is_err(), "a read wrote {written:?}");
    assert!(shop.read(Settings::load).await.is_set_up, "and the connection works on");
}

#[actix_web::test]
async fn a_concurrent_duplicate_key_is_refused() {
    let shop = TestShop::new().await;
    let work = (0..16).map(|_| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(|tx| insert_setting(tx, "test-one")).await.is_ok() })
    });
    let good = join_all(work).await.into_iter().filter(|done| matches!(done, Ok(true))).count();
    assert_eq!(good, 1);
}
