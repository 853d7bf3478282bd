//! Letters: written once, kept for staff to read, sent if there is a mail server.

use diesel::prelude::*;

use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::models::job::{JobKind, NewJob, QueuedJob};
use crate::schema::letters;
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::page::{Stretch, Window};
use crate::support::token;
use crate::text_enum;
use crate::windowed;

text_enum! {
    /// Where a letter is in its life.
    LetterState {
        /// Not sent, and nobody tries: [`Letter::note`] says why.
        Kept = "kept",
        /// On its way to the mail server.
        Queued = "queued",
        /// The mail server has taken it.
        Sent = "sent",
        /// The mail server has refused it for good.
        Refused = "refused",
        /// The mail server did not take it, however often it was asked.
        Failed = "failed",
    }
}

/// A letter.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letters, check_for_backend(Db))]
pub struct Letter {
    /// The row.
    pub id: i64,
    /// The `Message-ID`, the same for every try.
    pub message_id: String,
    /// To whom.
    pub recipient: String,
    /// Where an answer goes; empty for the sender.
    pub reply_to: String,
    /// About what.
    pub subject: String,
    /// As HTML; empty when it has become old.
    pub html: String,
    /// As plain text; empty when it has become very old.
    pub body_text: String,
    /// Where it is in its life.
    pub state: LetterState,
    /// Why it was not sent, or what went wrong at the last try; may be empty.
    pub note: String,
    /// Which order it is about.
    pub order_id: Option<i64>,
    /// When it was written.
    pub created_at: Utc,
    /// When the mail server took it.
    pub sent_at: Option<Utc>,
}

/// What becomes of a letter that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posting {
    /// It is sent.
    Send,
    /// It is kept, and why.
    Keep(&'static str),
}

/// A letter to be written.
#[derive(Clone, Debug)]
pub struct NewLetter {
    /// Written once a key: `order-placed:12`.
    pub dedupe_key: String,
    /// To whom.
    pub recipient: String,
    /// Where an answer goes; empty for the sender.
    pub reply_to: String,
    /// About what.
    pub subject: String,
    /// As HTML.
    pub html: String,
    /// As plain text.
    pub text: String,
    /// Which order it is about.
    pub order: Option<i64>,
}

/// States in which a letter is no longer tried by itself and somebody should look.
const UNTAKEN: [LetterState; 2] = [LetterState::Refused, LetterState::Failed];

impl Letter {
    /// The key under which a letter about an order is written once.
    pub fn key(what: &str, order: i64) -> String {
        format!("{what}:{order}")
    }

    /// What the job is called that sends a letter: at most one of it exists at a time.
    pub fn job_key(id: i64) -> String {
        format!("send-letter:{id}")
    }

