//! Full text: the one question that both databases are asked in words of their own, FTS5's on SQLite and a `tsquery` on
//! PostgreSQL. What is compared are words of Latin letters and digits ([`crate::support::slug::words`]), each by its
//! beginning, so nothing typed can mean anything to either of them.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;

use super::Db;

/// That all of some words begin words of a row.
#[derive(Clone, Debug)]
pub struct Matches<C> {
    column: C,
    fts5: String,
    tsquery: String,
}

/// All the words, anywhere in a row of a `…_words` table; `column` is the one that stands for all.
pub fn matches<C>(column: C, words: &[String]) -> Matches<C> {
    Matches { column, fts5: fts5(words), tsquery: tsquery(words, "") }
}

/// All the words, in the head of a row.
pub fn heads<C>(column: C, words: &[String]) -> Matches<C> {
    Matches { column, fts5: format!("head : ({})", fts5(words)), tsquery: tsquery(words, "A") }
}

/// FTS5, "Full-text Query Syntax": words side by side must all be there, and a star asks for beginnings.
fn fts5(words: &[String]) -> String {
    let one = |word: &String| format!("\"{}\"{}", plain(word), if is_beginning(word) { "*" } else { "" });
    words.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// PostgreSQL, "Text Search Types": the same; `weight` may ask for the head.
fn tsquery(words: &[String], weight: &str) -> String {
    let beginning = |word: &String| if is_beginning(word) { "*" } else { "" };
    let one = |word: &String| match format!("{}{weight}", beginning(word)).as_str() {
        "" => format!("'{}'", plain(word)),
        asked => format!("'{}':{asked}", plain(word)),
    };
    words.iter().map(one).collect::<Vec<_>>().join(" & ")
}

/// A single letter begins half of all words, and is looked for as it is.
fn is_beginning(word: &str) -> bool {
    word.len() > 1
}

/// Nothing but letters and digits, whatever a caller gives.
fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect()
}

impl<C: Expression> Expression for Matches<C> {
    type SqlType = Bool;
}

impl<C, Source> AppearsOnTable<Source> for Matches<C> where C: AppearsOnTable<Source> {}

impl<C, Source> SelectableExpression<Source> for Matches<C> where C: SelectableExpression<Source> {}

impl<C> ValidGrouping<()> for Matches<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C: QueryId> QueryId for Matches<C> {
    type QueryId = Matches<C::QueryId>;

    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Matches<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" MATCH ");
        out.push_bind_param::<Text, _>(&self.fts5)
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Matches<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" @@ to_tsquery('simple', ");
        out.push_bind_param::<Text, _>(&self.tsquery)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite> + QueryFragment<Pg>> QueryFragment<Db> for Matches<C> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        Db::walk_variant_ast(self, out)
    }
}
