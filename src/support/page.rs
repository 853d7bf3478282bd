//! Cutting long lists into pages.

/// Which page of a list is wanted, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The page, from 1.
    pub page: i64,
    /// Rows a page.
    pub size: i64,
}

impl Paging {
    /// Reads `?page=`: nonsense is the first page.
    pub fn of(page: Option<&str>, size: i64) -> Paging {
        let page = page.and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, 100_000);
        Paging { page, size }
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
