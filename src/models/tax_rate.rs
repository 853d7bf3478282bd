//! Tax rates by place, class and time. Several may hold at once: one a priority.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::product::TaxClass;
use crate::db::{Conn, Db, Tx, is_taken};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::tax_rates;
use crate::support::{fold, postcode, subdivision};

/// A tax rate.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tax_rates, check_for_backend(Db))]
pub struct TaxRate {
    /// For the admin's URLs.
    pub public_id: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or region; empty for the whole country. A code where the country has subdivisions.
    pub region: String,
    /// Which goods.
    pub tax_class: TaxClass,
    /// As it stands on orders: `VAT 19 %`.
    pub name: String,
    /// Parts per million: 19 % = 190,000.
    pub rate_ppm: i64,
    /// Whether it may tax shipping.
    pub applies_to_shipping: bool,
    /// Patterns of postcodes; empty for all.
    pub postcode: String,
    /// Of the rates of one priority the closest fits; rates of different priorities add up, the lowest first.
    pub priority: i64,
    /// Whether it taxes the taxes of lower priorities too (R10).
    pub compound: bool,
    /// First day, `2026-01-31`, in the shop's time zone; empty for always.
    pub valid_from: String,
    /// Last day; empty for ever.
    pub valid_to: String,
    /// Goes up whenever it is saved.
    pub lock_version: i64,
}

/// Where something goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// State or region, as typed or as stored.
    pub region: &'a str,
    /// Postcode.
    pub postcode: &'a str,
}

impl Place<'_> {
    /// Somewhere in a country.
    pub fn country(country: &str) -> Place<'_> {
        Place { country, ..Place::default() }
    }
}

impl TaxRate {
    /// What a rate is that a form or a sample says no more about: for all postcodes, alone, for ever.
    pub fn plain(country: &str, tax_class: TaxClass, name: &str, rate_ppm: i64) -> TaxRate {
        TaxRate {
            public_id: String::new(),
            country: country.to_owned(),
            region: String::new(),
            tax_class,
            name: name.to_owned(),
            rate_ppm,
            applies_to_shipping: true,
            postcode: String::new(),
            priority: 1,
            compound: false,
            valid_from: String::new(),
            valid_to: String::new(),
            lock_version: 0,
        }
    }

    /// Whether it is in force on a day, `2026-01-31`.
    pub fn is_in_force(&self, day: &str) -> bool {
        self.valid_from.as_str() <= day && (self.valid_to.is_empty() || day <= self.valid_to.as_str())
    }

    /// `region` is the key of the place's region.
    fn holds_at(&self, place: &Place<'_>, region: &str) -> bool {
        self.country == place.country
            && (self.region.is_empty() || subdivision::key(&self.country, &self.region) == region)
            && (self.postcode.is_empty() || postcode::fits(&self.postcode, &self.country, place.postcode))
    }

