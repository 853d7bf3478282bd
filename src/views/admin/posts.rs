//! The list of posts and the editor.

use askama::Template;

use super::{Finding, Pill, Tab};
use crate::forms::Fields;
use crate::paths;
use crate::support::page::{Stretch, Tally};
use crate::views::{Picture, View, When, filters};

/// The list of posts.
#[derive(Template)]
#[template(path = "admin/posts/index.html")]
pub struct Index {
    /// `?tab=`: empty for all, `published`, `drafts`.
    pub tab: String,
    /// How many there are under each tab.
    pub counts: Counts,
    /// Words looked for.
    pub q: String,
    /// The posts.
    pub rows: Stretch<Row>,
}

/// How many posts there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Altogether.
    pub all: Tally,
    /// On the site.
    pub published: Tally,
    /// Not on the site.
    pub drafts: Tally,
}

/// A post in the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its title.
    pub title: String,
    /// Its editor.
    pub href: String,
    /// `Published` (good) or `Draft` (warn todo).
    pub state: Pill,
    /// Who wrote it.
    pub author: String,
    /// Published, or else last changed.
    pub when: When,
    /// Its tags with commas; may be empty.
    pub tags: String,
    /// Has changes that are not on the site yet.
    pub has_changes: bool,
}

/// The editor.
#[derive(Template)]
#[template(path = "admin/posts/edit.html")]
pub struct Edit {
    /// `title`, `body`, `slug`, `excerpt`, `tags`, `cover_alt`, `cover_id`, `lock_version`; files `cover` and `pictures`.
    pub form: Fields,
    /// Public id; none for a new post.
    pub id: Option<String>,
    /// `Published` (good) or `Draft` (warn todo).
    pub state: Pill,
    /// Is on the site.
    pub is_published: bool,
    /// A page of the site, not a post of the blog.
    pub is_page: bool,
    /// Has changes that are not on the site yet.
    pub has_unpublished_changes: bool,
    /// On the site since.
    pub published: Option<When>,
    /// Where readers find it.
    pub public_href: Option<String>,
    /// The picture at the top.
    pub cover: Option<Picture>,
    /// Pictures that can be put into the text.
    pub pictures: Vec<Insertable>,
    /// Somebody else's version, saved meanwhile.
    pub conflict: Option<Conflict>,
    /// What happened to it, the newest first.
    pub history: Vec<Change>,
    /// May put it on the site and take it off.
    pub can_publish: bool,
    /// May delete it.
    pub can_delete: bool,
}

/// A picture that can be put into the text.
#[derive(Clone, Debug)]
pub struct Insertable {
    /// Its name or what it shows.
    pub label: String,
    /// The line of Markdown that shows it.
    pub markdown: String,
    /// The picture.
    pub picture: Picture,
}

/// Somebody else's version, saved meanwhile.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Who saved it.
    pub who: String,
    /// When.
    pub when: When,
    /// Their title.
    pub their_title: String,
    /// Their text.
    pub their_body: String,
}

/// Something that happened to a post.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub when: When,
    /// Who did it.
    pub who: String,
    /// What: `Published`.
    pub reason: String,
}

impl View for Index {
    fn title(&self) -> String {
        "Posts".to_owned()
    }
}

impl Index {
    fn finding(&self) -> Finding {
        let tabs = vec![
            Tab { key: "", label: "All", count: self.counts.all },
            Tab { key: "published", label: "Published", count: self.counts.published },
            Tab { key: "drafts", label: "Drafts", count: self.counts.drafts },
        ];
        Finding { base: paths::admin::posts(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::titled(&self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { "Edit post" } else { "New post" }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_post().to_owned(), paths::admin::post)
    }

    fn address_hint(&self) -> &'static str {
        match self.is_page {
            true => "/pages/… Empty: made from the title.",
            false => "/blog/… Empty: made from the title.",
        }
    }

    fn saved_words(&self) -> &'static str {
        match (&self.id, self.form.is_good() && self.conflict.is_none()) {
            (Some(_), true) => "All changes saved",
            _ => "Not saved",
        }
    }
}
