//! Putting the working copy on the site, and taking it off.

use diesel::prelude::*;

use super::drafting::Writing;
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
use crate::support::{markdown, slug};

impl Post {
    /// Copies the working copy to the site. `path` makes the public address of a slug, for old addresses.
    ///
    /// # Errors
    /// `Invalid` on `slug` when the address is taken, `NotAllowed` when the person may not publish.
    pub fn publish(&self, tx: &mut Tx<'_>, kind: PostKind, by: &Member, path: fn(&str) -> String) -> Result<Post> {
        self.check_editor(by)?;
        if !by.may(Permission::PublishPosts) {
            return Err(Error::NotAllowed("Somebody with the right to publish has to publish this post."));
        }
        let draft = self.draft(tx.conn())?;
        let address = match draft.slug.is_empty() {
            false => draft.slug.clone(),
            true if self.is_published() => self.slug.clone(),
            true => self.free_slug(tx, kind, &draft.title)?,
        };
        let rendered = self.render(tx, &draft.writing())?;
        let now = tx.now();
        let excerpt = match draft.excerpt.is_empty() {
            true => rendered.beginning(200),
            false => draft.excerpt.clone(),
        };
        let searched = format!("{excerpt} {}", rendered.text);
        let updated = diesel::update(posts::table.find(self.id))
            .set((
                posts::slug.eq(&address),
                posts::status.eq("published"),
                posts::title.eq(&draft.title),
                posts::body_md.eq(&draft.body_md),
                posts::body_html.eq(&rendered.html),
                posts::excerpt.eq(excerpt),
                posts::reading_minutes.eq(rendered.reading_minutes()),
                posts::cover_id.eq(draft.cover_id),
                posts::published_at.eq(self.published_at.unwrap_or(now)),
                posts::content_updated_at.eq(now),
            ))
            .execute(tx.conn());
        match updated {
            Err(error) if is_taken(&error) => {
                return Err(Error::invalid("slug", "Another post has this address. Please choose a different one."));
            }
            updated => updated?,
        };
        search::note_post(tx, self.id, &Said { title: &draft.title, head: &draft.tags, body: &searched })?;
        if self.is_published() && self.slug != address {
            redirect::keep(tx, &path(&self.slug), redirect::Kind::Post, self.id)?;
        }
        redirect::free(tx, &path(&address))?;
        Tag::set(tx, self.id, &draft.tags)?;
        self.keep_revision(tx, "published", by, &draft.writing())?;
        Fact::PostPublished(self.id).record(tx, &by.actor())?;
        Ok(posts::table.find(self.id).select(Post::as_select()).first(tx.conn())?)
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

    /// Renders the text and notes which pictures it shows.
    fn render(&self, tx: &mut Tx<'_>, writing: &Writing) -> Result<markdown::Rendered> {
        let wanted = markdown::pictures(&writing.body_md);
        let shown = Media::among(tx.conn(), &wanted)?;
        let rendered = markdown::render(&writing.body_md, &|id| shown.iter().any(|media| media.public_id == id));
        diesel::delete(post_pictures::table.filter(post_pictures::post_id.eq(self.id))).execute(tx.conn())?;
        for picture in &shown {
            diesel::insert_into(post_pictures::table)
                .values((post_pictures::post_id.eq(self.id), post_pictures::media_id.eq(picture.id)))
                .execute(tx.conn())?;
        }
        Ok(rendered)
    }

    /// A free address made from the title; from the id if nothing in the title can be spelled.
    fn free_slug(&self, tx: &mut Tx<'_>, kind: PostKind, title: &str) -> Result<String> {
        let wanted = slug::from_title(title)
            .unwrap_or_else(|| format!("post-{}", self.public_id.chars().rev().take(8).collect::<String>()));
        let mut free = wanted.clone();
        for number in 2..1000 {
            let taken = posts::table.filter(posts::kind.eq(kind).and(posts::slug.eq(&free)).and(posts::id.ne(self.id)));
            if !diesel::select(diesel::dsl::exists(taken)).get_result::<bool>(tx.conn())? {
                return Ok(free);
            }
            free = format!("{wanted}-{number}");
        }
        Ok(format!("{wanted}-{}", self.id))
    }
}

/// A text as it would be published, and the pictures it shows.
///
/// # Errors
/// When the database refuses.
pub fn preview(conn: &mut Conn, body_md: &str) -> Result<(markdown::Rendered, Vec<Media>)> {
    let shown = Media::among(conn, &markdown::pictures(body_md))?;
    let rendered = markdown::render(body_md, &|id| shown.iter().any(|media| media.public_id == id));
    Ok((rendered, shown))
}
