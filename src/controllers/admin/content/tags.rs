//! Tags: the list, and the form to rename, merge and delete one.

use super::posts::PostWriter;
use crate::controllers::admin::{ListQuery, add_model_error};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::content::tags::TagForm;
use crate::http::guards::needs;
use crate::http::resource_path::TagPath;
use crate::http::{AdminRequest, Context, Form, Reply};
use crate::models::content::tag::Tag;
use crate::models::content::tag::edit::RenameOutcome;
use crate::paths;
use crate::presenters::content::admin_tag::{TagEditor, tag_form, tag_row};
use crate::support::i18n::Message;
use crate::views::admin::content::tags::{Edit, Index};

pub async fn index(admin: AdminRequest<needs::WritePosts>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let list = ListQuery::from_context(cx);
            let rows = Tag::list_for_admin(conn, &list.q, &list.cursor)?.map(tag_row);
            Ok(Index { t: cx.locale(), count: Tag::count(conn)?, q: list.q, rows })
        })
        .await
}

pub async fn edit(admin: AdminRequest<needs::WritePosts>, path: TagPath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let tag = path.load(conn)?;
            let form = Fields::from_pairs([("name", tag.name.clone())]);
            build_page(conn, cx, tag, form, None)
        })
        .await
}

/// Renames a tag. On `Conflict` another tag has the name, and the page asks whether to merge them.
pub async fn update(staff: PostWriter, path: TagPath, mut form: Form) -> Result<Reply> {
    let Some(data) = form.fields.check::<TagForm>() else { return render_form(&staff, path, form.fields).await };
    let (member, tag_path) = (staff.member.clone(), path.clone());
    let renamed = staff.write_once(&form.token, move |tx| {
        let tag = tag_path.load(tx.conn())?;
        Ok(match tag.rename(tx, &data.name, data.merge, &member, paths::tag)? {
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
            render_form(&staff, path, form.fields).await
        }
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, path, form.fields).await
        }
    }
}

/// Deletes a tag; its URL then answers 410 Gone.
pub async fn destroy(staff: PostWriter, path: TagPath, form: Form) -> Result<Reply> {
    let member = staff.member.clone();
    let deleted = staff.write_once(&form.token, move |tx| {
        path.load(tx.conn())?.delete(tx, &member, paths::tag)?;
        Ok(Reply::redirect(paths::admin::tags()).notice(Message::TagDeleted))
    });
    deleted.await
}

async fn render_form(staff: &PostWriter, path: TagPath, form: Fields) -> Result<Reply> {
    let page = staff.render_page(move |conn, cx| {
        let tag = path.load(conn)?;
        let other = Tag::find_by_name(conn, form.value("name"))?.filter(|other| other.id != tag.id);
        build_page(conn, cx, tag, form, other)
    });
    Ok(page.await?.unprocessable())
}

fn build_page(conn: &mut Conn, cx: &Context, tag: Tag, form: Fields, other: Option<Tag>) -> Result<Edit> {
    let posts = tag.count_published_posts(conn)?;
    let can_change = Tag::check_edit_permission(cx.require_member()?).is_ok();
    Ok(tag_form(TagEditor { tag, posts, other, can_change }, form, cx.locale()))
}
