//! A post or page with its cover, tags and neighbours.

use jiff::SignedDuration;

use crate::error::Result;
use crate::models::content::media::Media;
use crate::models::content::post::{Neighbour, Post};
use crate::models::content::tag::Tag;
use crate::models::people::account::staff_profile::AuthorProfile;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::pictures::{insert_pictures, picture_from_media};
use crate::presenters::to_i32;
use crate::support::clock::Utc;
use crate::support::html_text;
use crate::views::Link;
use crate::views::blog::pages;
use crate::views::blog::posts::{AuthorBox, Card, Heading, Show};

pub struct PostPage<'a> {
    pub post: Post,
    pub library: &'a [Media],
    pub tags: &'a [Tag],
    pub previous: Option<Neighbour>,
    pub next: Option<Neighbour>,
    pub related: Vec<Card>,
    pub author: AuthorBox,
}

pub fn post_page(page: PostPage<'_>, format: &Format) -> Result<Show> {
    let PostPage { post, library, tags, previous, next, related, author } = page;
    let cover = library.iter().find(|media| post.cover_id == Some(media.id));
    let to = |(label, slug): Neighbour| Link { href: paths::post(&slug), label };
    let is_late = |changed, published: Option<Utc>| {
        published.is_some_and(|published| changed > published.plus(SignedDuration::from_hours(24)))
    };
    Ok(Show {
        t: format.locale,
        contents: table_of_contents(&post.body_html),
        tags: tags.iter().map(tag_link).collect(),
        published: post.published_at.map(|at| format.date(at)),
        updated: post.content_updated_at.filter(|at| is_late(*at, post.published_at)).map(|at| format.date(at)),
        reading_minutes: to_i32(post.reading_minutes),
        cover: cover.map(|media| picture_from_media(media, post.custom_cover_alt())),
        cover_caption: cover.map_or_else(String::new, |media| media.caption.clone()),
        previous: previous.map(to),
        next: next.map(to),
        related,
        preview: None,
        description: post.summary().to_owned(),
        slug: post.slug,
        title: post.title,
        excerpt: post.excerpt,
        author: post.author_name,
        about_author: author,
        body_html: insert_pictures(post.body_html, library)?,
    })
}

pub fn present_author(profile: AuthorProfile, picture: Option<&Media>) -> AuthorBox {
    AuthorBox { bio: profile.bio, picture: picture.map(|media| picture_from_media(media, None)) }
}

pub fn site_page(page: Post, library: &[Media], format: &Format) -> Result<pages::Show> {
    Ok(pages::Show {
        t: format.locale,
        description: page.summary().to_owned(),
        title: page.title,
        slug: page.slug,
        excerpt: page.excerpt,
        cover: None,
        body_html: insert_pictures(page.body_html, library)?,
    })
}

pub fn tag_link(tag: &Tag) -> Link {
    Link { label: tag.name.clone(), href: paths::tag(&tag.slug) }
}

/// The `h2` and `h3` headings of rendered Markdown, for a table of contents.
pub fn table_of_contents(body_html: &str) -> Vec<Heading> {
    let mut contents = Vec::new();
    for (level, mark) in [(2, "<h2 id=\""), (3, "<h3 id=\"")] {
        for (at, _) in body_html.match_indices(mark) {
            let rest = body_html.get(at + mark.len()..).unwrap_or("");
            if let Some((id, rest)) = rest.split_once('"')
                && let Some((_, rest)) = rest.split_once('>')
                && let Some((words, _)) = rest.split_once("</h")
            {
                let text = html_text::to_plain_text(words).trim().to_owned();
                contents.push((at, Heading { id: id.to_owned(), text, level }));
            }
        }
    }
    contents.sort_by_key(|(at, _)| *at);
    contents.into_iter().map(|(_, heading)| heading).collect()
}
