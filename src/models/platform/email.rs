//! E-mails: written once, kept for staff to read, and sent if a mail server is configured.

use std::fmt::Display;

use diesel::prelude::*;

use crate::apply_cursor;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::job::{JobKind, NewJob, QueuedJob};
use crate::on_backend;
use crate::schema::emails;
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::ids::{EmailId, OrderId};
use crate::support::pagination::{Cursor, CursorPage};
use crate::support::token;
use crate::text_enum;

text_enum! {
    EmailState {
        /// Not sent, and not going to be: [`Email::state_reason`] says why.
        Unsent = "kept",
        /// Waiting for the mail server.
        Queued = "queued",
        /// Accepted by the mail server.
        Sent = "sent",
        /// Rejected by the mail server for good.
        Refused = "refused",
        /// Not accepted by the mail server in any attempt.
        Failed = "failed",
    }
}

text_enum! {
    /// Why an e-mail is kept unsent.
    UnsentReason {
        /// The domain is reserved for examples (RFC 2606).
        ExampleAddress = "example_address",
        /// No mail server was configured when it was written.
        NoMailServer = "no_mail_server",
    }
}

impl UnsentReason {
    pub fn message(self) -> Message {
        match self {
            UnsentReason::ExampleAddress => Message::EmailExampleAddress,
            UnsentReason::NoMailServer => Message::EmailWithoutServer,
        }
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = emails, check_for_backend(AnyBackend))]
pub struct Email {
    pub id: EmailId,
    /// The `Message-ID` header, the same for every attempt.
    pub message_id: String,
    pub recipient: String,
    /// The `Reply-To` header; empty for the sender.
    pub reply_to: String,
    pub subject: String,
    /// Empty after the retention period.
    pub html: String,
    /// Plain text; empty after the retention period.
    pub body_text: String,
    pub state: EmailState,
    /// An [`UnsentReason`] if it is unsent, else the error of the last attempt; may be empty.
    pub state_reason: String,
    pub order_id: Option<OrderId>,
    pub created_at: Utc,
    /// When the mail server accepted it.
    pub sent_at: Option<Utc>,
}

/// What to do with a new e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryPolicy {
    Send,
    /// Keep it unsent, for this reason.
    DoNotSend(UnsentReason),
}

#[derive(Clone, Debug)]
pub struct NewEmail {
    /// At most one e-mail per key is written: `order-placed:12`.
    pub dedupe_key: String,
    pub recipient: String,
    /// The `Reply-To` header; empty for the sender.
    pub reply_to: String,
    pub subject: String,
    pub html: String,
    pub text: String,
    pub order: Option<OrderId>,
}

/// States that need the attention of staff, because no further attempt is made.
const UNTAKEN: [EmailState; 2] = [EmailState::Refused, EmailState::Failed];

impl Email {
    /// The deduplication key of an e-mail about a record.
    pub fn dedupe_key(what: &str, id: impl Display) -> String {
        format!("{what}:{id}")
    }

    /// The deduplication key of the job that sends it.
    pub fn job_key(id: EmailId) -> String {
        format!("send-email:{id}")
    }

    /// Writes an e-mail unless one with the same key exists, and enqueues its delivery in the same transaction. Returns
    /// the id of a new row.
    pub fn create(tx: &mut Tx<'_>, new: &NewEmail, host: &str, posting: DeliveryPolicy) -> Result<Option<EmailId>> {
        let message_id = format!("<{}@{host}>", tx.generate_public_id()?);
        let (state, note) = match posting {
            DeliveryPolicy::Send => (EmailState::Queued, ""),
            DeliveryPolicy::DoNotSend(why) => (EmailState::Unsent, why.as_str()),
        };
        let row = (
            emails::dedupe_key.eq(&new.dedupe_key),
            emails::message_id.eq(message_id),
            emails::recipient.eq(&new.recipient),
            emails::reply_to.eq(&new.reply_to),
            emails::subject.eq(&new.subject),
            emails::html.eq(&new.html),
            emails::body_text.eq(&new.text),
            emails::state.eq(state),
            emails::state_reason.eq(note),
            emails::order_id.eq(new.order),
            emails::created_at.eq(tx.now()),
        );
        let conn = tx.conn();
        let id: Option<EmailId> = on_backend!(conn => diesel::insert_into(emails::table)
            .values(row)
            .on_conflict(emails::dedupe_key)
            .do_nothing()
            .returning(emails::id)
            .get_result(conn)
            .optional())?;
        if let Some(id) = id
            && posting == DeliveryPolicy::Send
        {
            Email::post(tx, id)?;
        }
        Ok(id)
    }

