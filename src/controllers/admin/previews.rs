//! A post as readers will see it, while it is written.

use super::posts::{Writer, WriterForm};
use crate::app::Purpose;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::page::Layout;
use crate::http::pictures::{picture, with_pictures};
use crate::http::{FormWithFiles, Reply};
use crate::models::media::Media;
use crate::models::post::publishing;
use crate::models::tag;
use crate::paths;
use crate::support::markdown::{Pictures, Text};
use crate::support::slug;
use crate::views::Link;
use crate::views::blog::posts::{Heading, Preview, Show};

/// Shows what is typed in the theme of the site; nothing is saved. A text that is past the limits is refused there too
/// (422).
///
/// # Errors
/// `Busy` when too many previews wait.
pub async fn create(staff: Writer, FormWithFiles { form, .. }: WriterForm) -> Result<Reply> {
    let author = staff.member.account.name.clone();
    let source = form.fields.value("body").to_owned();
    let (text, problem) = match staff.visitor.app().render(source, Pictures::Library, Purpose::Preview, "body").await {
        Ok(text) => (text, String::new()),
        Err(Error::Invalid { message, .. }) => (Text::default(), message),
        Err(error) => return Err(error),
    };
    let is_refused = !problem.is_empty();
    let preview = Preview { problem, notes: text.rendered().notes.sentences() };
    let shown = move |conn: &mut Conn| shown(conn, &form.fields, author, &text, preview);
    let reply = staff.visitor.page_in(Layout::Framed, move |conn, _| shown(conn)).await?;
    Ok(if is_refused { reply.retry() } else { reply })
}

fn shown(conn: &mut Conn, form: &Fields, author: String, text: &Text, preview: Preview) -> Result<Show> {
    let library = publishing::shown(conn, text)?;
    let cover = match form.is("cover_remove", "1") {
        true => None,
        false => Media::among(conn, &[form.value("cover_id").to_owned()])?.into_iter().next(),
    };
    let body = text.rendered();
    let title = form.value("title").trim();
    let excerpt = form.value("excerpt").trim();
    let cover_words = Some(form.value("cover_alt")).filter(|words| !words.is_empty());
    Ok(Show {
        title: if title.is_empty() { "No title yet".to_owned() } else { title.to_owned() },
        slug: "preview".to_owned(),
        standfirst: excerpt.to_owned(),
        description: excerpt.to_owned(),
        author,
        published: None,
        updated: None,
        reading_minutes: i32::try_from(body.reading_minutes()).unwrap_or(1),
        cover_caption: cover.as_ref().map_or_else(String::new, |cover| cover.caption.clone()),
        cover: cover.map(|cover| picture(&cover, cover_words)),
        body_html: with_pictures(body.html.clone(), &library)?,
        contents: body
            .headings
            .iter()
            .map(|heading| Heading { id: heading.id.clone(), text: heading.text.clone(), level: heading.level })
            .collect(),
        tags: tag::names(form.value("tags"))
            .filter_map(|name| Some(Link { label: name.to_owned(), href: paths::tag(&slug::from_name(name)?) }))
            .collect(),
        previous: None,
        next: None,
        related: Vec::new(),
        preview: Some(preview),
    })
}
