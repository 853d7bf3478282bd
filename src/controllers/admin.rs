//! The admin pages for staff.

pub mod catalog;
pub mod checkout;
pub mod content;
pub mod people;
pub mod platform;
pub mod sales;
mod uploads;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::guards::needs;
use crate::http::{Context, FormToken, Reply, Staff};
use crate::models::platform::event::Event;
use crate::models::platform::setting::Settings;
use crate::support::i18n::Message;
use crate::support::pagination::Cursor;
use crate::support::slug;

const ROWS_PER_PAGE: i64 = 30;

struct ListQuery {
    tab: String,
    q: String,
    cursor: Cursor,
}

impl ListQuery {
    fn from_context(cx: &Context) -> ListQuery {
        let q = cx.query_param("q").unwrap_or_default();
        ListQuery {
            tab: cx.query_param("tab").unwrap_or_default(),
            q: q.trim().chars().take(100).collect(),
            cursor: parse_cursor(cx),
        }
    }

    /// At most ten search words, normalised like the search columns.
    fn search_words(&self) -> Vec<String> {
        slug::search_words(&self.q).into_iter().take(10).collect()
    }
}

/// The page of a list that the query asks for.
fn parse_cursor(cx: &Context) -> Cursor {
    cx.parse_cursor(ROWS_PER_PAGE)
}

/// Runs `work` once for the form token and records who changed which group of settings, and how.
async fn change_settings(
    staff: &Staff<needs::Settings>,
    token: &FormToken,
    group: &'static str,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
) -> Result<Reply> {
    let actor = staff.actor();
    staff
        .write_once(token, move |tx| {
            let before = Settings::load(tx.conn())?;
            let reply = work(tx)?;
            let changes = before.changes_to(&Settings::load(tx.conn())?);
            Event::SettingsChanged { group: group.to_owned(), changes }.record(tx, &actor)?;
            Ok(reply)
        })
        .await
}

/// Adds a model's `Invalid` error to its field and `AlreadySubmitted` to the form; returns any other error.
fn add_model_error(fields: &mut Fields, error: Error) -> Result<()> {
    match error {
        Error::Invalid { field, message } => {
            fields.add_error(&field, message);
            Ok(())
        }
        Error::AlreadySubmitted => {
            fields.add_error("", Message::AlreadySubmitted);
            Ok(())
        }
        error => Err(error),
    }
}

/// Turns `Busy` into a form error, so that the form is rendered again and what was typed is not lost.
fn busy_to_invalid(error: Error) -> Error {
    match error {
        Error::Busy => Error::invalid("", Message::TooManyChanges),
        error => error,
    }
}

fn checkbox_value(is_checked: bool) -> String {
    if is_checked { "1".to_owned() } else { String::new() }
}
