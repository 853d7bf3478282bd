//! Publishing and unpublishing. Texts are rendered before the transaction, so nothing here is slow.

use diesel::prelude::*;

use super::drafts::{Draft, RevisionReason};
use super::{Post, PostKind, PostStatus};
use crate::db::{Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::content::media::Media;
use crate::models::content::tag::Tag;
use crate::models::people::account::Member;
use crate::models::people::account::roles::Permission;
use crate::models::platform::event::Event;
use crate::models::platform::redirect;
use crate::models::platform::search::{self, SearchDocument};
use crate::schema::{post_pictures, posts};
use crate::support::i18n::Message;
use crate::support::ids::{MediaId, PostId};
use crate::support::markdown::MarkdownText;
use crate::support::slug;

/// Length of the automatic excerpt in characters.
const EXCERPT_LENGTH: usize = 200;
const MAX_ATTEMPTS: usize = 20;

#[derive(Insertable)]
#[diesel(table_name = post_pictures, treat_none_as_default_value = false)]
struct NewPostPicture {
    post_id: PostId,
    media_id: MediaId,
}

type PathOf = fn(&str) -> String;

impl Post {
    /// Publishes the working copy. `text` is its rendered text; `path` and `tag_path` map slugs of posts and tags to
    /// public paths, for redirects.
    ///
    /// # Errors
    /// `Invalid` on `slug` when it is taken, `Forbidden` when the person may not publish, `Conflict` when the text of
    /// the working copy has changed since it was rendered.
    pub fn publish(
        &self,
        tx: &mut Tx<'_>,
        kind: PostKind,
        by: &Member,
        text: &MarkdownText,
        (path, tag_path): (PathOf, PathOf),
    ) -> Result<Post> {
        self.check_publish_permission(by)?;
        let draft = self.draft(tx.conn())?;
        if draft.body_md != text.source() {
            return Err(Error::Conflict);
        }
        let slug = self.write_with_slug(tx, kind, &draft, text)?;
        self.set_pictures(tx, text)?;
        let rendered = text.rendered();
        let auto_excerpt = rendered.excerpt(EXCERPT_LENGTH);
        let summary = if draft.excerpt.is_empty() { &auto_excerpt } else { &draft.excerpt };
        let body = format!("{summary} {}", rendered.text);
        search::index_post(tx, self.id, &SearchDocument { title: &draft.title, keywords: &draft.tags, body: &body })?;
        if self.published_at.is_some() && self.slug != slug {
            redirect::create(tx, &path(&self.slug), redirect::TargetId::Post(self.id))?;
        }
        redirect::delete(tx, &path(&slug))?;
        Tag::set_for_post(tx, self.id, &draft.tags, tag_path)?;
        self.save_revision(tx, RevisionReason::Published, by, &draft.to_input())?;
        Event::PostPublished { post: self.id }.record(tx, &by.actor())?;
        Ok(Post::query().find(self.id).first(tx.conn())?)
    }

    /// Writes the public version under the typed slug, else the current one, else one made from the title; returns the
    /// slug.
    fn write_with_slug(&self, tx: &mut Tx<'_>, kind: PostKind, draft: &Draft, text: &MarkdownText) -> Result<String> {
        let typed = match draft.slug.is_empty() {
            false => Some(draft.slug.as_str()),
            true if self.published_at.is_some() => Some(self.slug.as_str()),
            true => None,
        };
        for _ in 0..MAX_ATTEMPTS {
            let slug = match typed {
                Some(typed) => typed.to_owned(),
                None => self.free_slug(tx, kind, &self.title_slug(&draft.title))?,
            };
            match tx.run_in_savepoint(|tx| self.write_public(tx, &slug, draft, text)) {
                // PostgreSQL rolls a savepoint back only on request, so the attempt must fail.
                Err(Error::Conflict) => {}
                written => return written.map(|()| slug),
            }
            if let Some(typed) = typed {
                let free = self.free_slug(tx, kind, typed)?;
                return Err(Error::invalid("slug", Message::PostSlugTaken { free }));
            }
        }
        Err(Error::Busy)
    }

    /// Writes the public version; `Conflict` when the slug is taken.
    fn write_public(&self, tx: &mut Tx<'_>, slug: &str, draft: &Draft, text: &MarkdownText) -> Result<()> {
        let (now, rendered) = (tx.now(), text.rendered());
        let updated = diesel::update(posts::table.find(self.id))
            .set((
                posts::slug.eq(slug),
                posts::status.eq(PostStatus::Published),
                posts::title.eq(&draft.title),
                posts::body_md.eq(&draft.body_md),
                posts::body_html.eq(&rendered.html),
                posts::excerpt.eq(&draft.excerpt),
                posts::auto_excerpt.eq(rendered.excerpt(EXCERPT_LENGTH)),
                posts::reading_minutes.eq(rendered.reading_minutes()),
                posts::cover_id.eq(draft.cover_id),
                posts::cover_alt.eq(&draft.cover_alt),
                posts::published_at.eq(self.published_at.unwrap_or(now)),
                posts::content_updated_at.eq(now),
            ))
            .execute(tx.conn());
        match updated {
            Err(error) if is_unique_violation(&error) => Err(Error::Conflict),
            updated => {
                updated?;
                Ok(())
            }
        }
    }

    /// Unpublishes a post; its working copy remains.
    pub fn unpublish(&self, tx: &mut Tx<'_>, by: &Member) -> Result<()> {
        self.check_edit_permission(by)?;
        if !by.has_permission(Permission::PublishPosts) {
            return Err(Error::Forbidden(Message::UnpublishingNotAllowed));
        }
        diesel::update(posts::table.find(self.id)).set(posts::status.eq(PostStatus::Draft)).execute(tx.conn())?;
        let draft = self.draft(tx.conn())?;
        self.save_revision(tx, RevisionReason::Unpublished, by, &draft.to_input())?;
        Event::PostUnpublished { post: self.id }.record(tx, &by.actor())
    }

    /// Deletes a post for good; its old addresses answer 410.
    pub fn delete(&self, tx: &mut Tx<'_>, by: &Member, path: fn(&str) -> String) -> Result<()> {
        self.check_edit_permission(by)?;
        if self.is_published() && !by.has_permission(Permission::PublishPosts) {
            return Err(Error::Forbidden(Message::DeletingNotAllowed));
        }
        if self.published_at.is_some() {
            redirect::mark_gone(tx, &path(&self.slug), redirect::TargetId::Post(self.id))?;
        }
        diesel::delete(posts::table.find(self.id)).execute(tx.conn())?;
        Event::PostDeleted { post: self.id, title: self.title.clone() }.record(tx, &by.actor())
    }

    pub fn check_publish_permission(&self, by: &Member) -> Result<()> {
        self.check_edit_permission(by)?;
        check_publish_permission(by)
    }

    /// Records which pictures the text uses, for loading them with the page and for protecting them from deletion.
    fn set_pictures(&self, tx: &mut Tx<'_>, text: &MarkdownText) -> Result<()> {
        diesel::delete(post_pictures::table.filter(post_pictures::post_id.eq(self.id))).execute(tx.conn())?;
        for picture in find_pictures(tx.conn(), text)? {
            let row = NewPostPicture { post_id: self.id, media_id: picture.id };
            diesel::insert_into(post_pictures::table).values(row).execute(tx.conn())?;
        }
        Ok(())
    }

    /// The slug made from a title, or from the id if the title has no usable letters.
    fn title_slug(&self, title: &str) -> String {
        slug::from_title(title)
            .unwrap_or_else(|| format!("post-{}", self.public_id.chars().rev().take(8).collect::<String>()))
    }

    fn free_slug(&self, tx: &mut Tx<'_>, kind: PostKind, preferred: &str) -> Result<String> {
        slug::first_available(preferred, |slug| {
            let taken = posts::table.filter(posts::kind.eq(kind).and(posts::slug.eq(slug)).and(posts::id.ne(self.id)));
            Ok(diesel::select(diesel::dsl::exists(taken)).get_result(tx.conn())?)
        })
    }
}

pub fn check_publish_permission(by: &Member) -> Result<()> {
    match by.has_permission(Permission::PublishPosts) {
        true => Ok(()),
        false => Err(Error::Forbidden(Message::PublishingNotAllowed)),
    }
}

pub fn find_pictures(conn: &mut Conn, text: &MarkdownText) -> Result<Vec<Media>> {
    // Bounded, because each id is a bind parameter.
    let ids = text.rendered().pictures.iter().take(10_000).cloned().collect::<Vec<_>>();
    Media::find_by_public_ids(conn, &ids)
}
