//! Posts and pages. `posts` holds what the public sees, `post_drafts` the one working copy, `post_revisions` the
//! history.

pub mod drafts;
pub mod publication;

use std::cmp::Reverse;

use diesel::dsl::{exists, max};
use diesel::prelude::*;

use crate::db::full_text::{MatchMode, full_text_match, to_spellings};
use crate::db::ids::{id_in, sort_by_ids};
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::models::content::media::Media;
pub use crate::models::content::post_status::PostStatus;
use crate::models::platform::search;
use crate::schema::{media, post_drafts, post_pictures, post_tags, post_words, posts};
use crate::support::clock::Utc;
use crate::support::ids::{AccountId, MediaId, PostId, TagId};
use crate::support::pagination::{CappedCount, Cursor, CursorPage, Page, PageRequest};
use crate::{apply_cursor, count_capped, on_backend, text_enum};

text_enum! {
    PostKind {
        Post = "post",
        Page = "page",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = posts, check_for_backend(AnyBackend))]
pub struct Post {
    pub id: PostId,
    pub public_id: String,
    pub slug: String,
    pub status: PostStatus,
    pub title: String,
    /// The text as sanitised HTML.
    pub body_html: String,
    /// Written by the author; empty if not.
    pub excerpt: String,
    pub auto_excerpt: String,
    pub reading_minutes: i64,
    pub cover_id: Option<MediaId>,
    /// Alternative text of the cover in this post; empty for the one in the library.
    pub cover_alt: String,
    pub author_id: Option<AccountId>,
    /// Kept when the account is deleted.
    pub author_name: String,
    /// Never changes, so that feed readers recognise the post.
    pub feed_guid: String,
    /// When it was first published.
    pub published_at: Option<Utc>,
    pub content_updated_at: Option<Utc>,
    pub lock_version: i64,
}

impl Post {
    pub fn is_published(&self) -> bool {
        self.status == PostStatus::Published
    }

    /// The text for lists, feeds and search engines: the excerpt, or else the beginning of the text.
    pub fn summary(&self) -> &str {
        if self.excerpt.is_empty() { &self.auto_excerpt } else { &self.excerpt }
    }

    pub fn custom_cover_alt(&self) -> Option<&str> {
        Some(self.cover_alt.as_str()).filter(|words| !words.is_empty())
    }

    pub fn find_published(conn: &mut Conn, kind: PostKind, slug: &str) -> Result<Post> {
        // `on_backend!` queries the concrete connection, as do the other queries of this page: Diesel then caches the
        // statement by its type and builds no SQL text.
        Ok(on_backend!(conn => Post::query()
            .filter(posts::kind.eq(kind).and(posts::slug.eq(slug)).and(posts::status.eq(PostStatus::Published)))
            .first(conn))?)
    }

    pub fn list_published(conn: &mut Conn, tag: Option<TagId>, paging: PageRequest) -> Result<Page<Post>> {
        let mut query = Post::query()
            .filter(posts::kind.eq(PostKind::Post).and(posts::status.eq(PostStatus::Published)))
            .order((posts::published_at.desc(), posts::id.desc()))
            .limit(paging.limit())
            .offset(paging.offset())
            .into_boxed::<AnyBackend>();
        if let Some(tag) = tag {
            let tagged = post_tags::table.filter(post_tags::tag_id.eq(tag)).select(post_tags::post_id);
            query = query.filter(posts::id.eq_any(tagged));
        }
        Ok(Page::from_rows(query.load(conn)?, paging))
    }

    pub fn find_neighbours(&self, conn: &mut Conn) -> Result<(Option<Neighbour>, Option<Neighbour>)> {
        let published =
            || posts::table.filter(posts::kind.eq(PostKind::Post).and(posts::status.eq(PostStatus::Published)));
        let at = self.published_at;
        // The first condition alone is redundant, but bounds the index scan.
        let before = posts::published_at.le(at).and(posts::published_at.lt(at).or(posts::id.lt(self.id)));
        let after = posts::published_at.ge(at).and(posts::published_at.gt(at).or(posts::id.gt(self.id)));
        let previous = on_backend!(conn => published()
            .filter(before)
            .order((posts::published_at.desc(), posts::id.desc()))
            .select((posts::title, posts::slug))
            .first(conn)
            .optional())?;
        let next = on_backend!(conn => published()
            .filter(after)
            .order((posts::published_at.asc(), posts::id.asc()))
            .select((posts::title, posts::slug))
            .first(conn)
            .optional())?;
        Ok((previous, next))
    }

    pub fn pictures(&self, conn: &mut Conn) -> Result<Vec<Media>> {
        let within = post_pictures::table.filter(post_pictures::post_id.eq(self.id)).select(post_pictures::media_id);
        let is_used = media::id.nullable().eq(self.cover_id).or(media::id.eq_any(within));
        Ok(on_backend!(conn => Media::query().filter(is_used).load(conn))?)
    }

