//! Tags of posts.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::db::among::among;
use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::Result;
use crate::schema::{post_tags, posts, tags};
use crate::support::slug;

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

impl Tag {
    /// A tag by its address.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, slug: &str) -> Result<Tag> {
        Ok(tags::table.filter(tags::slug.eq(slug)).select(Tag::as_select()).first(conn)?)
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

    /// Gives a post exactly these tags: names separated by commas.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn set(tx: &mut Tx<'_>, post: i64, names: &str) -> Result<()> {
        diesel::delete(post_tags::table.filter(post_tags::post_id.eq(post))).execute(tx.conn())?;
        let mut given = Vec::new();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let Some(address) = slug::from_title(name) else { continue };
            let known = tags::table.filter(tags::slug.eq(&address)).select(tags::id).first(tx.conn()).optional()?;
            let id: i64 = match known {
                Some(id) => id,
                None => diesel::insert_into(tags::table)
                    .values((tags::slug.eq(&address), tags::name.eq(name)))
                    .returning(tags::id)
                    .get_result(tx.conn())?,
            };
            if !given.contains(&id) {
                let position = i64::try_from(given.len()).unwrap_or(0);
                given.push(id);
                diesel::insert_into(post_tags::table)
                    .values((post_tags::post_id.eq(post), post_tags::tag_id.eq(id), post_tags::position.eq(position)))
                    .execute(tx.conn())?;
            }
        }
        Ok(())
    }
}
