//! That a row is one of several, in a question that is the same however many they are, so that it is prepared once: an
//! array on PostgreSQL, JSON on SQLite, which has no arrays. Diesel's own `eq_any` is prepared anew each time there.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Text};
use diesel::sqlite::Sqlite;

use super::Db;

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

impl<C: Expression> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C, Source> AppearsOnTable<Source> for Among<C> where C: AppearsOnTable<Source> {}

impl<C, Source> SelectableExpression<Source> for Among<C> where C: SelectableExpression<Source> {}

impl<C> ValidGrouping<()> for Among<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C: QueryId> QueryId for Among<C> {
    type QueryId = Among<C::QueryId>;

    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

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

impl<C: QueryFragment<Sqlite> + QueryFragment<Pg>> QueryFragment<Db> for Among<C> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        Db::walk_variant_ast(self, out)
    }
}
