//! Full-text index of products, posts and orders ([`crate::db::full_text`]). Title and keywords, such as categories and
//! tags, match any part of a word from three letters on and rank first; the body matches prefixes of its words.
//!
//! When there are few matches, singular forms count too; when there are none, words with one typing error, which are
//! looked up in `search_terms`.

use diesel::prelude::*;

use crate::db::full_text::{KEYWORD_PREFIX, MatchMode, TITLE_PREFIX, to_spellings};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::on_backend;
use crate::schema::{order_words, post_words, product_words, search_terms};
use crate::support::ids::{OrderId, PostId, ProductId};
use crate::support::slug;

/// Maximum number of words indexed per row: a `tsvector` is limited to one megabyte.
const MAX_WORDS: usize = 20_000;
/// Below this number of rows, every kind of query is cheap.
const SMALL_TABLE: i64 = 5_000;

/// With this many matches, no other spellings are tried.
const MIN_MATCHES: usize = 8;
/// Minimum length of words for spelling correction; too many shorter ones differ by one letter.
const MIN_TERM_LENGTH: usize = 4;
/// Maximum length of words for spelling correction.
const MAX_TERM_LENGTH: usize = 24;
/// Maximum number of alternative spellings per word.
const MAX_SPELLINGS: usize = 8;

pub struct SearchDocument<'a> {
    pub title: &'a str,
    /// Numbers, categories and tags, which rank first like the title.
    pub keywords: &'a str,
    pub body: &'a str,
}

/// The words to index: body, title and keywords with their suffixes, those again with the prefix for keywords, and the
/// words of the title with the prefix for titles.
fn index_words(document: &SearchDocument<'_>) -> String {
    let heads = slug::search_words_with_suffixes(&format!("{} {}", document.title, document.keywords));
    let marked: Vec<String> = heads.iter().map(|word| format!("{KEYWORD_PREFIX}{word}")).collect();
    let titles: Vec<String> =
        slug::search_words(document.title).iter().map(|word| format!("{TITLE_PREFIX}{word}")).collect();
    let all = titles.into_iter().chain(marked).chain(heads).chain(slug::search_words(document.body));
    all.take(MAX_WORDS).collect::<Vec<_>>().join(" ")
}

/// Declares the row of a full-text index, and how it is inserted.
macro_rules! index_entry {
    ($name:ident, $table:ident, $id:ident) => {
        #[derive(Insertable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        struct $name {
            rowid: $id,
            words: String,
        }

        impl $name {
            fn insert(self, tx: &mut Tx<'_>) -> Result<()> {
                diesel::insert_into($table::table).values(self).execute(tx.conn())?;
                Ok(())
            }
        }
    };
}

index_entry!(ProductEntry, product_words, ProductId);
index_entry!(PostEntry, post_words, PostId);
index_entry!(OrderEntry, order_words, OrderId);

#[derive(Insertable)]
#[diesel(table_name = search_terms, treat_none_as_default_value = false)]
struct NewSearchTerm<'a> {
    spelling_key: &'a str,
    term: &'a str,
}

pub fn index_product(tx: &mut Tx<'_>, product: ProductId, document: &SearchDocument<'_>) -> Result<()> {
    diesel::delete(product_words::table.find(product)).execute(tx.conn())?;
    add_terms(tx, document)?;
    ProductEntry { rowid: product, words: index_words(document) }.insert(tx)
}

pub fn index_post(tx: &mut Tx<'_>, post: PostId, document: &SearchDocument<'_>) -> Result<()> {
    diesel::delete(post_words::table.find(post)).execute(tx.conn())?;
    add_terms(tx, document)?;
    PostEntry { rowid: post, words: index_words(document) }.insert(tx)
}

