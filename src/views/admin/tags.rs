//! Tags: the list and the form.

use askama::Template;

use super::ListFilter;
use crate::forms::Fields;
use crate::paths;
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::{View, filters};

#[derive(Template)]
#[template(path = "admin/tags/index.html")]
pub struct Index {
    pub count: CappedCount,
    pub q: String,
    pub rows: CursorPage<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub name: String,
    /// Published posts.
    pub posts: i64,
    /// None without published posts.
    pub public_href: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/tags/edit.html")]
pub struct Edit {
    /// Fields: `name`.
    pub form: Fields,
    /// The stored name.
    pub name: String,
    pub slug: String,
    /// Published posts.
    pub posts: i64,
    /// None without published posts.
    pub public_href: Option<String>,
    /// Another tag that has the name typed; saving again merges the two.
    pub merge_into: Option<String>,
    pub can_change: bool,
}

impl View for Index {
    fn title(&self) -> String {
        "Tags".to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        ListFilter { base: paths::admin::tags(), tabs: Vec::new(), tab: String::new(), q: self.q.clone() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::title_with_error(&self.form, "Edit tag")
    }
}

impl Edit {
    fn counted(&self) -> String {
        match self.posts {
            0 => "No posts on the site".to_owned(),
            1 => "1 post on the site".to_owned(),
            posts => format!("{posts} posts on the site"),
        }
    }

    fn saved_words(&self) -> &'static str {
        if self.form.is_valid() { "All changes saved" } else { "Not saved" }
    }
}
