//! Posts: the list and the single page.

use actix_web::web::Path;

use crate::db::Conn;
use crate::db::epochs::Topic;
use crate::error::{Error, Result};
use crate::http::person::Subject;
use crate::http::pictures::{picture, with_pictures};
use crate::http::{BuiltPage, Parameter, Public, shown};
use crate::models::post::{Neighbour, Post, PostKind};
use crate::models::redirect::{self, Target};
use crate::models::tag::Tag;
use crate::paths;
use crate::support::page::{Page, Paging};
use crate::views::Link;
use crate::views::blog::posts::{Index, Show};

/// Posts a page.
const PAGE: i64 = 12;

/// Shows posts, newest first.
pub async fn index(public: Public) -> Result<BuiltPage> {
    let paging = Paging::of(public.parameter(Parameter::Page).as_deref(), PAGE);
    public
        .page(&[Topic::Blog], move |conn, cx| {
            let stream = Post::stream(conn, None, paging)?;
            if stream.items.is_empty() && paging.page > 1 {
                return Err(Error::NotFound);
            }
            if stream.items.is_empty() {
                cx.subject = Subject::Empty;
            }
            let cards = shown::post_cards(conn, &stream.items, cx)?;
            Ok(Index {
                heading: "Blog".to_owned(),
                description: cx.settings.tagline.clone(),
                posts: Page { items: cards, number: stream.number, more: stream.more },
                tags: Tag::in_use(conn)?.into_iter().map(|tag| link(&tag)).collect(),
            })
        })
        .await
}

fn link(tag: &Tag) -> Link {
    Link { label: tag.name.clone(), href: paths::tag(&tag.slug) }
}

/// Where a post or page went that is not on the site under this address.
///
/// # Errors
/// When the database refuses.
pub(super) fn elsewhere(conn: &mut Conn, kind: PostKind, slug: &str, path: fn(&str) -> String) -> Result<Error> {
    Ok(match redirect::target(conn, &path(slug))? {
        Some(Target::Post(slug)) if Post::published(conn, kind, &slug).is_ok() => Error::Moved(path(&slug)),
        Some(Target::Gone) => Error::Gone,
        _ => Error::NotFound,
    })
}

/// Shows a post; an old address leads to the present one.
pub async fn show(public: Public, slug: Path<String>) -> Result<BuiltPage> {
    let slug = slug.into_inner();
    public
        .page(&[Topic::Blog], move |conn, cx| {
            let post = match Post::published(conn, PostKind::Post, &slug) {
                Err(Error::NotFound) => {
                    return Err(elsewhere(conn, PostKind::Post, &slug, paths::post)?);
                }
                found => found?,
            };
            cx.subject = Subject::Post(post.public_id.clone(), post.author_id);
            let library = post.pictures(conn)?;
            let cover = library.iter().find(|media| post.cover_id == Some(media.id));
            let (previous, next) = post.neighbours(conn)?;
            let related = post.related(conn, 3)?;
            let to = |(label, slug): Neighbour| Link { href: paths::post(&slug), label };
            Ok(Show {
                contents: shown::contents(&post.body_html),
                tags: Tag::of_post(conn, post.id)?.iter().map(link).collect(),
                published: post.published_at.map(|at| cx.date(at)),
                updated: post
                    .content_updated_at
                    .filter(|at| {
                        post.published_at.is_some_and(|first| *at > first.plus(jiff::SignedDuration::from_hours(24)))
                    })
                    .map(|at| cx.date(at)),
                reading_minutes: shown::small(post.reading_minutes),
                cover: cover.map(|media| picture(media, post.cover_words())),
                cover_caption: cover.map_or_else(String::new, |media| media.caption.clone()),
                previous: previous.map(to),
                next: next.map(to),
                related: shown::post_cards(conn, &related, cx)?,
                preview: None,
                description: post.summary().to_owned(),
                slug: post.slug,
                title: post.title,
                standfirst: post.excerpt,
                author: post.author_name,
                body_html: with_pictures(post.body_html, &library)?,
            })
        })
        .await
}
