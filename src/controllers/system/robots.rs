//! robots.txt, the sitemap and llms.txt.

use std::fmt::Write as _;

use crate::error::Result;
use crate::http::security_headers::ResponseKind;
use crate::http::{Anyone, Reply};
use crate::models::catalog::category::Category;
use crate::models::catalog::product::Product;
use crate::models::content::post::Post;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::html_text::escape;
use crate::support::pagination::PageRequest;
use crate::support::xml::remove_forbidden;

/// Products and posts per kind in the sitemap (sitemaps.org allows 50,000 URLs in total).
const MAX_PER_KIND: i64 = 20_000;

const TEXT: &str = "text/plain; charset=utf-8";

/// robots.txt (RFC 9309).
pub async fn robots(anyone: Anyone) -> Result<Reply> {
    let text = format!(
        "User-agent: *\nDisallow: /orders/\nDisallow: /pay/\nDisallow: /search\n\nSitemap: {}/sitemap.xml\n",
        anyone.app.origin()
    );
    Ok(Reply::bytes(text.into_bytes(), TEXT, ResponseKind::Plain))
}

/// All public pages (sitemaps.org), with the time of the last change where it is known.
pub async fn sitemap(anyone: Anyone) -> Result<Reply> {
    let origin = anyone.app.origin();
    let xml = anyone
        .app
        .db
        .read(move |conn| {
            let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
            xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
            let mut entry = |path: &str, changed: Option<String>| {
                let changed = changed.map_or_else(String::new, |day| format!("<lastmod>{day}</lastmod>"));
                let address = escape(&format!("{origin}{path}"));
                writeln!(xml, "<url><loc>{address}</loc>{changed}</url>").is_ok()
            };
            entry("/", None);
            entry(paths::shop(), None);
            entry(paths::blog(), None);
            for category in Category::all(conn)? {
                entry(&paths::category(&category.path), None);
            }
            for (slug, updated_at) in Product::list_slugs(conn, MAX_PER_KIND)? {
                entry(&paths::product(&slug), updated_at.map(|at| at.rfc3339()));
            }
            for post in Post::list_published(conn, None, PageRequest { page: 1, size: MAX_PER_KIND })?.items {
                entry(&paths::post(&post.slug), post.content_updated_at.map(|at| at.rfc3339()));
            }
            for (_, slug) in Post::list_pages(conn)? {
                entry(&paths::page(&slug), None);
            }
            xml.push_str("</urlset>\n");
            Ok(remove_forbidden(xml))
        })
        .await?;
    Ok(Reply::bytes(xml.into_bytes(), "application/xml; charset=utf-8", ResponseKind::Plain))
}

/// An overview for language models (llmstxt.org).
pub async fn llms(anyone: Anyone) -> Result<Reply> {
    let origin = anyone.app.origin();
    let text = anyone
        .app
        .db
        .read(move |conn| {
            let settings = Settings::load(conn)?;
            let t = settings.locale;
            let (name, tagline) = (&settings.site_name, &settings.tagline);
            let mut text = format!("# {name}\n\n> {tagline}\n\n## {}\n\n", t.common_pages());
            let lists =
                [(t.layout_shop(), paths::shop()), (t.layout_blog(), paths::blog()), (t.layout_feed(), paths::feed())];
            for (title, path) in lists {
                text.push_str(&format!("- [{title}]({origin}{path})\n"));
            }
            for (title, slug) in Post::list_pages(conn)? {
                text.push_str(&format!("- [{title}]({origin}{})\n", paths::page(&slug)));
            }
            Ok(text)
        })
        .await?;
    Ok(Reply::bytes(text.into_bytes(), TEXT, ResponseKind::Plain))
}
