//! The return request form.

use askama::Template;

use crate::forms::Fields;
use crate::views::{Head, Picture, View, filters};

#[derive(Template)]
#[template(path = "shop/returns/new.html")]
pub struct New {
    pub number: String,
    pub lines: Vec<Line>,
    /// Fields: `return_quantity_{line id}`, `reason`.
    pub form: Fields,
    pub action: String,
    pub order: String,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub id: i64,
    pub title: String,
    /// Maximum units.
    pub left: i64,
    pub picture: Option<Picture>,
}

impl View for New {
    fn title(&self) -> String {
        let title = "Request a return";
        if self.form.is_valid() { title.to_owned() } else { format!("Error: {title}") }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl New {
    /// The value of the quantity field: as typed, or 0.
    fn quantity(&self, line: &Line) -> &str {
        self.form.values(&line.field()).first().map_or("0", String::as_str)
    }
}

impl Line {
    fn field(&self) -> String {
        format!("return_quantity_{}", self.id)
    }
}
