//! Shipping methods: destinations, weight limits and prices, flat or in tiers.

use diesel::prelude::*;

use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::checkout::cart::CartLine;
use crate::schema::{shipping_methods, shipping_tiers};
use crate::support::country::is_in_eu;
use crate::support::i18n::Locale;
use crate::support::ids::ShippingMethodId;
use crate::support::money::{Currency, Money};
use crate::text_enum;

text_enum! {
    TierBasis {
        None = "none",
        /// The weight of the shipment, in grams.
        Weight = "weight",
        /// The value of the goods after discounts, in minor units.
        Subtotal = "subtotal",
    }
}

/// Stands for the member states of the European Union in a list of countries.
pub const EU: &str = "EU";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShippingTier {
    /// The threshold, in grams or minor units.
    pub from_value: i64,
    /// In minor units, on the shop's price basis.
    pub price_minor: i64,
}

#[derive(Insertable)]
#[diesel(table_name = shipping_tiers, treat_none_as_default_value = false)]
struct NewTier {
    method_id: ShippingMethodId,
    from_value: i64,
    price_minor: i64,
}

#[derive(Clone, Copy, Debug)]
pub struct ShippingBasis<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// In grams.
    pub weight_g: i64,
    /// The value of the goods after discounts, in minor units, on the shop's price basis.
    pub goods_minor: i64,
    /// Everything is a gift card, so nothing is shipped.
    pub is_digital_only: bool,
    /// Language of the method's name if nothing is shipped.
    pub locale: Locale,
}

