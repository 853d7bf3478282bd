//! Rotation of the secret key: all sealed texts are encrypted again with the new key, in batches. An interrupted
//! rotation continues where it stopped, because each text says with which key it is encrypted.

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::maintenance::site::Site;
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::sealed_column::{self, SealedColumn};
use crate::support::token::SecretKey;

/// Rows per transaction.
const BATCH_SIZE: i64 = 200;
/// Rows per query of [`count_sealed`].
const READ_SIZE: i64 = 1_000;

/// What one batch of a rotation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RotationBatch {
    /// The row after which the next batch begins; `None` at the end.
    pub next: Option<i64>,
    /// Texts that were encrypted again.
    pub resealed: usize,
    /// Texts that no known key decrypts; they stay as they are.
    pub unreadable: usize,
}

/// How many texts of a column are sealed, and how many of them no known key decrypts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SealedCount {
    pub sealed: usize,
    pub unreadable: usize,
}

/// Makes the transaction's current key the one that encrypts.
///
/// # Errors
/// `Conflict` when the database is bound to a key that is neither the current nor the previous one.
pub fn begin(tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
    Site::bind_key(tx)?;
    let key = tx.secret_key().clone();
    if Site::key_binding(tx.conn())?.is_some_and(|binding| binding.is_current(&key)) {
        return Ok(());
    }
    sealed_column::set_encryption_key(tx)?;
    Event::SecretKeyRotated { key_id: key.encryption_key_id() }.record(tx, by)
}

/// Encrypts the texts of the rows after one with the current key.
///
/// # Errors
/// `Conflict` when another rotation has made another key the one that encrypts.
pub fn reseal_batch(tx: &mut Tx<'_>, column: &SealedColumn, after: i64) -> Result<RotationBatch> {
    let key = tx.secret_key().clone();
    let current = key.encryption_key_id();
    let rows = (column.load)(tx.conn(), after, BATCH_SIZE)?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows == BATCH_SIZE);
    let mut batch = RotationBatch { next: rows.last().map(|row| row.id).filter(|_| is_full), ..Default::default() };
    for row in rows {
        let Some(old) = row.text.filter(|text| text.key_id() != Some(&current)) else { continue };
        let Ok(text) = column.unseal(&key, row.id, &old) else {
            batch.unreadable += 1;
            continue;
        };
        let new = column.seal(tx, row.id, &text)?;
        if new.key_id() != Some(&current) {
            return Err(Error::Conflict);
        }
        // A text that has changed since was encrypted with the current key by whoever changed it.
        if (column.replace)(tx, row.id, &old, &new)? {
            batch.resealed += 1;
        }
    }
    Ok(batch)
}

/// Counts the sealed texts of a column by decrypting all of them.
pub fn count_sealed(conn: &mut Conn, key: &SecretKey, column: &SealedColumn) -> Result<SealedCount> {
    let (mut count, mut after) = (SealedCount::default(), i64::MIN);
    loop {
        let rows = (column.load)(conn, after, READ_SIZE)?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = last.id;
        for (id, text) in rows.into_iter().filter_map(|row| Some((row.id, row.text?))) {
            count.sealed += 1;
            count.unreadable += usize::from(column.unseal(key, id, &text).is_err());
        }
    }
}
