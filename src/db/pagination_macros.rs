//! Keyset pagination and capped counts of boxed queries.

/// Keyset pagination of a boxed query by a [`crate::support::pagination::Cursor`]. `$edge` holds the anchor row's
/// values of the sort columns: one unique column, or a column and a unique tie-breaker. With two, the first is also
/// filtered alone, so that an index bounds the scan.
#[macro_export]
macro_rules! apply_cursor {
    ($query:expr, $window:expr, $edge:expr, descending, $($column:expr),+) => {
        $crate::apply_cursor!($query, $window, $edge, (!$window.is_backwards()), $($column),+)
    };
    ($query:expr, $window:expr, $edge:expr, ascending, $($column:expr),+) => {
        $crate::apply_cursor!($query, $window, $edge, ($window.is_backwards()), $($column),+)
    };
    ($query:expr, $window:expr, $edge:expr, ($falls:expr), $column:expr) => {{
        let query = $query.limit($window.limit());
        match ($edge, $falls) {
            (Some(edge), true) => query.filter($column.lt(edge)).order($column.desc()),
            (Some(edge), false) => query.filter($column.gt(edge)).order($column.asc()),
            (None, true) => query.order($column.desc()),
            (None, false) => query.order($column.asc()),
        }
    }};
    ($query:expr, $window:expr, $edge:expr, ($falls:expr), $first:expr, $second:expr) => {{
        let query = $query.limit($window.limit());
        match ($edge, $falls) {
            (Some((first, second)), true) => query
                .filter($first.le(first.clone()).and($first.lt(first).or($second.lt(second))))
                .order(($first.desc(), $second.desc())),
            (Some((first, second)), false) => query
                .filter($first.ge(first.clone()).and($first.gt(first).or($second.gt(second))))
                .order(($first.asc(), $second.asc())),
            (None, true) => query.order(($first.desc(), $second.desc())),
            (None, false) => query.order(($first.asc(), $second.asc())),
        }
    }};
}

/// Counts rows of a boxed query, up to [`crate::support::pagination::CappedCount::LIMIT`]. Evaluates `$query` twice.
#[macro_export]
macro_rules! count_capped {
    ($conn:expr, $query:expr, $column:expr) => {{
        use $crate::support::pagination::CappedCount;
        let last: Option<i64> = $query.select($column).limit(1).offset(CappedCount::LIMIT).first($conn).optional()?;
        match last {
            Some(_) => Ok(CappedCount::MoreThan(CappedCount::LIMIT)),
            None => Ok(CappedCount::new($query.count().get_result($conn)?)),
        }
    }};
}
