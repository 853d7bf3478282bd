//! Cutting long lists into pages: by number for visitors, by the rows at the edges for staff, whose lists are long.

/// No list of visitors has so many pages.
const LAST_PAGE: i64 = 100_000;

/// Which page of a list is wanted, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The page, from 1.
    pub page: i64,
    /// Rows a page.
    pub size: i64,
}

impl Paging {
    /// Reads `?page=`: nonsense is the first page, and a number past all pages a page that nothing is on.
    pub fn of(page: Option<&str>, size: i64) -> Paging {
        let page = page.unwrap_or_default();
        let is_number = !page.is_empty() && page.bytes().all(|b| b.is_ascii_digit());
        let page = page.parse().unwrap_or(if is_number { LAST_PAGE } else { 1 });
        Paging { page: page.clamp(1, LAST_PAGE), size }
    }

    /// Rows to leave out.
    pub fn offset(self) -> i64 {
        (self.page - 1) * self.size
    }

    /// Rows to fetch: one more than fit, to know whether another page follows.
    pub fn limit(self) -> i64 {
        self.size + 1
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Which page this is, from 1.
    pub number: i64,
    /// Whether another page follows.
    pub more: bool,
}

impl<T> Page<T> {
    /// Takes what [`Paging::limit`] fetched.
    pub fn cut(mut rows: Vec<T>, paging: Paging) -> Page<T> {
        let size = usize::try_from(paging.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        Page { items: rows, number: paging.page, more }
    }

    /// The same page of other things.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(to).collect(), number: self.number, more: self.more }
    }
}

/// Where to look in a list whose pages are found by the row at their edge, so that the last one costs what the first
/// does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// At its beginning.
    Start,
    /// Behind a row, by its key.
    After(String),
    /// In front of a row, by its key.
    Before(String),
    /// At its end.
    End,
}

/// A stretch of a list that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where.
    pub spot: Spot,
    /// Rows at most.
    pub size: i64,
}

impl Window {
    /// The first rows of a list.
    pub fn first(size: i64) -> Window {
        Window { spot: Spot::Start, size }
    }

    /// Whether rows are read against the list's order.
    pub fn is_backwards(&self) -> bool {
        matches!(self.spot, Spot::Before(_) | Spot::End)
    }

    /// What is known of the row at its edge, as `find` knows it by its key; none when there is no such row.
    ///
    /// # Errors
    /// What `find` says.
    pub fn edge<T, E>(&self, find: impl FnOnce(&str) -> Result<Option<T>, E>) -> Result<Option<T>, E> {
        self.key().map_or(Ok(None), find)
    }

    /// The row at its edge, where rows are their own keys.
    pub fn row(&self) -> Option<i64> {
        self.key()?.parse().ok()
    }

    /// The key of the row at its edge.
    fn key(&self) -> Option<&str> {
        match &self.spot {
            Spot::After(key) | Spot::Before(key) => Some(key),
            Spot::Start | Spot::End => None,
        }
    }

    /// Rows to fetch: one more than are shown, to know whether others follow.
    pub fn limit(&self) -> i64 {
        self.size + 1
    }
}

/// A stretch of a list, and how to go on from it.
#[derive(Clone, Debug)]
pub struct Stretch<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The key to look before, if there are rows in front of these.
    pub before: Option<String>,
    /// The key to look after, if there are rows behind these.
    pub after: Option<String>,
}

impl<T> Stretch<T> {
    /// Takes what a window fetched, in the order it was read; `key` names a row.
    pub fn cut(mut rows: Vec<T>, window: &Window, key: impl Fn(&T) -> String) -> Stretch<T> {
        let size = usize::try_from(window.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if window.is_backwards() {
            rows.reverse();
        }
        let (in_front, behind) = match window.spot {
            Spot::Start => (false, more),
            Spot::After(_) => (true, more),
            Spot::Before(_) => (more, true),
            Spot::End => (more, false),
        };
        let before = rows.first().filter(|_| in_front).map(&key);
        let after = rows.last().filter(|_| behind).map(&key);
        Stretch { items: rows, before, after }
    }

    /// The same stretch of other things.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Stretch<U> {
        Stretch { items: self.items.into_iter().map(to).collect(), before: self.before, after: self.after }
    }
}

/// How many rows there are, counted no further than people care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tally {
    /// None.
    #[default]
    Nothing,
    /// So many.
    Exactly(i64),
    /// More than so many.
    MoreThan(i64),
}

impl Tally {
    /// Rows are counted no further.
    pub const MOST: i64 = 10_000;

    /// So many rows, or more than are counted.
    pub fn of(rows: i64) -> Tally {
        match rows {
            ..=0 => Tally::Nothing,
            rows if rows > Tally::MOST => Tally::MoreThan(Tally::MOST),
            rows => Tally::Exactly(rows),
        }
    }

    /// Whether there are any.
    pub fn is_any(self) -> bool {
        self != Tally::Nothing
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Tally::Nothing => out.write_str("0"),
            Tally::Exactly(rows) => write!(out, "{rows}"),
            Tally::MoreThan(rows) => write!(out, "{rows}+"),
        }
    }
}
