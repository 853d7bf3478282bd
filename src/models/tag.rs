//! Tags of posts. Two names are the same tag when people would take them for the same word: whatever their case, their
//! spaces and the way their letters are encoded. Signs tell them apart: C, C++ and C# are three tags.

pub mod editing;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use icu_normalizer::ComposingNormalizerBorrowed;

use crate::db::among::among;
use crate::db::{Conn, Db, Tx, is_taken};
use crate::error::{Error, Result};
use crate::models::redirect;
use crate::schema::{post_tags, posts, tags};
use crate::support::page::{Stretch, Tally, Window};
use crate::support::slug;
use crate::{each, tally, windowed};

/// Most letters of a tag's name.
pub const LONGEST: usize = 60;
/// How often another address is looked for when somebody else takes it at the same moment.
const TRIES: usize = 20;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tags, check_for_backend(Db))]
pub struct Tag {
    /// The row.
    pub id: i64,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// A tag in the admin's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The tag.
    pub tag: Tag,
    /// Posts under it that are on the site.
    pub published: i64,
}

/// A name as names are compared.
pub fn fold(name: &str) -> String {
    let normal = ComposingNormalizerBorrowed::new_nfkc().normalize(name).to_lowercase();
    normal.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names in a line of tags, separated by commas.
pub fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty())
}

