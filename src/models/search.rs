//! What products, posts and orders are found by: their words, kept beside them for full text
//! ([`crate::db::matching`]). The head is what people remember: the title, and what it stands among, such as categories
//! and tags. It is found by any part of a word of three letters, and comes first. The body is found by the beginnings of
//! its words.
//!
//! Where little is found, the singular of a word counts too; where nothing is, words that differ from it by one letter.
//! These are looked up in `search_terms`, which has the words of all heads.

use diesel::prelude::*;

use crate::db::matching::{HEAD, How, TITLE, plainly};
use crate::db::{Conn, Tx};
use crate::each;
use crate::error::Result;
use crate::schema::{order_words, post_words, product_words, search_terms};
use crate::support::slug;

/// Most words of a text that are kept: PostgreSQL takes a megabyte of them for one row.
const MOST: usize = 20_000;
/// Rows that are few, whatever is asked of them.
const FEW: i64 = 5_000;

/// So many found are enough: no other spellings are looked for.
const ENOUGH: usize = 8;
/// Fewest letters of a word that may be mistyped: of shorter ones too many differ by one letter.
const MISTYPED: usize = 4;
/// Longest word whose spellings are known.
const LONGEST_TERM: usize = 24;
/// Most spellings of one word that are looked for.
const SPELLINGS: usize = 8;

/// What is said of something that can be found.
pub struct Said<'a> {
    /// Its title.
    pub title: &'a str,
    /// What else its head has: numbers, categories, tags.
    pub head: &'a str,
    /// All else.
    pub body: &'a str,
}

