//! Prices a cart for a destination and a shipping method: pure arithmetic by TAX.md T1–T11. The checkout shows the
//! quote, and placing the order calculates it again.

use crate::error::{Error, Result};
use crate::models::catalog::product::TaxClass;
use crate::models::checkout::tax_override::TaxRules;
use crate::models::checkout::tax_rate::TaxRate;
use crate::models::platform::setting::{CrossBorder, Rounding, ShippingTax};
use crate::support::i18n::Message;
use crate::support::money::{MAX_AMOUNT_MINOR, PPM, allocate, apply_rate, divide_rounded};
use crate::support::token;

#[derive(Clone, Debug)]
pub struct QuoteItem {
    /// Minor units; includes tax or not, as the shop's prices do.
    pub unit_minor: i64,
    pub quantity: i64,
    pub tax_class: TaxClass,
    pub discountable: bool,
    /// A gift card carries no tax when it is sold, only when it is redeemed.
    pub gift_card: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    None,
    /// A share of the eligible lines, in parts per million.
    Percent(i64),
    /// Minor units, at most the eligible lines' total; deducted from prices as they are, with or without tax.
    Fixed(i64),
    FreeShipping,
}

impl Discount {
    /// Splits the discount over the eligible lines (TAX.md T2, T4): rounded once on the sum, then allocated; `Invalid`
    /// if the sum is above the largest order total (TAX.md T12).
    pub fn split(self, totals: &[i64], items: &[QuoteItem]) -> Result<Vec<i64>> {
        let weights = totals.iter().zip(items).map(|(total, item)| if item.discountable { *total } else { 0 });
        let weights: Vec<i64> = weights.collect();
        let eligible = checked_sum(weights.iter().copied())?;
        let off = match self {
            Discount::Percent(ppm) => check_limit(apply_rate(eligible, ppm))?.min(eligible),
            Discount::Fixed(minor) => minor.min(eligible),
            Discount::None | Discount::FreeShipping => 0,
        };
        Ok(allocate(off, &weights))
    }
}

/// A priced line. Minor units; the amounts include tax if the quote's `prices_include_tax` is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedItem {
    pub unit_minor: i64,
    pub quantity: i64,
    pub discount_minor: i64,
    /// Unit price × quantity − discount.
    pub total_minor: i64,
    /// Included in `total_minor` or added to it.
    pub tax_minor: i64,
}

impl PricedItem {
    pub fn goods_minor(&self) -> i64 {
        self.total_minor + self.discount_minor
    }
}

/// One tax on a line or on a part of the shipping. Minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxLine {
    /// Index of the line; `None` for shipping.
    pub item_index: Option<usize>,
    /// Country of the rate; `None` if no rate applies.
    pub country: Option<String>,
    pub name: String,
    /// Region of the rate; empty for the whole country.
    pub region: String,
    pub rate_ppm: i64,
    /// The taxed amount, with earlier taxes if the rate is compound, and with the tax itself if prices include tax.
    pub base_minor: i64,
    /// The taxed amount without the taxes included in it.
    pub net_minor: i64,
    pub tax_minor: i64,
    /// Why this rate applies: `standard`, `reduced`, `zero`, `export`, `reverse_charge`, `out_of_scope`, `voucher`.
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub prices_include_tax: bool,
    pub rounding: Rounding,
    pub items: Vec<PricedItem>,
    pub goods_minor: i64,
    pub discount_minor: i64,
    pub shipping_minor: i64,
    /// Included in the prices or added to them.
    pub tax_minor: i64,
    /// The part of `tax_minor` that is added to the prices: all of it or zero.
    pub tax_added_minor: i64,
    pub total_minor: i64,
    pub taxes: Vec<TaxLine>,
}

pub struct TaxContext<'a> {
    pub home_rates: &'a [TaxRate],
    /// The rates at the destination; empty if the shop charges no tax there.
    pub destination_rates: &'a [TaxRate],
    /// Whether the order is taxed as a sale within the shop's country.
    pub is_domestic: bool,
    /// Whether the buyer owes the tax: a business in another EU member state.
    pub is_reverse_charge: bool,
}

const REVERSE_CHARGE: &str = "Reverse charge";

/// The rates of a class, by priority. Without a rate for reduced goods the standard rates apply to them (TAX.md T14).
pub fn rates_for_class(rates: &[TaxRate], class: TaxClass) -> Vec<&TaxRate> {
    let mut of_class: Vec<&TaxRate> = rates.iter().filter(|rate| rate.tax_class == class).collect();
    if of_class.is_empty() && class == TaxClass::Reduced {
        return rates_for_class(rates, TaxClass::Standard);
    }
    of_class.sort_by_key(|rate| rate.priority);
    of_class
}

fn check_limit<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::invalid("quantity", Message::OrderTooLarge))
}

fn checked_sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64> {
    check_limit(amounts.into_iter().try_fold(0_i64, i64::checked_add).filter(|sum| *sum <= MAX_AMOUNT_MINOR))
}

