//! A post as readers will see it, while it is written.

use super::posts::{Writer, WriterForm};
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::http::page::Layout;
use crate::http::pictures::{picture, with_pictures};
use crate::http::{FormWithFiles, Reply};
use crate::models::media::Media;
use crate::models::post::publishing;
use crate::paths;
use crate::support::slug;
use crate::views::Link;
use crate::views::blog::posts::{Heading, Show};

/// Shows what is typed in the theme of the site; nothing is saved.
///
/// # Errors
/// When the database refuses.
pub async fn create(staff: Writer, FormWithFiles { form, .. }: WriterForm) -> Result<Reply> {
    let author = staff.member.account.name.clone();
    staff.visitor.page_in(Layout::Framed, move |conn, _| shown(conn, &form.fields, author)).await
}

fn shown(conn: &mut Conn, form: &Fields, author: String) -> Result<Show> {
    let (body, library) = publishing::preview(conn, form.value("body"))?;
    let cover = match form.is("cover_remove", "1") {
        true => None,
        false => Media::among(conn, &[form.value("cover_id").to_owned()])?.into_iter().next(),
    };
    let title = form.value("title").trim();
    let excerpt = form.value("excerpt").trim();
    let tags = form.value("tags").split(',').map(str::trim);
    Ok(Show {
        title: if title.is_empty() { "No title yet".to_owned() } else { title.to_owned() },
        slug: "preview".to_owned(),
        standfirst: excerpt.to_owned(),
        author,
        published: None,
        updated: None,
        reading_minutes: i32::try_from(body.reading_minutes()).unwrap_or(1),
        cover_caption: cover.as_ref().map_or_else(String::new, |cover| cover.caption.clone()),
        cover: cover.map(|cover| picture(&cover, Some(form.value("cover_alt")))),
        body_html: with_pictures(body.html, &library)?,
        contents: body.headings.into_iter().map(|h| Heading { id: h.id, text: h.text, level: h.level }).collect(),
        tags: tags
            .filter_map(|name| Some(Link { label: name.to_owned(), href: paths::tag(&slug::from_title(name)?) }))
            .collect(),
        previous: None,
        next: None,
        related: Vec::new(),
        is_preview: true,
    })
}
