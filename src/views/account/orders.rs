//! The orders of an account.

use askama::Template;

use super::unlisted;

use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::CursorPage;
use crate::views::shop::orders::StatusBadge;
use crate::views::{Amount, DateTime, Head, View};

#[derive(Template)]
#[template(path = "account/orders/index.html")]
pub struct Index {
    pub t: Locale,
    pub rows: CursorPage<OrderRow>,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.account_page_orders().to_owned()
    }

    fn head(&self) -> Head {
        unlisted()
    }
}

/// An order of the account.
#[derive(Clone, Debug)]
pub struct OrderRow {
    /// `Order 1001`.
    pub label: String,
    pub href: String,
    pub when: DateTime,
    pub state: StatusBadge,
    pub total: Amount,
}
