//! Letters: written once, kept for staff to read, sent if there is a mail server.

use diesel::prelude::*;

use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::Result;
use crate::schema::letters;
use crate::support::clock::Utc;
use crate::support::page::{Stretch, Window};
use crate::support::token;
use crate::windowed;

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
    /// About what.
    pub subject: String,
    /// As HTML.
    pub html: String,
    /// As plain text.
    pub body_text: String,
    /// `kept` (no mail server), `queued`, `sent`, `failed`.
    pub state: String,
    /// When it was written.
    pub created_at: Utc,
}

/// A letter to be written.
#[derive(Clone, Debug)]
pub struct NewLetter {
    /// Written once a key: `order-placed:12`.
    pub dedupe_key: String,
    /// To whom.
    pub recipient: String,
    /// About what.
    pub subject: String,
    /// As HTML.
    pub html: String,
    /// As plain text.
    pub text: String,
    /// Which order it is about.
    pub order: Option<i64>,
}

impl Letter {
    /// The key under which a letter about an order is written once.
    pub fn key(what: &str, order: i64) -> String {
        format!("{what}:{order}")
    }

    /// Writes a letter; the same one again is left out. Returns its row if it is new.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn write(tx: &mut Tx<'_>, new: &NewLetter, host: &str, will_send: bool) -> Result<Option<i64>> {
        let message_id = format!("<{}@{host}>", tx.public_id()?);
        let row = (
            letters::dedupe_key.eq(&new.dedupe_key),
            letters::message_id.eq(message_id),
            letters::recipient.eq(&new.recipient),
            letters::subject.eq(&new.subject),
            letters::html.eq(&new.html),
            letters::body_text.eq(&new.text),
            letters::state.eq(if will_send { "queued" } else { "kept" }),
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
        Ok(id)
    }

    /// The mail server has taken it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn sent(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let now = tx.now();
        diesel::update(letters::table.find(id))
            .set((letters::state.eq("sent"), letters::sent_at.eq(now)))
            .execute(tx.conn())?;
        Ok(())
    }

    /// The mail server did not take it, however often it was asked.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn failed(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let waiting = letters::table.filter(letters::id.eq(id).and(letters::state.eq("queued")));
        diesel::update(waiting).set(letters::state.eq("failed")).execute(tx.conn())?;
        Ok(())
    }

    /// It waits for the mail server once more.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn wait_again(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let failed = letters::table.filter(letters::id.eq(id).and(letters::state.eq("failed")));
        diesel::update(failed).set(letters::state.eq("queued")).execute(tx.conn())?;
        Ok(())
    }

    /// Letters that nobody took, the latest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all_failed(conn: &mut Conn) -> Result<Vec<Letter>> {
        let failed = letters::table.filter(letters::state.eq("failed")).order(letters::id.desc()).limit(100);
        Ok(failed.select(Letter::as_select()).load(conn)?)
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
