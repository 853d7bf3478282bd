//! Models as pages show them: what several areas share.

use std::collections::HashMap;

use super::page::Shared;
use super::pictures::picture;
use crate::db::Conn;
use crate::db::epochs::Topic;
use crate::error::Result;
use crate::models::media::Media;
use crate::models::order::{Address, Dossier};
use crate::models::post::Post;
use crate::models::product::Listed;
use crate::models::tag::Tag;
use crate::models::variant::Variant;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::country::Country;
use crate::support::html_text;
use crate::support::markdown::beginning_of;
use crate::support::{money, subdivision};
use crate::views::shop::{TaxRow, Totals};
use crate::views::{Amount, Discount, PaidByCard, Rest, blog, shop};

/// A number that fits where pages show small ones.
pub fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A reduced price: what it was, its lowest in the 30 days before the reduction, and the reduction in percent.
pub struct Reduction {
    /// The price before, as the owner says it.
    pub compare_at: Option<Amount>,
    /// The lowest price of the 30 days before the reduction, if that is another one.
    pub low_30_days: Option<Amount>,
    /// Whole percent off the lowest price of the 30 days before; none where the price is not below it.
    pub percent: Option<i32>,
}

/// What a reduced variant has to say about its price.
///
/// # Errors
/// When the database refuses.
pub fn reduction(conn: &mut Conn, variant: &Variant, context: &Shared) -> Result<Reduction> {
    let lowest = Variant::lowest_before_reduction(conn, &reduced([variant]), &context.settings.time_zone)?;
    Ok(reduction_of(variant, &lowest, context))
}

/// The same of several variants, in one question.
///
/// # Errors
/// When the database refuses.
pub fn reductions(conn: &mut Conn, variants: &[&Variant], context: &Shared) -> Result<Vec<Reduction>> {
    let reduced = reduced(variants.iter().copied());
    let lowest = Variant::lowest_before_reduction(conn, &reduced, &context.settings.time_zone)?;
    Ok(variants.iter().map(|variant| reduction_of(variant, &lowest, context)).collect())
}

fn reduced<'a>(variants: impl IntoIterator<Item = &'a Variant>) -> Vec<&'a Variant> {
    variants.into_iter().filter(|variant| variant.compare_at().is_some()).collect()
}

/// `lowest` is the lowest price before the reduction by the variant's row.
fn reduction_of(variant: &Variant, lowest: &HashMap<i64, i64>, context: &Shared) -> Reduction {
    let Some(before) = variant.compare_at() else {
        return Reduction { compare_at: None, low_30_days: None, percent: None };
    };
    let lowest = lowest.get(&variant.id).copied();
    let off =
        lowest.and_then(|lowest| money::divide(i128::from(lowest - variant.price_minor) * 100, i128::from(lowest)));
    Reduction {
        compare_at: Some(context.amount_in(before.minor, &variant.currency)),
        low_30_days: lowest
            .filter(|lowest| *lowest != before.minor)
            .map(|lowest| context.amount_in(lowest, &variant.currency)),
        percent: off.map(small).filter(|percent| *percent > 0),
    }
}

/// Products as cards.
///
/// # Errors
/// When the database refuses.
pub fn product_cards(conn: &mut Conn, listed: &[Listed], context: &mut Shared) -> Result<Vec<shop::products::Card>> {
    let reduced = reduced(listed.iter().map(|listed| &listed.variant));
    let lowest = Variant::lowest_before_reduction(conn, &reduced, &context.settings.time_zone)?;
    let mut cards = Vec::new();
    for one in listed {
        let Listed { product, variant, left, picture: media, .. } = one;
        context.shows(Topic::Product(product.id));
        let reduced = reduction_of(variant, &lowest, context);
        cards.push(shop::products::Card {
            href: paths::product(&product.slug),
            title: product.title.clone(),
            slug: product.slug.clone(),
            note: product.first_fact().unwrap_or_default().to_owned(),
            picture: media.as_ref().map(|media| picture(media, None)),
            price: context.amount_in(variant.price_minor, &variant.currency),
            is_from: one.is_from(),
            compare_at: reduced.compare_at,
            low_30_days: reduced.low_30_days,
            discount_percent: reduced.percent,
            sold_out: *left <= 0,
            is_new: product.is_new(context.now),
        });
    }
    Ok(cards)
}

/// Posts as cards.
///
/// # Errors
/// When the database refuses.
pub fn post_cards(conn: &mut Conn, posts: &[Post], context: &Shared) -> Result<Vec<blog::posts::Card>> {
    let covers: Vec<i64> = posts.iter().filter_map(|post| post.cover_id).collect();
    let covers = Media::by_id(conn, &covers)?;
    let ids: Vec<i64> = posts.iter().map(|post| post.id).collect();
    let tags = Tag::of_posts(conn, &ids)?;
    let cards = posts.iter().map(|post| blog::posts::Card {
        href: paths::post(&post.slug),
        title: post.title.clone(),
        slug: post.slug.clone(),
        tag: tags.iter().find(|(id, _)| *id == post.id).map(|(_, tag)| tag.name.clone()),
        published: context.date(post.published_at.unwrap_or(context.now)),
        reading_minutes: small(post.reading_minutes),
        standfirst: post.summary().to_owned(),
        cover: post.cover_id.and_then(|id| covers.get(&id)).map(|media| picture(media, None)),
    });
    Ok(cards.collect())
}

