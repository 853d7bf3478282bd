//! Post cards.

use crate::models::content::media::Media;
use crate::models::content::post::Post;
use crate::models::content::tag::Tag;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::presenters::to_i32;
use crate::support::clock::Utc;
use crate::views::blog::posts::Card;

/// A post card; `published` is when the post was published, or would be.
pub fn post_card(post: &Post, cover: Option<&Media>, tag: Option<&Tag>, published: Utc, format: &Format) -> Card {
    Card {
        href: paths::post(&post.slug),
        title: post.title.clone(),
        slug: post.slug.clone(),
        tag: tag.map(|tag| tag.name.clone()),
        published: format.date(published),
        reading_minutes: to_i32(post.reading_minutes),
        excerpt: post.summary().to_owned(),
        cover: cover.map(|media| picture_from_media(media, None)),
    }
}
