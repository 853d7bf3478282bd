//! Putting the working copy on the site, and taking it off. Texts are rendered before: nothing here takes long.

use diesel::prelude::*;

use super::drafting::Draft;
use super::{Post, PostKind};
use crate::db::{Conn, Tx, is_taken};
use crate::error::{Error, Result};
use crate::models::account::Member;
use crate::models::account::roles::Permission;
use crate::models::fact::Fact;
use crate::models::media::Media;
use crate::models::redirect;
use crate::models::search::{self, Said};
use crate::models::tag::Tag;
use crate::schema::{post_pictures, posts};
use crate::support::markdown::Text;
use crate::support::slug;

/// Letters of the beginning of a text that lists show.
const BEGINNING: usize = 200;
/// How often another address is looked for when somebody else takes it at the same moment.
const TRIES: usize = 20;

impl Post {
    /// Copies the working copy to the site. `text` is its text, rendered; `path` makes the public address of a slug, for
    /// old addresses; `tag_path` that of a tag.
    ///
    /// # Errors
    /// `Invalid` on `slug` when the address is taken, `NotAllowed` when the person may not publish, `Conflict` when the
    /// working copy has another text by now.
    pub fn publish(
        &self,
        tx: &mut Tx<'_>,
        kind: PostKind,
        by: &Member,
        text: &Text,
        (path, tag_path): (fn(&str) -> String, fn(&str) -> String),
    ) -> Result<Post> {
        self.check_publisher(by)?;
        let draft = self.draft(tx.conn())?;
        if draft.body_md != text.source() {
            return Err(Error::Conflict);
        }
        let address = self.move_to_site(tx, kind, &draft, text)?;
        self.note_pictures(tx, text)?;
        let rendered = text.rendered();
        let beginning = rendered.beginning(BEGINNING);
        let summary = if draft.excerpt.is_empty() { &beginning } else { &draft.excerpt };
        let body = format!("{summary} {}", rendered.text);
        search::note_post(tx, self.id, &Said { title: &draft.title, head: &draft.tags, body: &body })?;
        if self.published_at.is_some() && self.slug != address {
            redirect::keep(tx, &path(&self.slug), redirect::Kind::Post, self.id)?;
        }
        redirect::free(tx, &path(&address))?;
        Tag::set(tx, self.id, &draft.tags, tag_path)?;
        self.keep_revision(tx, "published", by, &draft.writing())?;
        Fact::PostPublished(self.id).record(tx, &by.actor())?;
        Ok(posts::table.find(self.id).select(Post::as_select()).first(tx.conn())?)
    }

    /// Writes what the public sees, under the address that was typed, the present one, or a free one made from the
    /// title. Says which.
    fn move_to_site(&self, tx: &mut Tx<'_>, kind: PostKind, draft: &Draft, text: &Text) -> Result<String> {
        let typed = match draft.slug.is_empty() {
            false => Some(draft.slug.as_str()),
            true if self.published_at.is_some() => Some(self.slug.as_str()),
            true => None,
        };
        for _ in 0..TRIES {
            let address = match typed {
                Some(typed) => typed.to_owned(),
                None => self.free_slug(tx, kind, &self.wanted_slug(&draft.title))?,
            };
            match tx.attempt(|tx| self.write_public(tx, &address, draft, text)) {
                // PostgreSQL undoes nothing by itself: the attempt has to fail.
                Err(Error::Conflict) => {}
                written => return written.map(|()| address),
            }
            if let Some(typed) = typed {
                let free = self.free_slug(tx, kind, typed)?;
                let words = format!("Another post has this address. Please choose a different one: {free} is free.");
                return Err(Error::invalid("slug", words));
            }
        }
        Err(Error::Busy)
    }