    /// Writes a letter; the same one again is left out. Returns its row if it is new. A letter that is to be sent has
    /// its job in the same transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn write(tx: &mut Tx<'_>, new: &NewLetter, host: &str, posting: Posting) -> Result<Option<i64>> {
        let message_id = format!("<{}@{host}>", tx.public_id()?);
        let (state, note) = match posting {
            Posting::Send => (LetterState::Queued, ""),
            Posting::Keep(why) => (LetterState::Kept, why),
        };
        let row = (
            letters::dedupe_key.eq(&new.dedupe_key),
            letters::message_id.eq(message_id),
            letters::recipient.eq(&new.recipient),
            letters::reply_to.eq(&new.reply_to),
            letters::subject.eq(&new.subject),
            letters::html.eq(&new.html),
            letters::body_text.eq(&new.text),
            letters::state.eq(state),
            letters::note.eq(note),
            letters::order_id.eq(new.order),
            letters::created_at.eq(tx.now()),
        );
        let conn = tx.conn();
        let id: Option<i64> = each!(conn => diesel::insert_into(letters::table)
            .values(row)
            .on_conflict(letters::dedupe_key)
            .do_nothing()
            .returning(letters::id)
            .get_result(conn)
            .optional())?;
        if let Some(id) = id
            && posting == Posting::Send
        {
            Letter::post(tx, id)?;
        }
        Ok(id)
    }

    /// Has it sent at once.
    fn post(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let (run_at, dedupe_key) = (tx.now(), Some(Letter::job_key(id)));
        NewJob { kind: JobKind::SendLetter, payload: id.to_string(), dedupe_key, run_at }.enqueue(tx)
    }

    /// The mail server has taken it, and its job is done.
    ///
    /// # Errors
    /// `Conflict` when it has become another letter meanwhile, which is still to be sent.
    pub fn sent(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.ends_as(tx, LetterState::Sent, "")?;
        let now = tx.now();
        diesel::update(letters::table.find(self.id)).set(letters::sent_at.eq(now)).execute(tx.conn())?;
        Ok(())
    }

    /// The mail server has refused it for good, and why; its job is done.
    ///
    /// # Errors
    /// As [`Letter::sent`].
    pub fn refused(&self, tx: &mut Tx<'_>, why: &str) -> Result<()> {
        self.ends_as(tx, LetterState::Refused, why)
    }

    fn ends_as(&self, tx: &mut Tx<'_>, state: LetterState, note: &str) -> Result<()> {
        let same = letters::id.eq(self.id).and(letters::message_id.eq(&self.message_id));
        let ended = diesel::update(letters::table.filter(same))
            .set((letters::state.eq(state), letters::note.eq(note)))
            .execute(tx.conn())?;
        if ended != 1 {
            return Err(Error::Conflict);
        }
        // In the same transaction: whoever sends it again from now on makes another job.
        QueuedJob::withdraw(tx, &Letter::job_key(self.id))
    }

    /// The mail server did not take it, however often it was asked. Returns whether there is such a letter.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn failed(tx: &mut Tx<'_>, id: i64, why: &str) -> Result<bool> {
        Letter::left(tx, id, LetterState::Failed, why)
    }

    /// A try was in vain, and why; it is tried again.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn tried(tx: &mut Tx<'_>, id: i64, why: &str) -> Result<()> {
        Letter::left(tx, id, LetterState::Queued, why).map(drop)
    }

    fn left(tx: &mut Tx<'_>, id: i64, state: LetterState, why: &str) -> Result<bool> {
        let waiting = letters::table.filter(letters::id.eq(id).and(letters::state.eq(LetterState::Queued)));
        let left = diesel::update(waiting).set((letters::state.eq(state), letters::note.eq(why))).execute(tx.conn())?;
        Ok(left == 1)
    }

    /// Sends it again: now if it waits, else anew. One that was taken before is another letter to mail programs, with
    /// another `Message-ID`; any other may have arrived without our knowing, and keeps it.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn send_again(tx: &mut Tx<'_>, id: i64, host: &str) -> Result<()> {
        let letter = Letter::get(tx.conn(), id)?;
        if letter.state == LetterState::Queued {
            Letter::post(tx, id)?;
            return QueuedJob::hurry(tx, &Letter::job_key(id));
        }
        let message_id = match letter.state {
            LetterState::Sent => format!("<{}@{host}>", tx.public_id()?),
            _ => letter.message_id,
        };
        Letter::requeue(tx, id, &letter.recipient, &message_id)
    }

    /// Sends it to another address, as another letter.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is on its way this moment.
    pub fn send_to(tx: &mut Tx<'_>, id: i64, recipient: &EmailAddress, host: &str, posting: Posting) -> Result<Letter> {
        let letter = Letter::get(tx.conn(), id)?;
        QueuedJob::withdraw_waiting(tx, &Letter::job_key(id))?;
        let message_id = format!("<{}@{host}>", tx.public_id()?);
        match posting {
            Posting::Send => Letter::requeue(tx, id, &recipient.typed, &message_id)?,
            Posting::Keep(why) => {
                let kept = (
                    letters::recipient.eq(&recipient.typed),
                    letters::message_id.eq(message_id),
                    letters::state.eq(LetterState::Kept),
                    letters::note.eq(why),
                );
                diesel::update(letters::table.find(id)).set(kept).execute(tx.conn())?;
            }
        }
        Ok(letter)
    }

    fn requeue(tx: &mut Tx<'_>, id: i64, recipient: &str, message_id: &str) -> Result<()> {
        let waits = (
            letters::recipient.eq(recipient),
            letters::message_id.eq(message_id),
            letters::state.eq(LetterState::Queued),
            letters::note.eq(""),
        );
        diesel::update(letters::table.find(id)).set(waits).execute(tx.conn())?;
        Letter::post(tx, id)
    }

    /// Nobody need look at it any more: it stays as it is, and is not sent.
    ///
    /// # Errors
    /// `Conflict` when it is not one that nobody took.
    pub fn leave(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let untaken = letters::id.eq(id).and(letters::state.eq_any(UNTAKEN));
        let kept = letters::state.eq(LetterState::Kept);
        match diesel::update(letters::table.filter(untaken)).set(kept).execute(tx.conn())? {
            1 => Ok(()),
            _ => Err(Error::Conflict),
        }
    }

    /// Letters that nobody took, the latest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all_untaken(conn: &mut Conn) -> Result<Vec<Letter>> {
        let mut untaken = Vec::new();
        for state in UNTAKEN {
            let some = letters::table.filter(letters::state.eq(state)).order(letters::id.desc()).limit(100);
            untaken.extend(some.select(Letter::as_select()).load(conn)?);
        }
        untaken.sort_by_key(|letter: &Letter| std::cmp::Reverse(letter.id));
        Ok(untaken)
    }

    /// How many letters nobody took.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_untaken(conn: &mut Conn) -> Result<i64> {
        Ok(letters::table.filter(letters::state.eq_any(UNTAKEN)).count().get_result(conn)?)
    }

    /// The letters about an order, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_order(conn: &mut Conn, order: i64) -> Result<Vec<Letter>> {
        let about = letters::table.filter(letters::order_id.eq(order)).order(letters::id);
        Ok(about.select(Letter::as_select()).load(conn)?)
    }

    /// A letter by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Letter> {
        Ok(letters::table.find(id).select(Letter::as_select()).first(conn)?)
    }

    /// The letter as staff see it who must not use what is in it: without the codes of gift cards and without the
    /// addresses that open orders.
    pub fn without_secrets(mut self) -> Letter {
        for text in [&mut self.html, &mut self.body_text] {
            *text = without_codes(&without_order_links(text));
        }
        self
    }

    /// Letters, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, window: &Window) -> Result<Stretch<Letter>> {
        let query = letters::table.select(Letter::as_select()).into_boxed::<Db>();
        let rows = windowed!(query, window, window.row(), falling, letters::id).load(conn)?;
        Ok(Stretch::cut(rows, window, |row: &Letter| row.id.to_string()))
    }
}

