//! Posts and pages. `posts` is what the public sees, `post_drafts` the one working copy, `post_revisions` what was.

pub mod drafting;
pub mod publishing;

use std::cmp::Reverse;

use diesel::dsl::{exists, max};
use diesel::prelude::*;

use super::media::Media;
use super::search;
use crate::db::among::{among, in_order};
use crate::db::matching::{How, matches, plainly};
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::schema::{media, post_drafts, post_pictures, post_tags, post_words, posts};
use crate::support::clock::Utc;
use crate::support::page::{Page, Paging, Stretch, Tally, Window};
use crate::{each, tally, text_enum, windowed};

text_enum! {
    /// A post of the blog, or a page of the site.
    PostKind {
        /// In the blog.
        Post = "post",
        /// On its own.
        Page = "page",
    }
}

/// A post or page as the public sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = posts, check_for_backend(Db))]
pub struct Post {
    /// The row.
    pub id: i64,
    /// For the admin's URLs.
    pub public_id: String,
    /// Its address.
    pub slug: String,
    /// `draft` or `published`.
    pub status: String,
    /// Its title.
    pub title: String,
    /// The text, rendered and cleaned.
    pub body_html: String,
    /// A few sentences that somebody wrote; empty when nobody did.
    pub excerpt: String,
    /// The beginning of the text.
    pub beginning: String,
    /// Minutes to read.
    pub reading_minutes: i64,
    /// The cover's row.
    pub cover_id: Option<i64>,
    /// What the cover shows, in the words of this post; empty for those of the library.
    pub cover_alt: String,
    /// Who wrote it: the account.
    pub author_id: Option<i64>,
    /// Who wrote it: the name.
    pub author_name: String,
    /// Stays the same for feed readers, whatever else changes.
    pub feed_guid: String,
    /// When it went on the site.
    pub published_at: Option<Utc>,
    /// When its text last changed in public.
    pub content_updated_at: Option<Utc>,
    /// Goes up with each save.
    pub lock_version: i64,
}

impl Post {
    /// Whether the public sees it.
    pub fn is_published(&self) -> bool {
        self.status == "published"
    }

    /// A few sentences for lists, feeds and search engines: what somebody wrote, or else the beginning of the text.
    pub fn summary(&self) -> &str {
        if self.excerpt.is_empty() { &self.beginning } else { &self.excerpt }
    }

    /// What the cover shows, if the post has words of its own for it.
    pub fn cover_words(&self) -> Option<&str> {
        Some(self.cover_alt.as_str()).filter(|words| !words.is_empty())
    }

