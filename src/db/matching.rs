//! Full text: the one question that both databases are asked in words of their own, FTS5's on SQLite and a `tsquery` on
//! PostgreSQL. What is compared are words of Latin letters and digits ([`crate::support::slug::words`]), so nothing typed
//! can mean anything to either of them. The words of a row's head, such as its title, are kept once more with a mark, so
//! that heads are asked alone without going through all texts.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;

use super::condition::condition;

/// Stands before the words of heads.
pub const HEAD: char = '_';

/// How words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// They are words of the head: found by and by, without going through all rows that have them.
    Heads,
    /// They begin words of the head.
    HeadBeginnings,
    /// They are words of the row: found by and by.
    Words,
    /// They begin words of the row.
    Beginnings,
}

impl How {
    fn is_of_heads(self) -> bool {
        matches!(self, How::Heads | How::HeadBeginnings)
    }

    fn is_beginning(self) -> bool {
        matches!(self, How::HeadBeginnings | How::Beginnings)
    }
}

/// That a row has all of some words.
#[derive(Clone, Debug)]
pub struct Matches<C> {
    column: C,
    fts5: String,
    tsquery: String,
}

/// That a row of a `…_words` table has all the words; `column` is the one that stands for all.
pub fn matches<C>(column: C, how: How, words: &[String]) -> Matches<C> {
    let (mut fts5, mut tsquery) = (Vec::new(), Vec::new());
    for word in words {
        let plain = plain(word);
        // A single letter begins half of all words, and is looked for as it is.
        let is_beginning = how.is_beginning() && plain.len() > 1;
        let word = if how.is_of_heads() { format!("{HEAD}{plain}") } else { plain };
        // FTS5, "Full-text Query Syntax": words side by side must all be there, and a star asks for beginnings.
        fts5.push(format!("\"{word}\"{}", if is_beginning { "*" } else { "" }));
        // PostgreSQL, "Text Search Types".
        tsquery.push(format!("'{word}'{}", if is_beginning { ":*" } else { "" }));
    }
    Matches { column, fts5: fts5.join(" "), tsquery: tsquery.join(" & ") }
}

/// Nothing but letters and digits, whatever a caller gives.
fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect()
}

condition!(Matches);

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
        out.push_sql(" @@ CAST(");
        out.push_bind_param::<Text, _>(&self.tsquery)?;
        out.push_sql(" AS tsquery)");
        Ok(())
    }
}
