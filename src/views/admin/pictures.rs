//! The picture library.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::page::Stretch;
use crate::views::{Link, Picture, View, filters};

/// The library.
#[derive(Template)]
#[template(path = "admin/pictures/index.html")]
pub struct Index {
    /// The pictures, the newest first.
    pub rows: Stretch<Tile>,
    /// The form for more: file `files`.
    pub form: Fields,
}

/// A picture in the library.
#[derive(Clone, Debug)]
pub struct Tile {
    /// Its page.
    pub href: String,
    /// The picture.
    pub picture: Picture,
    /// Its name or what it shows.
    pub label: String,
    /// In how many places it is used.
    pub used: i64,
}

/// A picture.
#[derive(Template)]
#[template(path = "admin/pictures/show.html")]
pub struct Show {
    /// Public id.
    pub id: String,
    /// Its name or what it shows.
    pub label: String,
    /// The picture.
    pub picture: Picture,
    /// `alt_text`, `caption`, `credit`.
    pub form: Fields,
    /// Where it is shown.
    pub used_in: Vec<Link>,
    /// Size, type and the like.
    pub facts: Vec<Fact>,
    /// The line of Markdown that shows it.
    pub markdown: String,
    /// May be deleted: `then` = `delete` sent to its own address.
    pub can_delete: bool,
}

/// Something known about a picture.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What: `Size`.
    pub name: String,
    /// `960 × 1200, 11 kB`.
    pub value: String,
}

impl View for Index {
    fn title(&self) -> String {
        super::titled(&self.form, "Pictures")
    }
}

impl View for Show {
    fn title(&self) -> String {
        super::titled(&self.form, &self.label)
    }
}
