//! Posts: the list and the editor.

use askama::Template;

use super::{ListFilter, Pill, Tab};
use crate::forms::Fields;
use crate::paths;
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::{DateTime, Picture, View, filters};

#[derive(Template)]
#[template(path = "admin/posts/index.html")]
pub struct Index {
    /// `?tab=`: empty, `published` or `drafts`.
    pub tab: String,
    pub counts: Counts,
    pub q: String,
    pub rows: CursorPage<Row>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub all: CappedCount,
    pub published: CappedCount,
    pub drafts: CappedCount,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub title: String,
    pub href: String,
    pub state: Pill,
    pub author: String,
    /// The publication date, or else the last edit.
    pub when: DateTime,
    /// Comma-separated; may be empty.
    pub tags: String,
    /// The draft differs from the published text.
    pub has_changes: bool,
}

#[derive(Template)]
#[template(path = "admin/posts/edit.html")]
pub struct Edit {
    /// Fields: `title`, `body`, `slug`, `excerpt`, `tags`, `cover_alt`, `cover_id`, `lock_version`; files `cover` and
    /// `pictures`.
    pub form: Fields,
    /// Public id; none for a new post.
    pub id: Option<String>,
    pub state: Pill,
    pub is_published: bool,
    /// A page of the site instead of a blog post.
    pub is_page: bool,
    /// The draft differs from the published text.
    pub has_unpublished_changes: bool,
    pub published: Option<DateTime>,
    pub public_href: Option<String>,
    pub cover: Option<Picture>,
    /// Pictures of the library to insert into the text.
    pub pictures: Vec<PictureSnippet>,
    /// The version that somebody else saved since the editor was opened.
    pub conflict: Option<Conflict>,
    /// Newest first.
    pub history: Vec<HistoryEntry>,
    pub can_publish: bool,
    pub can_delete: bool,
}

/// A picture that can be inserted into the text.
#[derive(Clone, Debug)]
pub struct PictureSnippet {
    pub label: String,
    pub markdown: String,
    pub picture: Picture,
}

/// The saved version in an edit conflict.
#[derive(Clone, Debug)]
pub struct Conflict {
    pub who: String,
    pub when: DateTime,
    pub their_title: String,
    pub their_body: String,
}

#[derive(Clone, Debug)]
pub struct HistoryEntry {
    pub when: DateTime,
    pub who: String,
    pub reason: String,
}

impl View for Index {
    fn title(&self) -> String {
        "Posts".to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        let tabs = vec![
            Tab { key: "", label: "All", count: self.counts.all },
            Tab { key: "published", label: "Published", count: self.counts.published },
            Tab { key: "drafts", label: "Drafts", count: self.counts.drafts },
        ];
        ListFilter { base: paths::admin::posts(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::title_with_error(&self.form, self.heading())
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
        match (&self.id, self.form.is_valid() && self.conflict.is_none()) {
            (Some(_), true) => "All changes saved",
            _ => "Not saved",
        }
    }
}