    /// A published post or page.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn published(conn: &mut Conn, kind: PostKind, slug: &str) -> Result<Post> {
        // Asked of the connection inside, which knows the question by its type and does not spell it anew; so are all
        // others of a post's page.
        Ok(each!(conn => posts::table
            .filter(posts::kind.eq(kind).and(posts::slug.eq(slug)).and(posts::status.eq("published")))
            .select(Post::as_select())
            .first(conn))?)
    }

    /// Published posts, newest first, perhaps under one tag.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn stream(conn: &mut Conn, tag: Option<i64>, paging: Paging) -> Result<Page<Post>> {
        let mut query = posts::table
            .filter(posts::kind.eq("post").and(posts::status.eq("published")))
            .order((posts::published_at.desc(), posts::id.desc()))
            .limit(paging.limit())
            .offset(paging.offset())
            .select(Post::as_select())
            .into_boxed::<Db>();
        if let Some(tag) = tag {
            let tagged = post_tags::table.filter(post_tags::tag_id.eq(tag)).select(post_tags::post_id);
            query = query.filter(posts::id.eq_any(tagged));
        }
        Ok(Page::cut(query.load(conn)?, paging))
    }

    /// The posts published just before and just after one: title and slug of each.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn neighbours(&self, conn: &mut Conn) -> Result<(Option<Neighbour>, Option<Neighbour>)> {
        let stream = || posts::table.filter(posts::kind.eq("post").and(posts::status.eq("published")));
        let at = self.published_at;
        // The first half of each lets the index go straight to the place.
        let before = posts::published_at.le(at).and(posts::published_at.lt(at).or(posts::id.lt(self.id)));
        let after = posts::published_at.ge(at).and(posts::published_at.gt(at).or(posts::id.gt(self.id)));
        let previous = each!(conn => stream()
            .filter(before)
            .order((posts::published_at.desc(), posts::id.desc()))
            .select((posts::title, posts::slug))
            .first(conn)
            .optional())?;
        let next = each!(conn => stream()
            .filter(after)
            .order((posts::published_at.asc(), posts::id.asc()))
            .select((posts::title, posts::slug))
            .first(conn)
            .optional())?;
        Ok((previous, next))
    }

    /// Its cover and the pictures in its text.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn pictures(&self, conn: &mut Conn) -> Result<Vec<Media>> {
        let within = post_pictures::table.filter(post_pictures::post_id.eq(self.id)).select(post_pictures::media_id);
        let shown = media::id.nullable().eq(self.cover_id).or(media::id.eq_any(within));
        Ok(each!(conn => media::table.filter(shown).select(Media::as_select()).load(conn))?)
    }

    /// Other published posts that share a tag, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn related(&self, conn: &mut Conn, most: i64) -> Result<Vec<Post>> {
        let tags = post_tags::table.filter(post_tags::post_id.eq(self.id)).select(post_tags::tag_id);
        let alike = diesel::alias!(post_tags as alike);
        let kin = alike.filter(alike.field(post_tags::tag_id).eq_any(tags)).select(alike.field(post_tags::post_id));
        Ok(each!(conn => posts::table
            .filter(posts::status.eq("published").and(posts::id.ne(self.id)).and(posts::id.eq_any(kin)))
            .order((posts::published_at.desc(), posts::id.desc()))
            .limit(most)
            .select(Post::as_select())
            .load(conn))?)
    }

    /// Published posts and pages in which all words occur: those whose title has them, then those with such a tag, then
    /// the others; the newest of each first. If there are none, words that differ by a letter count as well.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn search(conn: &mut Conn, words: &[String], most: i64) -> Result<Vec<(PostKind, Post)>> {
        let known = diesel::alias!(posts as known);
        let same = known.field(posts::id).eq(post_words::rowid);
        let last = each!(conn => posts::table.select(max(posts::id)).first(conn))?;
        let found = search::find(conn, words, most, last, |conn, how, words| {
            let public = exists(known.filter(same.and(known.field(posts::status).eq("published"))));
            let asked = post_words::table.filter(matches(post_words::everything, how, words)).filter(public);
            let newest = asked.order(post_words::rowid.desc()).limit(most).select(post_words::rowid);
            Ok(each!(conn => newest.load(conn))?)
        })?;
        if found.rows.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(PostKind, Post)> = each!(conn => posts::table
            .filter(among(posts::id, &found.rows))
            .select((posts::kind, Post::as_select()))
            .load(conn))?;
        let mut rows = in_order(&found.rows, rows, |(_, post)| post.id);
        rows.sort_by_cached_key(|(_, post)| Reverse(search::nearness(&post.title, &found.words)));
        Ok(rows)
    }

    /// Published pages, for the footer: title and slug.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn pages(conn: &mut Conn) -> Result<Vec<(String, String)>> {
        Ok(posts::table
            .filter(posts::kind.eq("page").and(posts::status.eq("published")))
            .order((posts::published_at, posts::id))
            .select((posts::title, posts::slug))
            .load(conn)?)
    }

    /// A post by its public id, published or not.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<Post> {
        Ok(posts::table.filter(posts::public_id.eq(public_id)).select(Post::as_select()).first(conn)?)
    }

    /// Posts for the admin's list: the post, the draft's title, whether the draft differs, and when it was edited.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn listed(conn: &mut Conn, status: Option<&str>, words: &[String], window: &Window) -> Result<Stretch<Listed>> {
        let edge: Option<(Utc, i64)> = window.edge(|key| {
            let row = posts::table.inner_join(post_drafts::table).filter(posts::public_id.eq(key));
            row.select((post_drafts::edited_at, posts::id)).first(conn).optional()
        })?;
        let ids: Vec<i64> = if words.is_empty() {
            // Asked of the working copies, so that their order is followed and each post looked at in turn.
            let mine = posts::table.filter(posts::id.eq(post_drafts::post_id));
            let mut query = post_drafts::table.select(post_drafts::post_id).into_boxed::<Db>();
            query = query.filter(exists(mine.filter(posts::kind.eq("post"))));
            if let Some(status) = status {
                query = query.filter(exists(mine.filter(posts::status.eq(status.to_owned()))));
            }
            windowed!(query, window, edge, falling, post_drafts::edited_at, post_drafts::post_id).load(conn)?
        } else {
            let found = post_words::table.inner_join(posts::table).select(posts::id).into_boxed::<Db>();
            let mut query = found
                .filter(matches(post_words::everything, How::Beginnings, &plainly(words)))
                .filter(posts::kind.eq("post"));
            if let Some(status) = status {
                query = query.filter(posts::status.eq(status.to_owned()));
            }
            let edge = edge.map(|(_, row)| row);
            windowed!(query, window, edge, falling, post_words::rowid).load(conn)?
        };
        let rows: Vec<Listed> = posts::table
            .inner_join(post_drafts::table)
            .filter(among(posts::id, &ids))
            .select((
                Post::as_select(),
                post_drafts::title,
                post_drafts::body_md.ne(posts::body_md),
                post_drafts::edited_at,
            ))
            .into_boxed::<Db>()
            .load(conn)?;
        let rows = in_order(&ids, rows, |(post, ..)| post.id);
        Ok(Stretch::cut(rows, window, |(post, ..): &Listed| post.public_id.clone()))
    }

    /// How many posts there are in a state, or in any.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn, status: Option<&str>) -> Result<Tally> {
        let of = || {
            let posts = posts::table.filter(posts::kind.eq("post")).into_boxed::<Db>();
            match status {
                Some(status) => posts.filter(posts::status.eq(status.to_owned())),
                None => posts,
            }
        };
        tally!(conn, of(), posts::id)
    }
}

/// A post beside another: title and slug.
pub type Neighbour = (String, String);

/// A post in the admin's list: itself, its working title, whether the working copy differs, when it was edited.
pub type Listed = (Post, String, bool, Utc);