    /// All rates, by country.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all(conn: &mut Conn) -> Result<Vec<TaxRate>> {
        let order = (
            tax_rates::country,
            tax_rates::priority,
            tax_rates::region,
            tax_rates::tax_class.desc(),
            tax_rates::postcode,
            tax_rates::valid_from,
        );
        Ok(tax_rates::table.order(order).select(TaxRate::as_select()).load(conn)?)
    }

    /// The rates that hold at each of two places on a day, as [`TaxRate::among`].
    ///
    /// # Errors
    /// When the database refuses.
    pub fn at_both(
        conn: &mut Conn,
        one: &Place<'_>,
        other: &Place<'_>,
        day: &str,
    ) -> Result<(Vec<TaxRate>, Vec<TaxRate>)> {
        let countries = tax_rates::country.eq(one.country).or(tax_rates::country.eq(other.country));
        let order = (tax_rates::priority, tax_rates::id);
        let rates: Vec<TaxRate> =
            tax_rates::table.filter(countries).order(order).select(TaxRate::as_select()).load(conn)?;
        Ok((TaxRate::among(&rates, one, day), TaxRate::among(&rates, other, day)))
    }

    /// Of these rates, by priority, the ones that hold at a place on a day, by class and priority: of one priority the
    /// closest, which is a postcode before a region, a region before the country, and a newer rate before an older one.
    pub fn among(rates: &[TaxRate], place: &Place<'_>, day: &str) -> Vec<TaxRate> {
        let mut found: Vec<&TaxRate> = Vec::new();
        let region = subdivision::taxed_at(place.country, place.region, place.postcode);
        let nearness = |rate: &TaxRate| (!rate.postcode.is_empty(), !rate.region.is_empty(), rate.valid_from.clone());
        for rate in rates.iter().filter(|rate| rate.is_in_force(day) && rate.holds_at(place, &region)) {
            let same = |other: &&mut &TaxRate| other.tax_class == rate.tax_class && other.priority == rate.priority;
            match found.iter_mut().find(same) {
                Some(other) if nearness(other) < nearness(rate) => *other = rate,
                Some(_) => {}
                None => found.push(rate),
            }
        }
        found.into_iter().cloned().collect()
    }

    /// Whether there are rates for regions of a country, so that an address there has to say its region.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn go_by_region(conn: &mut Conn, country: &str) -> Result<bool> {
        let of_regions = tax_rates::table.filter(tax_rates::country.eq(country).and(tax_rates::region.ne("")));
        Ok(each!(conn => diesel::select(exists(of_regions)).get_result(conn))?)
    }

    /// The rates of a destination with those of home where it has none for a class, so that no class of goods is left
    /// untaxed because another has a rate: for destinations in the same union as home.
    pub fn or_of_home(mut there: Vec<TaxRate>, home: &[TaxRate]) -> Vec<TaxRate> {
        let has = |class| there.iter().any(|rate| rate.tax_class == class);
        let (standard, reduced) = (has(TaxClass::Standard), has(TaxClass::Reduced));
        // Reduced goods are taxed at the standard rate of the destination, if it has one.
        let lacks = |class| match class {
            TaxClass::Standard => !standard,
            TaxClass::Reduced => !standard && !reduced,
            TaxClass::Zero => false,
        };
        there.extend(home.iter().filter(|rate| lacks(rate.tax_class)).cloned());
        there
    }

    /// A rate by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<TaxRate> {
        Ok(tax_rates::table.filter(tax_rates::public_id.eq(public_id)).select(TaxRate::as_select()).first(conn)?)
    }

    /// Adds the rate, or replaces the one of the same public id if nobody has since `lock_version`.
    ///
    /// # Errors
    /// `Conflict` when somebody has; `NotFound`; `Invalid` on `tax_class` when there is a rate for the place and class already.
    pub fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let region = match subdivision::find(&self.country, &self.region) {
            Some(known) => known.code.to_owned(),
            None => fold::tidy(&self.region),
        };
        let values = (
            tax_rates::country.eq(&self.country),
            tax_rates::region.eq(&region),
            tax_rates::tax_class.eq(self.tax_class),
            tax_rates::name.eq(&self.name),
            tax_rates::rate_ppm.eq(self.rate_ppm),
            tax_rates::applies_to_shipping.eq(self.applies_to_shipping),
            tax_rates::postcode.eq(&self.postcode),
            tax_rates::priority.eq(self.priority),
            tax_rates::compound.eq(self.compound),
            tax_rates::valid_from.eq(&self.valid_from),
            tax_rates::valid_to.eq(&self.valid_to),
        );
        let saved = if self.public_id.is_empty() {
            let id = tx.public_id()?;
            diesel::insert_into(tax_rates::table).values((tax_rates::public_id.eq(id), values)).execute(tx.conn())
        } else {
            let mine = tax_rates::public_id.eq(&self.public_id).and(tax_rates::lock_version.eq(self.lock_version));
            let next = tax_rates::lock_version.eq(self.lock_version + 1);
            diesel::update(tax_rates::table.filter(mine)).set((values, next)).execute(tx.conn())
        };
        match saved {
            Err(error) if is_taken(&error) => {
                Err(Error::invalid("tax_class", "There is a rate for this place and class already."))
            }
            Ok(0) => TaxRate::find(tx.conn(), &self.public_id).and(Err(Error::Conflict)),
            saved => saved.map(drop).map_err(Error::from),
        }
    }

    /// Removes a rate; orders keep what they were taxed at.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn delete(tx: &mut Tx<'_>, public_id: &str) -> Result<()> {
        diesel::delete(tax_rates::table.filter(tax_rates::public_id.eq(public_id))).execute(tx.conn())?;
        Ok(())
    }
}

