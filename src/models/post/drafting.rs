//! The working copy: saved with compare-and-swap, so that nobody overwrites what they have not seen.

use diesel::prelude::*;

use super::{Post, PostKind};
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::models::account::Member;
use crate::models::account::roles::Permission;
use crate::models::search::{self, Said};
use crate::models::tag;
use crate::models::tag::Tag;
use crate::schema::{post_drafts, post_revisions, posts};
use crate::support::clock::Utc;

/// The working copy of a post.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = post_drafts, check_for_backend(Db))]
pub struct Draft {
    /// Title.
    pub title: String,
    /// Address; empty to make one from the title.
    pub slug: String,
    /// Text in Markdown.
    pub body_md: String,
    /// A few sentences; empty to take the beginning.
    pub excerpt: String,
    /// Names separated by commas.
    pub tags: String,
    /// The cover's row.
    pub cover_id: Option<i64>,
    /// What the cover shows; empty for the words of the library.
    pub cover_alt: String,
    /// Who saved it last.
    pub edited_by: String,
    /// When.
    pub edited_at: Utc,
}

/// What somebody wants the working copy to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// Title.
    pub title: String,
    /// Address; empty to make one from the title.
    pub slug: String,
    /// Text in Markdown.
    pub body_md: String,
    /// A few sentences.
    pub excerpt: String,
    /// Names separated by commas.
    pub tags: String,
    /// The cover's row.
    pub cover_id: Option<i64>,
    /// What the cover shows; empty for the words of the library.
    pub cover_alt: String,
}

/// One earlier state: when, who, why.
pub type Revision = (Utc, String, String);

impl Post {
    /// Starts a post. Nobody but staff sees it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn start(tx: &mut Tx<'_>, kind: PostKind, author: &Member, writing: &Writing) -> Result<Post> {
        let public_id = tx.public_id()?;
        let row = (
            (
                posts::public_id.eq(&public_id),
                posts::kind.eq(kind),
                // Nobody can reach a draft by its address, so any unique one will do until it is published.
                posts::slug.eq(format!("draft-{public_id}")),
                posts::status.eq("draft"),
                posts::title.eq(&writing.title),
                posts::body_md.eq(""),
                posts::body_html.eq(""),
                posts::excerpt.eq(""),
            ),
            (
                posts::beginning.eq(""),
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
        let id: i64 = diesel::insert_into(posts::table).values(row).returning(posts::id).get_result(tx.conn())?;
        search::note_post(tx, id, &Said { title: &writing.title, head: &writing.tags, body: &writing.body_md })?;
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
        post.keep_revision(tx, "saved", author, writing)?;
        Ok(post)
    }

    /// Saves the working copy if nobody else has since `lock_version`, or if it says the same already.
    ///
    /// # Errors
    /// `Conflict` when somebody has, `NotAllowed` when the post is not theirs to write.
    pub fn save_draft(&self, tx: &mut Tx<'_>, editor: &Member, lock_version: i64, writing: &Writing) -> Result<()> {
        self.check_editor(editor)?;
        let mine = posts::id.eq(self.id).and(posts::lock_version.eq(lock_version));
        let swapped = diesel::update(posts::table.filter(mine))
            .set(posts::lock_version.eq(lock_version + 1))
            .execute(tx.conn())?;
        if swapped != 1 {
            let is_the_same = self.draft(tx.conn())?.writing() == *writing;
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
            // The list and the search of the admin show the working title of what is not public.
            diesel::update(posts::table.find(self.id)).set(posts::title.eq(&writing.title)).execute(tx.conn())?;
            let said = Said { title: &writing.title, head: &writing.tags, body: &writing.body_md };
            search::note_post(tx, self.id, &said)?;
        }
        self.keep_revision(tx, "saved", editor, writing)
    }

    /// The working copy.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn draft(&self, conn: &mut Conn) -> Result<Draft> {
        Ok(post_drafts::table.find(self.id).select(Draft::as_select()).first(conn)?)
    }

    /// Whether it is a post or a page.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn kind(&self, conn: &mut Conn) -> Result<PostKind> {
        Ok(posts::table.find(self.id).select(posts::kind).first(conn)?)
    }

    /// Whether the working copy says something else than the site.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn has_changes(&self, conn: &mut Conn, draft: &Draft) -> Result<bool> {
        if !self.is_published() {
            return Ok(false);
        }
        let body_md: String = posts::table.find(self.id).select(posts::body_md).first(conn)?;
        let mut wanted: Vec<String> = tag::names(&draft.tags).map(tag::fold).collect();
        let mut given: Vec<String> = Tag::of_post(conn, self.id)?.into_iter().map(|tag| tag::fold(&tag.name)).collect();
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

    /// The latest states.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn history(&self, conn: &mut Conn) -> Result<Vec<Revision>> {
        Ok(post_revisions::table
            .filter(post_revisions::post_id.eq(self.id))
            .order(post_revisions::revision_no.desc())
            .limit(10)
            .select((post_revisions::created_at, post_revisions::author_name, post_revisions::reason))
            .load(conn)?)
    }

    /// Whether this person may change this post.
    ///
    /// # Errors
    /// `NotAllowed`.
    pub fn check_editor(&self, editor: &Member) -> Result<()> {
        if may_edit(editor, self.author_id) { Ok(()) } else { Err(Error::NotAllowed("This post is somebody else's.")) }
    }

    pub(super) fn keep_revision(&self, tx: &mut Tx<'_>, reason: &str, by: &Member, writing: &Writing) -> Result<()> {
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
    /// The working copy as something to be saved again.
    pub fn writing(&self) -> Writing {
        Writing {
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

/// A UUID with its dashes.
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

/// Whether somebody may change a post of an author.
pub fn may_edit(editor: &Member, author_id: Option<i64>) -> bool {
    let own = author_id == Some(editor.account.id);
    editor.may(Permission::EditOthersPosts) || (own && editor.may(Permission::WritePosts))
}
