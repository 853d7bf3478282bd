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
pub const HEAD: &str = "_";
/// Stands before the words of titles, which are heads too.
pub const TITLE: &str = "__";

/// How words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// They are words of the title: found by and by.
    Titles,
    /// They begin words of the title.
    TitleBeginnings,
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
    fn mark(self) -> &'static str {
        match self {
            How::Titles | How::TitleBeginnings => TITLE,
            How::Heads | How::HeadBeginnings => HEAD,
            How::Words | How::Beginnings => "",
        }
    }

    fn is_beginning(self) -> bool {
        matches!(self, How::TitleBeginnings | How::HeadBeginnings | How::Beginnings)
    }
}

/// That a row has all of some words.
#[derive(Clone, Debug)]
pub struct Matches<C> {
    column: C,
    fts5: String,
    tsquery: String,
}

/// Words of which a row must have each, as they were typed.
pub fn plainly(words: &[String]) -> Vec<Vec<String>> {
    words.iter().map(|word| vec![word.clone()]).collect()
}

/// That a row of a `…_words` table has all the words, of each at least one spelling; `column` is the one that stands for
/// all.
pub fn matches<C>(column: C, how: How, words: &[Vec<String>]) -> Matches<C> {
    let (mut fts5, mut tsquery) = (Vec::new(), Vec::new());
    let has_spellings = words.iter().any(|spellings| spellings.len() > 1);
    for spellings in words {
        let (mut either, mut or) = (Vec::new(), Vec::new());
        for (at, word) in spellings.iter().enumerate() {
            let plain = plain(word);
            // A single letter begins half of all words, and is looked for as it is; so are other spellings.
            let is_beginning = how.is_beginning() && plain.len() > 1 && at == 0;
            let word = format!("{}{plain}", how.mark());
            // FTS5, "Full-text Query Syntax": a star asks for beginnings.
            either.push(format!("\"{word}\"{}", if is_beginning { "*" } else { "" }));
            // PostgreSQL, "Text Search Types".
            or.push(format!("'{word}'{}", if is_beginning { ":*" } else { "" }));
        }
        let (either, or) = (either.join(" OR "), or.join(" | "));
        fts5.push(if has_spellings { format!("({either})") } else { either });
        tsquery.push(format!("({or})"));
    }
    // Words side by side must all be there; what is in parentheses wants the word for it.
    let and = if has_spellings { " AND " } else { " " };
    Matches { column, fts5: fts5.join(and), tsquery: tsquery.join(" & ") }
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
