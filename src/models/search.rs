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
/// Rows that are few, whatever is asked of them.
const FEW: i64 = 5_000;

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

/// Notes what a new order is found by. Its number is not among them, as it comes later and is looked up by itself.
///
/// # Errors
/// When the database refuses.
pub fn note_order(tx: &mut Tx<'_>, row: i64, text: &str) -> Result<()> {
    put!(tx, order_words, row, order_words_of(text))
}

/// As [`note_order`], in place of what it was found by before.
///
/// # Errors
/// When the database refuses.
pub fn renote_order(tx: &mut Tx<'_>, row: i64, text: &str) -> Result<()> {
    diesel::delete(order_words::table.find(row)).execute(tx.conn())?;
    note_order(tx, row, text)
}

/// Rows of which the head has what is looked for, then those that have it anywhere, the newest of each first; so many at
/// most. Words come before beginnings of words if not all have room. `ask` asks for so many rows one way; `last` is the
/// last row there is, which tells whether there are few.
///
/// Beginnings are put together before the first row is known. That costs nothing where there are few rows, so they are
/// asked for at once, and the words among them only if they are too many. Elsewhere words come first, and often suffice.
///
/// # Errors
/// What `ask` says.
pub fn heads_first(most: i64, last: Option<i64>, mut ask: impl FnMut(How) -> Result<Vec<i64>>) -> Result<Vec<i64>> {
    let Some(last) = last else { return Ok(Vec::new()) };
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut found, mut all) = (Vec::new(), Vec::new());
    let ways: &[How] = match last < FEW {
        true => &[How::HeadBeginnings],
        false => &[How::Heads, How::HeadBeginnings, How::Words],
    };
    for how in ways {
        if found.len() < enough {
            add(&mut found, ask(*how)?);
        }
    }
    if found.len() < enough {
        all = ask(How::Beginnings)?;
    }
    if last < FEW && all.len() >= enough {
        add(&mut found, ask(How::Words)?);
    }
    add(&mut found, all);
    found.truncate(enough);
    Ok(found)
}

fn add(found: &mut Vec<i64>, more: Vec<i64>) {
    for row in more {
        if !found.contains(&row) {
            found.push(row);
        }
    }
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
