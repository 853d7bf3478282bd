//! Boilerplate Diesel impls for a boolean expression with backend-specific SQL.

/// Implements everything but `QueryFragment` for a struct with a field `column`; its statement is prepared once.
macro_rules! bool_expression {
    ($name:ident) => {
        impl<C: ::diesel::Expression> ::diesel::Expression for $name<C> {
            type SqlType = ::diesel::sql_types::Bool;
        }

        impl<C, Source> ::diesel::AppearsOnTable<Source> for $name<C> where C: ::diesel::AppearsOnTable<Source> {}

        impl<C, Source> ::diesel::SelectableExpression<Source> for $name<C> where
            C: ::diesel::SelectableExpression<Source>
        {
        }

        impl<C> ::diesel::expression::ValidGrouping<()> for $name<C> {
            type IsAggregate = ::diesel::expression::is_aggregate::No;
        }

        impl<C: ::diesel::query_builder::QueryId> ::diesel::query_builder::QueryId for $name<C> {
            type QueryId = $name<C::QueryId>;

            const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
        }

        impl<C> ::diesel::query_builder::QueryFragment<$crate::db::AnyBackend> for $name<C>
        where
            C: ::diesel::query_builder::QueryFragment<::diesel::sqlite::Sqlite>
                + ::diesel::query_builder::QueryFragment<::diesel::pg::Pg>,
        {
            fn walk_ast<'b>(
                &'b self,
                out: ::diesel::query_builder::AstPass<'_, 'b, $crate::db::AnyBackend>,
            ) -> ::diesel::QueryResult<()> {
                $crate::db::AnyBackend::walk_variant_ast(self, out)
            }
        }
    };
}

pub(super) use bool_expression;
