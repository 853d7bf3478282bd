//! Pagination: by page number for visitors, by keyset (cursors) for the admin, whose lists are long.

use super::i18n::{Locale, ToNumber};

/// Highest page number, so that offsets stay small.
const LAST_PAGE: i64 = 100_000;

/// A page of a list by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Page number, from 1.
    pub page: i64,
    /// Rows on a page.
    pub size: i64,
}

impl PageRequest {
    /// Reads `?page=`: nonsense is page 1, and a number beyond the last page is a page without rows.
    pub fn from_query(page: Option<&str>, size: i64) -> PageRequest {
        let page = page.unwrap_or_default();
        let is_number = !page.is_empty() && page.bytes().all(|b| b.is_ascii_digit());
        let page = page.parse().unwrap_or(if is_number { LAST_PAGE } else { 1 });
        PageRequest { page: page.clamp(1, LAST_PAGE), size }
    }

    /// Rows to skip.
    pub fn offset(self) -> i64 {
        (self.page - 1) * self.size
    }

    /// Rows to fetch: one more than `size`, to know whether another page follows.
    pub fn limit(self) -> i64 {
        self.size + 1
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Rows of this page.
    pub items: Vec<T>,
    /// Page number, from 1.
    pub number: i64,
    /// Whether another page follows.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Builds a page from the rows that [`PageRequest::limit`] fetched.
    pub fn from_rows(mut rows: Vec<T>, paging: PageRequest) -> Page<T> {
        let size = usize::try_from(paging.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        Page { items: rows, number: paging.page, has_more: more }
    }

    /// Converts the rows.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(to).collect(), number: self.number, has_more: self.has_more }
    }
}

/// Where a page of a keyset-paginated list begins. Each page costs the same, however far from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At the start of the list.
    Start,
    /// After the row with this key.
    After(String),
    /// Before the row with this key.
    Before(String),
    /// At the end of the list.
    End,
}

/// A page of a keyset-paginated list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Position in the list.
    pub anchor: Anchor,
    /// Maximum number of rows.
    pub size: i64,
}

impl Cursor {
    /// The first page.
    pub fn first(size: i64) -> Cursor {
        Cursor { anchor: Anchor::Start, size }
    }

    /// Whether rows are fetched in reverse order.
    pub fn is_backwards(&self) -> bool {
        matches!(self.anchor, Anchor::Before(_) | Anchor::End)
    }

    /// The sort columns of the anchor row, which `find` loads by its key; `None` without an anchor.
    pub fn anchor<T, E>(&self, find: impl FnOnce(&str) -> Result<Option<T>, E>) -> Result<Option<T>, E> {
        self.key().map_or(Ok(None), find)
    }

    /// Row id of the anchor, where keys are row ids.
    pub fn anchor_id(&self) -> Option<i64> {
        self.key()?.parse().ok()
    }

    fn key(&self) -> Option<&str> {
        match &self.anchor {
            Anchor::After(key) | Anchor::Before(key) => Some(key),
            Anchor::Start | Anchor::End => None,
        }
    }

    /// Rows to fetch: one more than `size`, to know whether another page follows.
    pub fn limit(&self) -> i64 {
        self.size + 1
    }
}

/// A page of a keyset-paginated list.
#[derive(Clone, Debug)]
pub struct CursorPage<T> {
    /// Rows in the order of the list.
    pub items: Vec<T>,
    /// Key for [`Anchor::Before`], if rows precede these.
    pub before: Option<String>,
    /// Key for [`Anchor::After`], if rows follow these.
    pub after: Option<String>,
}

impl<T> CursorPage<T> {
    /// Builds a page from the rows that [`Cursor::limit`] fetched, in that order; `key` returns a row's key.
    pub fn from_rows(mut rows: Vec<T>, window: &Cursor, key: impl Fn(&T) -> String) -> CursorPage<T> {
        let size = usize::try_from(window.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if window.is_backwards() {
            rows.reverse();
        }
        let (in_front, behind) = match window.anchor {
            Anchor::Start => (false, more),
            Anchor::After(_) => (true, more),
            Anchor::Before(_) => (more, true),
            Anchor::End => (more, false),
        };
        let before = rows.first().filter(|_| in_front).map(&key);
        let after = rows.last().filter(|_| behind).map(&key);
        CursorPage { items: rows, before, after }
    }

    /// Converts the rows.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> CursorPage<U> {
        CursorPage { items: self.items.into_iter().map(to).collect(), before: self.before, after: self.after }
    }
}

/// A number of rows, counted up to [`CappedCount::LIMIT`], because counting a long list is slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CappedCount {
    /// No rows.
    #[default]
    Zero,
    /// The exact number of rows.
    Exactly(i64),
    /// More rows than were counted.
    MoreThan(i64),
}

impl CappedCount {
    /// Counting stops here.
    pub const LIMIT: i64 = 10_000;

    /// Caps a number of rows.
    pub fn new(rows: i64) -> CappedCount {
        match rows {
            ..=0 => CappedCount::Zero,
            rows if rows > CappedCount::LIMIT => CappedCount::MoreThan(CappedCount::LIMIT),
            rows => CappedCount::Exactly(rows),
        }
    }

    /// Whether there are any rows.
    pub fn is_any(self) -> bool {
        self != CappedCount::Zero
    }

    /// Writes the number for a language: `999`, `10,000+`.
    pub fn format(self, locale: Locale) -> String {
        match self {
            CappedCount::Zero | CappedCount::Exactly(_) => locale.format_number(self),
            CappedCount::MoreThan(rows) => locale.common_more_than(rows),
        }
    }
}

/// The number that was counted, which decides the plural.
impl ToNumber for CappedCount {
    fn to_number(&self) -> i64 {
        match self {
            CappedCount::Zero => 0,
            CappedCount::Exactly(rows) | CappedCount::MoreThan(rows) => *rows,
        }
    }
}
