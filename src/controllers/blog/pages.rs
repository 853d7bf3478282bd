//! The site's pages: about, shipping, terms.

use actix_web::web::Path;

use super::posts::resolve_missing;
use crate::error::{Error, Result};
use crate::http::viewer::Subject;
use crate::http::{BuiltPage, PublicRequest};
use crate::models::content::post::{Post, PostKind};
use crate::paths;
use crate::presenters::content::post_page::site_page;

/// Shows a page; an old slug redirects to the current one.
pub async fn show(public: PublicRequest, slug: Path<String>) -> Result<BuiltPage> {
    let slug = slug.into_inner();
    public
        .render_page(&[], move |conn, cx| {
            let page = match Post::find_published(conn, PostKind::Page, &slug) {
                Err(Error::NotFound) => return Err(resolve_missing(conn, PostKind::Page, &slug, paths::page)?),
                found => found?,
            };
            cx.subject = Subject::Post(page.public_id.clone(), page.author_id);
            let library = page.pictures(conn)?;
            site_page(page, &library, cx.format())
        })
        .await
}
