//! The picture library.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::CursorPage;
use crate::views::{Link, Picture, View, admin, filters};

#[derive(Template)]
#[template(path = "admin/content/pictures/index.html")]
pub struct Index {
    pub t: Locale,
    pub rows: CursorPage<Tile>,
    pub form: Fields,
}

#[derive(Clone, Debug)]
pub struct Tile {
    pub href: String,
    pub picture: Picture,
    pub label: String,
    pub used: i64,
}

#[derive(Template)]
#[template(path = "admin/content/pictures/show.html")]
pub struct Show {
    pub t: Locale,
    pub id: String,
    pub label: String,
    pub picture: Picture,
    pub form: Fields,
    pub used_in: Vec<Link>,
    pub details: Vec<PictureDetail>,
    pub markdown: String,
    /// It is unused. The form deletes it with `then` = `delete`.
    pub can_delete: bool,
}

#[derive(Clone, Debug)]
pub struct PictureDetail {
    pub name: String,
    /// `960 × 1200, 11 kB`.
    pub value: String,
}

impl View for Index {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.t.admin_picture_pictures())
    }
}

impl View for Show {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, &self.label)
    }
}
