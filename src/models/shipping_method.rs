//! Ways of sending: to which countries, how heavy, at what price, in steps or not.

use diesel::prelude::*;

use super::cart::Line;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::schema::{shipping_methods, shipping_tiers};
use crate::support::country::is_in_eu;
use crate::support::money::{Currency, Money};
use crate::text_enum;

text_enum! {
    /// What the steps of a price go by.
    TierBasis {
        /// One price for all.
        None = "none",
        /// The weight of the parcel, in grams.
        Weight = "weight",
        /// The value of the goods after discounts, in minor units.
        Subtotal = "subtotal",
    }
}

/// The group of countries that `EU` stands for in a list of countries.
pub const EU: &str = "EU";

/// A step of a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// From so many grams or minor units on.
    pub from: i64,
    /// The price, in minor units, on the shop's basis.
    pub price_minor: i64,
}

/// What is to be sent, and where to.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// Grams.
    pub weight_g: i64,
    /// The value of the goods after discounts, in minor units, on the shop's basis.
    pub goods_minor: i64,
    /// There is nothing to send: everything is a gift card.
    pub is_empty: bool,
}

impl<'a> Parcel<'a> {
    /// What is sent of a cart from which a discount takes so much off, in minor units. Gift cards go by email.
    pub fn of(lines: &[Line], off: i64, country: &'a str) -> Parcel<'a> {
        let sent = || lines.iter().filter(|line| !line.product.gift_card);
        Parcel {
            country,
            weight_g: sent().map(|line| line.variant.weight_g.saturating_mul(line.quantity)).sum(),
            goods_minor: sent().map(Line::goods_minor).sum::<i64>() - off,
            is_empty: !lines.is_empty() && sent().next().is_none(),
        }
    }
}

/// A way of sending, or of fetching it oneself.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = shipping_methods, check_for_backend(Db))]
pub struct ShippingMethod {
    /// For forms and the admin's URLs.
    pub public_id: String,
    /// As buyers read it.
    pub name: String,
    /// ISO codes and `EU` separated by blanks, or `*` for wherever no other method goes.
    pub countries: String,
    /// Price in minor units, on the shop's basis; below the first step where there are steps.
    pub price_minor: i64,
    /// Free from this value of goods on.
    pub free_over_minor: Option<i64>,
    /// From this weight on, grams.
    pub min_weight_g: i64,
    /// Up to this weight, grams.
    pub max_weight_g: Option<i64>,
    /// The buyer comes for it.
    pub pickup: bool,
    /// Order in lists.
    pub position: i64,
    /// What the steps of the price go by.
    pub tier_basis: TierBasis,
    /// Goes up whenever it is saved.
    pub lock_version: i64,
}

impl ShippingMethod {
    /// All methods, in the shop's order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all(conn: &mut Conn) -> Result<Vec<ShippingMethod>> {
        let order = (shipping_methods::position, shipping_methods::id);
        Ok(shipping_methods::table.order(order).select(ShippingMethod::as_select()).load(conn)?)
    }

    /// The way of what is not sent in a parcel. It costs nothing, and goes everywhere.
    fn by_email() -> ShippingMethod {
        ShippingMethod {
            public_id: "email".to_owned(),
            name: "By email".to_owned(),
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

    /// The methods for a parcel with their prices: those that name the country; those for the union only where no parcel
    /// method names it, and those for `*` only where neither does. What is empty goes by email.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn offered(conn: &mut Conn, parcel: &Parcel<'_>) -> Result<Vec<(ShippingMethod, i64)>> {
        Ok(ShippingMethod::among(&ShippingMethod::all_with_tiers(conn)?, parcel))
    }

    /// All ways of sending with the steps of their prices, the lowest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all_with_tiers(conn: &mut Conn) -> Result<Vec<(ShippingMethod, Vec<Tier>)>> {
        let all = ShippingMethod::all(conn)?;
        let steps: Vec<(String, i64, i64)> = match all.iter().any(|method| method.tier_basis != TierBasis::None) {
            true => shipping_tiers::table
                .inner_join(shipping_methods::table)
                .order(shipping_tiers::from_value)
                .select((shipping_methods::public_id, shipping_tiers::from_value, shipping_tiers::price_minor))
                .load(conn)?,
            false => Vec::new(),
        };
        let tiers = |method: &ShippingMethod| {
            let mine = steps.iter().filter(|(id, ..)| *id == method.public_id && method.tier_basis != TierBasis::None);
            mine.map(|(_, from, price_minor)| Tier { from: *from, price_minor: *price_minor }).collect()
        };
        let with_tiers = all.into_iter().map(|method| {
            let tiers = tiers(&method);
            (method, tiers)
        });
        Ok(with_tiers.collect())
    }

