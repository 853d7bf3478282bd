//! The site's pages: about, shipping, terms.

use super::posts::resolve_missing;
use crate::error::{Error, Result};
use crate::http::page_fragments::Subject;
use crate::http::resource_path::PageSlugPath;
use crate::http::{BuiltPage, PublicRequest};
use crate::models::content::post::PostKind;
use crate::paths;
use crate::presenters::content::post_page::site_page;

pub async fn show(public: PublicRequest, path: PageSlugPath) -> Result<BuiltPage> {
    public
        .render_page(&[], move |conn, cx| {
            let page = match path.load(conn) {
                Err(Error::NotFound) => return Err(resolve_missing(conn, PostKind::Page, &path.slug, paths::page)?),
                page => page?,
            };
            cx.subject = Subject::Post(page.public_id.clone(), page.author_id);
            let library = page.pictures(conn)?;
            site_page(page, &library, cx.format())
        })
        .await
}