impl<'a> ShippingBasis<'a> {
    /// The basis of a cart with a discount in minor units. Gift cards are sent by email and do not count.
    pub fn from_lines(lines: &[CartLine], discount: i64, country: &'a str, locale: Locale) -> ShippingBasis<'a> {
        let shipped = || lines.iter().filter(|line| !line.product.gift_card);
        ShippingBasis {
            country,
            weight_g: shipped().map(|line| line.variant.weight_g.saturating_mul(line.quantity)).sum(),
            goods_minor: shipped().map(CartLine::goods_minor).sum::<i64>() - discount,
            is_digital_only: !lines.is_empty() && shipped().next().is_none(),
            locale,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(
    table_name = shipping_methods,
    check_for_backend(AnyBackend),
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub struct ShippingMethod {
    #[diesel(skip_update)]
    pub public_id: String,
    pub name: String,
    /// ISO codes and `EU` separated by spaces, or `*` for all countries that no other method covers.
    pub countries: String,
    /// In minor units, on the shop's price basis; with tiers, the price below the first threshold.
    pub price_minor: i64,
    /// Free from this value of the goods on, in minor units.
    pub free_over_minor: Option<i64>,
    pub min_weight_g: i64,
    pub max_weight_g: Option<i64>,
    pub pickup: bool,
    pub position: i64,
    pub tier_basis: TierBasis,
    pub lock_version: i64,
}

impl ShippingMethod {
    pub fn all(conn: &mut Conn) -> Result<Vec<ShippingMethod>> {
        let order = (shipping_methods::position, shipping_methods::id);
        Ok(ShippingMethod::query().order(order).load(conn)?)
    }

    /// The free method for orders without anything to ship.
    fn by_email(locale: Locale) -> ShippingMethod {
        ShippingMethod {
            public_id: "email".to_owned(),
            name: locale.checkout_by_email().to_owned(),
            countries: "*".to_owned(),
            price_minor: 0,
            free_over_minor: None,
            min_weight_g: 0,
            max_weight_g: None,
            pickup: false,
            position: 0,
            tier_basis: TierBasis::None,
            lock_version: 0,
        }
    }

    /// The methods for a shipment with their prices in minor units: those that list the country; those for `EU` only if
    /// no shipping method lists it; those for `*` only if neither does. Without anything to ship, only email.
    pub fn find_available(conn: &mut Conn, basis: &ShippingBasis<'_>) -> Result<Vec<(ShippingMethod, i64)>> {
        Ok(ShippingMethod::select_available(&ShippingMethod::all_with_tiers(conn)?, basis))
    }

    pub fn all_with_tiers(conn: &mut Conn) -> Result<Vec<(ShippingMethod, Vec<ShippingTier>)>> {
        let all = ShippingMethod::all(conn)?;
        let rows: Vec<(String, i64, i64)> = match all.iter().any(|method| method.tier_basis != TierBasis::None) {
            true => shipping_tiers::table
                .inner_join(shipping_methods::table)
                .order(shipping_tiers::from_value)
                .select((shipping_methods::public_id, shipping_tiers::from_value, shipping_tiers::price_minor))
                .load(conn)?,
            false => Vec::new(),
        };
        let tiers = |method: &ShippingMethod| {
            let mine = rows.iter().filter(|(id, ..)| *id == method.public_id && method.tier_basis != TierBasis::None);
            mine.map(|(_, from, price_minor)| ShippingTier { from_value: *from, price_minor: *price_minor }).collect()
        };
        let with_tiers = all.into_iter().map(|method| {
            let tiers = tiers(&method);
            (method, tiers)
        });
        Ok(with_tiers.collect())
    }

    pub fn select_available(
        all: &[(ShippingMethod, Vec<ShippingTier>)],
        basis: &ShippingBasis<'_>,
    ) -> Vec<(ShippingMethod, i64)> {
        if basis.is_digital_only {
            return vec![(ShippingMethod::by_email(basis.locale), 0)];
        }
        let weight = basis.weight_g;
        let carries = |method: &ShippingMethod| {
            weight >= method.min_weight_g && method.max_weight_g.is_none_or(|max| weight <= max)
        };
        let mut offered: Vec<&(ShippingMethod, Vec<ShippingTier>)> = Vec::new();
        for covers in
            [ShippingMethod::covers, ShippingMethod::covers_as_eu_member, ShippingMethod::covers_as_rest_of_world]
        {
            if offered.iter().all(|(method, _)| method.pickup) {
                offered.extend(all.iter().filter(|(method, _)| carries(method) && covers(method, basis.country)));
            }
        }
        offered.sort_by_key(|(method, _)| method.position);
        offered.into_iter().map(|(method, tiers)| (method.clone(), method.price_for(tiers, basis))).collect()
    }

    /// Whether the destination is covered at some other weight.
    pub fn has_method_for_destination(all: &[(ShippingMethod, Vec<ShippingTier>)], basis: &ShippingBasis<'_>) -> bool {
        let matchers =
            [ShippingMethod::covers, ShippingMethod::covers_as_eu_member, ShippingMethod::covers_as_rest_of_world];
        !basis.is_digital_only
            && all.iter().any(|(method, _)| matchers.iter().any(|matches| matches(method, basis.country)))
    }

    pub fn is_pickup(conn: &mut Conn, public_id: &str) -> Result<bool> {
        let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(public_id));
        Ok(mine.select(shipping_methods::pickup).first(conn).optional()?.unwrap_or(false))
    }

    fn covers(&self, country: &str) -> bool {
        self.countries.split(' ').any(|code| code == country)
    }

    fn covers_as_eu_member(&self, country: &str) -> bool {
        is_in_eu(country) && self.covers(EU) && !self.covers(country)
    }

    fn covers_as_rest_of_world(&self, _: &str) -> bool {
        self.countries == "*"
    }

    pub fn tiers(&self, conn: &mut Conn) -> Result<Vec<ShippingTier>> {
        if self.tier_basis == TierBasis::None {
            return Ok(Vec::new());
        }
        let mine = shipping_methods::table
            .filter(shipping_methods::public_id.eq(&self.public_id))
            .select(shipping_methods::id);
        let rows: Vec<(i64, i64)> = shipping_tiers::table
            .filter(shipping_tiers::method_id.eq_any(mine))
            .order(shipping_tiers::from_value)
            .select((shipping_tiers::from_value, shipping_tiers::price_minor))
            .load(conn)?;
        Ok(rows.into_iter().map(|(from, price_minor)| ShippingTier { from_value: from, price_minor }).collect())
    }

    /// The price of a shipment in minor units: free over the limit, else that of the highest tier reached.
    fn price_for(&self, tiers: &[ShippingTier], basis: &ShippingBasis<'_>) -> i64 {
        if self.free_over_minor.is_some_and(|over| basis.goods_minor >= over) {
            return 0;
        }
        let reached = match self.tier_basis {
            TierBasis::None => return self.price_minor,
            TierBasis::Weight => basis.weight_g,
            TierBasis::Subtotal => basis.goods_minor,
        };
        tiers.iter().rev().find(|tier| tier.from_value <= reached).map_or(self.price_minor, |tier| tier.price_minor)
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<ShippingMethod> {
        Ok(ShippingMethod::query().filter(shipping_methods::public_id.eq(public_id)).first(conn)?)
    }

    /// Adds a method, or replaces the one with the same public id.
    ///
    /// # Errors
    /// `Conflict` if its version is no longer `lock_version`; `NotFound` if it was deleted.
    pub fn save(&self, tx: &mut Tx<'_>, tiers: &[ShippingTier]) -> Result<()> {
        let id: ShippingMethodId = if self.public_id.is_empty() {
            let row = ShippingMethod { public_id: tx.generate_public_id()?, lock_version: 1, ..self.clone() };
            let insert = diesel::insert_into(shipping_methods::table).values(row);
            insert.returning(shipping_methods::id).get_result(tx.conn())?
        } else {
            let unchanged = shipping_methods::public_id
                .eq(&self.public_id)
                .and(shipping_methods::lock_version.eq(self.lock_version));
            let next = ShippingMethod { lock_version: self.lock_version + 1, ..self.clone() };
            let saved =
                diesel::update(shipping_methods::table.filter(unchanged)).set(next).returning(shipping_methods::id);
            match saved.get_result(tx.conn()).optional()? {
                Some(id) => id,
                None => ShippingMethod::find(tx.conn(), &self.public_id).and(Err(Error::Conflict))?,
            }
        };
        diesel::delete(shipping_tiers::table.filter(shipping_tiers::method_id.eq(id))).execute(tx.conn())?;
        for tier in tiers {
            let row = NewTier { method_id: id, from_value: tier.from_value, price_minor: tier.price_minor };
            diesel::insert_into(shipping_tiers::table).values(row).execute(tx.conn())?;
        }
        Ok(())
    }

    /// Deletes a method; orders keep a copy of its name.
    pub fn delete(tx: &mut Tx<'_>, public_id: &str) -> Result<()> {
        let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(public_id));
        diesel::delete(mine).execute(tx.conn())?;
        Ok(())
    }
}

/// Starting prices for domestic shipping in major units, worth 2 to 20 euros in each currency; owners adjust them.
const DEFAULT_PRICES: &[(&str, &str)] = &[
    ("AED", "20"),
    ("ARS", "6000"),
    ("AUD", "9"),
    ("BGN", "9"),
    ("BHD", "2"),
    ("BRL", "25"),
    ("CAD", "9"),
    ("CHF", "7"),
    ("CLP", "4500"),
    ("CNY", "30"),
    ("COP", "18000"),
    ("CZK", "99"),
    ("DKK", "39"),
    ("EGP", "200"),
    ("EUR", "5"),
    ("GBP", "4"),
    ("GHS", "60"),
    ("HKD", "40"),
    ("HUF", "1990"),
    ("IDR", "60000"),
    ("ILS", "25"),
    ("INR", "300"),
    ("ISK", "990"),
    ("JOD", "4"),
    ("JPY", "700"),
    ("KES", "600"),
    ("KRW", "5000"),
    ("KWD", "1.500"),
    ("MAD", "40"),
    ("MXN", "120"),
    ("MYR", "20"),
    ("NGN", "6000"),
    ("NOK", "59"),
    ("NZD", "9"),
    ("OMR", "2"),
    ("PEN", "15"),
    ("PHP", "250"),
    ("PLN", "19"),
    ("QAR", "20"),
    ("RON", "20"),
    ("RSD", "500"),
    ("SAR", "20"),
    ("SEK", "59"),
    ("SGD", "6"),
    ("THB", "120"),
    ("TND", "10"),
    ("TRY", "200"),
    ("TWD", "120"),
    ("UAH", "150"),
    ("USD", "6"),
    ("UYU", "220"),
    ("VND", "90000"),
    ("ZAR", "90"),
];

/// The starting price in a currency, in minor units; `None` for a currency without one.
pub fn default_price(currency: Currency) -> Option<i64> {
    let (_, amount) = DEFAULT_PRICES.iter().find(|(code, _)| *code == currency.code())?;
    Money::from_decimal(amount, currency).map(|money| money.minor)
}

/// Creates a domestic shipping method, so that a new shop can take orders; does nothing without a starting price.
pub fn create_defaults(tx: &mut Tx<'_>, country: &str, currency: Currency, locale: Locale) -> Result<()> {
    let Some(price_minor) = default_price(currency) else { return Ok(()) };
    let method = ShippingMethod {
        public_id: String::new(),
        name: locale.checkout_default_shipping_name().to_owned(),
        countries: country.to_owned(),
        price_minor,
        free_over_minor: None,
        min_weight_g: 0,
        max_weight_g: None,
        pickup: false,
        position: 1,
        tier_basis: TierBasis::None,
        lock_version: 0,
    };
    method.save(tx, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_costs_from_two_to_twenty_euros_in_every_currency() {
        // Approximate exchange rates of one euro in late 2026.
        let rates = [
            ("AED", 4.3),
            ("ARS", 1650.0),
            ("AUD", 1.77),
            ("BGN", 1.96),
            ("BHD", 0.44),
            ("BRL", 6.3),
            ("CAD", 1.62),
            ("CHF", 0.94),
            ("CLP", 1080.0),
            ("CNY", 8.3),
            ("COP", 4600.0),
            ("CZK", 24.5),
            ("DKK", 7.46),
            ("EGP", 55.0),
            ("EUR", 1.0),
            ("GBP", 0.87),
            ("GHS", 13.0),
            ("HKD", 9.1),
            ("HUF", 390.0),
            ("IDR", 19300.0),
            ("ILS", 3.9),
            ("INR", 103.0),
            ("ISK", 145.0),
            ("JOD", 0.83),
            ("JPY", 175.0),
            ("KES", 150.0),
            ("KRW", 1680.0),
            ("KWD", 0.36),
            ("MAD", 10.7),
            ("MXN", 21.4),
            ("MYR", 4.9),
            ("NGN", 1700.0),
            ("NOK", 11.7),
            ("NZD", 2.03),
            ("OMR", 0.45),
            ("PEN", 4.0),
            ("PHP", 68.0),
            ("PLN", 4.25),
            ("QAR", 4.25),
            ("RON", 5.08),
            ("RSD", 117.0),
            ("SAR", 4.37),
            ("SEK", 11.0),
            ("SGD", 1.51),
            ("THB", 38.0),
            ("TND", 3.4),
            ("TRY", 49.0),
            ("TWD", 36.0),
            ("UAH", 48.0),
            ("USD", 1.16),
            ("UYU", 46.0),
            ("VND", 30600.0),
            ("ZAR", 20.2),
        ];
        for code in Currency::OFFERED {
            let currency = Currency::from_code(code).unwrap();
            let (_, rate) = rates.iter().find(|(known, _)| known == code).unwrap();
            let price: f64 = Money::new(default_price(currency).unwrap(), currency).to_decimal().parse().unwrap();
            assert!((2.0..=20.0).contains(&(price / rate)), "{code} {price}");
        }
    }

    #[test]
    fn the_highest_step_that_is_reached_sets_the_price() {
        let mut method = ShippingMethod {
            public_id: String::new(),
            name: String::new(),
            countries: "*".to_owned(),
            price_minor: 490,
            free_over_minor: Some(10_000),
            min_weight_g: 0,
            max_weight_g: None,
            pickup: false,
            position: 1,
            tier_basis: TierBasis::Weight,
            lock_version: 0,
        };
        let tiers =
            [ShippingTier { from_value: 2000, price_minor: 690 }, ShippingTier { from_value: 5000, price_minor: 990 }];
        let price = |method: &ShippingMethod, weight_g, goods_minor| {
            method.price_for(
                &tiers,
                &ShippingBasis { country: "DE", weight_g, goods_minor, is_digital_only: false, locale: Locale::En },
            )
        };
        for (weight, expected) in [(0, 490), (1999, 490), (2000, 690), (4999, 690), (5000, 990), (90_000, 990)] {
            assert_eq!(price(&method, weight, 9999), expected, "{weight}");
        }
        assert_eq!(price(&method, 90_000, 10_000), 0);
        method.tier_basis = TierBasis::Subtotal;
        assert_eq!((price(&method, 90_000, 1999), price(&method, 0, 2000)), (490, 690));
        method.tier_basis = TierBasis::None;
        assert_eq!(price(&method, 90_000, 9000), 490);
    }
}
