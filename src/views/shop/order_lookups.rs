//! A guest looks for an order.

use askama::Template;

use crate::forms::Fields;
use crate::forms::shop::limits;
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "shop/order_lookups/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
}

impl View for New {
    fn title(&self) -> String {
        let title = self.t.account_page_find_order();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head { canonical: Some(paths::account::find_order().to_owned()), ..Head::default() }
    }
}
