//! Idempotency of forms. Each rendered form has a random key, which is stored with the result in the transaction that
//! carries the form out; a repeated submission gets the first result, and nothing happens twice.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::on_backend;
use crate::schema::form_submissions;
use crate::support::clock::Utc;

pub const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 180);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormSubmission {
    /// Hash of its key and its path, because the buttons of one form may submit to several paths.
    pub token_hash: String,
    pub body_hash: String,
    /// The account or cart that may see the result; empty where the path itself is secret.
    pub owner: String,
    pub route: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmissionStatus {
    New,
    /// Carried out with the same values; the result as JSON.
    Completed(String),
    /// Carried out with other values, or by another owner.
    Conflicting,
}

#[derive(Insertable)]
#[diesel(table_name = form_submissions, treat_none_as_default_value = false)]
struct NewFormSubmission<'a> {
    token_hash: &'a str,
    body_hash: &'a str,
    owner: &'a str,
    route: &'a str,
    result: &'a str,
    created_at: Utc,
}

impl FormSubmission {
    pub fn find_status(&self, conn: &mut Conn) -> Result<SubmissionStatus> {
        let row: Option<(String, String, String)> = form_submissions::table
            .find(&self.token_hash)
            .select((form_submissions::body_hash, form_submissions::owner, form_submissions::result))
            .first(conn)
            .optional()?;
        Ok(match row {
            None => SubmissionStatus::New,
            Some((body, owner, result)) if body == self.body_hash && owner == self.owner => {
                SubmissionStatus::Completed(result)
            }
            Some(_) => SubmissionStatus::Conflicting,
        })
    }

    /// Runs the work, or returns the earlier result. A concurrent submission waits until this transaction ends.
    ///
    /// # Errors
    /// `AlreadySubmitted` when the form was carried out with other values or by another owner.
    pub fn run_once(&self, tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> Result<String>) -> Result<String> {
        let row = NewFormSubmission {
            token_hash: &self.token_hash,
            body_hash: &self.body_hash,
            owner: &self.owner,
            route: &self.route,
            result: "",
            created_at: tx.now(),
        };
        let conn = tx.conn();
        let inserted = on_backend!(conn => diesel::insert_into(form_submissions::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))?;
        if inserted != 1 {
            return match self.find_status(tx.conn())? {
                SubmissionStatus::Completed(result) => Ok(result),
                SubmissionStatus::Conflicting => Err(Error::AlreadySubmitted),
                // The row was purged between the two queries.
                SubmissionStatus::New => Err(Error::Busy),
            };
        }
        tx.set_idempotency_key(self.token_hash.clone());
        let result = work(tx)?;
        diesel::update(form_submissions::table.find(&self.token_hash))
            .set(form_submissions::result.eq(&result))
            .execute(tx.conn())?;
        Ok(result)
    }
}
