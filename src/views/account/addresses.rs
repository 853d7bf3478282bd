//! The addresses of an account.

use askama::Template;

use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::forms::shop::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "account/addresses/edit.html")]
pub struct Edit {
    pub t: Locale,
    /// `None` for a new address.
    pub id: Option<String>,
    pub form: Fields,
    pub countries: Vec<SelectOption>,
    pub action: String,
}

impl View for Edit {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.heading())
    }

    fn head(&self) -> Head {
        unlisted()
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        match self.id {
            Some(_) => self.t.account_page_edit_address(),
            None => self.t.account_page_add_address(),
        }
    }
}

#[derive(Template)]
#[template(path = "account/addresses/index.html")]
pub struct Index {
    pub t: Locale,
    pub addresses: Vec<AddressCard>,
}

#[derive(Clone, Debug)]
pub struct AddressCard {
    /// Public id.
    pub id: String,
    pub name: String,
    pub lines: Vec<String>,
    pub is_delivery_default: bool,
    pub is_billing_default: bool,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.account_page_addresses().to_owned()
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
