//! Tags: the list, and the form to rename, merge and delete one.

use actix_web::web::Path;

use super::posts::PostWriter;
use super::{ListQuery, add_model_error};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::tags::TagForm;
use crate::http::{Form, Reply};
use crate::models::content::tag::Tag;
use crate::models::content::tag::edit::RenameOutcome;
use crate::paths;
use crate::views::admin::tags::{Edit, Index, Row};

pub async fn index(staff: PostWriter) -> Result<Reply> {
    let find = ListQuery::from_params(&staff);
    staff
        .render_page(move |conn, _| {
            let rows = Tag::list_for_admin(conn, &find.q, &find.cursor)?.map(|row| Row {
                href: paths::admin::tag(&row.tag.slug),
                name: row.tag.name,
                posts: row.published,
                public_href: (row.published > 0).then(|| paths::tag(&row.tag.slug)),
            });
            Ok(Index { count: Tag::count(conn)?, q: find.q, rows })
        })
        .await
}

pub async fn edit(staff: PostWriter, slug: Path<String>) -> Result<Reply> {
    page(&staff, slug.into_inner(), None).await
}

/// Renames a tag. On `Conflict` another tag has the name, and the page asks whether to merge them.
pub async fn update(staff: PostWriter, slug: Path<String>, mut form: Form) -> Result<Reply> {
    let slug = slug.into_inner();
    let Some(typed) = form.fields.check::<TagForm>() else { return page(&staff, slug, Some(form.fields)).await };
    let (member, wanted) = (staff.member.clone(), slug.clone());
    let renamed = staff.write_once(&form.token, move |tx| {
        let tag = Tag::find(tx.conn(), &wanted)?;
        Ok(match tag.rename(tx, &typed.name, typed.merge, &member, paths::tag)? {
            RenameOutcome::Renamed(tag) => Reply::redirect(paths::admin::tag(&tag.slug)).notice("Tag saved."),
            RenameOutcome::Merged(tag) => {
                let words = format!("Tags merged: the posts are now tagged {}.", tag.name);
                Reply::redirect(paths::admin::tag(&tag.slug)).notice(words)
            }
        })
    });
    match renamed.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict) => {
            form.fields.add_error("name", "Another tag has this name. Save again to merge the two.");
            page(&staff, slug, Some(form.fields)).await
        }
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            page(&staff, slug, Some(form.fields)).await
        }
    }
}

/// Deletes a tag; its URL then answers 410 Gone.
pub async fn destroy(staff: PostWriter, slug: Path<String>, form: Form) -> Result<Reply> {
    let (member, slug) = (staff.member.clone(), slug.into_inner());
    let deleted = staff.write_once(&form.token, move |tx| {
        Tag::find(tx.conn(), &slug)?.delete(tx, &member, paths::tag)?;
        Ok(Reply::redirect(paths::admin::tags()).notice("Tag deleted."))
    });
    deleted.await
}

/// Renders the form; 422 when `typed` is given.
async fn page(staff: &PostWriter, slug: String, typed: Option<Fields>) -> Result<Reply> {
    let is_refused = typed.is_some();
    let member = staff.member.clone();
    let reply = staff.render_page(move |conn, _| {
        let tag = Tag::find(conn, &slug)?;
        let form = typed.unwrap_or_else(|| Fields::from_pairs([("name", tag.name.clone())]));
        let other = match is_refused {
            true => Tag::find_by_name(conn, form.value("name"))?.filter(|other| other.id != tag.id),
            false => None,
        };
        let posts = tag.count_published_posts(conn)?;
        Ok(Edit {
            can_change: Tag::check_edit_permission(&member).is_ok(),
            public_href: (posts > 0).then(|| paths::tag(&tag.slug)),
            posts,
            merge_into: other.map(|other| other.name),
            name: tag.name,
            slug: tag.slug,
            form,
        })
    });
    let reply = reply.await?;
    Ok(if is_refused { reply.unprocessable() } else { reply })
}
