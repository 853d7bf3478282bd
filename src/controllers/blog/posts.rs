//! Posts: the list and the single post.

use crate::controllers::authors::load_author;
use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::{Error, Result};
use crate::http::page_fragments::Subject;
use crate::http::resource_path::PostSlugPath;
use crate::http::{BuiltPage, PublicRequest, QueryParam};
use crate::models::content::post::{Post, PostKind};
use crate::models::content::tag::Tag;
use crate::models::platform::redirect::{self, RedirectTarget};
use crate::paths;
use crate::presenters::content::post_page::{PostPage, post_page, tag_link};
use crate::support::pagination::{Page, PageRequest};
use crate::views::blog::posts::{AuthorBox, Index};

const POSTS_PER_PAGE: i64 = 12;

pub async fn index(public: PublicRequest) -> Result<BuiltPage> {
    let paging = PageRequest::from_query(public.query_param(QueryParam::Page).as_deref(), POSTS_PER_PAGE);
    public
        .render_page(&[CacheTag::Blog], move |conn, cx| {
            let posts = Post::list_published(conn, None, paging)?;
            if posts.items.is_empty() && paging.page > 1 {
                return Err(Error::NotFound);
            }
            if posts.items.is_empty() {
                cx.subject = Subject::Empty;
            }
            let cards = cx.load_post_cards(conn, &posts.items)?;
            Ok(Index {
                t: cx.locale(),
                heading: cx.locale().blog_title().to_owned(),
                description: cx.settings.tagline.clone(),
                posts: Page { items: cards, number: posts.number, has_more: posts.has_more },
                tags: Tag::list_used(conn)?.iter().map(tag_link).collect(),
            })
        })
        .await
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

pub async fn show(public: PublicRequest, path: PostSlugPath) -> Result<BuiltPage> {
    public
        .render_page(&[CacheTag::Blog], move |conn, cx| {
            let post = match path.load(conn) {
                Err(Error::NotFound) => return Err(resolve_missing(conn, PostKind::Post, &path.slug, paths::post)?),
                post => post?,
            };
            cx.subject = Subject::Post(post.public_id.clone(), post.author_id);
            let library = post.pictures(conn)?;
            let (previous, next) = post.find_neighbours(conn)?;
            let related = post.related(conn, 3)?;
            let related = cx.load_post_cards(conn, &related)?;
            let tags = Tag::for_post(conn, post.id)?;
            let author = match post.author_id {
                Some(id) => load_author(conn, id)?,
                None => AuthorBox::default(),
            };
            post_page(PostPage { post, library: &library, tags: &tags, previous, next, related, author }, cx.format())
        })
        .await
}
