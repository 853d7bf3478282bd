//! Renaming, merging and deleting tags. Old addresses redirect or answer 410, and drafts are updated too, so that the
//! next save does not restore the old name.

use diesel::prelude::*;

use super::{MAX_NAME_LENGTH, Tag, TagColumns, find_free_slug, normalise_name, parse_names};
use crate::db::{Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::people::account::Member;
use crate::models::people::account::roles::Permission;
use crate::models::platform::redirect;
use crate::schema::{post_drafts, post_tags, tags};
use crate::support::i18n::Message;
use crate::support::ids::PostId;
use crate::support::slug;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenameOutcome {
    Renamed(Tag),
    /// A tag with that name existed and has taken over the posts.
    Merged(Tag),
}

impl Tag {
    /// Renaming changes posts of other authors, so it needs the permission to edit those.
    pub fn check_edit_permission(by: &Member) -> Result<()> {
        match by.has_permission(Permission::EditOthersPosts) {
            true => Ok(()),
            false => Err(Error::Forbidden(Message::TagEditingNotAllowed)),
        }
    }

    /// Renames a tag; merges it into another tag of that name if `merge` is set. `path` maps a slug to its public path.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `name`; `Conflict` when another tag has the name and `merge` is not set.
    pub fn rename(
        &self,
        tx: &mut Tx<'_>,
        name: &str,
        merge: bool,
        by: &Member,
        path: fn(&str) -> String,
    ) -> Result<RenameOutcome> {
        Tag::check_edit_permission(by)?;
        check_name(name)?;
        if let Some(other) = Tag::find_by_name(tx.conn(), name)?
            && other.id != self.id
        {
            if !merge {
                return Err(Error::Conflict);
            }
            self.merge_into(tx, &other, path)?;
            return Ok(RenameOutcome::Merged(other));
        }
        // Keep a slug that already matches the new name.
        let slug = match slug::from_name(name) {
            Some(slug) if is_numbered(&self.slug, &slug) => self.slug.clone(),
            _ => find_free_slug(tx, name)?,
        };
        let columns = TagColumns { slug: &slug, name, name_normal: &normalise_name(name) };
        match diesel::update(tags::table.find(self.id)).set(columns).execute(tx.conn()) {
            Err(error) if is_unique_violation(&error) => return Err(Error::Conflict),
            updated => drop(updated?),
        }
        if slug != self.slug {
            redirect::create(tx, &path(&self.slug), redirect::TargetId::Tag(self.id))?;
            redirect::delete(tx, &path(&slug))?;
        }
        replace_in_drafts(tx, &self.name, Some(name))?;
        Ok(RenameOutcome::Renamed(Tag { id: self.id, slug, name: name.to_owned() }))
    }

    fn merge_into(&self, tx: &mut Tx<'_>, other: &Tag, path: fn(&str) -> String) -> Result<()> {
        let posts_of_other = post_tags::table.filter(post_tags::tag_id.eq(other.id)).select(post_tags::post_id);
        let posts_of_both: Vec<PostId> = posts_of_other.load(tx.conn())?;
        let mine = post_tags::tag_id.eq(self.id);
        diesel::delete(post_tags::table.filter(mine.and(post_tags::post_id.eq_any(posts_of_both))))
            .execute(tx.conn())?;
        diesel::update(post_tags::table.filter(mine)).set(post_tags::tag_id.eq(other.id)).execute(tx.conn())?;
        diesel::delete(tags::table.find(self.id)).execute(tx.conn())?;
        redirect::repoint(tx, redirect::TargetId::Tag(self.id), redirect::TargetId::Tag(other.id))?;
        redirect::create(tx, &path(&self.slug), redirect::TargetId::Tag(other.id))?;
        replace_in_drafts(tx, &self.name, Some(&other.name))
    }

    /// Deletes a tag and removes it from all posts; its address answers 410.
    pub fn delete(&self, tx: &mut Tx<'_>, by: &Member, path: fn(&str) -> String) -> Result<()> {
        Tag::check_edit_permission(by)?;
        diesel::delete(tags::table.find(self.id)).execute(tx.conn())?;
        redirect::mark_gone(tx, &path(&self.slug), redirect::TargetId::Tag(self.id))?;
        replace_in_drafts(tx, &self.name, None)
    }
}

fn check_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if name.is_empty() {
        return Err(Error::invalid("name", Message::NameMissing));
    }
    if length > MAX_NAME_LENGTH {
        let (max, length) = (Message::count(MAX_NAME_LENGTH), Message::count(length));
        return Err(Error::invalid("name", Message::TagTooLong { max, length }));
    }
    if name.contains(',') {
        return Err(Error::invalid("name", Message::TagWithComma));
    }
    Ok(())
}

/// Whether `slug` is `other`, optionally with a numeric suffix.
fn is_numbered(slug: &str, other: &str) -> bool {
    let rest = slug.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(|rest| rest.parse::<u64>().is_ok()))
}

fn replace_in_drafts(tx: &mut Tx<'_>, old: &str, new: Option<&str>) -> Result<()> {
    let old_normal = normalise_name(old);
    let tagged: Vec<(PostId, String)> = post_drafts::table
        .filter(post_drafts::tags.ne(""))
        .select((post_drafts::post_id, post_drafts::tags))
        .load(tx.conn())?;
    for (post, line) in tagged {
        if !parse_names(&line).any(|name| normalise_name(name) == old_normal) {
            continue;
        }
        let mut names: Vec<&str> = Vec::new();
        for name in parse_names(&line) {
            let name = if normalise_name(name) == old_normal { new } else { Some(name) };
            if let Some(name) = name
                && !names.iter().any(|existing| normalise_name(existing) == normalise_name(name))
            {
                names.push(name);
            }
        }
        let names = names.join(", ");
        diesel::update(post_drafts::table.find(post)).set(post_drafts::tags.eq(names)).execute(tx.conn())?;
    }
    Ok(())
}
