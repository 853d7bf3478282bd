//! Categories beside the products.

/// A category in the list beside the products.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub label: String,
    /// Its page.
    pub href: String,
    /// How many products it holds, if known.
    pub count: Option<i64>,
    /// Whether it is the one shown.
    pub current: bool,
    /// Categories inside it.
    pub children: Vec<Entry>,
}
