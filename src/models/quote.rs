//! What a cart comes to at a place with a way of sending: pure arithmetic by rules R1–R11. The checkout shows it, and
//! placing the order computes it again.

use super::product::TaxClass;
use super::setting::{CrossBorder, Rounding, Settings, ShippingTax};
use super::tax_rate::TaxRate;
use crate::error::{Error, Result};
use crate::support::money::{allocate, included_share, share};
use crate::support::token;

/// A line to be priced.
#[derive(Clone, Debug)]
pub struct Item {
    /// Price of one, in minor units, on the shop's basis.
    pub unit_minor: i64,
    /// Pieces.
    pub quantity: i64,
    /// How it is taxed.
    pub tax_class: TaxClass,
}

/// A priced line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedItem {
    /// Price of one, on the order's basis.
    pub unit_minor: i64,
    /// Pieces.
    pub quantity: i64,
    /// Price of all.
    pub total_minor: i64,
    /// Tax in it or on it.
    pub tax_minor: i64,
}

/// Tax of one part of an order: a line, or shipping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxPart {
    /// Which line; none for shipping.
    pub item: Option<usize>,
    /// Name of the rate.
    pub name: String,
    /// Region of the rate; empty for the whole country.
    pub region: String,
    /// Parts per million.
    pub rate_ppm: i64,
    /// What is taxed, in minor units, on the order's basis.
    pub base_minor: i64,
    /// The tax, in minor units.
    pub tax_minor: i64,
    /// Why this rate: `standard`, `reduced`, `zero`, `export`, `out_of_scope`.
    pub reason: &'static str,
}

/// What everything comes to. All amounts in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Whether the prices of this order include tax.
    pub prices_include_tax: bool,
    /// The lines, in the order given.
    pub items: Vec<PricedItem>,
    /// All lines together.
    pub goods_minor: i64,
    /// Shipping.
    pub shipping_minor: i64,
    /// Tax, whether included or added.
    pub tax_minor: i64,
    /// Tax that is added: all of it or nothing.
    pub tax_added_minor: i64,
    /// What is paid.
    pub total_minor: i64,
    /// The tax, part by part.
    pub taxes: Vec<TaxPart>,
}

/// Tax rates where the shop is and where the buyer is.
pub struct Places<'a> {
    /// Rates at home.
    pub home: &'a [TaxRate],
    /// Rates at the destination; empty when the shop charges no tax there.
    pub there: &'a [TaxRate],
    /// The destination is the shop's own country.
    pub domestic: bool,
}

fn rate_of(rates: &[TaxRate], class: TaxClass) -> Option<&TaxRate> {
    rates.iter().find(|rate| rate.tax_class == class)
}

fn fits<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::invalid("quantity", "This order is larger than we can take."))
}

/// One taxed amount before tax is known.
struct Part {
    item: Option<usize>,
    gross_or_net: i64,
    rate: Option<TaxRate>,
    class: TaxClass,
}

