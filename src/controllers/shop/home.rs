//! The front page.

use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::Result;
use crate::http::pictures::picture_from_media;
use crate::http::viewer::Subject;
use crate::http::{BuiltPage, PublicContext, PublicRequest, presenters};
use crate::models::catalog::product::{Product, ProductFilter, ProductSort};
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::content::media::Media;
use crate::models::content::post::Post;
use crate::paths;
use crate::support::pagination::PageRequest;
use crate::views::shop::home::{Hero, Promise, Show, Story};
use crate::views::{Link, Picture};

pub async fn show(public: PublicRequest) -> Result<BuiltPage> {
    public.render_page(&[CacheTag::Shop, CacheTag::Blog], home).await
}

fn home(conn: &mut Conn, cx: &mut PublicContext) -> Result<Show> {
    let filter = ProductFilter::default();
    let listed = Product::list_active(conn, &filter, ProductSort::Featured, PageRequest { page: 1, size: 8 })?;
    let featured = presenters::product_cards(conn, &listed.items, cx)?;
    let posts = Post::list_published(conn, None, PageRequest { page: 1, size: 3 })?;
    if listed.items.is_empty() && posts.items.is_empty() {
        cx.subject = Subject::Empty;
    }
    let settings = cx.settings.clone();
    let hero_title = if settings.hero_title.is_empty() { &settings.site_name } else { &settings.hero_title };
    let label = if settings.hero_action_label.is_empty() { "Go to the shop" } else { &settings.hero_action_label };
    let story = (!settings.story_title.is_empty()).then(|| Story {
        title: settings.story_title.clone(),
        text: settings.story_text.clone(),
        picture: None,
        more: None,
    });
    let story = match story {
        Some(story) => Some(Story { picture: stored(conn, &settings.story_picture)?, ..story }),
        None => None,
    };
    Ok(Show {
        hero: Hero {
            title: hero_title.clone(),
            text: if settings.hero_text.is_empty() { settings.tagline.clone() } else { settings.hero_text.clone() },
            picture: stored(conn, &settings.hero_picture)?,
            action: (!featured.is_empty()).then(|| Link { label: label.to_owned(), href: paths::shop().to_owned() }),
        },
        promises: promises(cx),
        featured,
        story,
        latest: presenters::post_cards(conn, &posts.items, cx)?,
        description: settings.tagline.clone(),
    })
}

/// A picture named in the settings; none if it was deleted from the library.
fn stored(conn: &mut Conn, public_id: &str) -> Result<Option<Picture>> {
    let found = Media::find_by_public_ids(conn, &[public_id.to_owned()])?;
    Ok(found.first().map(|media| picture_from_media(media, None)))
}

/// Selling points that the settings support.
fn promises(cx: &PublicContext) -> Vec<Promise> {
    let parcel = ShippingBasis::from_lines(&[], 0, &cx.settings.country);
    let methods = ShippingMethod::select_available(&cx.pricing_rules.shipping_methods, &parcel);
    let mut promises = Vec::new();
    if let Some(over) = methods.iter().filter_map(|(method, _)| method.free_over_minor).min() {
        promises.push(Promise { icon: "truck", text: format!("Free shipping over {}", cx.amount(over).text) });
    }
    if methods.iter().any(|(method, _)| method.pickup) {
        promises.push(Promise { icon: "map-pin", text: "Pickup available".to_owned() });
    }
    if !cx.settings.bank_account.is_empty() && !promises.is_empty() {
        promises.push(Promise { icon: "receipt", text: "Pay by bank transfer".to_owned() });
    }
    promises
}
