//! The working copy of a post, saved with compare-and-swap, so that nobody overwrites changes they have not seen.

use diesel::prelude::*;

use super::{Post, PostKind, PostStatus};
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

#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
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
    pub edited_by: String,
    pub edited_at: Utc,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftInput {
    pub title: String,
    pub slug: String,
    pub body_md: String,
    pub excerpt: String,
    pub tags: String,
    pub cover_id: Option<MediaId>,
    pub cover_alt: String,
}

pub type Revision = (Utc, String, RevisionReason);

#[derive(Insertable)]
#[diesel(table_name = posts, treat_none_as_default_value = false)]
struct NewPost<'a> {
    public_id: &'a str,
    kind: PostKind,
    slug: String,
    status: PostStatus,
    title: &'a str,
    body_md: &'a str,
    body_html: &'a str,
    excerpt: &'a str,
    auto_excerpt: &'a str,
    cover_alt: &'a str,
    reading_minutes: i64,
    cover_caption: &'a str,
    feed_guid: String,
    author_id: Option<AccountId>,
    author_name: &'a str,
    lock_version: i64,
    created_at: Utc,
}

#[derive(Insertable, AsChangeset)]
#[diesel(
    table_name = post_drafts,
    primary_key(post_id),
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
struct DraftColumns<'a> {
    post_id: PostId,
    title: &'a str,
    slug: &'a str,
    body_md: &'a str,
    excerpt: &'a str,
    tags: &'a str,
    cover_id: Option<MediaId>,
    cover_alt: &'a str,
    edited_by: &'a str,
    edited_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = post_revisions, treat_none_as_default_value = false)]
struct NewRevision<'a> {
    post_id: PostId,
    revision_no: i64,
    reason: RevisionReason,
    author_name: &'a str,
    title: &'a str,
    slug: &'a str,
    body_md: &'a str,
    created_at: Utc,
}

impl DraftInput {
    fn columns<'a>(&'a self, post: PostId, editor: &'a Member, now: Utc) -> DraftColumns<'a> {
        DraftColumns {
            post_id: post,
            title: &self.title,
            slug: &self.slug,
            body_md: &self.body_md,
            excerpt: &self.excerpt,
            tags: &self.tags,
            cover_id: self.cover_id,
            cover_alt: &self.cover_alt,
            edited_by: &editor.account.name,
            edited_at: now,
        }
    }

    fn search_document(&self) -> SearchDocument<'_> {
        SearchDocument { title: &self.title, keywords: &self.tags, body: &self.body_md }
    }
}

impl Post {
    pub fn create_draft(tx: &mut Tx<'_>, kind: PostKind, author: &Member, input: &DraftInput) -> Result<Post> {
        let public_id = tx.generate_public_id()?;
        let row = NewPost {
            public_id: &public_id,
            kind,
            // A draft has no public address, so any unique slug will do until it is published.
            slug: format!("draft-{public_id}"),
            status: PostStatus::Draft,
            title: &input.title,
            body_md: "",
            body_html: "",
            excerpt: "",
            auto_excerpt: "",
            cover_alt: "",
            reading_minutes: 1,
            cover_caption: "",
            feed_guid: format!("urn:uuid:{}", with_dashes(&public_id)),
            author_id: author.id(),
            author_name: &author.account.name,
            lock_version: 1,
            created_at: tx.now(),
        };
        let id: PostId = diesel::insert_into(posts::table).values(row).returning(posts::id).get_result(tx.conn())?;
        search::index_post(tx, id, &input.search_document())?;
        let draft = input.columns(id, author, tx.now());
        diesel::insert_into(post_drafts::table).values(draft).execute(tx.conn())?;
        let post = Post::query().find(id).first(tx.conn())?;
        post.save_revision(tx, RevisionReason::Saved, author, input)?;
        Ok(post)
    }

    /// Saves the working copy if its version is still `lock_version`, or if it has the same content already.
    ///
    /// # Errors
    /// `Conflict` when somebody else has saved it, `Forbidden` when the editor may not edit this post.
    pub fn save_draft(&self, tx: &mut Tx<'_>, editor: &Member, lock_version: i64, input: &DraftInput) -> Result<()> {
        self.check_edit_permission(editor)?;
        let unchanged = posts::id.eq(self.id).and(posts::lock_version.eq(lock_version));
        let updated = diesel::update(posts::table.filter(unchanged))
            .set(posts::lock_version.eq(lock_version + 1))
            .execute(tx.conn())?;
        if updated != 1 {
            let is_the_same = self.draft(tx.conn())?.to_input() == *input;
            return if is_the_same { Ok(()) } else { Err(Error::Conflict) };
        }
        let now = tx.now();
        diesel::update(post_drafts::table.find(self.id)).set(input.columns(self.id, editor, now)).execute(tx.conn())?;
        if !self.is_published() {
            // The admin's list and search use the working title of unpublished posts.
            diesel::update(posts::table.find(self.id)).set(posts::title.eq(&input.title)).execute(tx.conn())?;
            search::index_post(tx, self.id, &input.search_document())?;
        }
        self.save_revision(tx, RevisionReason::Saved, editor, input)
    }

    pub fn draft(&self, conn: &mut Conn) -> Result<Draft> {
        Ok(Draft::query().find(self.id).first(conn)?)
    }

    pub fn kind(&self, conn: &mut Conn) -> Result<PostKind> {
        Ok(posts::table.find(self.id).select(posts::kind).first(conn)?)
    }

    pub fn has_unpublished_changes(&self, conn: &mut Conn, draft: &Draft) -> Result<bool> {
        if !self.is_published() {
            return Ok(false);
        }
        let body_md: String = posts::table.find(self.id).select(posts::body_md).first(conn)?;
        let mut draft_tags: Vec<String> = tag::parse_names(&draft.tags).map(tag::normalise_name).collect();
        let mut post_tags: Vec<String> =
            Tag::for_post(conn, self.id)?.into_iter().map(|tag| tag::normalise_name(&tag.name)).collect();
        draft_tags.sort_unstable();
        draft_tags.dedup();
        post_tags.sort_unstable();
        Ok(draft.title != self.title
            || draft.body_md != body_md
            || draft.cover_id != self.cover_id
            || draft.cover_alt != self.cover_alt
            || (!draft.slug.is_empty() && draft.slug != self.slug)
            || draft.excerpt != self.excerpt
            || draft_tags != post_tags)
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
        input: &DraftInput,
    ) -> Result<()> {
        let last: Option<i64> = post_revisions::table
            .filter(post_revisions::post_id.eq(self.id))
            .select(diesel::dsl::max(post_revisions::revision_no))
            .first(tx.conn())?;
        let row = NewRevision {
            post_id: self.id,
            revision_no: last.unwrap_or(0) + 1,
            reason,
            author_name: &by.account.name,
            title: &input.title,
            slug: &input.slug,
            body_md: &input.body_md,
            created_at: tx.now(),
        };
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
fn with_dashes(id: &str) -> String {
    let mut text = String::new();
    for (index, character) in id.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(character);
    }
    text
}

pub fn can_edit(editor: &Member, author_id: Option<AccountId>) -> bool {
    let own = author_id == Some(editor.account.id);
    editor.has_permission(Permission::EditOthersPosts) || (own && editor.has_permission(Permission::WritePosts))
}
