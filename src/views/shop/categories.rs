//! The category list beside the products.

#[derive(Clone, Debug)]
pub struct Entry {
    pub label: String,
    pub href: String,
    pub count: Option<i64>,
    pub current: bool,
    pub children: Vec<Entry>,
}
