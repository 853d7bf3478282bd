//! Turns models into view structs that several areas share.

use std::collections::HashMap;

use super::page::PublicContext;
use super::pictures::picture_from_media;
use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::Result;
use crate::models::catalog::product::ProductListing;
use crate::models::catalog::variant::Variant;
use crate::models::content::media::Media;
use crate::models::content::post::Post;
use crate::models::content::tag::Tag;
use crate::models::sales::order::{Address, OrderDetails};
use crate::paths;
use crate::support::clock::Utc;
use crate::support::country::Country;
use crate::support::html_text;
use crate::support::markdown::truncate_at_word;
use crate::support::{money, subdivision};
use crate::views::shop::{TaxRow, Totals};
use crate::views::{Amount, Discount, GiftCardPayment, Remainder, blog, shop};

/// Converts to the integer type of views, saturating.
pub fn to_i32(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The price notes of a reduced variant (directive 98/6/EC art. 6a).
pub struct Reduction {
    /// The price before the reduction, as the owner states it.
    pub compare_at: Option<Amount>,
    /// The lowest price of the 30 days before the reduction, if it differs from `compare_at`.
    pub low_30_days: Option<Amount>,
    /// Reduction in whole percent of that lowest price; none if the price is not below it.
    pub percent: Option<i32>,
}

/// The price notes of one variant; all fields are none if it is not reduced.
pub fn load_reduction(conn: &mut Conn, variant: &Variant, context: &PublicContext) -> Result<Reduction> {
    let lowest = Variant::prior_prices(conn, &reduced([variant]), &context.settings.time_zone)?;
    Ok(reduction_of(variant, &lowest, context))
}

/// [`load_reduction`] for several variants with one query.
pub fn load_reductions(conn: &mut Conn, variants: &[&Variant], context: &PublicContext) -> Result<Vec<Reduction>> {
    let reduced = reduced(variants.iter().copied());
    let lowest = Variant::prior_prices(conn, &reduced, &context.settings.time_zone)?;
    Ok(variants.iter().map(|variant| reduction_of(variant, &lowest, context)).collect())
}

fn reduced<'a>(variants: impl IntoIterator<Item = &'a Variant>) -> Vec<&'a Variant> {
    variants.into_iter().filter(|variant| variant.compare_at().is_some()).collect()
}

/// `lowest` is the lowest prior price in minor units, by variant id.
fn reduction_of(variant: &Variant, lowest: &HashMap<i64, i64>, context: &PublicContext) -> Reduction {
    let Some(before) = variant.compare_at() else {
        return Reduction { compare_at: None, low_30_days: None, percent: None };
    };
    let lowest = lowest.get(&variant.id).copied();
    let off = lowest
        .and_then(|lowest| money::divide_rounded(i128::from(lowest - variant.price_minor) * 100, i128::from(lowest)));
    Reduction {
        compare_at: Some(context.amount_in(before.minor, &variant.currency)),
        low_30_days: lowest
            .filter(|lowest| *lowest != before.minor)
            .map(|lowest| context.amount_in(lowest, &variant.currency)),
        percent: off.map(to_i32).filter(|percent| *percent > 0),
    }
}

/// Product cards for a list; tags the page with each product.
pub fn product_cards(
    conn: &mut Conn,
    listed: &[ProductListing],
    context: &mut PublicContext,
) -> Result<Vec<shop::products::Card>> {
    let reduced = reduced(listed.iter().map(|listed| &listed.variant));
    let lowest = Variant::prior_prices(conn, &reduced, &context.settings.time_zone)?;
    let mut cards = Vec::new();
    for one in listed {
        let ProductListing { product, variant, available: left, picture: media, .. } = one;
        context.add_cache_tag(CacheTag::Product(product.id));
        let reduced = reduction_of(variant, &lowest, context);
        cards.push(shop::products::Card {
            href: paths::product(&product.slug),
            title: product.title.clone(),
            slug: product.slug.clone(),
            note: product.first_attribute().unwrap_or_default().to_owned(),
            picture: media.as_ref().map(|media| picture_from_media(media, None)),
            price: context.amount_in(variant.price_minor, &variant.currency),
            has_price_range: one.has_price_range(),
            compare_at: reduced.compare_at,
            low_30_days: reduced.low_30_days,
            discount_percent: reduced.percent,
            sold_out: *left <= 0,
            is_new: product.is_new(context.now),
        });
    }
    Ok(cards)
}

