//! The front page: its hero, its story and what the shop promises.

use crate::models::checkout::shipping_method::ShippingMethod;
use crate::models::content::media::Media;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::views::Link;
use crate::views::shop::home::{Hero, Promise, Story};

/// The owner's texts, or else the site's name and tagline. The button leads to the shop if something is `on_sale`.
pub fn hero(settings: &Settings, picture: Option<&Media>, on_sale: bool, format: &Format) -> Hero {
    let or = |own: &str, other: &str| if own.is_empty() { other.to_owned() } else { own.to_owned() };
    let label = or(&settings.hero_action_label, format.locale.shop_go_to_shop());
    Hero {
        title: or(&settings.hero_title, &settings.site_name),
        text: or(&settings.hero_text, &settings.tagline),
        picture: picture.map(|media| picture_from_media(media, None)),
        action: on_sale.then(|| Link { label, href: paths::shop().to_owned() }),
    }
}

pub fn story(settings: &Settings, picture: Option<&Media>) -> Option<Story> {
    (!settings.story_title.is_empty()).then(|| Story {
        title: settings.story_title.clone(),
        text: settings.story_text.clone(),
        picture: picture.map(|media| picture_from_media(media, None)),
        more: None,
    })
}

/// Selling points that the settings support. `methods` are the shipping methods at home with their prices.
pub fn promises(settings: &Settings, methods: &[(ShippingMethod, i64)], format: &Format) -> Vec<Promise> {
    let (t, mut promises) = (format.locale, Vec::new());
    if let Some(over) = methods.iter().filter_map(|(method, _)| method.free_over_minor).min() {
        promises.push(Promise { icon: "truck", text: t.shop_free_shipping_over(format.amount(over).text) });
    }
    if methods.iter().any(|(method, _)| method.pickup) {
        promises.push(Promise { icon: "map-pin", text: t.shop_pickup().to_owned() });
    }
    if !settings.bank_account.is_empty() && !promises.is_empty() {
        promises.push(Promise { icon: "receipt", text: t.shop_bank_transfer().to_owned() });
    }
    promises
}
