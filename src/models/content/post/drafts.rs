//! The working copy of a post, saved with compare-and-swap, so that nobody overwrites changes they have not seen.

use diesel::prelude::*;

use super::{Post, PostKind};
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::content::tag;
use crate::models::content::tag::Tag;
use crate::models::people::account::Member;
use crate::models::people::account::roles::Permission;
use crate::models::platform::search::{self, SearchDocument};
use crate::schema::{post_drafts, post_revisions, posts};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{AccountId, MediaId, PostId};
use crate::text_enum;

text_enum! {
    RevisionReason {
        Saved = "saved",
        Published = "published",
        Unpublished = "unpublished",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = post_drafts, check_for_backend(AnyBackend))]
pub struct Draft {
    pub title: String,
    /// Empty to make one from the title.
    pub slug: String,
    pub body_md: String,
    /// Empty for the beginning of the text.
    pub excerpt: String,
    /// Names separated by commas.
    pub tags: String,
    pub cover_id: Option<MediaId>,
    /// Alternative text of the cover; empty for the one in the library.
    pub cover_alt: String,
    /// Name of the person who saved it last.
    pub edited_by: String,
    pub edited_at: Utc,
}

/// The values of a post's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftInput {
    pub title: String,
    /// Empty to make one from the title.
    pub slug: String,
    pub body_md: String,
    pub excerpt: String,
    /// Names separated by commas.
    pub tags: String,
    pub cover_id: Option<MediaId>,
    /// Alternative text of the cover; empty for the one in the library.
    pub cover_alt: String,
}

/// Time, author and reason of a saved revision.
pub type Revision = (Utc, String, RevisionReason);

impl Post {
    /// Creates an unpublished post.
    pub fn create_draft(tx: &mut Tx<'_>, kind: PostKind, author: &Member, writing: &DraftInput) -> Result<Post> {
        let public_id = tx.generate_public_id()?;
        let row = (
            (
                posts::public_id.eq(&public_id),
                posts::kind.eq(kind),
                // A draft has no public address, so any unique slug will do until it is published.
                posts::slug.eq(format!("draft-{public_id}")),
                posts::status.eq("draft"),
                posts::title.eq(&writing.title),
                posts::body_md.eq(""),
                posts::body_html.eq(""),
                posts::excerpt.eq(""),
            ),
            (
                posts::auto_excerpt.eq(""),
                posts::cover_alt.eq(""),
                posts::reading_minutes.eq(1),
                posts::cover_caption.eq(""),
                posts::feed_guid.eq(format!("urn:uuid:{}", dashed(&public_id))),
                posts::author_id.eq(author.id()),
                posts::author_name.eq(&author.account.name),
                posts::lock_version.eq(1),
                posts::created_at.eq(tx.now()),
            ),
        );
        let id: PostId = diesel::insert_into(posts::table).values(row).returning(posts::id).get_result(tx.conn())?;
        search::index_post(
            tx,
            id,
            &SearchDocument { title: &writing.title, keywords: &writing.tags, body: &writing.body_md },
        )?;
        let copy = (
            post_drafts::post_id.eq(id),
            post_drafts::title.eq(&writing.title),
            post_drafts::slug.eq(&writing.slug),
            post_drafts::body_md.eq(&writing.body_md),
            post_drafts::excerpt.eq(&writing.excerpt),
            post_drafts::tags.eq(&writing.tags),
            post_drafts::cover_id.eq(writing.cover_id),
            post_drafts::cover_alt.eq(&writing.cover_alt),
            post_drafts::edited_by.eq(&author.account.name),
            post_drafts::edited_at.eq(tx.now()),
        );
        diesel::insert_into(post_drafts::table).values(copy).execute(tx.conn())?;
        let post = posts::table.find(id).select(Post::as_select()).first(tx.conn())?;
        post.save_revision(tx, RevisionReason::Saved, author, writing)?;
        Ok(post)
    }

