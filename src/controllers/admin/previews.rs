//! Live preview of a post being edited.

use super::posts::{PostWriter, PostWriterForm};
use crate::app::RenderPurpose;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::page::Layout;
use crate::http::pictures::{insert_pictures, picture_from_media};
use crate::http::{FormWithFiles, Reply};
use crate::models::content::media::Media;
use crate::models::content::post::publication;
use crate::models::content::tag;
use crate::paths;
use crate::support::markdown::{MarkdownText, PicturePolicy};
use crate::support::slug;
use crate::views::Link;
use crate::views::blog::posts::{Heading, Preview, Show};

/// Renders the form in the site's theme without saving anything; 422 if the text exceeds the limits.
pub async fn create(staff: PostWriter, FormWithFiles { form, .. }: PostWriterForm) -> Result<Reply> {
    let author = staff.member.account.name.clone();
    let source = form.fields.value("body").to_owned();
    let (text, problem) =
        match staff.visitor.app().render_markdown(source, PicturePolicy::Library, RenderPurpose::Preview, "body").await
        {
            Ok(text) => (text, String::new()),
            Err(Error::Invalid { message, .. }) => (MarkdownText::default(), message),
            Err(error) => return Err(error),
        };
    let is_refused = !problem.is_empty();
    let preview = Preview { problem, notes: text.rendered().warnings.messages() };
    let shown = move |conn: &mut Conn| shown(conn, &form.fields, author, &text, preview);
    let reply = staff.visitor.render_page(Layout::Framed, move |conn, _| shown(conn)).await?;
    Ok(if is_refused { reply.unprocessable() } else { reply })
}

fn shown(conn: &mut Conn, form: &Fields, author: String, text: &MarkdownText, preview: Preview) -> Result<Show> {
    let library = publication::find_pictures(conn, text)?;
    let cover = match form.has_value("cover_remove", "1") {
        true => None,
        false => Media::find_by_public_ids(conn, &[form.value("cover_id").to_owned()])?.into_iter().next(),
    };
    let body = text.rendered();
    let title = form.value("title").trim();
    let excerpt = form.value("excerpt").trim();
    let cover_words = Some(form.value("cover_alt")).filter(|words| !words.is_empty());
    Ok(Show {
        title: if title.is_empty() { "No title yet".to_owned() } else { title.to_owned() },
        slug: "preview".to_owned(),
        excerpt: excerpt.to_owned(),
        description: excerpt.to_owned(),
        author,
        published: None,
        updated: None,
        reading_minutes: i32::try_from(body.reading_minutes()).unwrap_or(1),
        cover_caption: cover.as_ref().map_or_else(String::new, |cover| cover.caption.clone()),
        cover: cover.map(|cover| picture_from_media(&cover, cover_words)),
        body_html: insert_pictures(body.html.clone(), &library)?,
        contents: body
            .headings
            .iter()
            .map(|heading| Heading { id: heading.id.clone(), text: heading.text.clone(), level: heading.level })
            .collect(),
        tags: tag::parse_names(form.value("tags"))
            .filter_map(|name| Some(Link { label: name.to_owned(), href: paths::tag(&slug::from_name(name)?) }))
            .collect(),
        previous: None,
        next: None,
        related: Vec::new(),
        preview: Some(preview),
    })
}