/// The rates on one unit of net price, compound included (TAX.md T10): numerators and their common denominator.
fn effective_rates(rates: &[&TaxRate]) -> Result<(Vec<i128>, i128)> {
    let compounds = u32::try_from(rates.iter().filter(|rate| rate.compound).count()).ok();
    let unit = check_limit(compounds.and_then(|many| i128::from(PPM).checked_pow(many + 1)))?;
    let mut all: Vec<i128> = Vec::new();
    for rate in rates {
        let base = if rate.compound { unit + all.iter().sum::<i128>() } else { unit };
        all.push(check_limit(base.checked_mul(i128::from(rate.rate_ppm)))? / i128::from(PPM));
    }
    Ok((all, unit))
}

/// The tax included in a gross amount: the tax is rounded, and net = gross − tax (TAX.md T5).
fn included_tax(gross: i64, rates: &[&TaxRate]) -> Result<i64> {
    let (each, unit) = effective_rates(rates)?;
    let all: i128 = each.iter().sum();
    check_limit(i128::from(gross).checked_mul(all).and_then(|n| divide_rounded(n, unit + all)))
}

#[derive(Clone)]
struct Part<'a> {
    item: Option<usize>,
    amount: i64,
    rates: Vec<&'a TaxRate>,
    is_voucher: bool,
}

fn to_part<'a>(index: usize, amount: i64, item: &QuoteItem, rates: &'a [TaxRate]) -> Part<'a> {
    let rates = if item.gift_card { Vec::new() } else { rates_for_class(rates, item.tax_class) };
    Part { item: Some(index), amount, rates, is_voucher: item.gift_card }
}

/// Line totals and shipping without the tax included in them. The tax is rounded as for a domestic order: once per
/// group of lines with the same rates, or on each line (TAX.md T5); for shipping by its own rates (TAX.md T7). The
/// price of a gift card includes no tax.
fn without_tax(
    rules: &TaxRules,
    items: &[QuoteItem],
    totals: Vec<i64>,
    shipping: i64,
    discount: Discount,
    rates: &[TaxRate],
) -> Result<(Vec<i64>, i64)> {
    let discounts = discount.split(&totals, items)?;
    let lines = items.iter().zip(&totals).enumerate();
    let goods: Vec<Part<'_>> = lines.map(|(index, (item, total))| to_part(index, *total, item, rates)).collect();
    // Shipping is split by the goods' value after discounts, as for a domestic order.
    let discounted = goods
        .iter()
        .zip(discounts)
        .map(|(part, discount_minor)| Part { amount: part.amount - discount_minor, ..part.clone() });
    let mut net = Vec::new();
    for (total, taxes) in totals.iter().zip(calculate_included(&goods, rules.rounding)?) {
        net.push(total - taxes.iter().map(|(_, tax)| tax).sum::<i64>());
    }
    let parts = shipping_parts(rules.shipping, &discounted.collect::<Vec<_>>(), shipping, rates);
    let taxes = calculate_included(&parts, rules.rounding)?;
    let tax: i64 = taxes.iter().flatten().map(|(_, tax)| tax).sum();
    Ok((net, shipping - tax))
}