/// Standard and reduced value-added tax of countries most shops of ours are in, in parts per million (2026). Owners
/// check them; an unknown country starts without.
const KNOWN: &[(&str, i64, i64)] = &[
    ("AT", 200_000, 100_000),
    ("BE", 210_000, 60_000),
    ("CH", 81_000, 26_000),
    ("CZ", 210_000, 120_000),
    ("DE", 190_000, 70_000),
    ("DK", 250_000, 250_000),
    ("ES", 210_000, 100_000),
    ("FI", 255_000, 135_000),
    ("FR", 200_000, 55_000),
    ("GB", 200_000, 0),
    ("IE", 230_000, 135_000),
    ("IT", 220_000, 100_000),
    ("JP", 100_000, 80_000),
    ("LU", 170_000, 80_000),
    ("NL", 210_000, 90_000),
    ("NO", 250_000, 150_000),
    ("PL", 230_000, 80_000),
    ("PT", 230_000, 130_000),
    ("SE", 250_000, 120_000),
];

/// Gives a new shop the rates of its country.
///
/// # Errors
/// When the database refuses.
pub fn begin_with(tx: &mut Tx<'_>, country: &str) -> Result<()> {
    let Some((_, standard, reduced)) = KNOWN.iter().find(|(code, ..)| *code == country) else { return Ok(()) };
    for (tax_class, rate_ppm) in [(TaxClass::Standard, *standard), (TaxClass::Reduced, *reduced)] {
        let rate = TaxRate::plain(country, tax_class, "VAT", rate_ppm);
        rate.save(tx)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(name: &str) -> TaxRate {
        TaxRate::plain("CA", TaxClass::Standard, name, 50_000)
    }

    fn names(rates: &[TaxRate], region: &str, postcode: &str, day: &str) -> String {
        let found = TaxRate::among(rates, &Place { country: "CA", region, postcode }, day);
        found.into_iter().map(|rate| rate.name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_closest_rate_of_each_priority_holds() {
        let rates = [
            rate("federal"),
            TaxRate { region: "QC".into(), ..rate("quebec-only") },
            TaxRate { postcode: "H*".into(), ..rate("montreal") },
            TaxRate { region: "QC".into(), priority: 2, compound: true, ..rate("second") },
        ];
        assert_eq!(names(&rates, "ON", "K1A 0B1", "2026-11-21"), "federal");
        assert_eq!(names(&rates, " qc ", "G1R 4S9", "2026-11-21"), "quebec-only second");
        assert_eq!(names(&rates, "QC", "H2Y 1C6", "2026-11-21"), "montreal second");
        assert_eq!(names(&rates, "", "", "2026-11-21"), "federal");
        for spelling in ["Québec", "quebec", "PQ", "Q.C.", "CA-QC", "Province of Quebec"] {
            assert_eq!(names(&rates, spelling, "", "2026-11-21"), "quebec-only second", "{spelling}");
        }
    }

    #[test]
    fn a_rate_holds_from_its_first_to_its_last_day() {
        let rates = [
            TaxRate { valid_to: "2020-06-30".into(), ..rate("19") },
            TaxRate { valid_from: "2020-07-01".into(), valid_to: "2020-12-31".into(), ..rate("16") },
            TaxRate { valid_from: "2021-01-01".into(), ..rate("19 again") },
        ];
        for (day, name) in
            [("2020-06-30", "19"), ("2020-07-01", "16"), ("2020-12-31", "16"), ("2021-01-01", "19 again")]
        {
            assert_eq!(names(&rates, "", "", day), name, "{day}");
        }
    }
}