/// Where the address of an order begins to be secret.
const ORDERS: &str = "/orders/";
/// What stands before it in the addresses of staff, who have to log in.
const OF_STAFF: &str = "/admin";

fn without_order_links(text: &str) -> String {
    let is_of_token = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let mut parts = text.split(ORDERS);
    let mut hidden = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(is_of_token);
        let is_secret = rest.len() < part.len() && !hidden.ends_with(OF_STAFF);
        hidden.push_str(ORDERS);
        if is_secret {
            hidden.push('…');
        }
        hidden.push_str(if is_secret { rest } else { part });
    }
    hidden
}

/// Codes keep their last group, by which a card is known in the admin.
fn without_codes(text: &str) -> String {
    let mut hidden = String::new();
    for word in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-') {
        let code = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        match code.rsplit_once('-') {
            Some((_, last)) if token::read_code(code).as_deref() == Some(code) => {
                hidden.push_str("…-");
                hidden.push_str(last);
                hidden.push_str(word.strip_prefix(code).unwrap_or_default());
            }
            _ => hidden.push_str(word),
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_addresses_of_orders_are_hidden_and_nothing_else() {
        let hidden = |text: &str| without_codes(&without_order_links(text));
        for (text, shown) in [
            ("7K2M-0000-ABCD-XYZ9: €20", "…-XYZ9: €20"),
            ("<th>7K2M-0000-ABCD-XYZ9<br>", "<th>…-XYZ9<br>"),
            ("(7K2M-0000-ABCD-XYZ9)", "(…-XYZ9)"),
            ("7K2M-0000-ABCD-XYZ9", "…-XYZ9"),
            ("https://a.example/orders/AbC_d-e123456789 there", "https://a.example/orders/… there"),
            ("href=\"/orders/AbC_d-e1/invoices/3\"", "href=\"/orders/…/invoices/3\""),
            ("/orders/abc, /orders/def.", "/orders/…, /orders/…."),
            ("https://a.example/admin/orders/1001 and /orders/", "https://a.example/admin/orders/1001 and /orders/"),
            ("IBAN DE02-1203-0000-0000-2020-51, 2026-11-30", "IBAN DE02-1203-0000-0000-2020-51, 2026-11-30"),
            ("Grüße – 7K2M", "Grüße – 7K2M"),
            ("", ""),
        ] {
            assert_eq!(hidden(text), shown);
        }
    }
}
