//! The picture library.

use actix_web::web::Path;

use super::{Narrowing, uploads};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::pictures::PictureForm;
use crate::http::guards::needs;
use crate::http::pictures::picture;
use crate::http::{Context, Form, Reply, Staff};
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
pub async fn create(staff: Keeper, mut form: Form) -> Result<Reply> {
    let (kept, bad) = uploads::keep(&staff, form.files.remove("files").unwrap_or_default()).await?;
    if let Some(words) = uploads::complaint(&bad) {
        form.fields.refuse("files", words);
    }
    if kept.is_empty() {
        form.fields.refuse("files", "Choose at least one picture.");
    }
    let words =
        if kept.len() == 1 { "1 picture is here.".to_owned() } else { format!("{} pictures are here.", kept.len()) };
    match form.fields.errors().first() {
        None => Ok(Reply::see(paths::admin::pictures()).notice(words)),
        Some((_, wrong)) if !kept.is_empty() => {
            Ok(Reply::see(paths::admin::pictures()).alert(format!("{words} But: {wrong}")))
        }
        Some(_) => {
            let window = Narrowing::of(&staff).window;
            Ok(staff.page(move |conn, _| library(conn, &window, form.fields)).await?.retry())
        }
    }
}

/// A picture.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let media = Media::find(conn, &id)?;
            let form = Fields::of([
                ("alt_text", media.alt_text.clone()),
                ("caption", media.caption.clone()),
                ("credit", media.credit.clone()),
            ]);
            page(conn, cx, &media, form)
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
        return destroy(&staff, id).await;
    }
    let wanted = id.clone();
    let Some(words) = form.fields.check::<PictureForm>() else {
        let again = staff.page(move |conn, cx| {
            let media = Media::find(conn, &wanted)?;
            page(conn, cx, &media, form.fields)
        });
        return Ok(again.await?.retry());
    };
    let saved = staff.write(move |tx| {
        let media = Media::find(tx.conn(), &wanted)?;
        Media::describe(tx, media.id, &words.alt_text, &words.caption, &words.credit)
    });
    saved.await?;
    Ok(Reply::see(paths::admin::picture(&id)).notice("Picture saved."))
}

async fn destroy(staff: &Keeper, id: String) -> Result<Reply> {
    let wanted = id.clone();
    let deleted = staff.write(move |tx| {
        let media = Media::find(tx.conn(), &wanted)?;
        Media::delete(tx, media.id)
    });
    match deleted.await {
        Ok(()) => Ok(Reply::see(paths::admin::pictures()).notice("Picture deleted.")),
        Err(Error::Conflict) => {
            Ok(Reply::see(paths::admin::picture(&id)).alert("This picture is in use. Take it out there first."))
        }
        Err(error) => Err(error),
    }
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