    /// Saves the working copy if its version is still `lock_version`, or if it has the same content already.
    ///
    /// # Errors
    /// `Conflict` when somebody else has saved it, `Forbidden` when the editor may not edit this post.
    pub fn save_draft(&self, tx: &mut Tx<'_>, editor: &Member, lock_version: i64, writing: &DraftInput) -> Result<()> {
        self.check_edit_permission(editor)?;
        let mine = posts::id.eq(self.id).and(posts::lock_version.eq(lock_version));
        let swapped = diesel::update(posts::table.filter(mine))
            .set(posts::lock_version.eq(lock_version + 1))
            .execute(tx.conn())?;
        if swapped != 1 {
            let is_the_same = self.draft(tx.conn())?.to_input() == *writing;
            return if is_the_same { Ok(()) } else { Err(Error::Conflict) };
        }
        let now = tx.now();
        diesel::update(post_drafts::table.find(self.id))
            .set((
                post_drafts::title.eq(&writing.title),
                post_drafts::slug.eq(&writing.slug),
                post_drafts::body_md.eq(&writing.body_md),
                post_drafts::excerpt.eq(&writing.excerpt),
                post_drafts::tags.eq(&writing.tags),
                post_drafts::cover_id.eq(writing.cover_id),
                post_drafts::cover_alt.eq(&writing.cover_alt),
                post_drafts::edited_by.eq(&editor.account.name),
                post_drafts::edited_at.eq(now),
            ))
            .execute(tx.conn())?;
        if !self.is_published() {
            // The admin's list and search use the working title of unpublished posts.
            diesel::update(posts::table.find(self.id)).set(posts::title.eq(&writing.title)).execute(tx.conn())?;
            let said = SearchDocument { title: &writing.title, keywords: &writing.tags, body: &writing.body_md };
            search::index_post(tx, self.id, &said)?;
        }
        self.save_revision(tx, RevisionReason::Saved, editor, writing)
    }

    pub fn draft(&self, conn: &mut Conn) -> Result<Draft> {
        Ok(post_drafts::table.find(self.id).select(Draft::as_select()).first(conn)?)
    }

    pub fn kind(&self, conn: &mut Conn) -> Result<PostKind> {
        Ok(posts::table.find(self.id).select(posts::kind).first(conn)?)
    }

    /// Whether the working copy of a published post differs from what the public sees.
    pub fn has_unpublished_changes(&self, conn: &mut Conn, draft: &Draft) -> Result<bool> {
        if !self.is_published() {
            return Ok(false);
        }
        let body_md: String = posts::table.find(self.id).select(posts::body_md).first(conn)?;
        let mut wanted: Vec<String> = tag::parse_names(&draft.tags).map(tag::normalise_name).collect();
        let mut given: Vec<String> =
            Tag::for_post(conn, self.id)?.into_iter().map(|tag| tag::normalise_name(&tag.name)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        given.sort_unstable();
        Ok(draft.title != self.title
            || draft.body_md != body_md
            || draft.cover_id != self.cover_id
            || draft.cover_alt != self.cover_alt
            || (!draft.slug.is_empty() && draft.slug != self.slug)
            || draft.excerpt != self.excerpt
            || wanted != given)
    }

    /// The latest ten revisions, newest first.
    pub fn revisions(&self, conn: &mut Conn) -> Result<Vec<Revision>> {
        Ok(post_revisions::table
            .filter(post_revisions::post_id.eq(self.id))
            .order(post_revisions::revision_no.desc())
            .limit(10)
            .select((post_revisions::created_at, post_revisions::author_name, post_revisions::reason))
            .load(conn)?)
    }

    pub fn check_edit_permission(&self, editor: &Member) -> Result<()> {
        if can_edit(editor, self.author_id) { Ok(()) } else { Err(Error::Forbidden(Message::PostOfSomeoneElse)) }
    }

    pub(super) fn save_revision(
        &self,
        tx: &mut Tx<'_>,
        reason: RevisionReason,
        by: &Member,
        writing: &DraftInput,
    ) -> Result<()> {
        let last: Option<i64> = post_revisions::table
            .filter(post_revisions::post_id.eq(self.id))
            .select(diesel::dsl::max(post_revisions::revision_no))
            .first(tx.conn())?;
        let row = (
            post_revisions::post_id.eq(self.id),
            post_revisions::revision_no.eq(last.unwrap_or(0) + 1),
            post_revisions::reason.eq(reason),
            post_revisions::author_name.eq(&by.account.name),
            post_revisions::title.eq(&writing.title),
            post_revisions::slug.eq(&writing.slug),
            post_revisions::body_md.eq(&writing.body_md),
            post_revisions::created_at.eq(tx.now()),
        );
        diesel::insert_into(post_revisions::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

impl Draft {
    pub fn to_input(&self) -> DraftInput {
        DraftInput {
            title: self.title.clone(),
            slug: self.slug.clone(),
            body_md: self.body_md.clone(),
            excerpt: self.excerpt.clone(),
            tags: self.tags.clone(),
            cover_id: self.cover_id,
            cover_alt: self.cover_alt.clone(),
        }
    }
}

/// Adds the dashes of a UUID (RFC 9562 §4).
fn dashed(simple: &str) -> String {
    let mut text = String::new();
    for (at, letter) in simple.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(letter);
    }
    text
}

/// Whether `editor` may edit a post of this author.
pub fn can_edit(editor: &Member, author_id: Option<AccountId>) -> bool {
    let own = author_id == Some(editor.account.id);
    editor.has_permission(Permission::EditOthersPosts) || (own && editor.has_permission(Permission::WritePosts))
}
