//! Renaming, merging and deleting tags. Old addresses lead on or say that they are gone, and working copies of posts
//! follow, so that the old name does not come back with the next save.

use diesel::prelude::*;

use super::{LONGEST, Tag, fold, free_slug, names};
use crate::db::{Tx, is_taken};
use crate::error::{Error, Result};
use crate::models::account::Member;
use crate::models::account::roles::Permission;
use crate::models::redirect;
use crate::schema::{post_drafts, post_tags, tags};
use crate::support::slug;

/// What became of a tag that got another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renamed {
    /// It has the name.
    Done(Tag),
    /// Another tag has the name, and has taken its posts.
    Merged(Tag),
}

impl Tag {
    /// Whether this person may change tags, which belong to the posts of others too.
    ///
    /// # Errors
    /// `NotAllowed`.
    pub fn check_editor(by: &Member) -> Result<()> {
        match by.may(Permission::EditOthersPosts) {
            true => Ok(()),
            false => Err(Error::NotAllowed("Tags belong to the posts of others too. Ask an editor to change them.")),
        }
    }

    /// Gives it another name. If another tag has it, the two become one when `merge` says so. `path` makes the public
    /// address of a slug.
    ///
    /// # Errors
    /// `NotAllowed`; `Invalid` on `name`; `Conflict` when another tag has the name and nobody wants to merge them.
    pub fn rename(
        &self,
        tx: &mut Tx<'_>,
        name: &str,
        merge: bool,
        by: &Member,
        path: fn(&str) -> String,
    ) -> Result<Renamed> {
        Tag::check_editor(by)?;
        check_name(name)?;
        if let Some(other) = Tag::named(tx.conn(), name)?
            && other.id != self.id
        {
            if !merge {
                return Err(Error::Conflict);
            }
            self.merge_into(tx, &other, path)?;
            return Ok(Renamed::Merged(other));
        }
        // The address stays when it is already one for the new name.
        let address = match slug::from_name(name) {
            Some(wanted) if is_numbered(&self.slug, &wanted) => self.slug.clone(),
            _ => free_slug(tx, name)?,
        };
        let change = (tags::name.eq(name), tags::folded.eq(fold(name)), tags::slug.eq(&address));
        match diesel::update(tags::table.find(self.id)).set(change).execute(tx.conn()) {
            Err(error) if is_taken(&error) => return Err(Error::Conflict),
            done => drop(done?),
        }
        if address != self.slug {
            redirect::keep(tx, &path(&self.slug), redirect::Kind::Tag, self.id)?;
            redirect::free(tx, &path(&address))?;
        }
        replace_in_drafts(tx, &self.name, Some(name))?;
        Ok(Renamed::Done(Tag { id: self.id, slug: address, name: name.to_owned() }))
    }

    fn merge_into(&self, tx: &mut Tx<'_>, other: &Tag, path: fn(&str) -> String) -> Result<()> {
        let theirs = post_tags::table.filter(post_tags::tag_id.eq(other.id)).select(post_tags::post_id);
        let both: Vec<i64> = theirs.load(tx.conn())?;
        let mine = post_tags::tag_id.eq(self.id);
        diesel::delete(post_tags::table.filter(mine.and(post_tags::post_id.eq_any(both)))).execute(tx.conn())?;
        diesel::update(post_tags::table.filter(mine)).set(post_tags::tag_id.eq(other.id)).execute(tx.conn())?;
        diesel::delete(tags::table.find(self.id)).execute(tx.conn())?;
        redirect::hand_over(tx, redirect::Kind::Tag, self.id, other.id)?;
        redirect::keep(tx, &path(&self.slug), redirect::Kind::Tag, other.id)?;
        replace_in_drafts(tx, &self.name, Some(&other.name))
    }

    /// Takes it off all posts; its address answers that it is gone.
    ///
    /// # Errors
    /// `NotAllowed`.
    pub fn delete(&self, tx: &mut Tx<'_>, by: &Member, path: fn(&str) -> String) -> Result<()> {
        Tag::check_editor(by)?;
        diesel::delete(tags::table.find(self.id)).execute(tx.conn())?;
        redirect::gone(tx, &path(&self.slug), redirect::Kind::Tag, self.id)?;
        replace_in_drafts(tx, &self.name, None)
    }
}

/// Whether a name can be one.
fn check_name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if name.is_empty() {
        return Err(Error::invalid("name", "Give the tag a name."));
    }
    if length > LONGEST {
        let words = format!("A tag has at most {LONGEST} letters; this one has {length}.");
        return Err(Error::invalid("name", words));
    }
    if name.contains(',') {
        return Err(Error::invalid("name", "A tag has no comma: commas stand between tags."));
    }
    Ok(())
}

/// Whether a slug is another one, perhaps with a number at its end.
fn is_numbered(slug: &str, other: &str) -> bool {
    let rest = slug.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(|rest| rest.parse::<u64>().is_ok()))
}

/// Replaces a name in the working copies of all posts, or takes it out.
fn replace_in_drafts(tx: &mut Tx<'_>, old: &str, new: Option<&str>) -> Result<()> {
    let folded = fold(old);
    let tagged: Vec<(i64, String)> = post_drafts::table
        .filter(post_drafts::tags.ne(""))
        .select((post_drafts::post_id, post_drafts::tags))
        .load(tx.conn())?;
    for (post, line) in tagged {
        if !names(&line).any(|name| fold(name) == folded) {
            continue;
        }
        let mut kept: Vec<&str> = Vec::new();
        for name in names(&line) {
            let name = if fold(name) == folded { new } else { Some(name) };
            if let Some(name) = name
                && !kept.iter().any(|known| fold(known) == fold(name))
            {
                kept.push(name);
            }
        }
        let kept = kept.join(", ");
        diesel::update(post_drafts::table.find(post)).set(post_drafts::tags.eq(kept)).execute(tx.conn())?;
    }
    Ok(())
}
