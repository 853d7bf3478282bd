//! Tags: the list, and the form to rename, merge and delete one.

use actix_web::web::Path;

use super::posts::PostWriter;
use crate::controllers::admin::{ListQuery, add_model_error};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::content::tags::TagForm;
use crate::http::{Form, Reply};
use crate::models::content::tag::Tag;
use crate::models::content::tag::edit::RenameOutcome;
use crate::paths;
use crate::presenters::content::admin_tag::{TagEditor, tag_form, tag_row};
use crate::support::i18n::Message;
use crate::views::admin::content::tags::Index;

pub async fn index(staff: PostWriter) -> Result<Reply> {
    let find = ListQuery::from_params(&staff);
    staff
        .render_page(move |conn, cx| {
            let rows = Tag::list_for_admin(conn, &find.q, &find.cursor)?.map(tag_row);
            Ok(Index { t: cx.locale(), count: Tag::count(conn)?, q: find.q, rows })
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
            RenameOutcome::Renamed(tag) => Reply::redirect(paths::admin::tag(&tag.slug)).notice(Message::TagSaved),
            RenameOutcome::Merged(tag) => {
                Reply::redirect(paths::admin::tag(&tag.slug)).notice(Message::TagsMerged { tag: tag.name })
            }
        })
    });
    match renamed.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict) => {
            form.fields.add_error("name", Message::TagNameTaken);
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
        Ok(Reply::redirect(paths::admin::tags()).notice(Message::TagDeleted))
    });
    deleted.await
}

/// Renders the form; 422 when `typed` is given.
async fn page(staff: &PostWriter, slug: String, typed: Option<Fields>) -> Result<Reply> {
    let is_refused = typed.is_some();
    let member = staff.member.clone();
    let reply = staff.render_page(move |conn, cx| {
        let tag = Tag::find(conn, &slug)?;
        let form = typed.unwrap_or_else(|| Fields::from_pairs([("name", tag.name.clone())]));
        let other = match is_refused {
            true => Tag::find_by_name(conn, form.value("name"))?.filter(|other| other.id != tag.id),
            false => None,
        };
        let posts = tag.count_published_posts(conn)?;
        let editor = TagEditor { tag, posts, other, can_change: Tag::check_edit_permission(&member).is_ok() };
        Ok(tag_form(editor, form, cx.locale()))
    });
    let reply = reply.await?;
    Ok(if is_refused { reply.unprocessable() } else { reply })
}
