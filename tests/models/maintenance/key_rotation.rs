//! Secrets in the database: a rotation encrypts all of them again, also when it is cut off, and the old key is refused.

use diesel::prelude::*;
use tradepost::db::{Database, Tx, WriteContext};
use tradepost::error::{Error, Result};
use tradepost::models::maintenance::key_rotation::{self, RotationBatch, SealedCount};
use tradepost::models::maintenance::site::Site;
use tradepost::models::platform::event::Actor;
use tradepost::schema::{events, tags};
use tradepost::sealed_columns;
use tradepost::support::sealed::{SealedText, UnsealError};
use tradepost::support::token::SecretKey;

use crate::support::TestShop;

sealed_columns! {
    /// No table has to have secrets for these tests: the name of a tag is as good.
    pub COLUMNS:
    TAG_NAME = tags.name by id;
}

fn first_key() -> SecretKey {
    SecretKey::new([7; 32])
}

fn rotating_key() -> SecretKey {
    first_key().with_new_current([8; 32])
}

/// A shop whose database is bound to its key, and has this many secrets.
async fn shop_with_secrets(secrets: i64) -> TestShop {
    let shop = TestShop::new().await;
    shop.write(move |tx| {
        Site::bind_key(tx)?;
        (1..=secrets).try_for_each(|row| insert_secret(tx, row))
    })
    .await;
    shop
}

fn insert_secret(tx: &mut Tx<'_>, row: i64) -> Result<()> {
    let sealed = TAG_NAME.seal(tx, row, &format!("secret {row}"))?;
    let (slug, columns) = (format!("tag-{row}"), (tags::id.eq(row), tags::name.eq(&sealed)));
    let row = (columns, tags::slug.eq(&slug), tags::name_normal.eq(&slug));
    diesel::insert_into(tags::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// The database as a process with another key opens it.
fn open_with_key(shop: &TestShop, secret_key: SecretKey) -> Database {
    let context = WriteContext { secret_key, ..shop.app.db.context().clone() };
    Database::open(&shop.database.url, 2, context).unwrap()
}

async fn count(shop: &TestShop, key: SecretKey) -> SealedCount {
    shop.read(move |conn| key_rotation::count_sealed(conn, &key, &COLUMNS[0])).await
}

async fn secret(shop: &TestShop, row: i64) -> SealedText {
    shop.read(move |conn| Ok(tags::table.find(row).select(tags::name).first(conn)?)).await
}

async fn begin(db: &Database) -> Result<()> {
    db.write(|tx| key_rotation::begin(tx, &Actor::CommandLine)).await
}

async fn reseal(db: &Database, after: i64) -> RotationBatch {
    db.write(move |tx| key_rotation::reseal_batch(tx, &TAG_NAME, after)).await.unwrap()
}

/// R66, R67.
#[actix_web::test]
async fn a_rotation_that_was_cut_off_is_completed_by_the_next_one() {
    let shop = shop_with_secrets(450).await;
    let stored = shop.read(|conn| Ok(tags::table.select(tags::name).load::<String>(conn)?)).await;
    assert!(stored.iter().all(|text| text.starts_with("v1.") && !text.contains("secret")), "{stored:?}");

    let killed = open_with_key(&shop, rotating_key());
    begin(&killed).await.unwrap();
    assert_eq!(reseal(&killed, i64::MIN).await, RotationBatch { next: Some(200), resealed: 200, unreadable: 0 });
    drop(killed);
    assert_eq!(count(&shop, rotating_key()).await, SealedCount { sealed: 450, unreadable: 0 }, "both keys decrypt");
    assert_eq!(count(&shop, rotating_key().without_previous()).await.unreadable, 250);

    let second = open_with_key(&shop, rotating_key());
    begin(&second).await.unwrap();
    let (mut after, mut resealed) = (Some(i64::MIN), 0);
    while let Some(row) = after {
        let batch = reseal(&second, row).await;
        (after, resealed) = (batch.next, resealed + batch.resealed);
    }
    assert_eq!(resealed, 250, "what was done is not done again");

    let done = rotating_key().without_previous();
    assert_eq!(count(&shop, done.clone()).await, SealedCount { sealed: 450, unreadable: 0 });
    assert_eq!(count(&shop, first_key()).await.unreadable, 450);
    assert_eq!(TAG_NAME.unseal(&done, 321, &secret(&shop, 321).await).as_deref(), Ok("secret 321"));
    assert_eq!(TAG_NAME.unseal(&first_key(), 321, &secret(&shop, 321).await), Err(UnsealError::UnknownKey));
    assert_eq!(TAG_NAME.unseal(&done, 322, &secret(&shop, 321).await), Err(UnsealError::Altered));
    let rotations = events::table.filter(events::kind.eq("secret_key_rotated")).count();
    assert_eq!(shop.read(move |conn| Ok(rotations.get_result::<i64>(conn)?)).await, 1);

    let bind = |key| {
        let db = open_with_key(&shop, key);
        async move { db.write(Site::bind_key).await }
    };
    assert!(bind(done).await.is_ok());
    assert!(matches!(bind(first_key()).await, Err(Error::Conflict)), "R67: the old key is refused");
    assert!(matches!(bind(first_key().with_new_current([9; 32])).await, Err(Error::Conflict)), "of another rotation");
}

/// R67: processes that know both keys go on while the rotation runs; one that knows only the old key stores nothing that
/// the new key cannot decrypt.
#[actix_web::test]
async fn r67_nothing_is_encrypted_with_the_old_key_after_a_rotation_has_begun() {
    let shop = shop_with_secrets(1).await;
    let both = open_with_key(&shop, rotating_key());
    let seal = |tx: &mut Tx<'_>| TAG_NAME.seal(tx, 2_i64, "a secret");
    let before = both.write(seal).await.unwrap();
    assert_eq!(before.key_id(), Some(first_key().encryption_key_id().as_str()), "others know only that one");
    begin(&both).await.unwrap();
    let after = both.write(seal).await.unwrap();
    assert_eq!(after.key_id(), Some(rotating_key().encryption_key_id().as_str()));
    let refused = shop.app.db.write(seal).await.unwrap_err();
    assert!(refused.to_string().contains("restart this process"), "{refused}");
}

#[actix_web::test]
async fn a_damaged_secret_does_not_stop_a_rotation() {
    let shop = shop_with_secrets(3).await;
    shop.write(|tx| {
        let damaged = tags::name.eq("v1.000000000000.AAAA");
        Ok(diesel::update(tags::table.find(2_i64)).set(damaged).execute(tx.conn())?)
    })
    .await;
    let rotating = open_with_key(&shop, rotating_key());
    begin(&rotating).await.unwrap();
    assert_eq!(reseal(&rotating, i64::MIN).await, RotationBatch { next: None, resealed: 2, unreadable: 1 });
    assert_eq!(count(&shop, rotating_key()).await, SealedCount { sealed: 3, unreadable: 1 });
}
