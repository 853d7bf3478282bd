//! Tags: the list, and the page that renames, merges and deletes one.

use actix_web::web::Path;

use super::posts::Writer;
use super::{Narrowing, refuse};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::tags::TagForm;
use crate::http::{Form, Reply};
use crate::models::tag::Tag;
use crate::models::tag::editing::Renamed;
use crate::paths;
use crate::views::admin::tags::{Edit, Index, Row};

/// The list.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Writer) -> Result<Reply> {
    let find = Narrowing::of(&staff);
    staff
        .page(move |conn, _| {
            let rows = Tag::listed(conn, &find.q, &find.window)?.map(|row| Row {
                href: paths::admin::tag(&row.tag.slug),
                name: row.tag.name,
                posts: row.published,
                public_href: (row.published > 0).then(|| paths::tag(&row.tag.slug)),
            });
            Ok(Index { count: Tag::count(conn)?, q: find.q, rows })
        })
        .await
}

/// The form of a tag, by its address.
///
/// # Errors
/// `NotFound`.
pub async fn edit(staff: Writer, slug: Path<String>) -> Result<Reply> {
    page(&staff, slug.into_inner(), None).await
}

/// Renames a tag. When another one has the name, the page asks first whether the two are to become one.
///
/// # Errors
/// `NotFound`; `NotAllowed` when the person may not change posts of others.
pub async fn update(staff: Writer, slug: Path<String>, mut form: Form) -> Result<Reply> {
    let slug = slug.into_inner();
    let Some(typed) = form.fields.check::<TagForm>() else { return page(&staff, slug, Some(form.fields)).await };
    let (member, wanted) = (staff.member.clone(), slug.clone());
    let renamed = staff.write_once(&form.once, move |tx| {
        let tag = Tag::find(tx.conn(), &wanted)?;
        Ok(match tag.rename(tx, &typed.name, typed.merge, &member, paths::tag)? {
            Renamed::Done(tag) => Reply::see(paths::admin::tag(&tag.slug)).notice("Tag saved."),
            Renamed::Merged(tag) => {
                let words = format!("The posts are under {} now.", tag.name);
                Reply::see(paths::admin::tag(&tag.slug)).notice(words)
            }
        })
    });
    match renamed.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict) => {
            form.fields.refuse("name", "Another tag has this name. Save again to move all posts to it.");
            page(&staff, slug, Some(form.fields)).await
        }
        Err(error) => {
            refuse(&mut form.fields, error)?;
            page(&staff, slug, Some(form.fields)).await
        }
    }
}

/// Deletes a tag; its address answers that it is gone.
///
/// # Errors
/// `NotFound`; `NotAllowed` when the person may not change posts of others.
pub async fn destroy(staff: Writer, slug: Path<String>, form: Form) -> Result<Reply> {
    let (member, slug) = (staff.member.clone(), slug.into_inner());
    let deleted = staff.write_once(&form.once, move |tx| {
        Tag::find(tx.conn(), &slug)?.delete(tx, &member, paths::tag)?;
        Ok(Reply::see(paths::admin::tags()).notice("Tag deleted."))
    });
    deleted.await
}

/// The form of a tag, perhaps as it was typed (422).
async fn page(staff: &Writer, slug: String, typed: Option<Fields>) -> Result<Reply> {
    let is_refused = typed.is_some();
    let member = staff.member.clone();
    let reply = staff.page(move |conn, _| {
        let tag = Tag::find(conn, &slug)?;
        let form = typed.unwrap_or_else(|| Fields::of([("name", tag.name.clone())]));
        let other = match is_refused {
            true => Tag::named(conn, form.value("name"))?.filter(|other| other.id != tag.id),
            false => None,
        };
        let posts = tag.published_posts(conn)?;
        Ok(Edit {
            can_change: Tag::check_editor(&member).is_ok(),
            public_href: (posts > 0).then(|| paths::tag(&tag.slug)),
            posts,
            merge_into: other.map(|other| other.name),
            name: tag.name,
            slug: tag.slug,
            form,
        })
    });
    let reply = reply.await?;
    Ok(if is_refused { reply.retry() } else { reply })
}
