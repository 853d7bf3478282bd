//! Tags: the list, and the page of one.

use askama::Template;

use super::Finding;
use crate::forms::Fields;
use crate::paths;
use crate::support::page::{Stretch, Tally};
use crate::views::{View, filters};

/// The list of tags.
#[derive(Template)]
#[template(path = "admin/tags/index.html")]
pub struct Index {
    /// How many there are.
    pub count: Tally,
    /// Words looked for.
    pub q: String,
    /// The tags.
    pub rows: Stretch<Row>,
}

/// A tag in the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Posts under it that are on the site.
    pub posts: i64,
    /// Where readers find it; none without posts.
    pub public_href: Option<String>,
}

/// The page of a tag.
#[derive(Template)]
#[template(path = "admin/tags/edit.html")]
pub struct Edit {
    /// `name`.
    pub form: Fields,
    /// Its present name.
    pub name: String,
    /// Its address.
    pub slug: String,
    /// Posts under it that are on the site.
    pub posts: i64,
    /// Where readers find it; none without posts.
    pub public_href: Option<String>,
    /// Another tag that has the name typed.
    pub merge_into: Option<String>,
    /// May rename and delete it.
    pub can_change: bool,
}

impl View for Index {
    fn title(&self) -> String {
        "Tags".to_owned()
    }
}

impl Index {
    fn finding(&self) -> Finding {
        Finding { base: paths::admin::tags(), tabs: Vec::new(), tab: String::new(), q: self.q.clone() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::titled(&self.form, "Edit tag")
    }
}

impl Edit {
    /// "3 posts on the site".
    fn counted(&self) -> String {
        match self.posts {
            0 => "No posts on the site".to_owned(),
            1 => "1 post on the site".to_owned(),
            posts => format!("{posts} posts on the site"),
        }
    }

    fn saved_words(&self) -> &'static str {
        if self.form.is_good() { "All changes saved" } else { "Not saved" }
    }
}
