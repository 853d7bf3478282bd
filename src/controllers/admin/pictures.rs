//! The picture library.

use actix_web::web::Path;

use super::{ListQuery, uploads};
use crate::db::Conn;
use crate::error::{ALREADY_SUBMITTED, Error, Result};
use crate::forms::Fields;
use crate::forms::admin::pictures::PictureForm;
use crate::http::guards::needs;
use crate::http::pictures::picture_from_media;
use crate::http::{Context, Form, FormWithFiles, Reply, Staff};
use crate::models::content::media::Media;
use crate::paths;
use crate::support::pagination::Cursor;
use crate::views::Link;
use crate::views::admin::pictures::{Index, PictureDetail, Show, Tile};

type Keeper = Staff<needs::Pictures>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    let window = ListQuery::from_params(&staff).cursor;
    staff.render_page(move |conn, _| library(conn, &window, Fields::default())).await
}

pub async fn create(staff: Keeper, FormWithFiles { mut form, .. }: FormWithFiles<needs::Pictures>) -> Result<Reply> {
    let uploaded = uploads::store_files(&staff, form.files.remove("files").unwrap_or_default()).await?;
    if let Some(words) = &uploaded.error {
        form.fields.add_error("files", words.clone());
    }
    let many = uploaded.pictures.len();
    if many == 0 {
        form.fields.add_error("files", "Choose at least one picture.");
    }
    if many > 0 {
        let (by, wrong) = (staff.actor(), form.fields.errors().first().map(|(_, wrong)| wrong.clone()));
        let added = staff.write_once(&form.token, move |tx| {
            let words = match uploads::insert_media(tx, &uploaded.pictures, &by)?.len() {
                1 => "1 picture uploaded.".to_owned(),
                several => format!("{several} pictures uploaded."),
            };
            let (words, reply) = (uploaded.notice(&words), Reply::redirect(paths::admin::pictures()));
            Ok(match &wrong {
                None => reply.notice(words),
                Some(wrong) => reply.alert(format!("{words} But: {wrong}")),
            })
        });
        match added.await {
            Err(Error::AlreadySubmitted) => form.fields.add_error("files", ALREADY_SUBMITTED),
            answered => return answered,
        }
    }
    let window = ListQuery::from_params(&staff).cursor;
    Ok(staff.render_page(move |conn, _| library(conn, &window, form.fields)).await?.unprocessable())
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
        Ok(Reply::redirect(paths::admin::picture(&wanted)).notice("Picture saved."))
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
        Ok(Reply::redirect(paths::admin::pictures()).notice("Picture deleted."))
    });
    match deleted.await {
        Err(Error::Conflict) => {
            Ok(Reply::redirect(paths::admin::picture(&id)).alert("This picture is in use. Remove it there first."))
        }
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

/// The Markdown that inserts a picture.
pub(super) fn picture_markdown(media: &Media) -> String {
    let alt: String = media.alt_text.chars().filter(|c| !matches!(c, '[' | ']' | '\n' | '\\')).collect();
    format!("![{alt}](media:{})", media.public_id)
}

fn library(conn: &mut Conn, window: &Cursor, form: Fields) -> Result<Index> {
    let rows = Media::list(conn, window)?;
    let ids: Vec<i64> = rows.items.iter().map(|media| media.id).collect();
    let used = Media::count_usages(conn, &ids)?;
    let rows = rows.map(|media| Tile {
        href: paths::admin::picture(&media.public_id),
        picture: picture_from_media(&media, None),
        used: used.get(&media.id).copied().unwrap_or(0),
        label: label(media),
    });
    Ok(Index { rows, form })
}

fn page(conn: &mut Conn, cx: &Context, media: &Media, form: Fields) -> Result<Show> {
    let uses = Media::find_usage(conn, media.id)?;
    let link = |label: String, href: String| Link { label, href };
    let products = uses.in_products.into_iter().map(|(title, id)| link(title, paths::admin::product(&id)));
    let posts = uses.in_posts.into_iter().map(|(title, id)| link(title, paths::admin::post(&id)));
    let mut used_in: Vec<Link> = products.chain(posts).collect();
    if uses.on_front_page {
        used_in.push(link("Front page".to_owned(), paths::home().to_owned()));
    }
    let fact = |name: &str, value: String| PictureDetail { name: name.to_owned(), value };
    let kilobytes = (media.byte_size + 1023) / 1024;
    Ok(Show {
        id: media.public_id.clone(),
        label: label(media.clone()),
        picture: picture_from_media(media, None),
        form,
        details: vec![
            fact("Size", format!("{} × {}, {kilobytes} kB in all sizes", media.width, media.height)),
            fact("File", media.file_name.clone()),
            fact("Added", cx.date(media.created_at).text),
        ],
        markdown: picture_markdown(media),
        can_delete: used_in.is_empty(),
        used_in,
    })
}

fn label(media: Media) -> String {
    if media.alt_text.is_empty() { media.file_name } else { media.alt_text }
}