    /// Other published posts that share a tag, newest first.
    pub fn related(&self, conn: &mut Conn, limit: i64) -> Result<Vec<Post>> {
        let tags = post_tags::table.filter(post_tags::post_id.eq(self.id)).select(post_tags::tag_id);
        let others = diesel::alias!(post_tags as others);
        let tagged =
            others.filter(others.field(post_tags::tag_id).eq_any(tags)).select(others.field(post_tags::post_id));
        Ok(on_backend!(conn => Post::query()
            .filter(posts::status.eq(PostStatus::Published).and(posts::id.ne(self.id)).and(posts::id.eq_any(tagged)))
            .order((posts::published_at.desc(), posts::id.desc()))
            .limit(limit)
            .load(conn))?)
    }

    /// Published posts and pages that contain all words: matches in the title first, then in tags, then elsewhere, the
    /// newest of each first. If nothing matches, words that differ by one letter count too.
    pub fn search(conn: &mut Conn, words: &[String], limit: i64) -> Result<Vec<(PostKind, Post)>> {
        let candidates = diesel::alias!(posts as candidates);
        let same = candidates.field(posts::id).eq(post_words::rowid);
        let last = on_backend!(conn => posts::table.select(max(posts::id)).first(conn))?;
        let result = search::find(conn, words, limit, last, |conn, mode, words| {
            let public = exists(candidates.filter(same.and(candidates.field(posts::status).eq(PostStatus::Published))));
            let matches = post_words::table.filter(full_text_match(post_words::document, mode, words)).filter(public);
            let newest = matches.order(post_words::rowid.desc()).limit(limit).select(post_words::rowid);
            Ok(on_backend!(conn => newest.load(conn))?)
        })?;
        if result.rows.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(PostKind, Post)> = on_backend!(conn => posts::table
            .filter(id_in(posts::id, &result.rows))
            .select((posts::kind, Post::as_select()))
            .load(conn))?;
        let mut rows = sort_by_ids(&result.rows, rows, |(_, post)| post.id);
        rows.sort_by_cached_key(|(_, post)| Reverse(search::score_title(&post.title, &result.terms)));
        Ok(rows)
    }

    /// Published pages for the footer: title and slug.
    pub fn list_pages(conn: &mut Conn) -> Result<Vec<(String, String)>> {
        Ok(posts::table
            .filter(posts::kind.eq(PostKind::Page).and(posts::status.eq(PostStatus::Published)))
            .order((posts::published_at, posts::id))
            .select((posts::title, posts::slug))
            .load(conn)?)
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<Post> {
        Ok(Post::query().filter(posts::public_id.eq(public_id)).first(conn)?)
    }

    /// A page of posts for staff: last edited first, or newest first when searching (keyset pagination).
    pub fn list_for_admin(
        conn: &mut Conn,
        status: Option<PostStatus>,
        words: &[String],
        cursor: &Cursor,
    ) -> Result<CursorPage<PostListing>> {
        let anchor: Option<(Utc, PostId)> = cursor.anchor(|key| {
            let row = posts::table.inner_join(post_drafts::table).filter(posts::public_id.eq(key));
            row.select((post_drafts::edited_at, posts::id)).first(conn).optional()
        })?;
        let ids: Vec<PostId> = if words.is_empty() {
            // Starts from the drafts, so that the index on `edited_at` gives the order.
            let mine = posts::table.filter(posts::id.eq(post_drafts::post_id));
            let mut query = post_drafts::table.select(post_drafts::post_id).into_boxed::<AnyBackend>();
            query = query.filter(exists(mine.filter(posts::kind.eq(PostKind::Post))));
            if let Some(status) = status {
                query = query.filter(exists(mine.filter(posts::status.eq(status))));
            }
            apply_cursor!(query, cursor, anchor, descending, post_drafts::edited_at, post_drafts::post_id).load(conn)?
        } else {
            let matches = post_words::table.inner_join(posts::table).select(posts::id).into_boxed::<AnyBackend>();
            let mut query = matches
                .filter(full_text_match(post_words::document, MatchMode::Prefixes, &to_spellings(words)))
                .filter(posts::kind.eq(PostKind::Post));
            if let Some(status) = status {
                query = query.filter(posts::status.eq(status));
            }
            let anchor = anchor.map(|(_, row)| row);
            apply_cursor!(query, cursor, anchor, descending, post_words::rowid).load(conn)?
        };
        let rows: Vec<PostListing> = posts::table
            .inner_join(post_drafts::table)
            .filter(id_in(posts::id, &ids))
            .select((
                Post::as_select(),
                post_drafts::title,
                post_drafts::body_md.ne(posts::body_md),
                post_drafts::edited_at,
            ))
            .into_boxed::<AnyBackend>()
            .load(conn)?;
        let rows = sort_by_ids(&ids, rows, |(post, ..)| post.id);
        Ok(CursorPage::from_rows(rows, cursor, |(post, ..): &PostListing| post.public_id.clone()))
    }

    pub fn count(conn: &mut Conn, status: Option<PostStatus>) -> Result<CappedCount> {
        let query = || {
            let posts = posts::table.filter(posts::kind.eq(PostKind::Post)).into_boxed::<AnyBackend>();
            match status {
                Some(status) => posts.filter(posts::status.eq(status)),
                None => posts,
            }
        };
        count_capped!(conn, query(), posts::id)
    }
}

pub type Neighbour = (String, String);

/// A post in the admin's list, the title of its draft, whether the texts differ, and when the draft was edited.
pub type PostListing = (Post, String, bool, Utc);