/// Prices items and shipping.
///
/// # Errors
/// `Invalid` when an amount is past what we can take (R51).
pub fn price(settings: &Settings, items: &[Item], shipping_minor: i64, places: &Places<'_>) -> Result<Quote> {
    // R8: prices that include tax stay as they are at home, and abroad if the owner wants it so; for export and
    // `keep_net` the tax of home comes out first.
    let export = !places.domestic && places.there.is_empty();
    let net_abroad = !places.domestic && (export || settings.cross_border == CrossBorder::KeepNet);
    let includes = settings.prices_include_tax && !net_abroad;
    let on_basis = |amount: i64, class: TaxClass| -> Result<i64> {
        match rate_of(places.home, class) {
            Some(home) if settings.prices_include_tax && net_abroad => {
                Ok(amount - fits(included_share(amount, home.rate_ppm))?)
            }
            _ => Ok(amount),
        }
    };
    let mut priced = Vec::new();
    for item in items {
        let unit = on_basis(item.unit_minor, item.tax_class)?;
        let total = fits(unit.checked_mul(item.quantity).filter(|total| *total <= crate::support::money::LARGEST))?;
        priced.push(PricedItem { unit_minor: unit, quantity: item.quantity, total_minor: total, tax_minor: 0 });
    }
    let goods = fits(priced.iter().try_fold(0_i64, |sum, item| sum.checked_add(item.total_minor)))?;
    let shipping = on_basis(shipping_minor, TaxClass::Standard)?;

    let mut parts: Vec<Part> = Vec::new();
    for (at, (item, wanted)) in priced.iter().zip(items).enumerate() {
        let rate = rate_of(places.there, wanted.tax_class).cloned();
        parts.push(Part { item: Some(at), gross_or_net: item.total_minor, rate, class: wanted.tax_class });
    }
    parts.extend(shipping_parts(settings, &parts, shipping, places.there));
    let taxes = tax(&parts, includes, settings.tax_rounding)?;

    let mut tax_parts = Vec::new();
    for (part, tax_minor) in parts.iter().zip(taxes) {
        if let Some(item) = part.item.and_then(|at| priced.get_mut(at)) {
            item.tax_minor = tax_minor;
        }
        tax_parts.push(TaxPart {
            item: part.item,
            name: part.rate.as_ref().map_or_else(|| "No tax".to_owned(), |rate| rate.name.clone()),
            region: part.rate.as_ref().map_or_else(String::new, |rate| rate.region.clone()),
            rate_ppm: part.rate.as_ref().map_or(0, |rate| rate.rate_ppm),
            base_minor: part.gross_or_net,
            tax_minor,
            reason: reason(part, export),
        });
    }
    let tax_minor = tax_parts.iter().map(|part| part.tax_minor).sum();
    let tax_added_minor = if includes { 0 } else { tax_minor };
    let total = fits(goods.checked_add(shipping).and_then(|sum| sum.checked_add(tax_added_minor)))?;
    Ok(Quote {
        prices_include_tax: includes,
        items: priced,
        goods_minor: goods,
        shipping_minor: shipping,
        tax_minor,
        tax_added_minor,
        total_minor: fits(Some(total).filter(|total| *total <= crate::support::money::LARGEST))?,
        taxes: tax_parts,
    })
}

fn reason(part: &Part, export: bool) -> &'static str {
    match (&part.rate, part.class) {
        (None, _) if export => "export",
        (None, _) => "out_of_scope",
        (Some(rate), _) if rate.rate_ppm == 0 => "zero",
        (Some(_), TaxClass::Reduced) => "reduced",
        (Some(_), _) => "standard",
    }
}

/// Shipping as it is taxed (R7): whole at one rate, or split over the rates of the goods.
fn shipping_parts(settings: &Settings, goods: &[Part], shipping: i64, there: &[TaxRate]) -> Vec<Part> {
    if shipping == 0 {
        return Vec::new();
    }
    let whole = |rate: Option<TaxRate>, class| vec![Part { item: None, gross_or_net: shipping, rate, class }];
    let standard = || rate_of(there, TaxClass::Standard).cloned().filter(|rate| rate.applies_to_shipping);
    match settings.shipping_tax {
        ShippingTax::Standard => whole(standard(), TaxClass::Standard),
        ShippingTax::Highest => {
            let highest = goods.iter().filter_map(|part| part.rate.as_ref().map(|rate| (rate, part.class)));
            match highest.filter(|(rate, _)| rate.applies_to_shipping).max_by_key(|(rate, _)| rate.rate_ppm) {
                Some((rate, class)) => whole(Some(rate.clone()), class),
                None => whole(None, TaxClass::Standard),
            }
        }
        ShippingTax::Proportional => {
            let mut groups: Vec<(&Part, i64)> = Vec::new();
            for part in goods {
                match groups.iter_mut().find(|(known, _)| known.rate == part.rate) {
                    Some((_, value)) => *value += part.gross_or_net,
                    None => groups.push((part, part.gross_or_net)),
                }
            }
            if groups.is_empty() {
                return whole(standard(), TaxClass::Standard);
            }
            let weights: Vec<i64> = groups.iter().map(|(_, value)| *value).collect();
            let shares = allocate(shipping, &weights);
            let of_shipping = |rate: &Option<TaxRate>| rate.clone().filter(|rate| rate.applies_to_shipping);
            groups
                .iter()
                .zip(shares)
                .filter(|(_, amount)| *amount > 0)
                .map(|((part, _), amount)| Part {
                    item: None,
                    gross_or_net: amount,
                    rate: of_shipping(&part.rate),
                    class: part.class,
                })
                .collect()
        }
    }
}

