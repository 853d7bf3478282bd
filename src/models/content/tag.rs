//! Tags of posts. Names are compared without case, whitespace and encoding differences (NFKC); punctuation counts, so
//! C, C++ and C# are three tags.

pub mod edit;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use icu_normalizer::ComposingNormalizerBorrowed;

use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::content::post_status::PostStatus;
use crate::models::platform::redirect;
use crate::schema::{post_tags, posts, tags};
use crate::support::ids::{PostId, TagId};
use crate::support::pagination::{CappedCount, Cursor, CursorPage};
use crate::support::slug;
use crate::{apply_cursor, count_capped, on_backend};

/// Maximum length of a tag's name in characters.
pub const MAX_NAME_LENGTH: usize = 60;
const MAX_ATTEMPTS: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
#[diesel(table_name = tags, check_for_backend(AnyBackend))]
pub struct Tag {
    pub id: TagId,
    pub slug: String,
    pub name: String,
}

#[derive(Clone, Copy, Insertable, AsChangeset)]
#[diesel(table_name = tags, treat_none_as_default_value = false)]
struct TagColumns<'a> {
    slug: &'a str,
    name: &'a str,
    name_normal: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = post_tags, treat_none_as_default_value = false)]
struct NewPostTag {
    post_id: PostId,
    tag_id: TagId,
    position: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagListing {
    pub tag: Tag,
    /// The number of published posts with this tag.
    pub published: i64,
}

/// The form in which names are compared: NFKC, lower case, single spaces.
pub fn normalise_name(name: &str) -> String {
    let normal = ComposingNormalizerBorrowed::new_nfkc().normalize(name).to_lowercase();
    normal.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn parse_names(line: &str) -> impl Iterator<Item = &str> {
    line.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty())
}

impl Tag {
    pub fn find(conn: &mut Conn, slug: &str) -> Result<Tag> {
        Ok(Tag::query().filter(tags::slug.eq(slug)).first(conn)?)
    }

    pub fn find_by_name(conn: &mut Conn, name: &str) -> Result<Option<Tag>> {
        Ok(Tag::query().filter(tags::name_normal.eq(normalise_name(name))).first(conn).optional()?)
    }

    pub fn list_used(conn: &mut Conn) -> Result<Vec<Tag>> {
        let used = post_tags::table
            .inner_join(posts::table)
            .filter(post_tags::tag_id.eq(tags::id).and(posts::status.eq(PostStatus::Published)));
        let mut used: Vec<Tag> = on_backend!(conn => Tag::query().filter(exists(used)).load(conn))?;
        used.sort_by_cached_key(|tag| (slug::sort_key(&tag.name), tag.id));
        Ok(used)
    }

    /// A page of tags by name, optionally only those whose names contain `words` (keyset pagination).
    pub fn list_for_admin(conn: &mut Conn, words: &str, cursor: &Cursor) -> Result<CursorPage<TagListing>> {
        let anchor: Option<(String, TagId)> = cursor.anchor(|key| {
            tags::table.filter(tags::slug.eq(key)).select((tags::name_normal, tags::id)).first(conn).optional()
        })?;
        let mut query = Tag::query().into_boxed::<AnyBackend>();
        let words = normalise_name(words).replace(['%', '_', '\\'], "");
        if !words.is_empty() {
            query = query.filter(tags::name_normal.like(format!("%{words}%")));
        }
        let page_tags: Vec<Tag> =
            apply_cursor!(query, cursor, anchor, ascending, tags::name_normal, tags::id).load(conn)?;
        let ids: Vec<_> = page_tags.iter().map(|tag| tag.id).collect();
        let counts: Vec<(TagId, i64)> = post_tags::table
            .inner_join(posts::table)
            .filter(post_tags::tag_id.eq_any(ids).and(posts::status.eq(PostStatus::Published)))
            .group_by(post_tags::tag_id)
            .select((post_tags::tag_id, count_star()))
            .load(conn)?;
        let published = |id: TagId| counts.iter().find(|(tag, _)| *tag == id).map_or(0, |(_, count)| *count);
        let rows = page_tags.into_iter().map(|tag| TagListing { published: published(tag.id), tag });
        Ok(CursorPage::from_rows(rows.collect(), cursor, |row: &TagListing| row.tag.slug.clone()))
    }