    /// As [`ShippingMethod::offered`], of these.
    pub fn among(all: &[(ShippingMethod, Vec<Tier>)], parcel: &Parcel<'_>) -> Vec<(ShippingMethod, i64)> {
        if parcel.is_empty {
            return vec![(ShippingMethod::by_email(), 0)];
        }
        let weight = parcel.weight_g;
        let carries = |method: &ShippingMethod| {
            weight >= method.min_weight_g && method.max_weight_g.is_none_or(|most| weight <= most)
        };
        let mut offered: Vec<&(ShippingMethod, Vec<Tier>)> = Vec::new();
        for names in [ShippingMethod::names, ShippingMethod::names_union, ShippingMethod::names_all] {
            if offered.iter().all(|(method, _)| method.pickup) {
                offered.extend(all.iter().filter(|(method, _)| carries(method) && names(method, parcel.country)));
            }
        }
        offered.sort_by_key(|(method, _)| method.position);
        offered.into_iter().map(|(method, tiers)| (method.clone(), method.price_for(tiers, parcel))).collect()
    }

    /// Whether a parcel could be sent if it had another weight.
    pub fn goes_but_for_weight(all: &[(ShippingMethod, Vec<Tier>)], parcel: &Parcel<'_>) -> bool {
        let places = [ShippingMethod::names, ShippingMethod::names_union, ShippingMethod::names_all];
        !parcel.is_empty && all.iter().any(|(method, _)| places.iter().any(|names| names(method, parcel.country)))
    }

