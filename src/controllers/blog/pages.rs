//! Pages of the site: about, shipping, terms.

use actix_web::web::Path;

use super::posts::elsewhere;
use crate::error::{Error, Result};
use crate::http::person::Subject;
use crate::http::pictures::with_pictures;
use crate::http::{BuiltPage, Public};
use crate::models::post::{Post, PostKind};
use crate::paths;
use crate::views::blog::pages::Show;

/// Shows a page; an old address leads to the present one.
pub async fn show(public: Public, slug: Path<String>) -> Result<BuiltPage> {
    let slug = slug.into_inner();
    public
        .page(&[], move |conn, cx| {
            let page = match Post::published(conn, PostKind::Page, &slug) {
                Err(Error::NotFound) => return Err(elsewhere(conn, PostKind::Page, &slug, paths::page)?),
                found => found?,
            };
            cx.subject = Subject::Post(page.public_id.clone(), page.author_id);
            let library = page.pictures(conn)?;
            Ok(Show {
                description: page.summary().to_owned(),
                title: page.title,
                slug: page.slug,
                standfirst: page.excerpt,
                cover: None,
                body_html: with_pictures(page.body_html, &library)?,
            })
        })
        .await
}
