//! Emails: written once, kept for staff to read, and sent if a mail server is configured.

use std::fmt::Display;

use diesel::prelude::*;

use crate::apply_cursor;
use crate::db::ids::id_in;
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
        Queued = "queued",
        Sent = "sent",
        /// Rejected by the mail server for good.
        Refused = "refused",
        /// Not accepted by the mail server in any attempt.
        Failed = "failed",
    }
}

text_enum! {
    UnsentReason {
        /// The domain is reserved for examples (RFC 2606).
        ExampleAddress = "example_address",
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

#[derive(Clone, Debug, HasQuery)]
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
    pub sent_at: Option<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryPolicy {
    Send,
    DoNotSend(UnsentReason),
}

#[derive(Clone, Debug)]
pub struct NewEmail {
    /// At most one email per key is written: `order-placed:12`.
    pub dedupe_key: String,
    pub recipient: String,
    pub reply_to: String,
    pub subject: String,
    pub html: String,
    pub text: String,
    pub order: Option<OrderId>,
}

#[derive(Insertable)]
#[diesel(table_name = emails, treat_none_as_default_value = false)]
struct EmailRow<'a> {
    dedupe_key: &'a str,
    message_id: &'a str,
    recipient: &'a str,
    reply_to: &'a str,
    subject: &'a str,
    html: &'a str,
    body_text: &'a str,
    state: EmailState,
    state_reason: &'a str,
    order_id: Option<OrderId>,
    created_at: Utc,
}

/// Emails on the page of a customer.
const CUSTOMER_EMAILS: i64 = 50;
/// States that need the attention of staff, because no further attempt is made.
const UNDELIVERED: [EmailState; 2] = [EmailState::Refused, EmailState::Failed];

impl Email {
    pub fn dedupe_key(what: &str, id: impl Display) -> String {
        format!("{what}:{id}")
    }

    pub fn job_key(id: EmailId) -> String {
        format!("send-email:{id}")
    }

    /// Writes an email and enqueues its delivery; returns its id, or `None` if one with the same key exists.
    pub fn create(tx: &mut Tx<'_>, new: &NewEmail, host: &str, policy: DeliveryPolicy) -> Result<Option<EmailId>> {
        let message_id = format!("<{}@{host}>", tx.generate_public_id()?);
        let (state, state_reason) = match policy {
            DeliveryPolicy::Send => (EmailState::Queued, ""),
            DeliveryPolicy::DoNotSend(reason) => (EmailState::Unsent, reason.as_str()),
        };
        let row = EmailRow {
            dedupe_key: &new.dedupe_key,
            message_id: &message_id,
            recipient: &new.recipient,
            reply_to: &new.reply_to,
            subject: &new.subject,
            html: &new.html,
            body_text: &new.text,
            state,
            state_reason,
            order_id: new.order,
            created_at: tx.now(),
        };
        let conn = tx.conn();
        let id: Option<EmailId> = on_backend!(conn => diesel::insert_into(emails::table)
            .values(row)
            .on_conflict(emails::dedupe_key)
            .do_nothing()
            .returning(emails::id)
            .get_result(conn)
            .optional())?;
        if let Some(id) = id
            && policy == DeliveryPolicy::Send
        {
            Email::enqueue_delivery(tx, id)?;
        }
        Ok(id)
    }

    fn enqueue_delivery(tx: &mut Tx<'_>, id: EmailId) -> Result<()> {
        let (run_at, dedupe_key) = (tx.now(), Some(Email::job_key(id)));
        NewJob { kind: JobKind::SendEmail, payload: id.to_string(), dedupe_key, run_at }.enqueue(tx)
    }

    /// Records that the mail server accepted it; `Conflict` when it was readdressed meanwhile and is still to be sent.
    pub fn mark_sent(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.finish(tx, EmailState::Sent, "")?;
        let now = tx.now();
        diesel::update(emails::table.find(self.id)).set(emails::sent_at.eq(now)).execute(tx.conn())?;
        Ok(())
    }

    /// Records that the mail server has rejected it for good, and removes its job.
    pub fn mark_refused(&self, tx: &mut Tx<'_>, reason: &str) -> Result<()> {
        self.finish(tx, EmailState::Refused, reason)
    }

    fn finish(&self, tx: &mut Tx<'_>, state: EmailState, state_reason: &str) -> Result<()> {
        let unchanged = emails::id.eq(self.id).and(emails::message_id.eq(&self.message_id));
        let updated = diesel::update(emails::table.filter(unchanged))
            .set((emails::state.eq(state), emails::state_reason.eq(state_reason)))
            .execute(tx.conn())?;
        if updated != 1 {
            return Err(Error::Conflict);
        }
        // In the same transaction, so that a later resend enqueues a new job.
        QueuedJob::cancel(tx, &Email::job_key(self.id))
    }

    /// Records that all attempts have failed. Returns whether the email was still queued.
    pub fn mark_failed(tx: &mut Tx<'_>, id: EmailId, reason: &str) -> Result<bool> {
        Email::set_state(tx, id, EmailState::Failed, reason)
    }

    pub fn record_failed_attempt(tx: &mut Tx<'_>, id: EmailId, reason: &str) -> Result<()> {
        Email::set_state(tx, id, EmailState::Queued, reason).map(drop)
    }

    fn set_state(tx: &mut Tx<'_>, id: EmailId, state: EmailState, reason: &str) -> Result<bool> {
        let queued = emails::table.filter(emails::id.eq(id).and(emails::state.eq(EmailState::Queued)));
        let updated = diesel::update(queued)
            .set((emails::state.eq(state), emails::state_reason.eq(reason)))
            .execute(tx.conn())?;
        Ok(updated == 1)
    }

    /// Sends it again. After a successful delivery it gets a new `Message-ID`, so that mail programs show it; otherwise
    /// it keeps the old one, because an earlier attempt may have arrived after all.
    pub fn resend(tx: &mut Tx<'_>, id: EmailId, host: &str) -> Result<()> {
        let email = Email::get(tx.conn(), id)?;
        if email.is_erased() {
            return Err(Error::Conflict);
        }
        if email.state == EmailState::Queued {
            Email::enqueue_delivery(tx, id)?;
            return QueuedJob::run_now(tx, &Email::job_key(id));
        }
        let message_id = match email.state {
            EmailState::Sent => format!("<{}@{host}>", tx.generate_public_id()?),
            _ => email.message_id,
        };
        Email::requeue(tx, id, &email.recipient, &message_id)
    }

    /// Sends it to another address with a new `Message-ID`.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it is being sent, or if its customer was erased.
    pub fn resend_to(
        tx: &mut Tx<'_>,
        id: EmailId,
        recipient: &EmailAddress,
        host: &str,
        policy: DeliveryPolicy,
    ) -> Result<Email> {
        let email = Email::get(tx.conn(), id)?;
        if email.is_erased() {
            return Err(Error::Conflict);
        }
        QueuedJob::cancel_unless_running(tx, &Email::job_key(id))?;
        let message_id = format!("<{}@{host}>", tx.generate_public_id()?);
        match policy {
            DeliveryPolicy::Send => Email::requeue(tx, id, &recipient.mailbox, &message_id)?,
            DeliveryPolicy::DoNotSend(reason) => {
                let changes = (
                    emails::recipient.eq(&recipient.mailbox),
                    emails::message_id.eq(message_id),
                    emails::state.eq(EmailState::Unsent),
                    emails::state_reason.eq(reason),
                );
                diesel::update(emails::table.find(id)).set(changes).execute(tx.conn())?;
            }
        }
        Ok(email)
    }

    fn requeue(tx: &mut Tx<'_>, id: EmailId, recipient: &str, message_id: &str) -> Result<()> {
        let changes = (
            emails::recipient.eq(recipient),
            emails::message_id.eq(message_id),
            emails::state.eq(EmailState::Queued),
            emails::state_reason.eq(""),
        );
        diesel::update(emails::table.find(id)).set(changes).execute(tx.conn())?;
        Email::enqueue_delivery(tx, id)
    }

    /// Marks an undelivered email as needing no attention; `Conflict` when it is neither refused nor failed.
    pub fn dismiss(tx: &mut Tx<'_>, id: EmailId) -> Result<()> {
        let undelivered = emails::id.eq(id).and(emails::state.eq_any(UNDELIVERED));
        let dismissed = emails::state.eq(EmailState::Unsent);
        match diesel::update(emails::table.filter(undelivered)).set(dismissed).execute(tx.conn())? {
            1 => Ok(()),
            _ => Err(Error::Conflict),
        }
    }

    /// Emails that were refused or have failed, the latest first; at most 100 of each.
    pub fn list_undelivered(conn: &mut Conn) -> Result<Vec<Email>> {
        let mut undelivered: Vec<Email> = Vec::new();
        for state in UNDELIVERED {
            let latest = Email::query().filter(emails::state.eq(state)).order(emails::id.desc()).limit(100);
            undelivered.extend(latest.load(conn)?);
        }
        undelivered.sort_by_key(|email| std::cmp::Reverse(email.id));
        Ok(undelivered)
    }

    pub fn count_undelivered(conn: &mut Conn) -> Result<i64> {
        Ok(emails::table.filter(emails::state.eq_any(UNDELIVERED)).count().get_result(conn)?)
    }

    pub fn for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Email>> {
        Ok(Email::query().filter(emails::order_id.eq(order)).order(emails::id).load(conn)?)
    }

    /// The emails to a customer's address and about their orders, the newest first, at most fifty.
    pub fn list_for_customer(conn: &mut Conn, address: &str, orders: &[OrderId]) -> Result<Vec<Email>> {
        let about_orders = Email::query().filter(id_in(emails::order_id, orders));
        let mut found: Vec<Email> = about_orders.order(emails::id.desc()).limit(CUSTOMER_EMAILS).load(conn)?;
        let to_address = Email::query().filter(emails::recipient.eq(address));
        let to_address: Vec<Email> = to_address.order(emails::id.desc()).limit(CUSTOMER_EMAILS).load(conn)?;
        found.extend(to_address);
        found.sort_by_key(|email| std::cmp::Reverse(email.id));
        found.dedup_by_key(|email| email.id);
        found.truncate(usize::try_from(CUSTOMER_EMAILS).unwrap_or(usize::MAX));
        Ok(found)
    }

    pub fn get(conn: &mut Conn, id: EmailId) -> Result<Email> {
        Ok(Email::query().find(id).first(conn)?)
    }

    /// Whether its customer was erased: only that it was written is known.
    pub fn is_erased(&self) -> bool {
        self.recipient.is_empty()
    }

    /// Removes gift card codes, log-in codes, and links to orders and accounts, for staff without the permission to use
    /// them.
    pub fn redact(mut self) -> Email {
        for text in [&mut self.html, &mut self.body_text] {
            *text = without_codes(&without_link_tokens(&without_order_links(text)));
        }
        self
    }

    /// Whether it has a link by which an account can be entered or taken over.
    pub fn has_account_link(&self) -> bool {
        self.body_text.contains(TOKEN_PARAM)
    }

    /// Removes the tokens of links to accounts, for staff who do not own the site.
    pub fn redact_account_links(mut self) -> Email {
        for text in [&mut self.html, &mut self.body_text] {
            *text = without_link_tokens(text);
        }
        self
    }

    /// A page of emails, newest first (keyset pagination).
    pub fn list(conn: &mut Conn, cursor: &Cursor) -> Result<CursorPage<Email>> {
        let query = Email::query().into_boxed::<AnyBackend>();
        let rows = apply_cursor!(query, cursor, cursor.anchor_id(), descending, emails::id).load(conn)?;
        Ok(CursorPage::from_rows(rows, cursor, |row: &Email| row.id.to_string()))
    }
}

/// The path before the secret token of an order.
const ORDER_PATH: &str = "/orders/";
/// The prefix of admin paths, which are protected by the login.
const ADMIN_PATH: &str = "/admin";

fn without_order_links(text: &str) -> String {
    let is_in_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let mut parts = text.split(ORDER_PATH);
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(is_in_token);
        let is_secret = rest.len() < part.len() && !redacted.ends_with(ADMIN_PATH);
        redacted.push_str(ORDER_PATH);
        if is_secret {
            redacted.push('…');
        }
        redacted.push_str(if is_secret { rest } else { part });
    }
    redacted
}

