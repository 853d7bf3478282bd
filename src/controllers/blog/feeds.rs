//! Feeds (Atom, RFC 4287): whole texts, addresses with the site's origin, ids that never change.

use askama::Template;

use crate::error::Result;
use crate::http::pictures::with_plain_pictures;
use crate::http::security_headers::Kind;
use crate::http::{Anyone, Reply};
use crate::models::media::Media;
use crate::models::post::Post;
use crate::models::setting::Settings;
use crate::models::tag::Tag;
use crate::paths;
use crate::support::page::Paging;
use crate::views::blog::feeds::{Atom, Entry};

/// Posts a feed holds.
const POSTS: i64 = 20;

/// The feed of all posts.
pub async fn index(anyone: Anyone) -> Result<Reply> {
    let origin = anyone.app.origin();
    let now = anyone.app.clock().now();
    let xml = anyone
        .app
        .db
        .read(move |conn| {
            let settings = Settings::load(conn)?;
            let posts = Post::stream(conn, None, Paging { page: 1, size: POSTS })?.items;
            let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
            let tags = Tag::of_posts(conn, &ids)?;
            let library = Media::within(conn, &ids)?;
            let changed = |post: &Post| post.content_updated_at.or(post.published_at).unwrap_or(now);
            let whole = |path: &str| format!("{origin}{path}");
            let entry = |post: &Post| -> Result<Entry> {
                let content_html = with_plain_pictures(post.body_html.clone(), &library)?;
                Ok(Entry {
                    id: post.feed_guid.clone(),
                    title: post.title.clone(),
                    url: whole(&paths::post(&post.slug)),
                    published: post.published_at.unwrap_or(now).rfc3339(),
                    updated: changed(post).rfc3339(),
                    author: post.author_name.clone(),
                    summary: post.excerpt.clone(),
                    content_html: absolute(&content_html, &origin),
                    tags: tags.iter().filter(|(id, _)| *id == post.id).map(|(_, tag)| tag.name.clone()).collect(),
                })
            };
            let feed = Atom {
                id: whole(paths::blog()),
                title: settings.site_name.clone(),
                subtitle: settings.tagline.clone(),
                lang: settings.locale.clone(),
                self_url: whole(paths::feed()),
                home_url: whole(paths::blog()),
                updated: posts.iter().map(changed).max().unwrap_or(now).rfc3339(),
                entries: posts.iter().map(entry).collect::<Result<Vec<Entry>>>()?,
            };
            Ok(feed.render()?)
        })
        .await?;
    Ok(Reply::bytes(xml.into_bytes(), "application/atom+xml; charset=utf-8", Kind::Plain))
}

/// Addresses inside a text, with the site's origin before them.
fn absolute(html: &str, origin: &str) -> String {
    html.replace("=\"/", &format!("=\"{origin}/")).replace(", /media/", &format!(", {origin}/media/"))
}
