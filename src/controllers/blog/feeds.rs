//! The Atom feed (RFC 4287) with full texts, absolute URLs and permanent ids.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, IF_NONE_MATCH};
use askama::Template;
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::{Error, Result};
use crate::http::security_headers::ResponseKind;
use crate::http::{Anyone, Reply};
use crate::models::content::media::Media;
use crate::models::content::post::Post;
use crate::models::content::tag::Tag;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::pictures::insert_feed_pictures;
use crate::support::markdown::make_urls_absolute;
use crate::support::pagination::PageRequest;
use crate::support::xml;
use crate::views::blog::feeds::{Atom, Entry};

const FEED_LENGTH: i64 = 20;

/// All posts, newest first; 304 if `If-None-Match` contains the current ETag.
pub async fn index(anyone: Anyone, request: HttpRequest) -> Result<Reply> {
    let origin = anyone.app.origin();
    let now = anyone.app.clock().now();
    let id = anyone.app.db.context().secret_key.uuid("feed of all posts");
    let xml = anyone
        .app
        .db
        .read(move |conn| {
            let settings = Settings::load(conn)?;
            let posts = Post::list_published(conn, None, PageRequest { page: 1, size: FEED_LENGTH })?.items;
            let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
            let tags = Tag::for_posts(conn, &ids)?;
            let library = Media::for_posts(conn, &ids)?;
            let updated_at = |post: &Post| post.content_updated_at.or(post.published_at).unwrap_or(now);
            let absolute = |path: &str| format!("{origin}{path}");
            let entry = |post: &Post| -> Result<Entry> {
                let url = absolute(&paths::post(&post.slug));
                let base = Url::parse(&url).map_err(Error::internal)?;
                let content_html = make_urls_absolute(&post.body_html, &base);
                Ok(Entry {
                    id: post.feed_guid.clone(),
                    title: post.title.clone(),
                    url,
                    published: post.published_at.unwrap_or(now).rfc3339(),
                    updated: updated_at(post).rfc3339(),
                    author: post.author_name.clone(),
                    summary: post.summary().to_owned(),
                    content_html: insert_feed_pictures(content_html, &library, &origin)?,
                    tags: tags.iter().filter(|(id, _)| *id == post.id).map(|(_, tag)| tag.name.clone()).collect(),
                })
            };
            let feed = Atom {
                id: format!("urn:uuid:{id}"),
                title: settings.site_name.clone(),
                subtitle: settings.tagline.clone(),
                lang: settings.locale.code().to_owned(),
                self_url: absolute(paths::feed()),
                home_url: absolute(paths::blog()),
                // Without posts, use a constant date, so that the ETag does not change.
                updated: posts
                    .iter()
                    .map(updated_at)
                    .max()
                    .map_or_else(|| UPDATED_WITHOUT_POSTS.to_owned(), |at| at.rfc3339()),
                entries: posts.iter().map(entry).collect::<Result<Vec<Entry>>>()?,
            };
            // One character that XML forbids would make the whole feed unreadable.
            Ok(xml::remove_forbidden(feed.render()?))
        })
        .await?;
    let etag = format!("\"{:032x}\"", xxh3_128(xml.as_bytes()));
    let if_none_match = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_unchanged = if_none_match.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let body = if is_unchanged { Vec::new() } else { xml.into_bytes() };
    let reply =
        Reply::bytes(body, "application/atom+xml; charset=utf-8", ResponseKind::Plain).header(header::ETAG, etag);
    Ok(if is_unchanged { reply.status(StatusCode::NOT_MODIFIED) } else { reply })
}

const UPDATED_WITHOUT_POSTS: &str = "1970-01-01T00:00:00Z";