impl Tag {
    /// A tag by its address.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, slug: &str) -> Result<Tag> {
        Ok(tags::table.filter(tags::slug.eq(slug)).select(Tag::as_select()).first(conn)?)
    }

    /// A tag by its name.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn named(conn: &mut Conn, name: &str) -> Result<Option<Tag>> {
        Ok(tags::table.filter(tags::folded.eq(fold(name))).select(Tag::as_select()).first(conn).optional()?)
    }

    /// Tags of published posts, by name.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn in_use(conn: &mut Conn) -> Result<Vec<Tag>> {
        let used = post_tags::table
            .inner_join(posts::table)
            .filter(post_tags::tag_id.eq(tags::id).and(posts::status.eq("published")));
        let mut used: Vec<Tag> = each!(conn => tags::table.filter(exists(used)).select(Tag::as_select()).load(conn))?;
        used.sort_by_cached_key(|tag| (slug::sort_key(&tag.name), tag.id));
        Ok(used)
    }

    /// Tags for the admin's list, by name; perhaps only those whose names contain some words.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn listed(conn: &mut Conn, words: &str, window: &Window) -> Result<Stretch<Listed>> {
        let edge: Option<(String, i64)> = window.edge(|key| {
            tags::table.filter(tags::slug.eq(key)).select((tags::folded, tags::id)).first(conn).optional()
        })?;
        let mut query = tags::table.select(Tag::as_select()).into_boxed::<Db>();
        let words = fold(words).replace(['%', '_', '\\'], "");
        if !words.is_empty() {
            query = query.filter(tags::folded.like(format!("%{words}%")));
        }
        let found: Vec<Tag> = windowed!(query, window, edge, rising, tags::folded, tags::id).load(conn)?;
        let ids: Vec<i64> = found.iter().map(|tag| tag.id).collect();
        let counts: Vec<(i64, i64)> = post_tags::table
            .inner_join(posts::table)
            .filter(post_tags::tag_id.eq_any(ids).and(posts::status.eq("published")))
            .group_by(post_tags::tag_id)
            .select((post_tags::tag_id, count_star()))
            .load(conn)?;
        let published = |id: i64| counts.iter().find(|(tag, _)| *tag == id).map_or(0, |(_, count)| *count);
        let rows = found.into_iter().map(|tag| Listed { published: published(tag.id), tag });
        Ok(Stretch::cut(rows.collect(), window, |row: &Listed| row.tag.slug.clone()))
    }

    /// How many tags there are.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn) -> Result<Tally> {
        let all = || tags::table.into_boxed::<Db>();
        tally!(conn, all(), tags::id)
    }

    /// How many posts on the site are under it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn published_posts(&self, conn: &mut Conn) -> Result<i64> {
        let published = post_tags::table
            .inner_join(posts::table)
            .filter(post_tags::tag_id.eq(self.id).and(posts::status.eq("published")));
        Ok(published.count().get_result(conn)?)
    }

    /// Tags of a post, in its order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_post(conn: &mut Conn, post: i64) -> Result<Vec<Tag>> {
        // Asked of the connection inside, which knows the question by its type and does not spell it anew.
        Ok(each!(conn => post_tags::table
            .inner_join(tags::table)
            .filter(post_tags::post_id.eq(post))
            .order(post_tags::position)
            .select(Tag::as_select())
            .load(conn))?)
    }

    /// Tags of some posts: the post's row and the tag.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_posts(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, Tag)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(each!(conn => post_tags::table
            .inner_join(tags::table)
            .filter(among(post_tags::post_id, ids))
            .order((post_tags::post_id, post_tags::position))
            .select((post_tags::post_id, Tag::as_select()))
            .load(conn))?)
    }

    /// Gives a post exactly these tags: names separated by commas. A tag that no other post has takes the spelling given
    /// here. `path` makes the public address of a slug.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn set(tx: &mut Tx<'_>, post: i64, line: &str, path: fn(&str) -> String) -> Result<()> {
        diesel::delete(post_tags::table.filter(post_tags::post_id.eq(post))).execute(tx.conn())?;
        let mut given: Vec<i64> = Vec::new();
        for name in names(line) {
            let tag = Tag::ensure(tx, name, path)?;
            if given.contains(&tag.id) {
                continue;
            }
            let others = post_tags::table.filter(post_tags::tag_id.eq(tag.id));
            if tag.name != name && others.count().get_result::<i64>(tx.conn())? == 0 {
                diesel::update(tags::table.find(tag.id)).set(tags::name.eq(name)).execute(tx.conn())?;
            }
            let position = i64::try_from(given.len()).unwrap_or(0);
            given.push(tag.id);
            diesel::insert_into(post_tags::table)
                .values((post_tags::post_id.eq(post), post_tags::tag_id.eq(tag.id), post_tags::position.eq(position)))
                .execute(tx.conn())?;
        }
        Ok(())
    }

    /// The tag of a name, made if there is none.
    fn ensure(tx: &mut Tx<'_>, name: &str, path: fn(&str) -> String) -> Result<Tag> {
        let folded = fold(name);
        for _ in 0..TRIES {
            if let Some(known) = Tag::named(tx.conn(), name)? {
                return Ok(known);
            }
            let address = free_slug(tx, name)?;
            let row = (tags::slug.eq(&address), tags::name.eq(name), tags::folded.eq(&folded));
            let made = tx.attempt(|tx| {
                let made =
                    diesel::insert_into(tags::table).values(row).returning(tags::id).get_result::<i64>(tx.conn());
                match made {
                    Err(error) if is_taken(&error) => Err(Error::Conflict),
                    made => Ok(made?),
                }
            });
            match made {
                Ok(id) => {
                    redirect::free(tx, &path(&address))?;
                    return Ok(Tag { id, slug: address, name: name.to_owned() });
                }
                // Somebody makes the same tag, or takes the same address, at this moment.
                Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Busy)
    }
}

/// A free address for a name.
fn free_slug(tx: &mut Tx<'_>, name: &str) -> Result<String> {
    let wanted = slug::from_name(name).unwrap_or_else(|| "tag".to_owned());
    slug::first_free(&wanted, |slug| {
        let taken = tags::table.filter(tags::slug.eq(slug));
        Ok(diesel::select(exists(taken)).get_result(tx.conn())?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_for_people_not_for_machines() {
        assert_eq!(fold("  Single   Origin "), fold("single origin"));
        assert_eq!(fold("Cafe\u{301}"), fold("Café"));
        assert_eq!(fold("Ｃ＋＋"), fold("c++"));
        assert_ne!(fold("C"), fold("C++"));
        assert_ne!(fold("C++"), fold("C#"));
        assert_ne!(fold("咖啡"), fold("卡菲"));
    }
}
