//! Pages of the site: about, shipping, terms.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::pictures::with_pictures;
use crate::http::{BuiltPage, Public};
use crate::models::post::{Post, PostKind};
use crate::views::blog::pages::Show;

/// Shows a page.
pub async fn show(public: Public, slug: Path<String>) -> Result<BuiltPage> {
    let slug = slug.into_inner();
    public
        .page(&[], move |conn, _| {
            let page = Post::published(conn, PostKind::Page, &slug)?;
            let library = page.pictures(conn)?;
            Ok(Show {
                title: page.title,
                slug: page.slug,
                standfirst: page.excerpt,
                cover: None,
                body_html: with_pictures(page.body_html, &library)?,
            })
        })
        .await
}