/// What an order or a quote comes to.
pub struct Sums<'a> {
    /// Goods, minor units.
    pub goods: i64,
    /// Discount, minor units.
    pub discount: i64,
    /// The discount code, if there is one.
    pub code: Option<&'a str>,
    /// Shipping, minor units.
    pub shipping: i64,
    /// Way of sending.
    pub shipping_name: &'a str,
    /// Tax by rate: name, parts per million, minor units.
    pub taxes: &'a [(String, i64, i64)],
    /// Whether prices include tax.
    pub tax_included: bool,
    /// Total, minor units.
    pub total: i64,
    /// What gift cards pay of it.
    pub cards: &'a [CardSum<'a>],
    /// How the rest is paid; empty when that is not known yet.
    pub rest_name: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
}

/// What a gift card pays of an order or a quote.
pub struct CardSum<'a> {
    /// The end of its code.
    pub last4: &'a str,
    /// Its public id, where it can be taken off.
    pub id: Option<&'a str>,
    /// Minor units.
    pub minor: i64,
}

/// The cards an order was paid with.
pub fn cards_of(dossier: &Dossier) -> Vec<CardSum<'_>> {
    dossier.cards.iter().map(|(last4, minor)| CardSum { last4, id: None, minor: *minor }).collect()
}

/// What gift cards pay, and what they leave, of a total in minor units. Nothing is left to be said without any.
pub fn paid_by_cards(
    cards: &[CardSum<'_>],
    total: i64,
    rest_name: &str,
    amount: impl Fn(i64) -> Amount,
) -> (Vec<PaidByCard>, Option<Rest>) {
    let paid: i64 = cards.iter().map(|card| card.minor).sum();
    let rows = cards.iter().map(|card| PaidByCard {
        label: card_label(card.last4),
        amount: amount(card.minor),
        id: card.id.map(str::to_owned),
    });
    let label = if rest_name.is_empty() || paid == total { "Left to pay" } else { rest_name };
    let rest = Rest { label: label.to_owned(), amount: amount(total - paid) };
    (rows.collect(), (!cards.is_empty()).then_some(rest))
}

/// A gift card as people tell it from others.
pub fn card_label(last4: &str) -> String {
    format!("Gift card ending {last4}")
}

/// Sums as a table shows them.
pub fn totals(sums: &Sums<'_>, context: &Shared) -> Totals {
    let amount = |minor: i64| context.amount_in(minor, sums.currency);
    let (cards, rest) = paid_by_cards(sums.cards, sums.total, sums.rest_name, amount);
    Totals {
        goods: amount(sums.goods),
        discount: discount(sums.code, sums.discount, amount),
        shipping: amount(sums.shipping),
        shipping_name: sums.shipping_name.to_owned(),
        taxes: sums
            .taxes
            .iter()
            .map(|(name, ppm, tax)| TaxRow { label: tax_label(name, *ppm), amount: amount(*tax) })
            .collect(),
        tax_included: sums.tax_included,
        total: amount(sums.total),
        cards,
        rest,
    }
}

/// The row of a discount: there is none without a code and without anything taken off.
pub fn discount(code: Option<&str>, minor: i64, amount: impl Fn(i64) -> Amount) -> Option<Discount> {
    (code.is_some() || minor > 0)
        .then(|| Discount { code: code.unwrap_or_default().to_owned(), amount: (minor > 0).then(|| amount(minor)) })
}

/// `VAT 19 %`: the rate stands behind the name, unless the name has it as a percentage.
pub fn tax_label(name: &str, ppm: i64) -> String {
    let percent = money::percent(ppm);
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

/// A moment some time before another, for lists of the last days.
pub fn days_before(now: Utc, days: i64) -> Utc {
    now.minus(jiff::SignedDuration::from_hours(24 * days))
}

/// An address as its lines; the country is left out where everybody knows it: at `home`, if that is given.
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
    let region = subdivision::name_of(&address.country, &address.region);
    let Address { name, company, line1, line2, .. } = address;
    let all = [name, company, line1, line2, town.trim(), &region, country, &vat_number];
    all.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The headings of a rendered text, for its table of contents.
pub fn contents(body_html: &str) -> Vec<blog::posts::Heading> {
    let mut contents = Vec::new();
    for (level, mark) in [(2, "<h2 id=\""), (3, "<h3 id=\"")] {
        for (at, _) in body_html.match_indices(mark) {
            let rest = body_html.get(at + mark.len()..).unwrap_or("");
            if let Some((id, rest)) = rest.split_once('"')
                && let Some((_, rest)) = rest.split_once('>')
                && let Some((words, _)) = rest.split_once("</h")
            {
                let text = html_text::words_of(words).trim().to_owned();
                contents.push((at, blog::posts::Heading { id: id.to_owned(), text, level }));
            }
        }
    }
    contents.sort_by_key(|(at, _)| *at);
    contents.into_iter().map(|(_, heading)| heading).collect()
}

/// The beginning of a rendered text, without its markup, as search engines show it.
pub fn beginning(html: &str, most: usize) -> String {
    beginning_of(&html_text::first_paragraph(html), most)
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