/// Adds title and keywords to the spelling dictionary. Words are never removed; an obsolete one only finds nothing.
fn add_terms(tx: &mut Tx<'_>, document: &SearchDocument<'_>) -> Result<()> {
    let mut terms = slug::search_words(&format!("{} {}", document.title, document.keywords));
    // Attributes such as the origin are at the beginning of a body.
    terms.extend(slug::search_words(document.body).into_iter().take(MAX_BODY_TERMS));
    terms.retain(|term| is_term(term));
    // Insert in sorted order, so that concurrent transactions cannot deadlock.
    terms.sort_unstable();
    terms.dedup();
    let conn = tx.conn();
    let existing: Vec<String> = on_backend!(conn => search_terms::table
        .filter(search_terms::spelling_key.eq_any(&terms).and(search_terms::spelling_key.eq(search_terms::term)))
        .select(search_terms::term)
        .load(conn))?;
    terms.retain(|term| !existing.contains(term));
    for term in terms {
        for spelling_key in deletion_variants(&term) {
            let row = NewSearchTerm { spelling_key: &spelling_key, term: &term };
            let conn = tx.conn();
            on_backend!(conn => diesel::insert_into(search_terms::table).values(row).on_conflict_do_nothing().execute(conn))?;
        }
    }
    Ok(())
}

/// How many words of a body go into the spelling dictionary.
const MAX_BODY_TERMS: usize = 60;

/// Whether a word goes into the spelling dictionary; numbers do not.
fn is_term(word: &str) -> bool {
    (3..=MAX_TERM_LENGTH).contains(&word.len()) && word.bytes().all(|letter| letter.is_ascii_lowercase())
}

