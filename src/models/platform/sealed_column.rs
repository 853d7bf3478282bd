//! The columns whose texts are encrypted with the site's secret key, and the key that encrypts now. A column that is
//! listed here is encrypted again by `tradepost keys rotate` and checked by `tradepost doctor`.

use diesel::prelude::*;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::setting::SettingRow;
use crate::schema::settings;
use crate::support::sealed::{Place, SealedText, UnsealError};
use crate::support::token::SecretKey;

/// The setting with the fingerprint of the database's secret key.
pub(in crate::models) const KEY_FINGERPRINT: &str = "key_fingerprint";
/// The setting with the id of the key that encrypts; absent before the first rotation.
const ENCRYPTION_KEY: &str = "encryption_key";

/// A column of sealed texts. Its constant is made by [`sealed_columns!`](crate::sealed_columns).
pub struct SealedColumn {
    pub table: &'static str,
    pub column: &'static str,
    /// Reads rows with a larger id, at most this many, in the order of their ids.
    pub load: fn(&mut Conn, after: i64, limit: i64) -> Result<Vec<SealedRow>>,
    /// Replaces the text of a row; `false` if it is no longer the old one.
    pub replace: fn(&mut Tx<'_>, row: i64, old: &SealedText, new: &SealedText) -> Result<bool>,
}

/// A row of a [`SealedColumn`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    pub id: i64,
    /// `None` for NULL.
    pub text: Option<SealedText>,
}

/// Declares sealed columns and the list of them: `NAME = table.column by id;`. The id is a number that identifies the
/// row and never changes.
#[macro_export]
macro_rules! sealed_columns {
    ($(#[$about:meta])* $visible:vis $list:ident: $($name:ident = $table:ident.$column:ident by $id:ident;)*) => {
        $($visible const $name: $crate::models::platform::sealed_column::SealedColumn =
            $crate::models::platform::sealed_column::SealedColumn {
                table: stringify!($table),
                column: stringify!($column),
                load: |conn, after, limit| {
                    use diesel::prelude::*;
                    use $crate::schema::$table::dsl;
                    let rows = dsl::$table
                        .filter(dsl::$id.gt(after))
                        .order(dsl::$id)
                        .limit(limit)
                        .select((dsl::$id, dsl::$column.nullable()))
                        .load::<(i64, Option<$crate::support::sealed::SealedText>)>(conn)?;
                    let row = |(id, text)| $crate::models::platform::sealed_column::SealedRow { id, text };
                    Ok(rows.into_iter().map(row).collect())
                },
                replace: |tx, row, old, new| {
                    use diesel::prelude::*;
                    use $crate::schema::$table::dsl;
                    let same = dsl::$table.filter(dsl::$id.eq(row)).filter(dsl::$column.eq(old));
                    Ok(diesel::update(same).set(dsl::$column.eq(new)).execute(tx.conn())? == 1)
                },
            };)*

        $(#[$about])*
        $visible const $list: &[$crate::models::platform::sealed_column::SealedColumn] = &[$($name),*];
    };
}

sealed_columns! {
    /// All sealed columns of the database.
    pub SEALED_COLUMNS:
    TOTP_SECRET = totp_factors.secret by account_id;
    IDENTITY_CLIENT_SECRET = identity_providers.client_secret by id;
}

impl SealedColumn {
    /// Encrypts a text for a row with the key that the database uses now.
    ///
    /// Locks that key until the end of the transaction, so that a concurrent rotation sees this row.
    pub fn seal(&self, tx: &mut Tx<'_>, row: impl Into<i64>, text: &str) -> Result<SealedText> {
        lock_key(tx)?;
        let key_id = find_encryption_key_id(tx.conn())?;
        let key_id = key_id.unwrap_or_else(|| tx.secret_key().first_encryption_key_id());
        let sealed = SealedText::seal(tx.secret_key(), &key_id, tx.random(), &self.place(row.into()), text);
        sealed.map_err(Error::internal)
    }

    /// Decrypts the text of a row.
    ///
    /// # Errors
    /// See [`UnsealError`].
    pub fn unseal(&self, key: &SecretKey, row: impl Into<i64>, sealed: &SealedText) -> Result<String, UnsealError> {
        sealed.unseal(key, &self.place(row.into()))
    }

    fn place(&self, row: i64) -> Place {
        Place { table: self.table, column: self.column, row }
    }
}

/// The id of the key that encrypts; `None` before the first rotation.
pub fn find_encryption_key_id(conn: &mut Conn) -> Result<Option<String>> {
    let stored = settings::table.filter(settings::name.eq(ENCRYPTION_KEY)).select(settings::value);
    Ok(stored.first(conn).optional()?)
}

/// Makes the transaction's current key the one that encrypts. Waits for transactions that encrypt with the previous
/// key.
pub fn set_encryption_key(tx: &mut Tx<'_>) -> Result<()> {
    if let Conn::Pg(conn) = tx.conn() {
        let fingerprint = settings::table.filter(settings::name.eq(KEY_FINGERPRINT)).select(settings::value);
        let _locked: Vec<String> = fingerprint.for_update().load(conn)?;
    }
    let key_id = tx.secret_key().encryption_key_id();
    let row = SettingRow { name: ENCRYPTION_KEY, value: &key_id };
    diesel::delete(settings::table.filter(settings::name.eq(ENCRYPTION_KEY))).execute(tx.conn())?;
    diesel::insert_into(settings::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Locks the key against [`set_encryption_key`]. The row of the fingerprint is the lock, since it always exists.
fn lock_key(tx: &mut Tx<'_>) -> Result<()> {
    if let Conn::Pg(conn) = tx.conn() {
        let fingerprint = settings::table.filter(settings::name.eq(KEY_FINGERPRINT)).select(settings::value);
        let _locked: Vec<String> = fingerprint.for_share().load(conn)?;
    }
    Ok(())
}