/// The words a row is found by: the words of its body, the words of its head and their endings, these once more with the
/// mark of heads, and the words of its title with the mark of titles.
fn words_of(said: &Said<'_>) -> String {
    let heads = slug::words_and_endings(&format!("{} {}", said.title, said.head));
    let marked: Vec<String> = heads.iter().map(|word| format!("{HEAD}{word}")).collect();
    let titles: Vec<String> = slug::words(said.title).iter().map(|word| format!("{TITLE}{word}")).collect();
    let all = titles.into_iter().chain(marked).chain(heads).chain(slug::words(said.body));
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
pub fn note_product(tx: &mut Tx<'_>, row: i64, said: &Said<'_>) -> Result<()> {
    diesel::delete(product_words::table.find(row)).execute(tx.conn())?;
    note_terms(tx, said)?;
    put!(tx, product_words, row, words_of(said))
}

/// Notes what a post is found by, in place of what it was found by before.
///
/// # Errors
/// When the database refuses.
pub fn note_post(tx: &mut Tx<'_>, row: i64, said: &Said<'_>) -> Result<()> {
    diesel::delete(post_words::table.find(row)).execute(tx.conn())?;
    note_terms(tx, said)?;
    put!(tx, post_words, row, words_of(said))
}

/// Notes the words of a head among those that mistyped ones are compared with. Words are never taken out again: one that
/// nothing has any more finds nothing.
fn note_terms(tx: &mut Tx<'_>, said: &Said<'_>) -> Result<()> {
    let mut terms = slug::words(&format!("{} {}", said.title, said.head));
    // Facts such as an origin stand at the beginning of a body.
    terms.extend(slug::words(said.body).into_iter().take(FACTS));
    terms.retain(|term| is_term(term));
    // Locked in the same order everywhere.
    terms.sort_unstable();
    terms.dedup();
    let conn = tx.conn();
    let known: Vec<String> = each!(conn => search_terms::table
        .filter(search_terms::form.eq_any(&terms).and(search_terms::form.eq(search_terms::term)))
        .select(search_terms::term)
        .load(conn))?;
    terms.retain(|term| !known.contains(term));
    for term in terms {
        for form in forms_of(&term) {
            let row = (search_terms::form.eq(form), search_terms::term.eq(&term));
            let conn = tx.conn();
            each!(conn => diesel::insert_into(search_terms::table).values(row).on_conflict_do_nothing().execute(conn))?;
        }
    }
    Ok(())
}

/// So many words of a body are compared with mistyped ones.
const FACTS: usize = 60;

/// Whether a word has spellings: numbers have none.
fn is_term(word: &str) -> bool {
    (3..=LONGEST_TERM).contains(&word.len()) && word.bytes().all(|letter| letter.is_ascii_lowercase())
}

/// A word, and what is left of it without each of its letters.
fn forms_of(word: &str) -> Vec<String> {
    let without =
        (0..word.len()).map(|at| word.chars().enumerate().filter(|(n, _)| *n != at).map(|(_, c)| c).collect());
    let mut forms: Vec<String> = std::iter::once(word.to_owned()).chain(without).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// What was found.
pub struct Found {
    /// The rows, in order.
    pub rows: Vec<i64>,
    /// The words they were found by, of each its spellings.
    pub words: Vec<Vec<String>>,
}

/// Rows that have all the words: those of which the head has them, then those that have them anywhere, the newest of each
/// first; so many at most. Where there are few, singulars are looked for too; where there are none, words that differ by
/// a letter. `ask` asks for so many rows one way; `last` is the last row there is, which tells whether there are few.
///
/// # Errors
/// What `ask` says, or when the database refuses.
pub fn find(
    conn: &mut Conn,
    words: &[String],
    most: i64,
    last: Option<i64>,
    mut ask: impl FnMut(&mut Conn, How, &[Vec<String>]) -> Result<Vec<i64>>,
) -> Result<Found> {
    let plain = plainly(words);
    let mut rows = heads_first(most, last, |how| ask(conn, how, &plain))?;
    if rows.len() >= ENOUGH || last.is_none() {
        return Ok(Found { rows, words: plain });
    }
    let singulars: Vec<Vec<String>> = words.iter().map(|word| with_singulars(word)).collect();
    let mut known = plain;
    if singulars != known {
        add(&mut rows, heads_first(most, last, |how| ask(conn, how, &singulars))?);
        known = singulars;
    }
    if rows.is_empty() {
        let mut spellings = Vec::new();
        for word in words {
            spellings.push(with_spellings(conn, word)?);
        }
        if spellings.iter().zip(words).any(|(all, word)| all.iter().any(|one| one != word)) {
            rows = heads_first(most, last, |how| ask(conn, how, &spellings))?;
            known = spellings;
        }
    }
    rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(Found { rows, words: known })
}

/// An English word and its singulars, if it may be a plural.
fn with_singulars(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    if word.len() >= MISTYPED && is_term(word) {
        let without = |ending: &str, instead: &str| Some(format!("{}{instead}", word.strip_suffix(ending)?));
        let long = |word: &String| word.len() >= 3;
        all.extend([without("ies", "y"), without("es", ""), without("s", "")].into_iter().flatten().filter(long));
        all.extend(word.strip_suffix('y').map(|start| format!("{start}ies")));
    }
    all
}

/// A word with all that differ from it by one letter that is missing, too many, another or in the other place; the word
/// alone if it is known itself.
fn with_spellings(conn: &mut Conn, word: &str) -> Result<Vec<String>> {
    let mut all = with_singulars(word);
    if word.len() < MISTYPED || !is_term(word) {
        return Ok(all);
    }
    let mut terms: Vec<String> = Vec::new();
    for form in forms_of(word) {
        // Asked of the connection inside, which knows the question by its type and does not spell it anew.
        let found: Vec<String> = each!(conn => search_terms::table
            .filter(search_terms::form.eq(form))
            .select(search_terms::term)
            .load(conn))?;
        terms.extend(found);
    }
    terms.sort_unstable();
    terms.dedup();
    // What the two have in common may be two letters apart.
    terms.retain(|term| strsim::osa_distance(term, word) <= 1);
    if terms.iter().any(|term| term == word) {
        return Ok(all);
    }
    all.extend(terms.into_iter().take(SPELLINGS));
    Ok(all)
}

/// How near the words of a title are to the words that were looked for: each that is a word of the title counts most, then
/// each that begins one, then each that is part of one.
pub fn nearness(title: &str, words: &[Vec<String>]) -> u32 {
    let title = slug::words(title);
    let of_one = |word: &String| {
        let best = title.iter().map(|known| match known {
            known if known == word => 3,
            known if known.starts_with(word.as_str()) => 2,
            known if known.contains(word.as_str()) => 1,
            _ => 0,
        });
        best.max().unwrap_or(0)
    };
    words.iter().map(|spellings| spellings.iter().map(of_one).max().unwrap_or(0)).sum()
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

/// Rows of which the head has what is looked for, the title before the rest of it where not all have room, then those that
/// have it anywhere, the newest of each first; so many at most. Words come before beginnings of words if not all have room. `ask` asks for so many rows one way; `last` is the
/// last row there is, which tells whether there are few.
///
/// Beginnings are put together before the first row is known. That costs nothing where there are few rows, so they are
/// asked for at once, and the words among them only if they are too many. Elsewhere words come first, and often suffice.
///
/// # Errors
/// What `ask` says.
fn heads_first(most: i64, last: Option<i64>, mut ask: impl FnMut(How) -> Result<Vec<i64>>) -> Result<Vec<i64>> {
    let Some(last) = last else { return Ok(Vec::new()) };
    let enough = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut found, mut all) = (Vec::new(), Vec::new());
    let ways: &[How] = match last < FEW {
        true => &[How::HeadBeginnings],
        false => &[How::Titles, How::Heads, How::HeadBeginnings, How::Words],
    };
    for how in ways {
        if found.len() < enough {
            add(&mut found, ask(*how)?);
        }
    }
    if last < FEW && found.len() >= enough {
        let mut titles = ask(How::Titles)?;
        if titles.len() < enough {
            add(&mut titles, ask(How::TitleBeginnings)?);
        }
        add(&mut titles, found);
        found = titles;
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
