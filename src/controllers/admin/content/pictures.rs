//! The picture library.

use actix_web::web::Path;

use crate::controllers::admin::{ListQuery, uploads};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::content::pictures::PictureForm;
use crate::http::guards::needs;
use crate::http::{Context, Form, FormWithFiles, Reply, Staff};
use crate::models::content::media::Media;
use crate::paths;
use crate::presenters::content::admin_picture::{picture_page, picture_tile};
use crate::support::i18n::Locale;
use crate::support::i18n::Message;
use crate::support::pagination::Cursor;
use crate::views::admin::content::pictures::{Index, Show};

type Keeper = Staff<needs::Pictures>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    let window = ListQuery::from_params(&staff).cursor;
    staff.render_page(move |conn, cx| library(conn, &window, Fields::default(), cx.locale())).await
}

pub async fn create(staff: Keeper, FormWithFiles { mut form, .. }: FormWithFiles<needs::Pictures>) -> Result<Reply> {
    let uploaded = uploads::store_files(&staff, form.files.remove("files").unwrap_or_default()).await?;
    if let Some(message) = &uploaded.error {
        form.fields.add_error("files", message.clone());
    }
    let many = uploaded.pictures.len();
    if many == 0 {
        form.fields.add_error("files", Message::PicturesMissing);
    }
    if many > 0 {
        let (by, wrong) = (staff.actor(), form.fields.errors().first().map(|(_, wrong)| wrong.clone()));
        let added = staff.write_once(&form.token, move |tx| {
            let count = Message::count(uploads::insert_media(tx, &uploaded.pictures, &by)?.len());
            let done = uploaded.notice(Message::PicturesUploaded { count });
            let reply = Reply::redirect(paths::admin::pictures());
            Ok(match wrong.clone() {
                None => reply.notice(done),
                Some(problem) => reply.alert(Message::DoneInPart { done: Box::new(done), problem: Box::new(problem) }),
            })
        });
        match added.await {
            Err(Error::AlreadySubmitted) => form.fields.add_error("files", Message::AlreadySubmitted),
            answered => return answered,
        }
    }
    let window = ListQuery::from_params(&staff).cursor;
    let again = staff.render_page(move |conn, cx| library(conn, &window, form.fields, cx.locale()));
    Ok(again.await?.unprocessable())
}

pub async fn show(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let media = Media::find(conn, &id)?;
            page(conn, cx, &media, fields_of(&media))
        })
        .await
}

/// Saves a picture's metadata, or deletes it if it is not used.
pub async fn update(staff: Keeper, id: Path<String>, mut form: Form) -> Result<Reply> {
    let id = id.into_inner();
    if form.fields.has_value("then", "delete") {
        return destroy(&staff, id, &form).await;
    }
    let wanted = id.clone();
    let Some(words) = form.fields.check::<PictureForm>() else {
        let again = staff.render_page(move |conn, cx| {
            let media = Media::find(conn, &wanted)?;
            page(conn, cx, &media, form.fields)
        });
        return Ok(again.await?.unprocessable());
    };
    let saved = staff.write_once(&form.token, move |tx| {
        let media = Media::find(tx.conn(), &wanted)?;
        media.save_metadata(tx, words.lock_version, &words.alt_text, &words.caption, &words.credit)?;
        Ok(Reply::redirect(paths::admin::picture(&wanted)).notice(Message::PictureSaved))
    });
    match saved.await {
        Err(Error::Conflict | Error::AlreadySubmitted) => {
            let again = staff.render_page(move |conn, cx| {
                let media = Media::find(conn, &id)?;
                form.fields.add_conflict(&fields_of(&media));
                page(conn, cx, &media, form.fields)
            });
            Ok(again.await?.unprocessable())
        }
        answered => answered,
    }
}

async fn destroy(staff: &Keeper, id: String, form: &Form) -> Result<Reply> {
    let wanted = id.clone();
    let deleted = staff.write_once(&form.token, move |tx| {
        let media = Media::find(tx.conn(), &wanted)?;
        Media::delete(tx, media.id)?;
        Ok(Reply::redirect(paths::admin::pictures()).notice(Message::PictureDeleted))
    });
    match deleted.await {
        Err(Error::Conflict) => Ok(Reply::redirect(paths::admin::picture(&id)).alert(Message::PictureInUse)),
        answered => answered,
    }
}

fn fields_of(media: &Media) -> Fields {
    Fields::from_pairs([
        ("alt_text", media.alt_text.clone()),
        ("caption", media.caption.clone()),
        ("credit", media.credit.clone()),
        ("lock_version", media.lock_version.to_string()),
    ])
}

fn library(conn: &mut Conn, window: &Cursor, form: Fields, t: Locale) -> Result<Index> {
    let rows = Media::list(conn, window)?;
    let ids: Vec<_> = rows.items.iter().map(|media| media.id).collect();
    let used = Media::count_usages(conn, &ids)?;
    let rows = rows.map(|media| {
        let used = used.get(&media.id).copied().unwrap_or(0);
        picture_tile(media, used)
    });
    Ok(Index { t, rows, form })
}

fn page(conn: &mut Conn, cx: &Context, media: &Media, form: Fields) -> Result<Show> {
    Ok(picture_page(media, Media::find_usage(conn, media.id)?, form, cx.format()))
}
