//! The front page.

use crate::db::Conn;
use crate::db::epochs::Topic;
use crate::error::Result;
use crate::http::person::Subject;
use crate::http::pictures::picture;
use crate::http::{BuiltPage, Public, Shared, shown};
use crate::models::media::Media;
use crate::models::post::Post;
use crate::models::product::{Filter, Product, Sort};
use crate::models::shipping_method::{Parcel, ShippingMethod};
use crate::paths;
use crate::support::page::Paging;
use crate::views::shop::home::{Hero, Promise, Show, Story};
use crate::views::{Link, Picture};

/// Shows what the shop puts forward, its story, and the latest posts.
pub async fn show(public: Public) -> Result<BuiltPage> {
    public.page(&[Topic::Shop, Topic::Blog], home).await
}

fn home(conn: &mut Conn, cx: &mut Shared) -> Result<Show> {
    let filter = Filter::default();
    let listed = Product::page(conn, &filter, Sort::Featured, Paging { page: 1, size: 8 })?;
    let featured = shown::product_cards(conn, &listed.items, cx)?;
    let posts = Post::stream(conn, None, Paging { page: 1, size: 3 })?;
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
        latest: shown::post_cards(conn, &posts.items, cx)?,
        description: settings.tagline.clone(),
    })
}

/// A picture of the settings, if it is still in the library.
fn stored(conn: &mut Conn, public_id: &str) -> Result<Option<Picture>> {
    let found = Media::among(conn, &[public_id.to_owned()])?;
    Ok(found.first().map(|media| picture(media, None)))
}

/// What buyers can count on, as far as the settings say it.
fn promises(cx: &Shared) -> Vec<Promise> {
    let parcel = Parcel::of(&[], 0, &cx.settings.country);
    let methods = ShippingMethod::among(&cx.terms.methods, &parcel);
    let mut promises = Vec::new();
    if let Some(over) = methods.iter().filter_map(|(method, _)| method.free_over_minor).min() {
        promises.push(Promise { icon: "truck", text: format!("Free delivery from {}", cx.amount(over).text) });
    }
    if methods.iter().any(|(method, _)| method.pickup) {
        promises.push(Promise { icon: "map-pin", text: "Or pick it up yourself".to_owned() });
    }
    if !cx.settings.bank_account.is_empty() && !promises.is_empty() {
        promises.push(Promise { icon: "receipt", text: "Pay by bank transfer".to_owned() });
    }
    promises
}