/// The tax of each part (R5): rounded once a rate and allocated to the parts, or rounded part by part.
fn tax(parts: &[Part], includes: bool, rounding: Rounding) -> Result<Vec<i64>> {
    let of = |amount: i64, ppm: i64| fits(if includes { included_share(amount, ppm) } else { share(amount, ppm) });
    let ppm = |part: &Part| part.rate.as_ref().map_or(0, |rate| rate.rate_ppm);
    if rounding == Rounding::Line {
        return parts.iter().map(|part| of(part.gross_or_net, ppm(part))).collect();
    }
    let mut taxes = vec![0; parts.len()];
    let mut done: Vec<&Option<TaxRate>> = Vec::new();
    for part in parts {
        if done.contains(&&part.rate) {
            continue;
        }
        done.push(&part.rate);
        let weights: Vec<i64> =
            parts.iter().map(|other| if other.rate == part.rate { other.gross_or_net } else { 0 }).collect();
        let sum = fits(weights.iter().try_fold(0_i64, |sum, weight| sum.checked_add(*weight)))?;
        for (tax, part_of_it) in taxes.iter_mut().zip(allocate(of(sum, ppm(part))?, &weights)) {
            *tax += part_of_it;
        }
    }
    Ok(taxes)
}

impl Quote {
    /// Tax by rate, for people: name, parts per million, amount in minor units.
    pub fn taxes_by_rate(&self) -> Vec<(String, i64, i64)> {
        by_rate(self.taxes.iter().map(|part| (part.name.as_str(), part.rate_ppm, part.tax_minor)))
    }

    /// A short hash of everything that the buyer agreed to.
    pub fn hash(&self) -> String {
        let mut text =
            format!("{} {} {} {}", self.total_minor, self.shipping_minor, self.tax_minor, self.tax_added_minor);
        for item in &self.items {
            text.push_str(&format!(" {}x{}", item.quantity, item.unit_minor));
        }
        token::hash(text).chars().take(16).collect()
    }
}