/// Post cards for a list.
pub fn post_cards(conn: &mut Conn, posts: &[Post], context: &PublicContext) -> Result<Vec<blog::posts::Card>> {
    let covers: Vec<i64> = posts.iter().filter_map(|post| post.cover_id).collect();
    let covers = Media::find_by_ids(conn, &covers)?;
    let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let tags = Tag::for_posts(conn, &ids)?;
    let cards = posts.iter().map(|post| blog::posts::Card {
        href: paths::post(&post.slug),
        title: post.title.clone(),
        slug: post.slug.clone(),
        tag: tags.iter().find(|(id, _)| *id == post.id).map(|(_, tag)| tag.name.clone()),
        published: context.date(post.published_at.unwrap_or(context.now)),
        reading_minutes: to_i32(post.reading_minutes),
        excerpt: post.summary().to_owned(),
        cover: post.cover_id.and_then(|id| covers.get(&id)).map(|media| picture_from_media(media, None)),
    });
    Ok(cards.collect())
}

/// The sums of an order or a quote, in minor units.
pub struct TotalsInput<'a> {
    /// Goods before discount, in minor units.
    pub goods: i64,
    /// Discount, in minor units.
    pub discount: i64,
    /// The discount code, if there is one.
    pub coupon_code: Option<&'a str>,
    /// Shipping, in minor units.
    pub shipping: i64,
    /// Name of the shipping method.
    pub shipping_name: &'a str,
    /// Taxes by rate: name, rate in parts per million, amount in minor units.
    pub taxes: &'a [(String, i64, i64)],
    /// Whether prices include tax.
    pub tax_included: bool,
    /// Total, in minor units.
    pub total: i64,
    /// What gift cards pay of the total.
    pub gift_cards: &'a [GiftCardAmount<'a>],
    /// Payment method of the rest; empty if not chosen yet.
    pub remainder_label: &'a str,
    /// Currency (ISO 4217).
    pub currency: &'a str,
}

/// What one gift card pays of an order or a quote.
pub struct GiftCardAmount<'a> {
    /// The last four characters of its code.
    pub last4: &'a str,
    /// Its public id, on pages where it can be removed.
    pub id: Option<&'a str>,
    /// Amount in minor units.
    pub minor: i64,
}

/// The gift cards an order was paid with.
pub fn gift_card_amounts(dossier: &OrderDetails) -> Vec<GiftCardAmount<'_>> {
    dossier.gift_card_payments.iter().map(|(last4, minor)| GiftCardAmount { last4, id: None, minor: *minor }).collect()
}