    pub fn count(conn: &mut Conn) -> Result<CappedCount> {
        let all = || tags::table.into_boxed::<AnyBackend>();
        count_capped!(conn, all(), tags::id)
    }

    pub fn count_published_posts(&self, conn: &mut Conn) -> Result<i64> {
        let published = post_tags::table
            .inner_join(posts::table)
            .filter(post_tags::tag_id.eq(self.id).and(posts::status.eq(PostStatus::Published)));
        Ok(published.count().get_result(conn)?)
    }

    pub fn for_post(conn: &mut Conn, post: PostId) -> Result<Vec<Tag>> {
        // `on_backend!` queries the concrete connection: Diesel then caches the statement by its type and builds no SQL
        // text.
        Ok(on_backend!(conn => post_tags::table
            .inner_join(tags::table)
            .filter(post_tags::post_id.eq(post))
            .order(post_tags::position)
            .select(Tag::as_select())
            .load(conn))?)
    }

    pub fn for_posts(conn: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, Tag)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(on_backend!(conn => post_tags::table
            .inner_join(tags::table)
            .filter(id_in(post_tags::post_id, ids))
            .order((post_tags::post_id, post_tags::position))
            .select((post_tags::post_id, Tag::as_select()))
            .load(conn))?)
    }

    /// Replaces the tags of a post. `line` is a comma-separated list; a tag that no other post has takes its spelling.
    /// `path` maps a slug to its public path.
    pub fn set_for_post(tx: &mut Tx<'_>, post: PostId, line: &str, path: fn(&str) -> String) -> Result<()> {
        diesel::delete(post_tags::table.filter(post_tags::post_id.eq(post))).execute(tx.conn())?;
        let mut tags: Vec<TagId> = Vec::new();
        for name in parse_names(line) {
            let tag = Tag::find_or_create(tx, name, path)?;
            if tags.contains(&tag.id) {
                continue;
            }
            let others = post_tags::table.filter(post_tags::tag_id.eq(tag.id));
            if tag.name != name && others.count().get_result::<i64>(tx.conn())? == 0 {
                diesel::update(tags::table.find(tag.id)).set(tags::name.eq(name)).execute(tx.conn())?;
            }
            let position = i64::try_from(tags.len()).unwrap_or(0);
            tags.push(tag.id);
            let row = NewPostTag { post_id: post, tag_id: tag.id, position };
            diesel::insert_into(post_tags::table).values(row).execute(tx.conn())?;
        }
        Ok(())
    }

    fn find_or_create(tx: &mut Tx<'_>, name: &str, path: fn(&str) -> String) -> Result<Tag> {
        let name_normal = normalise_name(name);
        for _ in 0..MAX_ATTEMPTS {
            if let Some(tag) = Tag::find_by_name(tx.conn(), name)? {
                return Ok(tag);
            }
            let slug = find_free_slug(tx, name)?;
            let row = TagColumns { slug: &slug, name, name_normal: &name_normal };
            let created = tx.run_in_savepoint(|tx| {
                let inserted =
                    diesel::insert_into(tags::table).values(row).returning(tags::id).get_result::<TagId>(tx.conn());
                match inserted {
                    Err(error) if is_unique_violation(&error) => Err(Error::Conflict),
                    inserted => Ok(inserted?),
                }
            });
            match created {
                Ok(id) => {
                    redirect::delete(tx, &path(&slug))?;
                    return Ok(Tag { id, slug, name: name.to_owned() });
                }
                // A concurrent transaction created the same tag or took the same slug.
                Err(Error::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Busy)
    }
}

fn find_free_slug(tx: &mut Tx<'_>, name: &str) -> Result<String> {
    let preferred = slug::from_name(name).unwrap_or_else(|| "tag".to_owned());
    slug::first_available(&preferred, |slug| {
        let taken = tags::table.filter(tags::slug.eq(slug));
        Ok(diesel::select(exists(taken)).get_result(tx.conn())?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_for_people_not_for_machines() {
        assert_eq!(normalise_name("  Single   Origin "), normalise_name("single origin"));
        assert_eq!(normalise_name("Cafe\u{301}"), normalise_name("Café"));
        assert_eq!(normalise_name("Ｃ＋＋"), normalise_name("c++"));
        assert_ne!(normalise_name("C"), normalise_name("C++"));
        assert_ne!(normalise_name("C++"), normalise_name("C#"));
        assert_ne!(normalise_name("咖啡"), normalise_name("卡菲"));
    }
}