    /// Enqueues its delivery.
    fn post(tx: &mut Tx<'_>, id: EmailId) -> Result<()> {
        let (run_at, dedupe_key) = (tx.now(), Some(Email::job_key(id)));
        NewJob { kind: JobKind::SendEmail, payload: id.to_string(), dedupe_key, run_at }.enqueue(tx)
    }

    /// Records that the mail server has accepted it, and removes its job.
    ///
    /// # Errors
    /// `Conflict` when it was readdressed meanwhile, so that the new version is still to be sent.
    pub fn mark_sent(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.ends_as(tx, EmailState::Sent, "")?;
        let now = tx.now();
        diesel::update(emails::table.find(self.id)).set(emails::sent_at.eq(now)).execute(tx.conn())?;
        Ok(())
    }

    /// Records that the mail server has rejected it for good, and removes its job.
    pub fn mark_refused(&self, tx: &mut Tx<'_>, why: &str) -> Result<()> {
        self.ends_as(tx, EmailState::Refused, why)
    }

    fn ends_as(&self, tx: &mut Tx<'_>, state: EmailState, note: &str) -> Result<()> {
        let same = emails::id.eq(self.id).and(emails::message_id.eq(&self.message_id));
        let ended = diesel::update(emails::table.filter(same))
            .set((emails::state.eq(state), emails::state_reason.eq(note)))
            .execute(tx.conn())?;
        if ended != 1 {
            return Err(Error::Conflict);
        }
        // In the same transaction, so that a later resend enqueues a new job.
        QueuedJob::cancel(tx, &Email::job_key(self.id))
    }

    /// Records that all attempts have failed. Returns whether the e-mail was still queued.
    pub fn mark_failed(tx: &mut Tx<'_>, id: EmailId, why: &str) -> Result<bool> {
        Email::left(tx, id, EmailState::Failed, why)
    }

    /// Records the error of an attempt; others follow.
    pub fn record_failed_attempt(tx: &mut Tx<'_>, id: EmailId, why: &str) -> Result<()> {
        Email::left(tx, id, EmailState::Queued, why).map(drop)
    }

    fn left(tx: &mut Tx<'_>, id: EmailId, state: EmailState, why: &str) -> Result<bool> {
        let waiting = emails::table.filter(emails::id.eq(id).and(emails::state.eq(EmailState::Queued)));
        let left =
            diesel::update(waiting).set((emails::state.eq(state), emails::state_reason.eq(why))).execute(tx.conn())?;
        Ok(left == 1)
    }

    /// Sends it again. After a successful delivery it gets a new `Message-ID`, so that mail programs show it; otherwise
    /// it keeps the old one, because an earlier attempt may have arrived after all.
    pub fn resend(tx: &mut Tx<'_>, id: EmailId, host: &str) -> Result<()> {
        let letter = Email::get(tx.conn(), id)?;
        if letter.state == EmailState::Queued {
            Email::post(tx, id)?;
            return QueuedJob::run_now(tx, &Email::job_key(id));
        }
        let message_id = match letter.state {
            EmailState::Sent => format!("<{}@{host}>", tx.generate_public_id()?),
            _ => letter.message_id,
        };
        Email::requeue(tx, id, &letter.recipient, &message_id)
    }

