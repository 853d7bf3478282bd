//! Sending something of an order back.

use askama::Template;

use crate::forms::Fields;
use crate::views::{Head, Picture, View, filters};

/// The page that asks what is to be sent back.
#[derive(Template)]
#[template(path = "shop/returns/new.html")]
pub struct New {
    /// The order's number.
    pub number: String,
    /// What can be sent back.
    pub lines: Vec<Line>,
    /// The form: `return_quantity_{line id}`, `reason`.
    pub form: Fields,
    /// Where it goes.
    pub action: String,
    /// The way back to the order.
    pub order: String,
}

/// Something that can be sent back.
#[derive(Clone, Debug)]
pub struct Line {
    /// The id of the order's line.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Most pieces.
    pub left: i64,
    /// A picture.
    pub picture: Option<Picture>,
}

impl View for New {
    fn title(&self) -> String {
        let title = "Send something back";
        if self.form.is_good() { title.to_owned() } else { format!("Error: {title}") }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl New {
    /// How many of a line: what was typed, or else none.
    fn quantity(&self, line: &Line) -> &str {
        self.form.all(&line.field()).first().map_or("0", String::as_str)
    }
}

impl Line {
    /// The name of its field.
    fn field(&self) -> String {
        format!("return_quantity_{}", self.id)
    }
}