/// A word and its variants with one letter deleted (symmetric delete spelling correction).
fn deletion_variants(word: &str) -> Vec<String> {
    let without =
        (0..word.len()).map(|at| word.chars().enumerate().filter(|(n, _)| *n != at).map(|(_, c)| c).collect());
    let mut forms: Vec<String> = std::iter::once(word.to_owned()).chain(without).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

pub struct SearchResult<I> {
    /// Row ids, best match first.
    pub rows: Vec<I>,
    /// For each search word, the spellings it was found by.
    pub terms: Vec<Vec<String>>,
}

/// Finds at most `limit` rows that contain all words: matches in title or keywords first, then in the body, the newest
/// of each first. Adds singular forms when there are few matches and words with one typing error when there are none.
/// `query` runs one search; `last` is the highest row id, an upper bound for the number of rows.
pub fn find<I: Copy + PartialEq>(
    conn: &mut Conn,
    words: &[String],
    limit: i64,
    last: Option<i64>,
    mut query: impl FnMut(&mut Conn, MatchMode, &[Vec<String>]) -> Result<Vec<I>>,
) -> Result<SearchResult<I>> {
    let exact = to_spellings(words);
    let mut rows = search_titles_first(limit, last, |mode| query(conn, mode, &exact))?;
    if rows.len() >= MIN_MATCHES || last.is_none() {
        return Ok(SearchResult { rows, terms: exact });
    }
    let singulars: Vec<Vec<String>> = words.iter().map(|word| with_singulars(word)).collect();
    let mut terms = exact;
    if singulars != terms {
        append_new(&mut rows, search_titles_first(limit, last, |mode| query(conn, mode, &singulars))?);
        terms = singulars;
    }
    if rows.is_empty() {
        let mut spellings = Vec::new();
        for word in words {
            spellings.push(with_spellings(conn, word)?);
        }
        if spellings.iter().zip(words).any(|(of_word, word)| of_word.iter().any(|spelling| spelling != word)) {
            rows = search_titles_first(limit, last, |mode| query(conn, mode, &spellings))?;
            terms = spellings;
        }
    }
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(SearchResult { rows, terms })
}

fn with_singulars(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    if word.len() >= MIN_TERM_LENGTH && is_term(word) {
        let without = |ending: &str, instead: &str| Some(format!("{}{instead}", word.strip_suffix(ending)?));
        let long = |word: &String| word.len() >= 3;
        all.extend([without("ies", "y"), without("es", ""), without("s", "")].into_iter().flatten().filter(long));
        all.extend(word.strip_suffix('y').map(|start| format!("{start}ies")));
    }
    all
}

/// A word with the dictionary words at edit distance 1 (insertion, deletion, substitution or transposition); the word
/// alone if the dictionary contains it.
fn with_spellings(conn: &mut Conn, word: &str) -> Result<Vec<String>> {
    let mut all = with_singulars(word);
    if word.len() < MIN_TERM_LENGTH || !is_term(word) {
        return Ok(all);
    }
    let mut terms: Vec<String> = Vec::new();
    for variant in deletion_variants(word) {
        // `on_backend!` queries the concrete connection: Diesel then caches the statement by its type and builds no SQL
        // text.
        let candidates: Vec<String> = on_backend!(conn => search_terms::table
            .filter(search_terms::spelling_key.eq(variant))
            .select(search_terms::term)
            .load(conn))?;
        terms.extend(candidates);
    }
    terms.sort_unstable();
    terms.dedup();
    // Two words with a deletion variant in common can be at distance 2.
    terms.retain(|term| strsim::osa_distance(term, word) <= 1);
    if terms.iter().any(|term| term == word) {
        return Ok(all);
    }
    all.extend(terms.into_iter().take(MAX_SPELLINGS));
    Ok(all)
}

/// The relevance of a title: per search word 3 for a whole word of the title, 2 for a prefix, 1 for a part.
pub fn score_title(title: &str, words: &[Vec<String>]) -> u32 {
    let title = slug::search_words(title);
    let score = |word: &String| {
        let best = title.iter().map(|title_word| match title_word {
            title_word if title_word == word => 3,
            title_word if title_word.starts_with(word.as_str()) => 2,
            title_word if title_word.contains(word.as_str()) => 1,
            _ => 0,
        });
        best.max().unwrap_or(0)
    };
    words.iter().map(|spellings| spellings.iter().map(score).max().unwrap_or(0)).sum()
}

/// Indexes a new order. Its number is assigned later and looked up directly.
pub fn index_order(tx: &mut Tx<'_>, order: OrderId, text: &str) -> Result<()> {
    OrderEntry { rowid: order, words: order_search_text(text) }.insert(tx)
}

pub fn reindex_order(tx: &mut Tx<'_>, order: OrderId, text: &str) -> Result<()> {
    diesel::delete(order_words::table.find(order)).execute(tx.conn())?;
    index_order(tx, order, text)
}

/// Finds at most `limit` rows: matches in title and keywords first (the title before the keywords if they do not all
/// fit), then in the body, the newest of each first. Whole words come before prefixes if they do not all fit.
///
/// A prefix query collects all its matches before it returns a row. That is cheap in a small table, so there it runs
/// first, and whole words only if it finds too many. In a large table whole words come first and often suffice.
fn search_titles_first<I: Copy + PartialEq>(
    limit: i64,
    last: Option<i64>,
    mut query: impl FnMut(MatchMode) -> Result<Vec<I>>,
) -> Result<Vec<I>> {
    let Some(last) = last else { return Ok(Vec::new()) };
    let max_rows = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut rows, mut body_rows) = (Vec::new(), Vec::new());
    let modes: &[MatchMode] = match last < SMALL_TABLE {
        true => &[MatchMode::KeywordPrefixes],
        false => &[MatchMode::TitleWords, MatchMode::Keywords, MatchMode::KeywordPrefixes, MatchMode::Words],
    };
    for mode in modes {
        if rows.len() < max_rows {
            append_new(&mut rows, query(*mode)?);
        }
    }
    if last < SMALL_TABLE && rows.len() >= max_rows {
        let mut titles = query(MatchMode::TitleWords)?;
        if titles.len() < max_rows {
            append_new(&mut titles, query(MatchMode::TitlePrefixes)?);
        }
        append_new(&mut titles, rows);
        rows = titles;
    }
    if rows.len() < max_rows {
        body_rows = query(MatchMode::Prefixes)?;
    }
    if last < SMALL_TABLE && body_rows.len() >= max_rows {
        append_new(&mut rows, query(MatchMode::Words)?);
    }
    append_new(&mut rows, body_rows);
    rows.truncate(max_rows);
    Ok(rows)
}

fn append_new<I: PartialEq>(rows: &mut Vec<I>, more: Vec<I>) {
    for row in more {
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
}

/// Merges the segments of the FTS5 index that each write adds and every search reads; a no-op without new writes and on
/// PostgreSQL. The index of orders is left alone: it is large and only staff search it.
pub fn optimise_index(tx: &mut Tx<'_>) -> Result<()> {
    if let Conn::Sqlite(conn) = tx.conn() {
        // SQLite FTS5 Extension, "The 'optimize' Command".
        diesel::insert_into(product_words::table).values(product_words::document.eq("optimize")).execute(conn)?;
        diesel::insert_into(post_words::table).values(post_words::document.eq("optimize")).execute(conn)?;
    }
    Ok(())
}

pub fn order_search_text(text: &str) -> String {
    slug::search_words(text).join(" ")
}
