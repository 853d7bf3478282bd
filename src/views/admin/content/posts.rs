//! Posts: the list and the editor.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::content::posts::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::admin::{self, ListFilter, Pill, Tab};
use crate::views::{DateTime, Picture, View, filters};

#[derive(Template)]
#[template(path = "admin/content/posts/index.html")]
pub struct Index {
    pub t: Locale,
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
    pub tags: String,
    pub has_changes: bool,
}

#[derive(Template)]
#[template(path = "admin/content/posts/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    pub id: Option<String>,
    pub state: Pill,
    pub is_published: bool,
    pub is_page: bool,
    pub has_unpublished_changes: bool,
    pub published: Option<DateTime>,
    pub public_href: Option<String>,
    pub cover: Option<Picture>,
    pub pictures: Vec<PictureSnippet>,
    pub conflict: Option<Conflict>,
    pub history: Vec<HistoryEntry>,
    pub can_publish: bool,
    pub can_delete: bool,
}

#[derive(Clone, Debug)]
pub struct PictureSnippet {
    pub label: String,
    pub markdown: String,
    pub picture: Picture,
}

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
        self.t.admin_post_posts().to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        let tabs = vec![
            Tab { key: "", label: self.t.admin_all(), count: self.counts.all },
            Tab { key: "published", label: self.t.admin_post_published(), count: self.counts.published },
            Tab { key: "drafts", label: self.t.admin_post_tab_drafts(), count: self.counts.drafts },
        ];
        ListFilter { base: paths::admin::posts(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { self.t.admin_post_edit() } else { self.t.admin_post_new() }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_post().to_owned(), paths::admin::post)
    }

    fn address_hint(&self) -> &'static str {
        match self.is_page {
            true => self.t.admin_post_page_address_hint(),
            false => self.t.admin_post_address_hint(),
        }
    }

    fn saved_words(&self) -> &'static str {
        match (&self.id, self.form.is_valid() && self.conflict.is_none()) {
            (Some(_), true) => self.t.admin_all_changes_saved(),
            _ => self.t.admin_not_saved(),
        }
    }
}
