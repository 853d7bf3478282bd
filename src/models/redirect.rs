//! Old addresses: they point at the thing, not at another address, so chains and loops cannot exist.

use diesel::prelude::*;

use crate::db::{Conn, Tx};
use crate::each;
use crate::error::Result;
use crate::schema::{posts, products, redirects, tags};

/// Where an old address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A post, by its present slug.
    Post(String),
    /// A product, by its present slug.
    Product(String),
    /// A tag, by its present slug.
    Tag(String),
    /// Nowhere: deleted for good.
    Gone,
}

/// What an old address belonged to.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A post.
    Post,
    /// A product.
    Product,
    /// A tag.
    Tag,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Post => "post",
            Kind::Product => "product",
            Kind::Tag => "tag",
        }
    }
}

/// Keeps an old address alive; an address taken again loses its redirect by [`free`].
///
/// # Errors
/// When the database refuses.
pub fn keep(tx: &mut Tx<'_>, from_path: &str, kind: Kind, id: i64) -> Result<()> {
    put(tx, from_path, kind.as_str(), Some(id))
}

/// Old addresses of a thing lead to another one of its kind, which has taken its place.
///
/// # Errors
/// When the database refuses.
pub fn hand_over(tx: &mut Tx<'_>, kind: Kind, id: i64, heir: i64) -> Result<()> {
    let older = redirects::target_kind.eq(kind.as_str()).and(redirects::target_id.eq(id));
    diesel::update(redirects::table.filter(older)).set(redirects::target_id.eq(heir)).execute(tx.conn())?;
    Ok(())
}

/// Marks an address as gone for good, and with it all older ones of the same thing.
///
/// # Errors
/// When the database refuses.
pub fn gone(tx: &mut Tx<'_>, from_path: &str, kind: Kind, id: i64) -> Result<()> {
    let older = redirects::target_kind.eq(kind.as_str()).and(redirects::target_id.eq(id));
    diesel::update(redirects::table.filter(older))
        .set((redirects::target_kind.eq("gone"), redirects::target_id.eq(None::<i64>)))
        .execute(tx.conn())?;
    put(tx, from_path, "gone", None)
}

fn put(tx: &mut Tx<'_>, from_path: &str, kind: &str, id: Option<i64>) -> Result<()> {
    let row = (
        redirects::from_path.eq(from_path),
        redirects::target_kind.eq(kind),
        redirects::target_id.eq(id),
        redirects::created_at.eq(tx.now()),
    );
    let conn = tx.conn();
    each!(conn => diesel::insert_into(redirects::table)
        .values(row)
        .on_conflict(redirects::from_path)
        .do_update()
        .set((redirects::target_kind.eq(kind), redirects::target_id.eq(id)))
        .execute(conn))?;
    Ok(())
}

/// An address is in use again.
///
/// # Errors
/// When the database refuses.
pub fn free(tx: &mut Tx<'_>, path: &str) -> Result<()> {
    diesel::delete(redirects::table.filter(redirects::from_path.eq(path))).execute(tx.conn())?;
    Ok(())
}

/// Where an old address leads, if we know it.
///
/// # Errors
/// When the database refuses.
pub fn target(conn: &mut Conn, path: &str) -> Result<Option<Target>> {
    let row: Option<(String, Option<i64>)> = redirects::table
        .filter(redirects::from_path.eq(path))
        .select((redirects::target_kind, redirects::target_id))
        .first(conn)
        .optional()?;
    Ok(match row {
        Some((kind, Some(id))) if kind == "post" => {
            posts::table.find(id).select(posts::slug).first(conn).optional()?.map(Target::Post)
        }
        Some((kind, Some(id))) if kind == "tag" => {
            tags::table.find(id).select(tags::slug).first(conn).optional()?.map(Target::Tag)
        }
        Some((_, Some(id))) => {
            products::table.find(id).select(products::slug).first(conn).optional()?.map(Target::Product)
        }
        Some((_, None)) => Some(Target::Gone),
        None => None,
    })
}
