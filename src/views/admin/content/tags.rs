//! Tags: the list and the form.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::content::tags::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::admin::{self, ListFilter};
use crate::views::{View, filters};

#[derive(Template)]
#[template(path = "admin/content/tags/index.html")]
pub struct Index {
    pub t: Locale,
    pub count: CappedCount,
    pub q: String,
    pub rows: CursorPage<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub name: String,
    pub posts: i64,
    pub public_href: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/content/tags/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    pub name: String,
    pub slug: String,
    pub posts: i64,
    pub public_href: Option<String>,
    /// Another tag that has the name typed; saving again merges the two.
    pub merge_into: Option<String>,
    pub can_change: bool,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_tag_tags().to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        ListFilter { base: paths::admin::tags(), tabs: Vec::new(), tab: String::new(), q: self.q.clone() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.t.admin_tag_edit())
    }
}

impl Edit {
    fn saved_words(&self) -> &'static str {
        if self.form.is_valid() { self.t.admin_all_changes_saved() } else { self.t.admin_not_saved() }
    }
}
