//! Redirects from old paths. A redirect points to a record, not to a path, so chains and loops cannot exist.

use diesel::prelude::*;

use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::on_backend;
use crate::schema::{posts, products, redirects, tags};
use crate::support::clock::Utc;
use crate::support::ids::{PostId, ProductId, TagId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectTarget {
    /// The current slug.
    Post(String),
    Product(String),
    Tag(String),
    /// Deleted for good.
    Gone,
}

#[derive(Clone, Copy, Debug)]
pub enum TargetId {
    Post(PostId),
    Product(ProductId),
    Tag(TagId),
}

impl TargetId {
    fn kind(self) -> &'static str {
        match self {
            TargetId::Post(_) => "post",
            TargetId::Product(_) => "product",
            TargetId::Tag(_) => "tag",
        }
    }

    fn row(self) -> i64 {
        match self {
            TargetId::Post(id) => id.into(),
            TargetId::Product(id) => id.into(),
            TargetId::Tag(id) => id.into(),
        }
    }
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = redirects, treat_none_as_default_value = false, treat_none_as_null = true)]
struct RedirectColumns<'a> {
    target_kind: &'a str,
    target_id: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = redirects, treat_none_as_default_value = false)]
struct NewRedirect<'a> {
    from_path: &'a str,
    #[diesel(embed)]
    target: RedirectColumns<'a>,
    created_at: Utc,
}

/// Adds a redirect; [`delete`] removes it when the path is used again.
pub fn create(tx: &mut Tx<'_>, from_path: &str, target: TargetId) -> Result<()> {
    upsert(tx, from_path, target.kind(), Some(target.row()))
}

pub fn repoint(tx: &mut Tx<'_>, target: TargetId, successor: TargetId) -> Result<()> {
    let former = redirects::target_kind.eq(target.kind()).and(redirects::target_id.eq(target.row()));
    diesel::update(redirects::table.filter(former))
        .set(RedirectColumns { target_kind: successor.kind(), target_id: Some(successor.row()) })
        .execute(tx.conn())?;
    Ok(())
}

/// Marks a path, and all older paths of the same record, as gone for good.
pub fn mark_gone(tx: &mut Tx<'_>, from_path: &str, target: TargetId) -> Result<()> {
    let former = redirects::target_kind.eq(target.kind()).and(redirects::target_id.eq(target.row()));
    diesel::update(redirects::table.filter(former))
        .set(RedirectColumns { target_kind: "gone", target_id: None })
        .execute(tx.conn())?;
    upsert(tx, from_path, "gone", None)
}

fn upsert(tx: &mut Tx<'_>, from_path: &str, target_kind: &str, target_id: Option<i64>) -> Result<()> {
    let row = NewRedirect { from_path, target: RedirectColumns { target_kind, target_id }, created_at: tx.now() };
    let conn = tx.conn();
    on_backend!(conn => diesel::insert_into(redirects::table)
        .values(row)
        .on_conflict(redirects::from_path)
        .do_update()
        .set(RedirectColumns { target_kind, target_id })
        .execute(conn))?;
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, path: &str) -> Result<()> {
    diesel::delete(redirects::table.filter(redirects::from_path.eq(path))).execute(tx.conn())?;
    Ok(())
}

pub fn resolve(conn: &mut Conn, path: &str) -> Result<Option<RedirectTarget>> {
    let row: Option<(String, Option<i64>)> = redirects::table
        .filter(redirects::from_path.eq(path))
        .select((redirects::target_kind, redirects::target_id))
        .first(conn)
        .optional()?;
    Ok(match row {
        Some((kind, Some(id))) if kind == "post" => {
            posts::table.find(id).select(posts::slug).first(conn).optional()?.map(RedirectTarget::Post)
        }
        Some((kind, Some(id))) if kind == "tag" => {
            tags::table.find(id).select(tags::slug).first(conn).optional()?.map(RedirectTarget::Tag)
        }
        Some((_, Some(id))) => {
            products::table.find(id).select(products::slug).first(conn).optional()?.map(RedirectTarget::Product)
        }
        Some((_, None)) => Some(RedirectTarget::Gone),
        None => None,
    })
}
