//! Pages of the site: about, shipping, terms.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::{Reply, Visitor};
use crate::models::post::{Post, PostKind};
use crate::views::blog::pages::Show;

/// Shows a page.
pub async fn show(visitor: Visitor, slug: Path<String>) -> Result<Reply> {
    let slug = slug.into_inner();
    visitor
        .page(move |conn, _| {
            let page = Post::published(conn, PostKind::Page, &slug)?;
            Ok(Show {
                title: page.title,
                slug: page.slug,
                standfirst: page.excerpt,
                cover: None,
                body_html: page.body_html,
            })
        })
        .await
}
