//! The preview of a post being edited.

use crate::error::Result;
use crate::forms::Fields;
use crate::models::content::media::Media;
use crate::models::content::tag;
use crate::paths;
use crate::presenters::pictures::{insert_pictures, picture_from_media};
use crate::presenters::to_i32;
use crate::support::i18n::Locale;
use crate::support::markdown::MarkdownText;
use crate::support::slug;
use crate::views::Link;
use crate::views::blog::posts::{AuthorBox, Heading, Preview, Show};

pub struct WrittenPost<'a> {
    pub text: &'a MarkdownText,
    pub author: String,
    pub about_author: AuthorBox,
    pub cover: Option<Media>,
    pub pictures: Vec<Media>,
}

/// The page as readers will see it, in the language `t`.
pub fn post_preview(written: WrittenPost<'_>, form: &Fields, preview: Preview, t: Locale) -> Result<Show> {
    let WrittenPost { text, author, about_author, cover, pictures } = written;
    let body = text.rendered();
    let title = form.value("title").trim();
    let excerpt = form.value("excerpt").trim();
    let cover_alt = Some(form.value("cover_alt")).filter(|alt| !alt.is_empty());
    let headings = body.headings.iter();
    let headings =
        headings.map(|heading| Heading { id: heading.id.clone(), text: heading.text.clone(), level: heading.level });
    let tag = |name: &str| Some(Link { label: name.to_owned(), href: paths::tag(&slug::from_name(name)?) });
    Ok(Show {
        t,
        title: if title.is_empty() { t.admin_post_preview_untitled().to_owned() } else { title.to_owned() },
        slug: "preview".to_owned(),
        excerpt: excerpt.to_owned(),
        description: excerpt.to_owned(),
        author,
        about_author,
        published: None,
        updated: None,
        reading_minutes: to_i32(body.reading_minutes()),
        cover_caption: cover.as_ref().map_or_else(String::new, |cover| cover.caption.clone()),
        cover: cover.map(|cover| picture_from_media(&cover, cover_alt)),
        body_html: insert_pictures(body.html.clone(), &pictures)?,
        contents: headings.collect(),
        tags: tag::parse_names(form.value("tags")).filter_map(tag).collect(),
        previous: None,
        next: None,
        related: Vec::new(),
        preview: Some(preview),
    })
}
