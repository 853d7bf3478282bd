//! `column IN (ids)` as one prepared statement for any number of ids: an array on PostgreSQL, `json_each` on SQLite.
//! Diesel's `eq_any` is prepared anew for each number of ids on SQLite.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::Sqlite;

use super::bool_expression_macro::bool_expression;

#[derive(Clone, Debug)]
pub struct IdIn<C> {
    column: C,
    rows: Vec<i64>,
    json: String,
}

pub fn id_in<C, I: Copy + Into<i64>>(column: C, rows: &[I]) -> IdIn<C> {
    let rows: Vec<i64> = rows.iter().map(|row| (*row).into()).collect();
    let json = rows.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    IdIn { column, rows, json: format!("[{json}]") }
}

/// Sorts rows into the order of `ids` and drops missing ones; `id` returns a row's id.
pub fn sort_by_ids<I: Eq + Hash, T>(ids: &[I], rows: Vec<T>, id: impl Fn(&T) -> I) -> Vec<T> {
    let mut rows: HashMap<I, T> = rows.into_iter().map(|row| (id(&row), row)).collect();
    ids.iter().filter_map(|id| rows.remove(id)).collect()
}

bool_expression!(IdIn);

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for IdIn<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        // SQLite, "The json_each() and json_tree() table-valued functions".
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.json)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for IdIn<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<BigInt>, _>(&self.rows)?;
        out.push_sql(")");
        Ok(())
    }
}