    /// Whether a way of sending, by its public id, is that the buyer comes for it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn is_pickup(conn: &mut Conn, public_id: &str) -> Result<bool> {
        let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(public_id));
        Ok(mine.select(shipping_methods::pickup).first(conn).optional()?.unwrap_or(false))
    }

    fn names(&self, country: &str) -> bool {
        self.countries.split(' ').any(|code| code == country)
    }

    fn names_union(&self, country: &str) -> bool {
        is_in_eu(country) && self.names(EU) && !self.names(country)
    }

    fn names_all(&self, _: &str) -> bool {
        self.countries == "*"
    }

    /// The steps of its price, the lowest first; none when there is one price for all.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn tiers(&self, conn: &mut Conn) -> Result<Vec<Tier>> {
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
        Ok(rows.into_iter().map(|(from, price_minor)| Tier { from, price_minor }).collect())
    }

    /// What it costs for a parcel, in minor units: free over its limit, else the highest step that is reached.
    fn price_for(&self, tiers: &[Tier], parcel: &Parcel<'_>) -> i64 {
        if self.free_over_minor.is_some_and(|over| parcel.goods_minor >= over) {
            return 0;
        }
        let reached = match self.tier_basis {
            TierBasis::None => return self.price_minor,
            TierBasis::Weight => parcel.weight_g,
            TierBasis::Subtotal => parcel.goods_minor,
        };
        tiers.iter().rev().find(|tier| tier.from <= reached).map_or(self.price_minor, |tier| tier.price_minor)
    }

    /// A method by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<ShippingMethod> {
        let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(public_id));
        Ok(mine.select(ShippingMethod::as_select()).first(conn)?)
    }

    /// Adds the method with the steps of its price, or replaces the one of the same public id if nobody has since
    /// `lock_version`.
    ///
    /// # Errors
    /// `Conflict` when somebody has; `NotFound` when it was deleted meanwhile.
    pub fn save(&self, tx: &mut Tx<'_>, tiers: &[Tier]) -> Result<()> {
        let values = (
            shipping_methods::name.eq(&self.name),
            shipping_methods::countries.eq(&self.countries),
            shipping_methods::price_minor.eq(self.price_minor),
            shipping_methods::free_over_minor.eq(self.free_over_minor),
            shipping_methods::min_weight_g.eq(self.min_weight_g),
            shipping_methods::max_weight_g.eq(self.max_weight_g),
            shipping_methods::pickup.eq(self.pickup),
            shipping_methods::position.eq(self.position),
            shipping_methods::tier_basis.eq(self.tier_basis),
        );
        let id: i64 = if self.public_id.is_empty() {
            let row = (shipping_methods::public_id.eq(tx.public_id()?), values);
            let insert = diesel::insert_into(shipping_methods::table).values(row);
            insert.returning(shipping_methods::id).get_result(tx.conn())?
        } else {
            let same = shipping_methods::lock_version.eq(self.lock_version);
            let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(&self.public_id).and(same));
            let next = shipping_methods::lock_version.eq(self.lock_version + 1);
            let saved = diesel::update(mine).set((values, next)).returning(shipping_methods::id);
            match saved.get_result(tx.conn()).optional()? {
                Some(id) => id,
                None => ShippingMethod::find(tx.conn(), &self.public_id).and(Err(Error::Conflict))?,
            }
        };
        diesel::delete(shipping_tiers::table.filter(shipping_tiers::method_id.eq(id))).execute(tx.conn())?;
        for tier in tiers {
            let row = (
                shipping_tiers::method_id.eq(id),
                shipping_tiers::from_value.eq(tier.from),
                shipping_tiers::price_minor.eq(tier.price_minor),
            );
            diesel::insert_into(shipping_tiers::table).values(row).execute(tx.conn())?;
        }
        Ok(())
    }

    /// Removes a method; orders keep its name.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn delete(tx: &mut Tx<'_>, public_id: &str) -> Result<()> {
        let mine = shipping_methods::table.filter(shipping_methods::public_id.eq(public_id));
        diesel::delete(mine).execute(tx.conn())?;
        Ok(())
    }
}

/// What a parcel inside a country costs about, in each currency offered: owners check it. From two to twenty euros.
const USUAL: &[(&str, &str)] = &[
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

/// What a parcel usually costs in a currency, in minor units; none where we do not know.
pub fn usual_price(currency: Currency) -> Option<i64> {
    let (_, amount) = USUAL.iter().find(|(code, _)| *code == currency.code())?;
    Money::parse(amount, currency).map(|money| money.minor)
}

/// Gives a new shop a parcel inside its country, so that the first order can be placed; nothing where we do not know
/// what it costs in the currency.
///
/// # Errors
/// When the database refuses.
pub fn begin_with(tx: &mut Tx<'_>, country: &str, currency: Currency) -> Result<()> {
    let Some(price_minor) = usual_price(currency) else { return Ok(()) };
    let parcel = ShippingMethod {
        public_id: String::new(),
        name: "Standard parcel".to_owned(),
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
    parcel.save(tx, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_costs_from_two_to_twenty_euros_in_every_currency() {
        // What one euro was worth in late 2026, roughly.
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
            let price: f64 = Money::new(usual_price(currency).unwrap(), currency).decimal().parse().unwrap();
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
        let tiers = [Tier { from: 2000, price_minor: 690 }, Tier { from: 5000, price_minor: 990 }];
        let price = |method: &ShippingMethod, weight_g, goods_minor| {
            method.price_for(&tiers, &Parcel { country: "DE", weight_g, goods_minor, is_empty: false })
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
