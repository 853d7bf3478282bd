//! That a row is one of several, in a question that is the same however many they are, so that it is prepared once: an
//! array on PostgreSQL, JSON on SQLite, which has no arrays. Diesel's own `eq_any` is prepared anew each time there.

use std::collections::HashMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::Sqlite;

use super::condition::condition;

/// That a column holds one of some rows.
#[derive(Clone, Debug)]
pub struct Among<C> {
    column: C,
    rows: Vec<i64>,
    listed: String,
}

/// That a column holds one of some rows.
pub fn among<C>(column: C, rows: &[i64]) -> Among<C> {
    let listed = rows.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    Among { column, rows: rows.to_vec(), listed: format!("[{listed}]") }
}

/// Rows that were asked for so, in the order of their ids; `id` tells a row's.
pub fn in_order<T>(ids: &[i64], rows: Vec<T>, id: impl Fn(&T) -> i64) -> Vec<T> {
    let mut rows: HashMap<i64, T> = rows.into_iter().map(|row| (id(&row), row)).collect();
    ids.iter().filter_map(|id| rows.remove(id)).collect()
}

condition!(Among);

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        // SQLite, "The json_each() and json_tree() table-valued functions".
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.listed)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<BigInt>, _>(&self.rows)?;
        out.push_sql(")");
        Ok(())
    }
}
