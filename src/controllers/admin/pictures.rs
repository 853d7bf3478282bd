//! The picture library.

use actix_web::web::Path;

use super::{Narrowing, uploads};
use crate::db::Conn;
use crate::error::{Error, Result, SENT_BEFORE};
use crate::forms::Fields;
use crate::forms::admin::pictures::PictureForm;
use crate::http::guards::needs;
use crate::http::pictures::picture;
use crate::http::{Context, Form, FormWithFiles, Reply, Staff};
use crate::models::media::Media;
use crate::paths;
use crate::support::page::Window;
use crate::views::Link;
use crate::views::admin::pictures::{Fact, Index, Show, Tile};

type Keeper = Staff<needs::Pictures>;

/// The library.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Keeper) -> Result<Reply> {
    let window = Narrowing::of(&staff).window;
    staff.page(move |conn, _| library(conn, &window, Fields::default())).await
}

/// Adds pictures.
///
/// # Errors
/// When the database refuses.
pub async fn create(staff: Keeper, FormWithFiles { mut form, .. }: FormWithFiles<needs::Pictures>) -> Result<Reply> {
    let uploaded = uploads::prepare(&staff, form.files.remove("files").unwrap_or_default()).await?;
    if let Some(words) = &uploaded.refused {
        form.fields.refuse("files", words.clone());
    }
    let many = uploaded.pictures.len();
    if many == 0 {
        form.fields.refuse("files", "Choose at least one picture.");
    }
    if many > 0 {
        let (by, wrong) = (staff.actor(), form.fields.errors().first().map(|(_, wrong)| wrong.clone()));
        let added = staff.write_once(&form.once, move |tx| {
            let words = match uploads::add(tx, &uploaded.pictures, &by)?.len() {
                1 => "1 picture is here.".to_owned(),
                several => format!("{several} pictures are here."),
            };
            let (words, reply) = (uploaded.notice(&words), Reply::see(paths::admin::pictures()));
            Ok(match &wrong {
                None => reply.notice(words),
                Some(wrong) => reply.alert(format!("{words} But: {wrong}")),
            })
        });
        match added.await {
            Err(Error::SentBefore) => form.fields.refuse("files", SENT_BEFORE),
            answered => return answered,
        }
    }
    let window = Narrowing::of(&staff).window;
    Ok(staff.page(move |conn, _| library(conn, &window, form.fields)).await?.retry())
}

/// A picture.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let media = Media::find(conn, &id)?;
            page(conn, cx, &media, fields_of(&media))
        })
        .await
}

/// Changes the words that go with a picture, or deletes it when nobody uses it.
///
/// # Errors
/// `NotFound`.
pub async fn update(staff: Keeper, id: Path<String>, mut form: Form) -> Result<Reply> {
    let id = id.into_inner();
    if form.fields.is("then", "delete") {
        return destroy(&staff, id, &form).await;
    }
    let wanted = id.clone();
    let Some(words) = form.fields.check::<PictureForm>() else {
        let again = staff.page(move |conn, cx| {
            let media = Media::find(conn, &wanted)?;
            page(conn, cx, &media, form.fields)
        });
        return Ok(again.await?.retry());
    };
    let saved = staff.write_once(&form.once, move |tx| {
        let media = Media::find(tx.conn(), &wanted)?;
        media.save_words(tx, words.lock_version, &words.alt_text, &words.caption, &words.credit)?;
        Ok(Reply::see(paths::admin::picture(&wanted)).notice("Picture saved."))
    });
    match saved.await {
        Err(Error::Conflict | Error::SentBefore) => {
            let again = staff.page(move |conn, cx| {
                let media = Media::find(conn, &id)?;
                form.fields.compare(&fields_of(&media));
                page(conn, cx, &media, form.fields)
            });
            Ok(again.await?.retry())
        }
        answered => answered,
    }
}

async fn destroy(staff: &Keeper, id: String, form: &Form) -> Result<Reply> {
    let wanted = id.clone();
    let deleted = staff.write_once(&form.once, move |tx| {
        let media = Media::find(tx.conn(), &wanted)?;
        Media::delete(tx, media.id)?;
        Ok(Reply::see(paths::admin::pictures()).notice("Picture deleted."))
    });
    match deleted.await {
        Err(Error::Conflict) => {
            Ok(Reply::see(paths::admin::picture(&id)).alert("This picture is in use. Take it out there first."))
        }
        answered => answered,
    }
}

fn fields_of(media: &Media) -> Fields {
    Fields::of([
        ("alt_text", media.alt_text.clone()),
        ("caption", media.caption.clone()),
        ("credit", media.credit.clone()),
        ("lock_version", media.lock_version.to_string()),
    ])
}

/// The line of Markdown that shows a picture.
pub(super) fn markdown(media: &Media) -> String {
    let alt: String = media.alt_text.chars().filter(|c| !matches!(c, '[' | ']' | '\n' | '\\')).collect();
    format!("![{alt}](media:{})", media.public_id)
}

fn library(conn: &mut Conn, window: &Window, form: Fields) -> Result<Index> {
    let rows = Media::page(conn, window)?;
    let ids: Vec<i64> = rows.items.iter().map(|media| media.id).collect();
    let used = Media::use_counts(conn, &ids)?;
    let rows = rows.map(|media| Tile {
        href: paths::admin::picture(&media.public_id),
        picture: picture(&media, None),
        used: used.get(&media.id).copied().unwrap_or(0),
        label: label(media),
    });
    Ok(Index { rows, form })
}

fn page(conn: &mut Conn, cx: &Context, media: &Media, form: Fields) -> Result<Show> {
    let uses = Media::uses(conn, media.id)?;
    let link = |label: String, href: String| Link { label, href };
    let products = uses.in_products.into_iter().map(|(title, id)| link(title, paths::admin::product(&id)));
    let posts = uses.in_posts.into_iter().map(|(title, id)| link(title, paths::admin::post(&id)));
    let mut used_in: Vec<Link> = products.chain(posts).collect();
    if uses.on_front_page {
        used_in.push(link("Front page".to_owned(), paths::home().to_owned()));
    }
    let fact = |name: &str, value: String| Fact { name: name.to_owned(), value };
    let kilobytes = (media.byte_size + 1023) / 1024;
    Ok(Show {
        id: media.public_id.clone(),
        label: label(media.clone()),
        picture: picture(media, None),
        form,
        facts: vec![
            fact("Size", format!("{} × {}, {kilobytes} kB in all sizes", media.width, media.height)),
            fact("File", media.file_name.clone()),
            fact("Added", cx.date(media.created_at).text),
        ],
        markdown: markdown(media),
        can_delete: used_in.is_empty(),
        used_in,
    })
}

fn label(media: Media) -> String {
    if media.alt_text.is_empty() { media.file_name } else { media.alt_text }
}