    /// Sends it to another address with a new `Message-ID`.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is being sent.
    pub fn resend_to(
        tx: &mut Tx<'_>,
        id: EmailId,
        recipient: &EmailAddress,
        host: &str,
        posting: DeliveryPolicy,
    ) -> Result<Email> {
        let letter = Email::get(tx.conn(), id)?;
        QueuedJob::cancel_unless_running(tx, &Email::job_key(id))?;
        let message_id = format!("<{}@{host}>", tx.generate_public_id()?);
        match posting {
            DeliveryPolicy::Send => Email::requeue(tx, id, &recipient.mailbox, &message_id)?,
            DeliveryPolicy::DoNotSend(why) => {
                let kept = (
                    emails::recipient.eq(&recipient.mailbox),
                    emails::message_id.eq(message_id),
                    emails::state.eq(EmailState::Unsent),
                    emails::state_reason.eq(why),
                );
                diesel::update(emails::table.find(id)).set(kept).execute(tx.conn())?;
            }
        }
        Ok(letter)
    }

    fn requeue(tx: &mut Tx<'_>, id: EmailId, recipient: &str, message_id: &str) -> Result<()> {
        let waits = (
            emails::recipient.eq(recipient),
            emails::message_id.eq(message_id),
            emails::state.eq(EmailState::Queued),
            emails::state_reason.eq(""),
        );
        diesel::update(emails::table.find(id)).set(waits).execute(tx.conn())?;
        Email::post(tx, id)
    }

    /// Marks an undelivered e-mail as needing no attention; it is not sent.
    ///
    /// # Errors
    /// `Conflict` when its state is neither refused nor failed.
    pub fn dismiss(tx: &mut Tx<'_>, id: EmailId) -> Result<()> {
        let untaken = emails::id.eq(id).and(emails::state.eq_any(UNTAKEN));
        let kept = emails::state.eq(EmailState::Unsent);
        match diesel::update(emails::table.filter(untaken)).set(kept).execute(tx.conn())? {
            1 => Ok(()),
            _ => Err(Error::Conflict),
        }
    }

    /// E-mails that were refused or have failed, the latest first; at most 100 of each.
    pub fn list_undelivered(conn: &mut Conn) -> Result<Vec<Email>> {
        let mut untaken = Vec::new();
        for state in UNTAKEN {
            let some = emails::table.filter(emails::state.eq(state)).order(emails::id.desc()).limit(100);
            untaken.extend(some.select(Email::as_select()).load(conn)?);
        }
        untaken.sort_by_key(|letter: &Email| std::cmp::Reverse(letter.id));
        Ok(untaken)
    }

    pub fn count_undelivered(conn: &mut Conn) -> Result<i64> {
        Ok(emails::table.filter(emails::state.eq_any(UNTAKEN)).count().get_result(conn)?)
    }

    pub fn for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Email>> {
        let about = emails::table.filter(emails::order_id.eq(order)).order(emails::id);
        Ok(about.select(Email::as_select()).load(conn)?)
    }

    pub fn get(conn: &mut Conn, id: EmailId) -> Result<Email> {
        Ok(emails::table.find(id).select(Email::as_select()).first(conn)?)
    }

    /// Removes gift card codes and order links, for staff without the permission to use them.
    pub fn redact(mut self) -> Email {
        for text in [&mut self.html, &mut self.body_text] {
            *text = without_codes(&without_order_links(text));
        }
        self
    }

    /// A page of e-mails, newest first (keyset pagination).
    pub fn list(conn: &mut Conn, window: &Cursor) -> Result<CursorPage<Email>> {
        let query = emails::table.select(Email::as_select()).into_boxed::<AnyBackend>();
        let rows = apply_cursor!(query, window, window.anchor_id(), descending, emails::id).load(conn)?;
        Ok(CursorPage::from_rows(rows, window, |row: &Email| row.id.to_string()))
    }
}

/// The path before the secret token of an order.
const ORDERS: &str = "/orders/";
/// The prefix of admin paths, which are protected by the login.
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

/// Codes keep their last group, which identifies a gift card in the admin.
fn without_codes(text: &str) -> String {
    let mut hidden = String::new();
    for word in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-') {
        let code = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        match code.rsplit_once('-') {
            Some((_, last)) if token::parse_code(code).as_deref() == Some(code) => {
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
