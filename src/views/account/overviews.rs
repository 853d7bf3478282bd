//! The first page of an account.

use askama::Template;

use super::unlisted;

use super::orders::OrderRow;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View};

#[derive(Template)]
#[template(path = "account/overviews/show.html")]
pub struct Show {
    pub t: Locale,
    pub name: String,
    pub email: String,
    /// The latest.
    pub orders: Vec<OrderRow>,
    /// The default for deliveries, line by line; empty for none.
    pub address: Vec<String>,
}

impl View for Show {
    fn title(&self) -> String {
        self.t.account_page_yours().to_owned()
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