    /// Writes what the public sees.
    ///
    /// # Errors
    /// `Conflict` when the address is taken.
    fn write_public(&self, tx: &mut Tx<'_>, address: &str, draft: &Draft, text: &Text) -> Result<()> {
        let (now, rendered) = (tx.now(), text.rendered());
        let updated = diesel::update(posts::table.find(self.id))
            .set((
                posts::slug.eq(address),
                posts::status.eq("published"),
                posts::title.eq(&draft.title),
                posts::body_md.eq(&draft.body_md),
                posts::body_html.eq(&rendered.html),
                posts::excerpt.eq(&draft.excerpt),
                posts::beginning.eq(rendered.beginning(BEGINNING)),
                posts::reading_minutes.eq(rendered.reading_minutes()),
                posts::cover_id.eq(draft.cover_id),
                posts::cover_alt.eq(&draft.cover_alt),
                posts::published_at.eq(self.published_at.unwrap_or(now)),
                posts::content_updated_at.eq(now),
            ))
            .execute(tx.conn());
        match updated {
            Err(error) if is_taken(&error) => Err(Error::Conflict),
            updated => {
                updated?;
                Ok(())
            }
        }
    }

    /// Takes a post off the site; its working copy stays.
    ///
    /// # Errors
    /// `NotAllowed`.
    pub fn unpublish(&self, tx: &mut Tx<'_>, by: &Member) -> Result<()> {
        self.check_editor(by)?;
        if !by.may(Permission::PublishPosts) {
            return Err(Error::NotAllowed("Somebody with the right to publish has to take this post off the site."));
        }
        diesel::update(posts::table.find(self.id)).set(posts::status.eq("draft")).execute(tx.conn())?;
        let draft = self.draft(tx.conn())?;
        self.keep_revision(tx, "unpublished", by, &draft.writing())?;
        Fact::PostUnpublished(self.id).record(tx, &by.actor())
    }

    /// Deletes a post for good; its address answers 410.
    ///
    /// # Errors
    /// `NotAllowed`.
    pub fn delete(&self, tx: &mut Tx<'_>, by: &Member, path: fn(&str) -> String) -> Result<()> {
        self.check_editor(by)?;
        if self.is_published() && !by.may(Permission::PublishPosts) {
            return Err(Error::NotAllowed("Somebody with the right to publish has to delete this post."));
        }
        if self.published_at.is_some() {
            redirect::gone(tx, &path(&self.slug), redirect::Kind::Post, self.id)?;
        }
        diesel::delete(posts::table.find(self.id)).execute(tx.conn())?;
        Fact::PostDeleted(self.title.clone()).record(tx, &by.actor())
    }

    /// Whether this person may put this post on the site.
    ///
    /// # Errors
    /// `NotAllowed`.
    pub fn check_publisher(&self, by: &Member) -> Result<()> {
        self.check_editor(by)?;
        may_publish(by)
    }

    /// Notes which pictures the text shows, so that pages find them, and nobody deletes them.
    fn note_pictures(&self, tx: &mut Tx<'_>, text: &Text) -> Result<()> {
        diesel::delete(post_pictures::table.filter(post_pictures::post_id.eq(self.id))).execute(tx.conn())?;
        for picture in shown(tx.conn(), text)? {
            diesel::insert_into(post_pictures::table)
                .values((post_pictures::post_id.eq(self.id), post_pictures::media_id.eq(picture.id)))
                .execute(tx.conn())?;
        }
        Ok(())
    }

    /// The address that a title makes; from the id if nothing in the title can be spelled.
    fn wanted_slug(&self, title: &str) -> String {
        slug::from_title(title)
            .unwrap_or_else(|| format!("post-{}", self.public_id.chars().rev().take(8).collect::<String>()))
    }

    /// A free address like the one wanted.
    fn free_slug(&self, tx: &mut Tx<'_>, kind: PostKind, wanted: &str) -> Result<String> {
        slug::first_free(wanted, |slug| {
            let taken = posts::table.filter(posts::kind.eq(kind).and(posts::slug.eq(slug)).and(posts::id.ne(self.id)));
            Ok(diesel::select(diesel::dsl::exists(taken)).get_result(tx.conn())?)
        })
    }
}

/// Whether this person may put anything on the site.
///
/// # Errors
/// `NotAllowed`.
pub fn may_publish(by: &Member) -> Result<()> {
    match by.may(Permission::PublishPosts) {
        true => Ok(()),
        false => Err(Error::NotAllowed("Somebody with the right to publish has to publish this post.")),
    }
}

/// The pictures of the library that a text shows.
///
/// # Errors
/// When the database refuses.
pub fn shown(conn: &mut Conn, text: &Text) -> Result<Vec<Media>> {
    // As many as one question may name.
    let ids = text.rendered().pictures.iter().take(10_000).cloned().collect::<Vec<_>>();
    Media::among(conn, &ids)
}
