//! The posts of a tag.

use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::{Error, Result};
use crate::http::resource_path::TagPath;
use crate::http::{BuiltPage, PublicRequest, QueryParam};
use crate::models::content::post::Post;
use crate::models::content::tag::Tag;
use crate::models::platform::redirect::{self, RedirectTarget};
use crate::paths;
use crate::presenters::content::post_page::tag_link;
use crate::support::pagination::{Page, PageRequest};
use crate::views::blog::tags::Show;

const POSTS_PER_PAGE: i64 = 12;

pub async fn show(public: PublicRequest, path: TagPath) -> Result<BuiltPage> {
    let paging = PageRequest::from_query(public.query_param(QueryParam::Page).as_deref(), POSTS_PER_PAGE);
    public
        .render_page(&[CacheTag::Blog], move |conn, cx| {
            let tag = match path.load(conn) {
                Err(Error::NotFound) => return Err(resolve_missing(conn, &path.slug)?),
                tag => tag?,
            };
            let posts = Post::list_published(conn, Some(tag.id), paging)?;
            if posts.items.is_empty() {
                // A tag without published posts stays hidden: its name may reveal what a draft is about.
                return Err(Error::NotFound);
            }
            let cards = cx.load_post_cards(conn, &posts.items)?;
            let tags = Tag::list_used(conn)?;
            Ok(Show {
                t: cx.locale(),
                name: tag.name,
                slug: tag.slug,
                description: String::new(),
                posts: Page { items: cards, number: posts.number, has_more: posts.has_more },
                tags: tags.iter().map(tag_link).collect(),
            })
        })
        .await
}

/// The error for an unknown slug: `Moved`, `Gone` or `NotFound`.
fn resolve_missing(conn: &mut Conn, slug: &str) -> Result<Error> {
    Ok(match redirect::resolve(conn, &paths::tag(slug))? {
        Some(RedirectTarget::Tag(slug)) => {
            let tag = Tag::find(conn, &slug)?;
            if tag.count_published_posts(conn)? > 0 { Error::Moved(paths::tag(&slug)) } else { Error::NotFound }
        }
        Some(RedirectTarget::Gone) => Error::Gone,
        _ => Error::NotFound,
    })
}