/// Sums tax by rate; what is not taxed is left out.
pub fn by_rate<'a>(parts: impl Iterator<Item = (&'a str, i64, i64)>) -> Vec<(String, i64, i64)> {
    let mut rates: Vec<(String, i64, i64)> = Vec::new();
    for (name, ppm, tax) in parts.filter(|(_, ppm, tax)| *ppm > 0 || *tax > 0) {
        match rates.iter_mut().find(|(known, rate, _)| known == name && *rate == ppm) {
            Some((_, _, sum)) => *sum += tax,
            None => rates.push((name.to_owned(), ppm, tax)),
        }
    }
    rates.sort_by_key(|(_, ppm, _)| std::cmp::Reverse(*ppm));
    rates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::money::Currency;
    use proptest::prelude::*;

    fn rate(country: &str, tax_class: TaxClass, rate_ppm: i64) -> TaxRate {
        TaxRate {
            public_id: String::new(),
            country: country.into(),
            region: String::new(),
            tax_class,
            name: "VAT".into(),
            rate_ppm,
            applies_to_shipping: true,
        }
    }

    fn german() -> Vec<TaxRate> {
        vec![rate("DE", TaxClass::Standard, 190_000), rate("DE", TaxClass::Reduced, 70_000)]
    }

    fn item(unit_minor: i64, quantity: i64, tax_class: TaxClass) -> Item {
        Item { unit_minor, quantity, tax_class }
    }

    fn at_home(settings: &Settings, items: &[Item], shipping: i64, rates: &[TaxRate]) -> Quote {
        price(settings, items, shipping, &Places { home: rates, there: rates, domestic: true }).unwrap()
    }

    #[test]
    fn a_german_cart_with_two_rates() {
        let items =
            [item(1999, 3, TaxClass::Standard), item(449, 2, TaxClass::Reduced), item(99, 1, TaxClass::Standard)];
        let quote = at_home(&Settings::default(), &items, 490, &german());
        assert_eq!((quote.goods_minor, quote.total_minor), (6994, 7484));
        // Shipping splits 4.27 + 0.63 by the goods; 19 %: 60.96 + 4.27 = 65.23 → 10.41; 7 %: 8.98 + 0.63 = 9.61 → 0.63.
        assert_eq!(quote.taxes_by_rate(), [("VAT".to_owned(), 190_000, 1041), ("VAT".to_owned(), 70_000, 63)]);
        assert_eq!(quote.tax_added_minor, 0);
    }

    #[test]
    fn yen_and_dinars() {
        let yen = Settings { currency: Currency::from_code("JPY").unwrap(), ..Settings::default() };
        let quote = at_home(&yen, &[item(1999, 3, TaxClass::Standard)], 0, &[rate("JP", TaxClass::Standard, 100_000)]);
        assert_eq!((quote.total_minor, quote.tax_minor), (5997, 545));
        let dinars = Settings {
            prices_include_tax: false,
            currency: Currency::from_code("KWD").unwrap(),
            ..Settings::default()
        };
        let quote =
            at_home(&dinars, &[item(1255, 3, TaxClass::Standard)], 0, &[rate("KW", TaxClass::Standard, 50_000)]);
        assert_eq!((quote.total_minor, quote.tax_minor, quote.tax_added_minor), (3953, 188, 188));
    }

    #[test]
    fn export_takes_the_home_tax_out() {
        let items = [item(11_900, 1, TaxClass::Standard)];
        let quote =
            price(&Settings::default(), &items, 0, &Places { home: &german(), there: &[], domestic: false }).unwrap();
        assert_eq!((quote.total_minor, quote.tax_minor, quote.prices_include_tax), (10_000, 0, false));
        assert_eq!(quote.taxes.first().unwrap().reason, "export");
    }

    #[test]
    fn abroad_the_gross_or_the_net_stays() {
        let items = [item(11_900, 1, TaxClass::Standard)];
        let french = [rate("FR", TaxClass::Standard, 200_000)];
        let places = Places { home: &german(), there: &french, domestic: false };
        let gross = price(&Settings::default(), &items, 0, &places).unwrap();
        assert_eq!((gross.total_minor, gross.tax_minor), (11_900, 1983));
        let keep_net = Settings { cross_border: CrossBorder::KeepNet, ..Settings::default() };
        let net = price(&keep_net, &items, 0, &places).unwrap();
        assert_eq!((net.goods_minor, net.total_minor, net.tax_minor), (10_000, 12_000, 2000));
    }

    #[test]
    fn splitting_a_line_changes_nothing() {
        let whole = at_home(
            &Settings::default(),
            &[item(3, 7, TaxClass::Standard)],
            0,
            &[rate("DE", TaxClass::Standard, 200_000)],
        );
        let split: Vec<Item> = (0..7).map(|_| item(3, 1, TaxClass::Standard)).collect();
        let split = at_home(&Settings::default(), &split, 0, &[rate("DE", TaxClass::Standard, 200_000)]);
        assert_eq!((whole.tax_minor, split.tax_minor), (4, 4));
    }

    proptest! {
        #[test]
        fn the_identities_hold(
            wanted in prop::collection::vec((0i64..100_000, 1i64..50, 0usize..3), 1..12),
            shipping in 0i64..5_000,
            includes: bool, line: bool, mode in 0usize..3,
        ) {
            let settings = Settings {
                prices_include_tax: includes,
                tax_rounding: if line { Rounding::Line } else { Rounding::RateGroup },
                shipping_tax: ShippingTax::ALL[mode],
                ..Settings::default()
            };
            let items: Vec<Item> = wanted.iter().map(|(unit, n, class)| item(*unit, *n, TaxClass::ALL[*class])).collect();
            let quote = at_home(&settings, &items, shipping, &german());
            prop_assert_eq!(quote.total_minor, quote.goods_minor + quote.shipping_minor + quote.tax_added_minor);
            let of_lines: i64 = quote.items.iter().map(|item| item.tax_minor).sum();
            let of_shipping: i64 = quote.taxes.iter().filter(|part| part.item.is_none()).map(|part| part.tax_minor).sum();
            prop_assert_eq!(of_lines + of_shipping, quote.tax_minor);
            prop_assert_eq!(quote.taxes_by_rate().iter().map(|(_, _, tax)| tax).sum::<i64>(), quote.tax_minor);
            let base_of_shipping: i64 = quote.taxes.iter().filter(|part| part.item.is_none()).map(|part| part.base_minor).sum();
            prop_assert_eq!(base_of_shipping, quote.shipping_minor);
            for part in &quote.taxes {
                prop_assert!(part.tax_minor >= 0 && (!quote.prices_include_tax || part.tax_minor <= part.base_minor));
            }
        }
    }
}
