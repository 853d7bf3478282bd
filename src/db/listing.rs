//! Long lists: a window of a question by the columns that order it, and counting that stops.

/// Narrows a boxed question to a [`crate::support::page::Window`]. `$edge` holds what the row at its edge has in the
/// columns, which are `rising` or `falling`: one that is unique, or one and another that tells equal ones apart. Of two,
/// the first alone bounds what an index has to look at.
#[macro_export]
macro_rules! windowed {
    ($query:expr, $window:expr, $edge:expr, falling, $($column:expr),+) => {
        $crate::windowed!($query, $window, $edge, (!$window.is_backwards()), $($column),+)
    };
    ($query:expr, $window:expr, $edge:expr, rising, $($column:expr),+) => {
        $crate::windowed!($query, $window, $edge, ($window.is_backwards()), $($column),+)
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

/// Counts the rows of a boxed question, no further than [`crate::support::page::Tally::MOST`]: the question is put twice.
#[macro_export]
macro_rules! tally {
    ($conn:expr, $query:expr, $column:expr) => {{
        use $crate::support::page::Tally;
        let last: Option<i64> = $query.select($column).limit(1).offset(Tally::MOST).first($conn).optional()?;
        match last {
            Some(_) => Ok(Tally::MoreThan(Tally::MOST)),
            None => Ok(Tally::of($query.count().get_result($conn)?)),
        }
    }};
}
