//! The front page.

use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::Result;
use crate::http::page_fragments::Subject;
use crate::http::{BuiltPage, PublicContext, PublicRequest};
use crate::models::catalog::product::{Product, ProductFilter, ProductSort};
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::content::media::Media;
use crate::models::content::post::Post;
use crate::presenters::catalog::front_page;
use crate::support::pagination::PageRequest;
use crate::views::shop::home::Show;

pub async fn show(public: PublicRequest) -> Result<BuiltPage> {
    public.render_page(&[CacheTag::Shop, CacheTag::Blog], build_home_page).await
}

fn build_home_page(conn: &mut Conn, cx: &mut PublicContext) -> Result<Show> {
    let filter = ProductFilter::default();
    let products = Product::list_active(conn, &filter, ProductSort::Featured, PageRequest { page: 1, size: 8 })?;
    let featured = cx.load_product_cards(conn, &products.items)?;
    let posts = Post::list_published(conn, None, PageRequest { page: 1, size: 3 })?;
    if products.items.is_empty() && posts.items.is_empty() {
        cx.subject = Subject::Empty;
    }
    let settings = cx.settings.clone();
    let hero_picture = find_picture(conn, &settings.hero_picture)?;
    let story_picture = find_picture(conn, &settings.story_picture)?;
    let basis = ShippingBasis::from_lines(&[], 0, &settings.country, settings.locale);
    let methods = ShippingMethod::select_available(&cx.pricing_rules.shipping_methods, &basis);
    Ok(Show {
        t: cx.locale(),
        hero: front_page::hero(&settings, hero_picture.as_ref(), !featured.is_empty(), cx.format()),
        promises: front_page::promises(&settings, &methods, cx.format()),
        featured,
        story: front_page::story(&settings, story_picture.as_ref()),
        latest: cx.load_post_cards(conn, &posts.items)?,
        description: settings.tagline.clone(),
    })
}

/// A picture named in the settings; `None` if it was deleted from the library.
fn find_picture(conn: &mut Conn, public_id: &str) -> Result<Option<Media>> {
    Ok(Media::find_by_public_ids(conn, &[public_id.to_owned()])?.into_iter().next())
}
