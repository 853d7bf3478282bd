//! Posts: the list and the single post.

use actix_web::web::Path;

use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::{Error, Result};
use crate::http::pictures::{insert_pictures, picture_from_media};
use crate::http::viewer::Subject;
use crate::http::{BuiltPage, PublicRequest, QueryParam, presenters};
use crate::models::content::post::{Neighbour, Post, PostKind};
use crate::models::content::tag::Tag;
use crate::models::platform::redirect::{self, RedirectTarget};
use crate::paths;
use crate::support::pagination::{Page, PageRequest};
use crate::views::Link;
use crate::views::blog::posts::{Index, Show};

/// Posts per page.
const PAGE: i64 = 12;

pub async fn index(public: PublicRequest) -> Result<BuiltPage> {
    let paging = PageRequest::from_query(public.query_param(QueryParam::Page).as_deref(), PAGE);
    public
        .render_page(&[CacheTag::Blog], move |conn, cx| {
            let stream = Post::list_published(conn, None, paging)?;
            if stream.items.is_empty() && paging.page > 1 {
                return Err(Error::NotFound);
            }
            if stream.items.is_empty() {
                cx.subject = Subject::Empty;
            }
            let cards = presenters::post_cards(conn, &stream.items, cx)?;
            Ok(Index {
                heading: "Blog".to_owned(),
                description: cx.settings.tagline.clone(),
                posts: Page { items: cards, number: stream.number, has_more: stream.has_more },
                tags: Tag::list_used(conn)?.into_iter().map(|tag| link(&tag)).collect(),
            })
        })
        .await
}

fn link(tag: &Tag) -> Link {
    Link { label: tag.name.clone(), href: paths::tag(&tag.slug) }
}

/// The error for a slug without a published post: `Moved`, `Gone` or `NotFound`.
pub(super) fn resolve_missing(conn: &mut Conn, kind: PostKind, slug: &str, path: fn(&str) -> String) -> Result<Error> {
    Ok(match redirect::resolve(conn, &path(slug))? {
        Some(RedirectTarget::Post(slug)) if Post::find_published(conn, kind, &slug).is_ok() => {
            Error::Moved(path(&slug))
        }
        Some(RedirectTarget::Gone) => Error::Gone,
        _ => Error::NotFound,
    })
}

/// Shows a post; an old slug redirects to the current one.
pub async fn show(public: PublicRequest, slug: Path<String>) -> Result<BuiltPage> {
    let slug = slug.into_inner();
    public
        .render_page(&[CacheTag::Blog], move |conn, cx| {
            let post = match Post::find_published(conn, PostKind::Post, &slug) {
                Err(Error::NotFound) => {
                    return Err(resolve_missing(conn, PostKind::Post, &slug, paths::post)?);
                }
                found => found?,
            };
            cx.subject = Subject::Post(post.public_id.clone(), post.author_id);
            let library = post.pictures(conn)?;
            let cover = library.iter().find(|media| post.cover_id == Some(media.id));
            let (previous, next) = post.find_neighbours(conn)?;
            let related = post.related(conn, 3)?;
            let to = |(label, slug): Neighbour| Link { href: paths::post(&slug), label };
            Ok(Show {
                contents: presenters::table_of_contents(&post.body_html),
                tags: Tag::for_post(conn, post.id)?.iter().map(link).collect(),
                published: post.published_at.map(|at| cx.date(at)),
                updated: post
                    .content_updated_at
                    .filter(|at| {
                        post.published_at.is_some_and(|first| *at > first.plus(jiff::SignedDuration::from_hours(24)))
                    })
                    .map(|at| cx.date(at)),
                reading_minutes: presenters::to_i32(post.reading_minutes),
                cover: cover.map(|media| picture_from_media(media, post.custom_cover_alt())),
                cover_caption: cover.map_or_else(String::new, |media| media.caption.clone()),
                previous: previous.map(to),
                next: next.map(to),
                related: presenters::post_cards(conn, &related, cx)?,
                preview: None,
                description: post.summary().to_owned(),
                slug: post.slug,
                title: post.title,
                excerpt: post.excerpt,
                author: post.author_name,
                body_html: insert_pictures(post.body_html, &library)?,
            })
        })
        .await
}