/// Calculates totals and taxes; `Invalid` if an amount is above the largest order total (TAX.md T12).
pub fn calculate(
    rules: &TaxRules,
    items: &[QuoteItem],
    shipping_minor: i64,
    discount: Discount,
    places: &TaxContext<'_>,
) -> Result<Quote> {
    // TAX.md T8: gross prices stay as they are at home, and abroad with `keep_gross`. Export, reverse charge and
    // `keep_net` first take out the home tax, or the destination's tax if the prices are meant for it (TAX.md T3).
    let destination_rates = if places.is_reverse_charge { &[] } else { places.destination_rates };
    let is_untaxed = places.is_reverse_charge || (!places.is_domestic && destination_rates.is_empty());
    let keeps_net = !places.is_domestic && !rules.has_destination_prices && rules.cross_border == CrossBorder::KeepNet;
    let is_net = is_untaxed || keeps_net;
    let includes = rules.prices_include_tax && !is_net;
    let included_rates = if rules.has_destination_prices { places.destination_rates } else { places.home_rates };
    let mut totals = Vec::new();
    for item in items {
        totals
            .push(check_limit(item.unit_minor.checked_mul(item.quantity).filter(|total| *total <= MAX_AMOUNT_MINOR))?);
    }
    let mut shipping = if discount == Discount::FreeShipping { 0 } else { shipping_minor };
    let takes_out = rules.prices_include_tax && is_net;
    if takes_out {
        (totals, shipping) = without_tax(rules, items, totals, shipping, discount, included_rates)?;
    }
    let mut priced = Vec::new();
    for (item, total) in items.iter().zip(&totals) {
        // For display only: the amount due is the line total.
        let unit = if takes_out {
            check_limit(divide_rounded((*total).into(), item.quantity.into()))?
        } else {
            item.unit_minor
        };
        let quantity = item.quantity;
        priced.push(PricedItem { unit_minor: unit, quantity, discount_minor: 0, total_minor: *total, tax_minor: 0 });
    }
    for (item, discount_minor) in priced.iter_mut().zip(discount.split(&totals, items)?) {
        item.discount_minor = discount_minor;
        item.total_minor -= discount_minor;
    }
    let goods_minor = checked_sum(totals)?;
    let discount_minor = checked_sum(priced.iter().map(|item| item.discount_minor))?;

    let mut parts: Vec<Part<'_>> = priced
        .iter()
        .zip(items)
        .enumerate()
        .map(|(index, (item, quote_item))| to_part(index, item.total_minor, quote_item, destination_rates))
        .collect();
    parts.extend(shipping_parts(rules.shipping, &parts, shipping, destination_rates));
    let taxes =
        if includes { calculate_included(&parts, rules.rounding)? } else { calculate_added(&parts, rules.rounding)? };

    let mut tax_parts = Vec::new();
    for (part, taxes) in parts.iter().zip(taxes) {
        if let Some(item) = part.item.and_then(|index| priced.get_mut(index)) {
            item.tax_minor = taxes.iter().map(|(_, tax)| tax).sum();
        }
        let reason = reason(part, places, is_untaxed);
        let included_tax = if includes { taxes.iter().map(|(_, tax)| tax).sum() } else { 0 };
        let of_rate = |(rate, (base_minor, tax_minor)): (&&TaxRate, (i64, i64))| TaxLine {
            item_index: part.item,
            country: Some(rate.country.clone()),
            name: rate.name.clone(),
            region: rate.region.clone(),
            rate_ppm: rate.rate_ppm,
            base_minor,
            net_minor: base_minor - included_tax,
            tax_minor,
            reason,
        };
        tax_parts.extend(part.rates.iter().zip(taxes).map(of_rate));
        if part.rates.is_empty() {
            tax_parts.push(TaxLine {
                item_index: part.item,
                country: None,
                name: if places.is_reverse_charge && !part.is_voucher { REVERSE_CHARGE } else { "No tax" }.to_owned(),
                region: String::new(),
                rate_ppm: 0,
                base_minor: part.amount,
                net_minor: part.amount,
                tax_minor: 0,
                reason,
            });
        }
    }
    let tax_minor = checked_sum(tax_parts.iter().map(|part| part.tax_minor))?;
    let tax_added_minor = if includes { 0 } else { tax_minor };
    Ok(Quote {
        prices_include_tax: includes,
        rounding: rules.rounding,
        items: priced,
        goods_minor,
        discount_minor,
        shipping_minor: shipping,
        tax_minor,
        tax_added_minor,
        total_minor: checked_sum([goods_minor - discount_minor, shipping, tax_added_minor])?,
        taxes: tax_parts,
    })
}

fn reason(part: &Part<'_>, places: &TaxContext<'_>, is_untaxed: bool) -> &'static str {
    match part.rates.is_empty() {
        _ if part.is_voucher => "voucher",
        true if places.is_reverse_charge => "reverse_charge",
        true if is_untaxed => "export",
        true => "out_of_scope",
        false if part.rates.iter().all(|rate| rate.rate_ppm == 0) => "zero",
        false if part.rates.iter().all(|rate| rate.tax_class == TaxClass::Reduced) => "reduced",
        false => "standard",
    }
}

