//! The picture library.

use crate::controllers::admin::{parse_cursor, uploads};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::content::pictures::PictureForm;
use crate::http::guards::needs;
use crate::http::resource_path::PicturePath;
use crate::http::{AdminRequest, Context, Form, FormWithFiles, Reply, Staff};
use crate::models::content::media::Media;
use crate::paths;
use crate::presenters::content::admin_picture::{picture_page, picture_tile};
use crate::support::i18n::Message;
use crate::views::admin::content::pictures::{Index, Show};

pub async fn index(admin: AdminRequest<needs::Pictures>) -> Result<Reply> {
    admin.render_page(|conn, cx| build_library(conn, cx, Fields::default())).await
}

pub async fn create(
    staff: Staff<needs::Pictures>,
    FormWithFiles { mut form, .. }: FormWithFiles<needs::Pictures>,
) -> Result<Reply> {
    let uploaded = uploads::store_files(&staff, form.files.remove("files").unwrap_or_default()).await?;
    if let Some(message) = &uploaded.error {
        form.fields.add_error("files", message.clone());
    }
    if uploaded.pictures.is_empty() {
        form.fields.add_error("files", Message::PicturesMissing);
    } else {
        let (actor, problem) = (staff.actor(), form.fields.errors().first().map(|(_, problem)| problem.clone()));
        let added = staff.write_once(&form.token, move |tx| {
            let count = Message::count(uploads::insert_media(tx, &uploaded.pictures, &actor)?.len());
            let done = uploaded.notice(Message::PicturesUploaded { count });
            let reply = Reply::redirect(paths::admin::pictures());
            Ok(match problem.clone() {
                None => reply.notice(done),
                Some(problem) => reply.alert(Message::DoneInPart { done: Box::new(done), problem: Box::new(problem) }),
            })
        });
        match added.await {
            Err(Error::AlreadySubmitted) => form.fields.add_error("files", Message::AlreadySubmitted),
            reply => return reply,
        }
    }
    let page = staff.render_page(move |conn, cx| build_library(conn, cx, form.fields));
    Ok(page.await?.unprocessable())
}

pub async fn show(admin: AdminRequest<needs::Pictures>, path: PicturePath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let media = path.load(conn)?;
            build_page(conn, cx, &media, picture_fields(&media))
        })
        .await
}

pub async fn update(staff: Staff<needs::Pictures>, path: PicturePath, mut form: Form) -> Result<Reply> {
    if form.fields.has_value("then", "delete") {
        return destroy(&staff, path, &form).await;
    }
    let Some(metadata) = form.fields.check::<PictureForm>() else {
        let page = staff.render_page(move |conn, cx| {
            let media = path.load(conn)?;
            build_page(conn, cx, &media, form.fields)
        });
        return Ok(page.await?.unprocessable());
    };
    let picture_path = path.clone();
    let saved = staff.write_once(&form.token, move |tx| {
        let media = picture_path.load(tx.conn())?;
        media.save_metadata(tx, metadata.lock_version, &metadata.alt_text, &metadata.caption, &metadata.credit)?;
        Ok(Reply::redirect(paths::admin::picture(&picture_path.id)).notice(Message::PictureSaved))
    });
    match saved.await {
        Err(Error::Conflict | Error::AlreadySubmitted) => {
            let page = staff.render_page(move |conn, cx| {
                let media = path.load(conn)?;
                form.fields.add_conflict(&picture_fields(&media));
                build_page(conn, cx, &media, form.fields)
            });
            Ok(page.await?.unprocessable())
        }
        reply => reply,
    }
}

async fn destroy(staff: &Staff<needs::Pictures>, path: PicturePath, form: &Form) -> Result<Reply> {
    let picture = paths::admin::picture(&path.id);
    let deleted = staff.write_once(&form.token, move |tx| {
        let media = path.load(tx.conn())?;
        Media::delete(tx, media.id)?;
        Ok(Reply::redirect(paths::admin::pictures()).notice(Message::PictureDeleted))
    });
    match deleted.await {
        Err(Error::Conflict) => Ok(Reply::redirect(picture).alert(Message::PictureInUse)),
        reply => reply,
    }
}

fn picture_fields(media: &Media) -> Fields {
    Fields::from_pairs([
        ("alt_text", media.alt_text.clone()),
        ("caption", media.caption.clone()),
        ("credit", media.credit.clone()),
        ("lock_version", media.lock_version.to_string()),
    ])
}

fn build_library(conn: &mut Conn, cx: &Context, form: Fields) -> Result<Index> {
    let rows = Media::list(conn, &parse_cursor(cx))?;
    let ids: Vec<_> = rows.items.iter().map(|media| media.id).collect();
    let usages = Media::count_usages(conn, &ids)?;
    let rows = rows.map(|media| {
        let count = usages.get(&media.id).copied().unwrap_or(0);
        picture_tile(media, count)
    });
    Ok(Index { t: cx.locale(), rows, form })
}

fn build_page(conn: &mut Conn, cx: &Context, media: &Media, form: Fields) -> Result<Show> {
    Ok(picture_page(media, Media::find_usage(conn, media.id)?, form, cx.format()))
}
