//! What Diesel wants to know of a condition on one column that each database spells in its own way.

/// For a struct with a `column`: that it is a condition wherever its column is known, the same question whenever its
/// type is the same. How each database spells it is said beside it, by `QueryFragment`.
macro_rules! condition {
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

        impl<C> ::diesel::query_builder::QueryFragment<$crate::db::Db> for $name<C>
        where
            C: ::diesel::query_builder::QueryFragment<::diesel::sqlite::Sqlite>
                + ::diesel::query_builder::QueryFragment<::diesel::pg::Pg>,
        {
            fn walk_ast<'b>(
                &'b self,
                out: ::diesel::query_builder::AstPass<'_, 'b, $crate::db::Db>,
            ) -> ::diesel::QueryResult<()> {
                $crate::db::Db::walk_variant_ast(self, out)
            }
        }
    };
}

pub(super) use condition;
