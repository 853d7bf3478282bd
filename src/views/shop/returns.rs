//! The return request form.

use askama::Template;

use crate::forms::Fields;
use crate::forms::shop::limits;
use crate::support::i18n::Locale;
use crate::support::ids::OrderLineId;
use crate::views::{Head, Picture, View, filters};

#[derive(Template)]
#[template(path = "shop/returns/new.html")]
pub struct New {
    pub t: Locale,
    pub number: String,
    pub lines: Vec<Line>,
    pub form: Fields,
    pub action: String,
    pub order: String,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub id: OrderLineId,
    pub title: String,
    pub left: i64,
    pub picture: Option<Picture>,
}

impl View for New {
    fn title(&self) -> String {
        if self.form.is_valid() { self.t.return_title().to_owned() } else { self.t.return_title_error().to_owned() }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl New {
    fn quantity(&self, line: &Line) -> &str {
        self.form.values(&line.field()).first().map_or("0", String::as_str)
    }
}

impl Line {
    fn field(&self) -> String {
        format!("return_quantity_{}", self.id)
    }
}
