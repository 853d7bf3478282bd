//! The posts under a tag.

use actix_web::web::Path;

use crate::db::Conn;
use crate::db::epochs::Topic;
use crate::error::{Error, Result};
use crate::http::{BuiltPage, Parameter, Public, shown};
use crate::models::post::Post;
use crate::models::redirect::{self, Target};
use crate::models::tag::Tag;
use crate::paths;
use crate::support::page::{Page, Paging};
use crate::views::Link;
use crate::views::blog::tags::Show;

/// Posts a page.
const PAGE: i64 = 12;

/// Shows the posts under a tag, newest first.
pub async fn show(public: Public, slug: Path<String>) -> Result<BuiltPage> {
    let slug = slug.into_inner();
    let paging = Paging::of(public.parameter(Parameter::Page).as_deref(), PAGE);
    public
        .page(&[Topic::Blog], move |conn, cx| {
            let tag = match Tag::find(conn, &slug) {
                Err(Error::NotFound) => return Err(elsewhere(conn, &slug)?),
                found => found?,
            };
            let stream = Post::stream(conn, Some(tag.id), paging)?;
            if stream.items.is_empty() {
                // Without posts on the site a tag is nobody's to read: its name may tell of what is still secret.
                return Err(Error::NotFound);
            }
            let cards = shown::post_cards(conn, &stream.items, cx)?;
            let tags = Tag::in_use(conn)?;
            Ok(Show {
                name: tag.name,
                slug: tag.slug,
                description: String::new(),
                posts: Page { items: cards, number: stream.number, more: stream.more },
                tags: tags.into_iter().map(|tag| Link { href: paths::tag(&tag.slug), label: tag.name }).collect(),
            })
        })
        .await
}

/// Where a tag went that has this address no more.
fn elsewhere(conn: &mut Conn, slug: &str) -> Result<Error> {
    Ok(match redirect::target(conn, &paths::tag(slug))? {
        Some(Target::Tag(slug)) => {
            let tag = Tag::find(conn, &slug)?;
            if tag.published_posts(conn)? > 0 { Error::Moved(paths::tag(&slug)) } else { Error::NotFound }
        }
        Some(Target::Gone) => Error::Gone,
        _ => Error::NotFound,
    })
}
