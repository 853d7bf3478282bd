//! Full-text search: one expression for FTS5 on SQLite and `tsquery` on PostgreSQL. Only words of ASCII letters and
//! digits reach either ([`crate::support::slug::search_words`]), so input cannot contain operators. Words of titles and
//! keywords are indexed a second time with a prefix, so that they match without a scan of whole texts.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;

use super::bool_expression_macro::bool_expression;

pub const KEYWORD_PREFIX: &str = "_";
/// Words of titles are keywords too, so this begins with [`KEYWORD_PREFIX`].
pub const TITLE_PREFIX: &str = "__";

/// Which words match, and whether a prefix is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchMode {
    TitleWords,
    TitlePrefixes,
    /// Whole words of the title and the keywords.
    Keywords,
    KeywordPrefixes,
    /// Whole words of the row.
    Words,
    Prefixes,
}

impl MatchMode {
    fn prefix(self) -> &'static str {
        match self {
            MatchMode::TitleWords | MatchMode::TitlePrefixes => TITLE_PREFIX,
            MatchMode::Keywords | MatchMode::KeywordPrefixes => KEYWORD_PREFIX,
            MatchMode::Words | MatchMode::Prefixes => "",
        }
    }

    fn is_prefix(self) -> bool {
        matches!(self, MatchMode::TitlePrefixes | MatchMode::KeywordPrefixes | MatchMode::Prefixes)
    }
}

#[derive(Clone, Debug)]
pub struct FullTextMatch<C> {
    column: C,
    fts5: String,
    tsquery: String,
}

/// Each word as its own only spelling, for [`full_text_match`].
pub fn to_spellings(words: &[String]) -> Vec<Vec<String>> {
    words.iter().map(|word| vec![word.clone()]).collect()
}

/// Matches rows of a `…_words` table that have every word in at least one of its spellings. `column` is the table's
/// searchable column.
pub fn full_text_match<C>(column: C, mode: MatchMode, words: &[Vec<String>]) -> FullTextMatch<C> {
    let (mut fts5, mut tsquery) = (Vec::new(), Vec::new());
    let has_spellings = words.iter().any(|spellings| spellings.len() > 1);
    for spellings in words {
        let (mut fts5_alternatives, mut tsquery_alternatives) = (Vec::new(), Vec::new());
        for (at, word) in spellings.iter().enumerate() {
            let ascii = strip_to_ascii(word);
            // A single letter is the prefix of too many words. Alternative spellings match as whole words.
            let is_prefix_query = mode.is_prefix() && ascii.len() > 1 && at == 0;
            let word = format!("{}{ascii}", mode.prefix());
            // FTS5, "Full-text Query Syntax": `*` is a prefix query.
            fts5_alternatives.push(format!("\"{word}\"{}", if is_prefix_query { "*" } else { "" }));
            // PostgreSQL, "Text Search Types": `:*` is a prefix match.
            tsquery_alternatives.push(format!("'{word}'{}", if is_prefix_query { ":*" } else { "" }));
        }
        let (fts5_alternatives, tsquery_alternatives) =
            (fts5_alternatives.join(" OR "), tsquery_alternatives.join(" | "));
        fts5.push(if has_spellings { format!("({fts5_alternatives})") } else { fts5_alternatives });
        tsquery.push(format!("({tsquery_alternatives})"));
    }
    // FTS5 has an implicit AND between phrases, but not between parentheses.
    let and = if has_spellings { " AND " } else { " " };
    FullTextMatch { column, fts5: fts5.join(and), tsquery: tsquery.join(" & ") }
}

fn strip_to_ascii(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).collect()
}

bool_expression!(FullTextMatch);

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for FullTextMatch<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" MATCH ");
        out.push_bind_param::<Text, _>(&self.fts5)
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for FullTextMatch<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" @@ CAST(");
        out.push_bind_param::<Text, _>(&self.tsquery)?;
        out.push_sql(" AS tsquery)");
        Ok(())
    }
}
