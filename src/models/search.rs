//! What products, posts and orders are found by: their words, kept beside them for full text
//! ([`crate::db::matching`]). The head is what people remember, such as a title; it is found by any part of a word of
//! three letters, and comes first. The body is found by the beginnings of its words.

use diesel::prelude::*;

use crate::db::matching::{HEAD, How};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::schema::{order_words, post_words, product_words};
use crate::support::slug;

/// Most words of a text that are kept: PostgreSQL takes a megabyte of them for one row.
const MOST: usize = 20_000;

/// The words a row is found by: the words of its body, the words of its head and their endings, and these once more with
/// the mark of heads.
fn words_of(head: &str, body: &str) -> String {
    let heads = slug::words_and_endings(head);
    let marked: Vec<String> = heads.iter().map(|word| format!("{HEAD}{word}")).collect();
    let all = marked.into_iter().chain(heads).chain(slug::words(body));
    all.take(MOST).collect::<Vec<_>>().join(" ")
}

macro_rules! put {
    ($tx:ident, $table:ident, $row:ident, $words:expr) => {{
        let row = ($table::rowid.eq($row), $table::words.eq($words));
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
    put!(tx, product_words, row, words_of(head, body))
}

/// Notes what a post is found by, in place of what it was found by before.
///
/// # Errors
/// When the database refuses.
pub fn note_post(tx: &mut Tx<'_>, row: i64, head: &str, body: &str) -> Result<()> {
    diesel::delete(post_words::table.find(row)).execute(tx.conn())?;
    put!(tx, post_words, row, words_of(head, body))
}

/// Notes what a new order is found by: what it is made of does not change. Its number is not among them, as it comes
/// later and is looked up by itself.
///
/// # Errors
/// When the database refuses.
pub fn note_order(tx: &mut Tx<'_>, row: i64, text: &str) -> Result<()> {
    put!(tx, order_words, row, order_words_of(text))
}

/// Rows of which the head has what is looked for, then those that have it anywhere, the newest of each first; so many at
/// most. `ask` asks for so many rows one way. Beginnings, which cost the most where there is much, are asked only when the
/// words as they are do not give enough.
///
/// # Errors
/// What `ask` says.
pub fn heads_first(most: i64, mut ask: impl FnMut(How) -> Result<Vec<i64>>) -> Result<Vec<i64>> {
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found = ask(How::Heads)?;
    for how in [How::Exactly, How::Beginnings] {
        if found.len() < enough {
            let more: Vec<i64> = ask(how)?.into_iter().filter(|row| !found.contains(row)).collect();
            found.extend(more);
        }
    }
    found.truncate(enough);
    Ok(found)
}

/// Puts together what SQLite has noted in many parts, one for each write, all of which every search must look into. Does
/// nothing where nothing was written since; PostgreSQL does so by itself. Orders are left as they are: there are many, and
/// only staff look for them.
///
/// # Errors
/// When the database refuses.
pub fn gather(tx: &mut Tx<'_>) -> Result<()> {
    if let Conn::Sqlite(conn) = tx.conn() {
        // SQLite FTS5 Extension, "The 'optimize' Command".
        diesel::insert_into(product_words::table).values(product_words::everything.eq("optimize")).execute(conn)?;
        diesel::insert_into(post_words::table).values(post_words::everything.eq("optimize")).execute(conn)?;
    }
    Ok(())
}

/// What an order is found by.
pub fn order_words_of(text: &str) -> String {
    slug::words(text).join(" ")
}
