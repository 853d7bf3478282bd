//! Posts in the admin: the list and the editor.

use super::admin_picture::{picture_label, picture_markdown};
use crate::forms::Fields;
use crate::models::content::media::Media;
use crate::models::content::post::drafts::{Draft, Revision, RevisionReason};
use crate::models::content::post::{Post, PostKind, PostListing};
use crate::models::content::tag::Tag;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::support::i18n::Locale;
use crate::support::ids::PostId;
use crate::views::admin::Pill;
use crate::views::admin::content::posts::{Conflict, Edit, HistoryEntry, PictureSnippet, Row};

pub struct PostEditor {
    pub post: Option<EditedPost>,
    pub cover: Option<Media>,
    pub library: Vec<Media>,
    pub can_publish: bool,
}

pub struct EditedPost {
    pub post: Post,
    pub kind: PostKind,
    pub draft: Draft,
    pub has_unpublished_changes: bool,
    /// Newest first.
    pub revisions: Vec<Revision>,
    /// The draft was saved by somebody else since the editor was opened.
    pub is_conflict: bool,
}

fn state_pill(t: Locale, is_published: bool) -> Pill {
    match is_published {
        true => Pill { text: t.admin_post_published().to_owned(), kind: "good" },
        false => Pill { text: t.admin_post_draft().to_owned(), kind: "warn todo" },
    }
}

pub fn public_path_fn(kind: PostKind) -> fn(&str) -> String {
    match kind {
        PostKind::Post => paths::post,
        PostKind::Page => paths::page,
    }
}

/// `tags` are those of all posts in the list, by post id.
pub fn post_row((post, title, differs, edited): PostListing, tags: &[(PostId, Tag)], format: &Format) -> Row {
    let names: Vec<&str> = tags.iter().filter(|(id, _)| *id == post.id).map(|(_, tag)| tag.name.as_str()).collect();
    Row {
        title,
        href: paths::admin::post(&post.public_id),
        state: state_pill(format.locale, post.is_published()),
        when: format.date(post.published_at.filter(|_| post.is_published()).unwrap_or(edited)),
        tags: names.join(", "),
        has_changes: post.is_published() && differs,
        author: post.author_name,
    }
}

pub fn post_editor(editor: PostEditor, form: Fields, format: &Format) -> Edit {
    let PostEditor { post, cover, library, can_publish } = editor;
    let cover_alt = Some(form.value("cover_alt")).filter(|alt| !alt.is_empty());
    let page = Edit {
        t: format.locale,
        id: None,
        state: state_pill(format.locale, false),
        is_published: false,
        is_page: false,
        has_unpublished_changes: false,
        published: None,
        public_href: None,
        cover: cover.map(|cover| picture_from_media(&cover, cover_alt)),
        pictures: library.iter().map(picture_snippet).collect(),
        conflict: None,
        history: Vec::new(),
        can_publish,
        can_delete: false,
        form,
    };
    let Some(EditedPost { post, kind, draft, has_unpublished_changes, revisions, is_conflict }) = post else {
        return page;
    };
    let is_published = post.is_published();
    Edit {
        is_published,
        is_page: kind == PostKind::Page,
        state: state_pill(format.locale, is_published),
        has_unpublished_changes,
        published: post.published_at.filter(|_| is_published).map(|at| format.date(at)),
        public_href: is_published.then(|| public_path_fn(kind)(&post.slug)),
        history: revisions.into_iter().map(|revision| history_entry(revision, format)).collect(),
        can_delete: can_publish || !is_published,
        conflict: is_conflict.then(|| conflict(draft, format)),
        id: Some(post.public_id),
        ..page
    }
}

fn conflict(draft: Draft, format: &Format) -> Conflict {
    Conflict {
        who: draft.edited_by,
        when: format.date_time(draft.edited_at),
        their_title: draft.title,
        their_body: draft.body_md,
    }
}

fn history_entry((at, who, reason): Revision, format: &Format) -> HistoryEntry {
    let t = format.locale;
    let reason = match reason {
        RevisionReason::Saved => t.admin_post_history_saved(),
        RevisionReason::Published => t.admin_post_history_published(),
        RevisionReason::Unpublished => t.admin_post_history_unpublished(),
    };
    HistoryEntry { when: format.date_time(at), who, reason: reason.to_owned() }
}

fn picture_snippet(media: &Media) -> PictureSnippet {
    PictureSnippet {
        label: picture_label(media).to_owned(),
        markdown: picture_markdown(media),
        picture: picture_from_media(media, None),
    }
}