/// The query parameter with the secret of a link to an account.
const TOKEN_PARAM: &str = "?token=";

fn without_link_tokens(text: &str) -> String {
    let is_in_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let mut parts = text.split(TOKEN_PARAM);
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        redacted.push_str(TOKEN_PARAM);
        redacted.push('…');
        redacted.push_str(part.trim_start_matches(is_in_token));
    }
    redacted
}

/// Codes of gift cards keep their last group, which identifies a card in the admin.
fn without_codes(text: &str) -> String {
    let mut redacted = String::new();
    for word in text.split_inclusive(|character: char| !character.is_ascii_alphanumeric() && character != '-') {
        let code = word.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
        match code.rsplit_once('-') {
            Some((_, last)) if token::parse_code(code).as_deref() == Some(code) => {
                redacted.push_str("…-");
                redacted.push_str(last);
                redacted.push_str(word.strip_prefix(code).unwrap_or_default());
            }
            Some(_) if token::parse_short_code(code).as_deref() == Some(code) => {
                redacted.push('…');
                redacted.push_str(word.strip_prefix(code).unwrap_or_default());
            }
            _ => redacted.push_str(word),
        }
    }
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_addresses_of_orders_are_hidden_and_nothing_else() {
        let hidden = |text: &str| without_codes(&without_link_tokens(&without_order_links(text)));
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
            ("https://a.example/invitation?token=AbC_d-e1\n", "https://a.example/invitation?token=…\n"),
            ("7K2M-ABCD, or", "…, or"),
            ("https://a.example/password/reset?token=AbC_d-e1\">", "https://a.example/password/reset?token=…\">"),
            ("Grüße – 7K2M", "Grüße – 7K2M"),
            ("", ""),
        ] {
            assert_eq!(hidden(text), shown);
        }
    }
}