/// Rows for gift cards, and for the rest of a total in minor units; no rest without gift cards.
pub fn gift_card_payments(
    cards: &[GiftCardAmount<'_>],
    total: i64,
    rest_name: &str,
    amount: impl Fn(i64) -> Amount,
) -> (Vec<GiftCardPayment>, Option<Remainder>) {
    let paid: i64 = cards.iter().map(|card| card.minor).sum();
    let rows = cards.iter().map(|card| GiftCardPayment {
        label: gift_card_label(card.last4),
        amount: amount(card.minor),
        id: card.id.map(str::to_owned),
    });
    let label = if rest_name.is_empty() || paid == total { "Amount due" } else { rest_name };
    let rest = Remainder { label: label.to_owned(), amount: amount(total - paid) };
    (rows.collect(), (!cards.is_empty()).then_some(rest))
}

/// `Gift card ending 1234`.
pub fn gift_card_label(last4: &str) -> String {
    format!("Gift card ending {last4}")
}

/// The totals table of an order or a quote.
pub fn build_totals(sums: &TotalsInput<'_>, context: &PublicContext) -> Totals {
    let amount = |minor: i64| context.amount_in(minor, sums.currency);
    let (cards, rest) = gift_card_payments(sums.gift_cards, sums.total, sums.remainder_label, amount);
    Totals {
        goods: amount(sums.goods),
        discount: discount_row(sums.coupon_code, sums.discount, amount),
        shipping: amount(sums.shipping),
        shipping_name: sums.shipping_name.to_owned(),
        taxes: sums
            .taxes
            .iter()
            .map(|(name, ppm, tax)| TaxRow { label: tax_label(name, *ppm), amount: amount(*tax) })
            .collect(),
        tax_included: sums.tax_included,
        total: amount(sums.total),
        gift_cards: cards,
        remainder: rest,
    }
}

/// The discount row; none without a code and a discount.
pub fn discount_row(code: Option<&str>, minor: i64, amount: impl Fn(i64) -> Amount) -> Option<Discount> {
    (code.is_some() || minor > 0)
        .then(|| Discount { code: code.unwrap_or_default().to_owned(), amount: (minor > 0).then(|| amount(minor)) })
}

/// `VAT 19 %`: adds the rate to a tax's name, unless the name contains it as a percentage.
pub fn tax_label(name: &str, ppm: i64) -> String {
    let percent = money::format_percent(ppm);
    let says = |text: &str, percent: &str| {
        let before = text.trim_end().strip_suffix(percent);
        before.is_some_and(|before| !before.ends_with(|c: char| c.is_numeric() || c == '.' || c == ','))
    };
    let mut parts = name.split('%').peekable();
    let mut says_it = false;
    while let Some(part) = parts.next() {
        says_it |= parts.peek().is_some() && (says(part, &percent) || says(part, &percent.replace('.', ",")));
    }
    if says_it { name.to_owned() } else { format!("{name} {percent} %") }
}

/// The time a number of 24-hour days before `now`.
pub fn days_before(now: Utc, days: i64) -> Utc {
    now.minus(jiff::SignedDuration::from_hours(24 * days))
}

/// An address line by line; the country is left out if its code is `home`.
pub fn address_lines(address: &Address, home: &str) -> Vec<String> {
    let town = format!("{} {}", address.postcode, address.city);
    let country = match address.country.as_str() {
        code if code == home => "",
        code => Country::find(code).map_or(code, |country| country.name),
    };
    let vat_number = match address.vat_number.as_str() {
        "" => String::new(),
        number => format!("VAT number {number}"),
    };
    let region = subdivision::display_name(&address.country, &address.region);
    let Address { name, company, line1, line2, .. } = address;
    let all = [name, company, line1, line2, town.trim(), &region, country, &vat_number];
    all.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The `h2` and `h3` headings of rendered Markdown, for a table of contents.
pub fn table_of_contents(body_html: &str) -> Vec<blog::posts::Heading> {
    let mut contents = Vec::new();
    for (level, mark) in [(2, "<h2 id=\""), (3, "<h3 id=\"")] {
        for (at, _) in body_html.match_indices(mark) {
            let rest = body_html.get(at + mark.len()..).unwrap_or("");
            if let Some((id, rest)) = rest.split_once('"')
                && let Some((_, rest)) = rest.split_once('>')
                && let Some((words, _)) = rest.split_once("</h")
            {
                let text = html_text::to_plain_text(words).trim().to_owned();
                contents.push((at, blog::posts::Heading { id: id.to_owned(), text, level }));
            }
        }
    }
    contents.sort_by_key(|(at, _)| *at);
    contents.into_iter().map(|(_, heading)| heading).collect()
}

/// The first paragraph of rendered Markdown as plain text of at most `most` characters, for `meta description`.
pub fn excerpt(html: &str, most: usize) -> String {
    truncate_at_word(&html_text::first_paragraph(html), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_always_stands_beside_its_name() {
        for (name, ppm, label) in [
            ("VAT", 190_000, "VAT 19 %"),
            ("VAT 19 %", 190_000, "VAT 19 %"),
            ("VAT 19%", 190_000, "VAT 19%"),
            ("19 % VAT", 190_000, "19 % VAT"),
            ("8,875 % sales tax", 88_750, "8,875 % sales tax"),
            ("Zone 10", 10_000, "Zone 10 1 %"),
            ("Zone 19", 190_000, "Zone 19 19 %"),
            ("Tax 21 %", 10_000, "Tax 21 % 1 %"),
            ("Tax 1.5 %", 50_000, "Tax 1.5 % 5 %"),
            ("2026 levy", 20_000, "2026 levy 2 %"),
            ("VAT", 0, "VAT 0 %"),
            ("Zone 10", 0, "Zone 10 0 %"),
        ] {
            assert_eq!(tax_label(name, ppm), label);
        }
    }
}
