//! Forms that were carried out: each has a mark that its page drew at random, and the mark is kept with what the form
//! has changed, in the same transaction. Whoever sends the form again gets the first answer, and nothing is done twice.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::form_submissions;

/// How long a form that is sent again is recognised.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 180);

/// A form that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormSubmission {
    /// Hash of its mark and its address: the buttons of one form may lead to several.
    pub token_hash: String,
    /// Hash of its fields and files.
    pub body_hash: String,
    /// Who may have its answer: an account or a cart; empty where the address is known to its owner alone.
    pub owner: String,
    /// Where it was sent.
    pub route: String,
}

/// What is known of a form that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it was not carried out yet.
    Nothing,
    /// It was carried out as it is: the result, as JSON.
    Result(String),
    /// It was carried out with other values in it, or by somebody else.
    Different,
}

impl FormSubmission {
    /// What is known of it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn known(&self, conn: &mut Conn) -> Result<Known> {
        let row: Option<(String, String, String)> = form_submissions::table
            .find(&self.token_hash)
            .select((form_submissions::body_hash, form_submissions::owner, form_submissions::result))
            .first(conn)
            .optional()?;
        Ok(match row {
            None => Known::Nothing,
            Some((body, owner, result)) if body == self.body_hash && owner == self.owner => Known::Result(result),
            Some(_) => Known::Different,
        })
    }

    /// Does the work unless that was done before: then it is the earlier result. Somebody who sends the form at the
    /// same moment waits for the end of this transaction.
    ///
    /// # Errors
    /// `SentBefore` when the form was carried out with other values; what the work returns.
    pub fn carry_out(&self, tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> Result<String>) -> Result<String> {
        let row = (
            form_submissions::token_hash.eq(&self.token_hash),
            form_submissions::body_hash.eq(&self.body_hash),
            form_submissions::owner.eq(&self.owner),
            form_submissions::route.eq(&self.route),
            form_submissions::result.eq(""),
            form_submissions::created_at.eq(tx.now()),
        );
        let conn = tx.conn();
        let is_first = each!(conn => diesel::insert_into(form_submissions::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))?;
        if is_first != 1 {
            return match self.known(tx.conn())? {
                Known::Result(result) => Ok(result),
                Known::Different => Err(Error::SentBefore),
                // It was forgotten between the two questions.
                Known::Nothing => Err(Error::Busy),
            };
        }
        tx.begin_act(self.token_hash.clone());
        let result = work(tx)?;
        diesel::update(form_submissions::table.find(&self.token_hash))
            .set(form_submissions::result.eq(&result))
            .execute(tx.conn())?;
        Ok(result)
    }
}
