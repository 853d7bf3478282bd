//! What products, posts and orders are found by: their words, kept beside them for full text
//! ([`crate::db::matching`]). The head is what people remember, such as a title; it is found by any part of a word of
//! three letters, and comes first. The body is found by the beginnings of its words.

use diesel::prelude::*;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{order_words, post_words, product_words};
use crate::support::slug;

/// Most words of a text that are kept: PostgreSQL takes a megabyte of them for one row.
const MOST: usize = 20_000;

/// Words a row is found by.
struct Words {
    head: String,
    body: String,
}

impl Words {
    fn of(head: &str, body: &str) -> Words {
        let joined = |words: Vec<String>| words.into_iter().take(MOST).collect::<Vec<_>>().join(" ");
        Words { head: joined(slug::words_and_endings(head)), body: joined(slug::words(body)) }
    }
}

macro_rules! put {
    ($tx:ident, $table:ident, $row:ident, $words:expr) => {{
        let Words { head, body } = $words;
        let row = ($table::rowid.eq($row), $table::head.eq(head), $table::body.eq(body));
        diesel::insert_into($table::table).values(row).execute($tx.conn())?;
        Ok(())
    }};
}

/// Notes what a product is found by, in place of what it was found by before.
///
/// # Errors
/// When the database refuses.
pub fn note_product(tx: &mut Tx<'_>, row: i64, head: &str, body: &str) -> Result<()> {
    diesel::delete(product_words::table.find(row)).execute(tx.conn())?;
    put!(tx, product_words, row, Words::of(head, body))
}

/// Notes what a post is found by, in place of what it was found by before.
///
/// # Errors
/// When the database refuses.
pub fn note_post(tx: &mut Tx<'_>, row: i64, head: &str, body: &str) -> Result<()> {
    diesel::delete(post_words::table.find(row)).execute(tx.conn())?;
    put!(tx, post_words, row, Words::of(head, body))
}

/// Notes what a new order is found by: what it is made of does not change. Its number is not among them, as it comes
/// later and is looked up by itself.
///
/// # Errors
/// When the database refuses.
pub fn note_order(tx: &mut Tx<'_>, row: i64, text: &str) -> Result<()> {
    put!(tx, order_words, row, Words { head: order_words_of(text), body: String::new() })
}

/// Rows of which the head has what is looked for, then those that have it anywhere; each once, so many at most. `find`
/// is told whether to ask for the head alone, `row` tells rows apart.
///
/// # Errors
/// What `find` says.
pub fn heads_first<T>(
    most: i64,
    mut find: impl FnMut(bool) -> Result<Vec<T>>,
    row: impl Fn(&T) -> i64,
) -> Result<Vec<T>> {
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found = find(true)?;
    if found.len() < enough {
        let known: Vec<i64> = found.iter().map(&row).collect();
        found.extend(find(false)?.into_iter().filter(|other| !known.contains(&row(other))));
        found.truncate(enough);
    }
    Ok(found)
}

/// What an order is found by.
pub fn order_words_of(text: &str) -> String {
    slug::words(text).join(" ")
}