/// Shipping as it is taxed (TAX.md T7): whole at the rates of one class, or split over the rates of the goods.
fn shipping_parts<'a>(
    tax: ShippingTax,
    goods: &[Part<'a>],
    shipping: i64,
    destination_rates: &'a [TaxRate],
) -> Vec<Part<'a>> {
    if shipping == 0 {
        return Vec::new();
    }
    let for_shipping = |rates: &[&'a TaxRate]| -> Vec<&'a TaxRate> {
        rates.iter().copied().filter(|rate| rate.applies_to_shipping).collect()
    };
    let standard = || for_shipping(&rates_for_class(destination_rates, TaxClass::Standard));
    let goods = || goods.iter().filter(|part| !part.is_voucher);
    let whole = |rates| vec![Part { item: None, amount: shipping, rates, is_voucher: false }];
    match tax {
        ShippingTax::Standard => whole(standard()),
        ShippingTax::Highest => {
            let taxed = goods().map(|part| for_shipping(&part.rates)).filter(|rates| !rates.is_empty());
            let sum_rates = |rates: &Vec<&TaxRate>| rates.iter().map(|rate| rate.rate_ppm).sum::<i64>();
            whole(taxed.max_by_key(sum_rates).unwrap_or_default())
        }
        ShippingTax::Proportional => {
            let mut groups: Vec<(&Part<'a>, i64)> = Vec::new();
            for part in goods() {
                match groups.iter_mut().find(|(other, _)| other.rates == part.rates) {
                    Some((_, value)) => *value += part.amount,
                    None => groups.push((part, part.amount)),
                }
            }
            let weights: Vec<i64> = groups.iter().map(|(_, value)| *value).collect();
            if weights.iter().all(|value| *value == 0) {
                return whole(standard());
            }
            let shares = groups.iter().zip(allocate(shipping, &weights)).filter(|(_, amount)| *amount > 0);
            let part = |((part, _), amount): (&(&Part<'a>, i64), i64)| Part {
                item: None,
                amount,
                rates: for_shipping(&part.rates),
                is_voucher: false,
            };
            shares.map(part).collect()
        }
    }
}

/// Base and tax of each rate, for each part.
type Taxes = Vec<Vec<(i64, i64)>>;

/// Tax added to net prices (TAX.md T5, T10), by ascending priority: rounded once per rate and allocated to its parts,
/// or rounded for each part.
fn calculate_added(parts: &[Part<'_>], rounding: Rounding) -> Result<Taxes> {
    let mut rates: Vec<&TaxRate> = Vec::new();
    for rate in parts.iter().flat_map(|part| &part.rates) {
        if !rates.contains(rate) {
            rates.push(rate);
        }
    }
    rates.sort_by_key(|rate| rate.priority);
    let mut taxes: Taxes = parts.iter().map(|_| Vec::new()).collect();
    for rate in rates {
        let mut bases = Vec::new();
        for (part, before) in parts.iter().zip(&taxes) {
            let earlier: i64 = before.iter().filter(|_| rate.compound).map(|(_, tax)| tax).sum();
            bases.push(if part.rates.contains(&rate) { part.amount + earlier } else { 0 });
        }
        let each = match rounding {
            Rounding::Line => {
                bases.iter().map(|base| check_limit(apply_rate(*base, rate.rate_ppm))).collect::<Result<_>>()?
            }
            Rounding::RateGroup => {
                allocate(check_limit(apply_rate(checked_sum(bases.iter().copied())?, rate.rate_ppm))?, &bases)
            }
        };
        let amounts = bases.into_iter().zip(each);
        for ((part, taxes), amounts) in parts.iter().zip(&mut taxes).zip(amounts) {
            if part.rates.contains(&rate) {
                taxes.push(amounts);
            }
        }
    }
    Ok(taxes)
}

/// Tax included in gross prices (TAX.md T5): rounded once for all parts with the same rates and allocated to them, or
/// rounded for each part. The tax of a part with several rates is allocated to them in proportion to their shares.
fn calculate_included(parts: &[Part<'_>], rounding: Rounding) -> Result<Taxes> {
    let mut part_taxes = vec![0; parts.len()];
    let mut seen_rates: Vec<&[&TaxRate]> = Vec::new();
    for part in parts {
        if seen_rates.contains(&part.rates.as_slice()) {
            continue;
        }
        seen_rates.push(&part.rates);
        let amount_with_rates = |other: &Part<'_>| if other.rates == part.rates { other.amount } else { 0 };
        let amounts: Vec<i64> = parts.iter().map(amount_with_rates).collect();
        let taxes = match rounding {
            Rounding::Line => amounts.iter().map(|gross| included_tax(*gross, &part.rates)).collect::<Result<_>>()?,
            Rounding::RateGroup => {
                allocate(included_tax(checked_sum(amounts.iter().copied())?, &part.rates)?, &amounts)
            }
        };
        for (tax, share) in part_taxes.iter_mut().zip(taxes) {
            *tax += share;
        }
    }
    let mut taxes = Vec::new();
    for (part, tax) in parts.iter().zip(part_taxes) {
        let (weights, _) = effective_rates(&part.rates)?;
        let weights =
            weights.into_iter().map(|weight| check_limit(i64::try_from(weight).ok())).collect::<Result<Vec<_>>>()?;
        taxes.push(allocate(tax, &weights).into_iter().map(|tax| (part.amount, tax)).collect());
    }
    Ok(taxes)
}

impl Quote {
    pub fn taxes_by_rate(&self) -> Vec<RateTotal> {
        sum_by_rate(self.taxes.iter().map(|part| RateTotal {
            name: part.name.clone(),
            rate_ppm: part.rate_ppm,
            tax_minor: part.tax_minor,
        }))
    }

    /// A short hash of the amounts that the buyer agrees to.
    pub fn fingerprint(&self) -> String {
        let mut text =
            format!("{} {} {} {}", self.total_minor, self.shipping_minor, self.tax_minor, self.tax_added_minor);
        for item in &self.items {
            text.push_str(&format!(
                " {}x{}-{}={}",
                item.quantity, item.unit_minor, item.discount_minor, item.total_minor
            ));
        }
        token::sha256_hex(text).chars().take(16).collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, diesel::Queryable)]
pub struct RateTotal {
    pub name: String,
    /// Parts per million.
    pub rate_ppm: i64,
    pub tax_minor: i64,
}

/// Sums tax by rate, highest rate first. Untaxed amounts are left out, except those under reverse charge.
pub fn sum_by_rate(parts: impl IntoIterator<Item = RateTotal>) -> Vec<RateTotal> {
    let is_listed = |part: &RateTotal| part.rate_ppm > 0 || part.tax_minor > 0 || part.name == REVERSE_CHARGE;
    let mut rates: Vec<RateTotal> = Vec::new();
    for part in parts.into_iter().filter(is_listed) {
        match rates.iter_mut().find(|total| total.name == part.name && total.rate_ppm == part.rate_ppm) {
            Some(total) => total.tax_minor += part.tax_minor,
            None => rates.push(part),
        }
    }
    rates.sort_by_key(|rate| std::cmp::Reverse(rate.rate_ppm));
    rates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::platform::setting::Settings;
    use proptest::prelude::*;

    fn shop() -> TaxRules {
        TaxRules::from_settings(&Settings::default())
    }

    fn rate(country: &str, tax_class: TaxClass, rate_ppm: i64) -> TaxRate {
        TaxRate::new(country, tax_class, "VAT", rate_ppm)
    }

    fn german() -> Vec<TaxRate> {
        vec![rate("DE", TaxClass::Standard, 190_000), rate("DE", TaxClass::Reduced, 70_000)]
    }

    fn item(unit_minor: i64, quantity: i64, tax_class: TaxClass) -> QuoteItem {
        QuoteItem { unit_minor, quantity, tax_class, discountable: true, gift_card: false }
    }

    fn at_home(rules: &TaxRules, items: &[QuoteItem], shipping: i64, rates: &[TaxRate]) -> Quote {
        with(rules, items, shipping, Discount::None, rates)
    }

    fn with(rules: &TaxRules, items: &[QuoteItem], shipping: i64, discount: Discount, rates: &[TaxRate]) -> Quote {
        let places =
            TaxContext { home_rates: rates, destination_rates: rates, is_domestic: true, is_reverse_charge: false };
        calculate(rules, items, shipping, discount, &places).unwrap()
    }

    fn abroad(rules: &TaxRules, items: &[QuoteItem], there: &[TaxRate], reverse_charge: bool) -> Quote {
        let places = TaxContext {
            home_rates: &german(),
            destination_rates: there,
            is_domestic: false,
            is_reverse_charge: reverse_charge,
        };
        calculate(rules, items, 0, Discount::None, &places).unwrap()
    }

    fn by_rate(quote: &Quote) -> Vec<(String, i64, i64)> {
        quote.taxes_by_rate().into_iter().map(|rate| (rate.name, rate.rate_ppm, rate.tax_minor)).collect()
    }

    fn offs(quote: &Quote) -> Vec<i64> {
        quote.items.iter().map(|item| item.discount_minor).collect()
    }

    fn of_shipping(quote: &Quote) -> Vec<i64> {
        quote.taxes.iter().filter(|part| part.item_index.is_none()).map(|part| part.base_minor).collect()
    }

    #[test]
    fn fifteen_percent_off_a_german_cart_with_two_rates() {
        let items =
            [item(1999, 3, TaxClass::Standard), item(449, 2, TaxClass::Reduced), item(99, 1, TaxClass::Standard)];
        let quote = with(&shop(), &items, 490, Discount::Percent(150_000), &german());
        assert_eq!((quote.discount_minor, offs(&quote)), (1049, vec![899, 135, 15]));
        assert_eq!(of_shipping(&quote), [427, 63]);
        assert_eq!((quote.total_minor, quote.tax_minor), (6435, 950));
        assert_eq!(by_rate(&quote), [("VAT".to_owned(), 190_000, 896), ("VAT".to_owned(), 70_000, 54)]);
        let by_line = TaxRules { rounding: Rounding::Line, ..shop() };
        let quote = with(&by_line, &items, 490, Discount::Percent(150_000), &german());
        assert_eq!((quote.total_minor, quote.tax_minor), (6435, 949));
        assert_eq!(by_rate(&quote), [("VAT".to_owned(), 190_000, 895), ("VAT".to_owned(), 70_000, 54)]);
    }

    #[test]
    fn a_quarter_off_at_twenty_percent() {
        let rates = [rate("AT", TaxClass::Standard, 200_000)];
        let items = [item(2390, 10, TaxClass::Standard)];
        let quote = with(&shop(), &items, 0, Discount::Percent(250_000), &rates);
        assert_eq!((quote.discount_minor, quote.total_minor, quote.tax_minor), (5975, 17_925, 2988));
    }

    #[test]
    fn everything_off_leaves_nothing_to_pay() {
        let quote = with(&shop(), &[item(1001, 1, TaxClass::Standard)], 0, Discount::Percent(PPM), &german());
        assert_eq!((quote.discount_minor, quote.total_minor, quote.tax_minor), (1001, 0, 0));
    }

    #[test]
    fn an_amount_off_goes_as_far_as_what_it_applies_to() {
        let items = [
            item(1000, 1, TaxClass::Standard),
            QuoteItem { discountable: false, ..item(5000, 1, TaxClass::Standard) },
            item(500, 1, TaxClass::Reduced),
        ];
        let quote = with(&shop(), &items, 490, Discount::Fixed(300), &german());
        assert_eq!((offs(&quote), quote.total_minor), (vec![200, 0, 100], 6690));
        let quote = with(&shop(), &items, 490, Discount::Fixed(9999), &german());
        assert_eq!((offs(&quote), quote.total_minor), (vec![1000, 0, 500], 5490));
    }

    #[test]
    fn free_shipping_takes_nothing_off_the_goods() {
        let items = [item(1000, 1, TaxClass::Standard)];
        let quote = with(&shop(), &items, 490, Discount::FreeShipping, &german());
        assert_eq!((quote.discount_minor, quote.shipping_minor, quote.total_minor), (0, 0, 1000));
    }

    #[test]
    fn taxes_of_several_priorities_add_up_and_compound() {
        let federal = TaxRate { name: "GST".into(), ..rate("CA", TaxClass::Standard, 50_000) };
        let second = TaxRate { name: "QST".into(), priority: 2, ..rate("CA", TaxClass::Standard, 99_750) };
        let net = TaxRules { prices_include_tax: false, ..shop() };
        let items = [item(10_000, 1, TaxClass::Standard)];
        let quote = at_home(&net, &items, 0, &[second.clone(), federal.clone()]);
        assert_eq!(by_rate(&quote), [("QST".to_owned(), 99_750, 998), ("GST".to_owned(), 50_000, 500)]);
        let compound = TaxRate { compound: true, ..second };
        let quote = at_home(&net, &items, 0, &[compound.clone(), federal.clone()]);
        // 9.975 % of 105.00.
        assert_eq!(by_rate(&quote), [("QST".to_owned(), 99_750, 1047), ("GST".to_owned(), 50_000, 500)]);
        assert_eq!((quote.total_minor, quote.items.first().unwrap().tax_minor), (11_547, 1547));
        // The same taxes, included in the price.
        let quote = at_home(&shop(), &[item(11_547, 1, TaxClass::Standard)], 0, &[compound, federal]);
        assert_eq!(by_rate(&quote), [("QST".to_owned(), 99_750, 1047), ("GST".to_owned(), 50_000, 500)]);
    }

    #[test]
    fn a_tax_that_leaves_shipping_alone_does() {
        let goods_only = TaxRate { applies_to_shipping: false, ..rate("US", TaxClass::Standard, 88_750) };
        let net = TaxRules { prices_include_tax: false, ..shop() };
        let quote = at_home(&net, &[item(10_000, 1, TaxClass::Standard)], 1000, &[goods_only]);
        assert_eq!((quote.tax_minor, quote.total_minor), (888, 11_888));
    }

    #[test]
    fn a_gift_card_is_not_taxed_and_pulls_no_shipping() {
        let card = QuoteItem { gift_card: true, discountable: false, ..item(5000, 2, TaxClass::Standard) };
        let goods = [card.clone(), item(1999, 1, TaxClass::Reduced)];
        let quote = with(&shop(), &goods, 490, Discount::Percent(100_000), &german());
        assert_eq!((quote.total_minor, quote.discount_minor), (10_000 + 1999 - 200 + 490, 200));
        assert_eq!(by_rate(&quote), [("VAT".to_owned(), 70_000, 150)]);
        let reasons: Vec<&str> = quote.taxes.iter().map(|part| part.reason).collect();
        assert_eq!((reasons, of_shipping(&quote)), (vec!["voucher", "reduced", "reduced"], vec![490]));
        // Abroad the price does not change: it includes no home tax.
        let quote = abroad(&shop(), &[card], &[], true);
        assert_eq!((quote.total_minor, by_rate(&quote)), (10_000, vec![]));
    }

    #[test]
    fn a_business_abroad_owes_the_tax_itself() {
        let items = [item(11_900, 1, TaxClass::Standard)];
        let french = [rate("FR", TaxClass::Standard, 200_000)];
        let quote = abroad(&shop(), &items, &french, true);
        assert_eq!((quote.goods_minor, quote.total_minor, quote.tax_minor), (10_000, 10_000, 0));
        assert_eq!(quote.taxes.first().unwrap().reason, "reverse_charge");
        assert_eq!(by_rate(&quote), [("Reverse charge".to_owned(), 0, 0)]);
    }

    #[test]
    fn a_german_cart_with_two_rates() {
        let items =
            [item(1999, 3, TaxClass::Standard), item(449, 2, TaxClass::Reduced), item(99, 1, TaxClass::Standard)];
        let quote = at_home(&shop(), &items, 490, &german());
        assert_eq!((quote.goods_minor, quote.total_minor), (6994, 7484));
        // Shipping splits 4.27 + 0.63 by the goods; 19 %: 60.96 + 4.27 = 65.23 → 10.41; 7 %: 8.98 + 0.63 = 9.61 → 0.63.
        assert_eq!(by_rate(&quote), [("VAT".to_owned(), 190_000, 1041), ("VAT".to_owned(), 70_000, 63)]);
        assert_eq!(quote.tax_added_minor, 0);
    }

    #[test]
    fn yen_and_dinars() {
        let quote =
            at_home(&shop(), &[item(1999, 3, TaxClass::Standard)], 0, &[rate("JP", TaxClass::Standard, 100_000)]);
        assert_eq!((quote.total_minor, quote.tax_minor), (5997, 545));
        let dinars = TaxRules { prices_include_tax: false, ..shop() };
        let quote =
            at_home(&dinars, &[item(1255, 3, TaxClass::Standard)], 0, &[rate("KW", TaxClass::Standard, 50_000)]);
        assert_eq!((quote.total_minor, quote.tax_minor, quote.tax_added_minor), (3953, 188, 188));
    }

    #[test]
    fn export_takes_the_home_tax_out() {
        let items = [item(11_900, 1, TaxClass::Standard)];
        let quote = abroad(&shop(), &items, &[], false);
        assert_eq!((quote.total_minor, quote.tax_minor, quote.prices_include_tax), (10_000, 0, false));
        assert_eq!(quote.taxes.first().unwrap().reason, "export");
    }

    #[test]
    fn prices_meant_for_a_country_stay_there_as_they_are() {
        let items = [item(12_000, 1, TaxClass::Standard)];
        let french = [rate("FR", TaxClass::Standard, 200_000)];
        let found = |includes, there: &[TaxRate], reverse| {
            let keep_net = TaxRules { cross_border: CrossBorder::KeepNet, ..shop() };
            let rules = TaxRules { prices_include_tax: includes, has_destination_prices: true, ..keep_net };
            let quote = abroad(&rules, &items, there, reverse);
            (quote.total_minor, quote.tax_minor, quote.prices_include_tax)
        };
        assert_eq!(found(true, &french, false), (12_000, 2_000, true));
        assert_eq!(found(false, &french, false), (14_400, 2_400, false));
        assert_eq!(found(true, &french, true), (10_000, 0, false), "the tax of the destination comes out, not of home");
        assert_eq!(found(false, &french, true), (12_000, 0, false));
        assert_eq!((found(true, &[], false), found(false, &[], false)), ((12_000, 0, false), (12_000, 0, false)));
    }

    #[test]
    fn abroad_the_gross_or_the_net_stays() {
        let items = [item(11_900, 1, TaxClass::Standard)];
        let french = [rate("FR", TaxClass::Standard, 200_000)];
        let gross = abroad(&shop(), &items, &french, false);
        assert_eq!((gross.total_minor, gross.tax_minor), (11_900, 1983));
        let keep_net = TaxRules { cross_border: CrossBorder::KeepNet, ..shop() };
        let net = abroad(&keep_net, &items, &french, false);
        assert_eq!((net.goods_minor, net.total_minor, net.tax_minor), (10_000, 12_000, 2000));
    }

    #[test]
    fn inside_a_price_the_tax_is_rounded_and_not_the_net() {
        assert_eq!(included_tax(299, &[&rate("DE", TaxClass::Standard, 40_000)]).unwrap(), 12);
    }

    #[test]
    fn splitting_a_line_changes_nothing() {
        let whole = at_home(&shop(), &[item(3, 7, TaxClass::Standard)], 0, &[rate("DE", TaxClass::Standard, 200_000)]);
        let split: Vec<QuoteItem> = (0..7).map(|_| item(3, 1, TaxClass::Standard)).collect();
        let split = at_home(&shop(), &split, 0, &[rate("DE", TaxClass::Standard, 200_000)]);
        assert_eq!((whole.tax_minor, split.tax_minor), (4, 4));
    }

    fn discount(kind: usize, value: i64) -> Discount {
        match kind {
            0 => Discount::None,
            1 => Discount::Percent(value),
            2 => Discount::Fixed(value),
            _ => Discount::FreeShipping,
        }
    }

    fn stacked(compound: bool) -> Vec<TaxRate> {
        let second = TaxRate { name: "QST".into(), priority: 2, compound, ..rate("CA", TaxClass::Standard, 99_750) };
        vec![second, rate("CA", TaxClass::Standard, 50_000), rate("CA", TaxClass::Reduced, 20_000)]
    }

    proptest! {
        #[test]
        fn what_is_left_without_tax_is_the_exact_net_rounded_once(
            wanted in prop::collection::vec((0i64..100_000, 1i64..1000, any::<bool>()), 1..8),
            shipping in 0i64..5_000, line: bool, reverse_charge: bool,
        ) {
            let rules = TaxRules { rounding: if line { Rounding::Line } else { Rounding::RateGroup }, ..shop() };
            let class = |reduced: bool| if reduced { TaxClass::Reduced } else { TaxClass::Standard };
            let items: Vec<QuoteItem> = wanted.iter().map(|(unit, n, reduced)| item(*unit, *n, class(*reduced))).collect();
            let places = TaxContext { home_rates: &german(), destination_rates: &[], is_domestic: false, is_reverse_charge: reverse_charge };
            let quote = calculate(&rules, &items, shipping, Discount::None, &places).unwrap();
            for reduced in [false, true] {
                let ppm: i128 = if reduced { 1_070_000 } else { 1_190_000 };
                let mine = quote.items.iter().zip(&wanted).filter(|(_, (.., is))| *is == reduced);
                let mine: Vec<(i128, i128)> = mine
                    .map(|(priced, (unit, n, _))| (i128::from(priced.goods_minor()), i128::from(unit * n)))
                    .collect();
                let net: i128 = mine.iter().map(|(net, _)| net).sum();
                let gross: i128 = mine.iter().map(|(_, gross)| gross).sum();
                // Twice the distance from gross ÷ (1 + rate), in units of 1 ÷ (1 + rate).
                let off = |net: i128, gross: i128| 2 * (net * ppm - gross * 1_000_000).abs();
                if line {
                    for (net, gross) in &mine {
                        prop_assert!(off(*net, *gross) <= ppm);
                    }
                } else {
                    prop_assert!(off(net, gross) <= ppm, "{} of {}", net, gross);
                }
            }
            for priced in &quote.items {
                let shown = priced.unit_minor * priced.quantity - priced.goods_minor();
                prop_assert!(2 * shown.abs() <= priced.quantity);
            }
            prop_assert_eq!(quote.tax_minor, 0);
        }

        #[test]
        fn the_identities_hold(
            wanted in prop::collection::vec((0i64..100_000, 1i64..50, 0usize..3, any::<bool>()), 1..12),
            shipping in 0i64..5_000,
            kind in 0usize..4, value in 0i64..=1_000_000,
            includes: bool, line: bool, mode in 0usize..3, world in 0usize..3,
        ) {
            let rules = TaxRules {
                prices_include_tax: includes,
                rounding: if line { Rounding::Line } else { Rounding::RateGroup },
                shipping: ShippingTax::ALL[mode],
                ..shop()
            };
            let items: Vec<QuoteItem> = wanted
                .iter()
                .map(|(unit, n, class, discountable)| QuoteItem {
                    discountable: *discountable,
                    ..item(*unit, *n, TaxClass::ALL[*class])
                })
                .collect();
            let rates = if world == 0 { german() } else { stacked(world == 1) };
            let off = discount(kind, value);
            let quote = with(&rules, &items, shipping, off, &rates);
            prop_assert_eq!(
                quote.total_minor,
                quote.goods_minor - quote.discount_minor + quote.shipping_minor + quote.tax_added_minor
            );
            prop_assert_eq!(offs(&quote).iter().sum::<i64>(), quote.discount_minor);
            let eligible: i64 =
                quote.items.iter().zip(&items).filter(|(_, item)| item.discountable).map(|(p, _)| p.unit_minor * p.quantity).sum();
            match off {
                Discount::Percent(ppm) => prop_assert_eq!(quote.discount_minor, apply_rate(eligible, ppm).unwrap()),
                Discount::Fixed(minor) => prop_assert_eq!(quote.discount_minor, minor.min(eligible)),
                Discount::None | Discount::FreeShipping => prop_assert_eq!(quote.discount_minor, 0),
            }
            for (priced, item) in quote.items.iter().zip(&items) {
                prop_assert!(priced.total_minor >= 0 && priced.discount_minor >= 0 && priced.tax_minor >= 0);
                prop_assert_eq!(priced.total_minor, priced.unit_minor * priced.quantity - priced.discount_minor);
                prop_assert!(item.discountable || priced.discount_minor == 0);
                prop_assert!(!includes || priced.tax_minor <= priced.total_minor);
            }
            let of_lines: i64 = quote.items.iter().map(|item| item.tax_minor).sum();
            let tax_of_shipping: i64 = quote.taxes.iter().filter(|part| part.item_index.is_none()).map(|part| part.tax_minor).sum();
            prop_assert_eq!(of_lines + tax_of_shipping, quote.tax_minor);
            prop_assert_eq!(quote.taxes_by_rate().iter().map(|rate| rate.tax_minor).sum::<i64>(), quote.tax_minor);
            if world == 0 {
                prop_assert_eq!(of_shipping(&quote).iter().sum::<i64>(), quote.shipping_minor);
            }
            for part in &quote.taxes {
                prop_assert!(part.tax_minor >= 0 && (!quote.prices_include_tax || part.tax_minor <= part.base_minor));
            }
        }
    }
}
