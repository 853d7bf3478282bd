//! Tax rates by place, tax class and period. Rates of different priorities apply together.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::catalog::product::TaxClass;
use crate::on_backend;
use crate::schema::tax_rates;
use crate::support::i18n::{Locale, Message};
use crate::support::{normalisation, postcode, subdivision};

#[derive(Clone, Debug, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = tax_rates, check_for_backend(AnyBackend), treat_none_as_default_value = false)]
pub struct TaxRate {
    #[diesel(skip_update)]
    pub public_id: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or region, as a code where the country has subdivisions; empty for the whole country.
    pub region: String,
    pub tax_class: TaxClass,
    /// As printed on orders: `VAT 19 %`.
    pub name: String,
    /// Parts per million: 19 % is 190,000.
    pub rate_ppm: i64,
    pub applies_to_shipping: bool,
    /// Postcode patterns; empty for all.
    pub postcode: String,
    /// The most specific rate of each priority applies; rates of different priorities add up, the lowest first.
    pub priority: i64,
    /// Whether its base includes the taxes of lower priorities (TAX.md T10).
    pub compound: bool,
    /// First day in the shop's time zone, `2026-01-31`; empty for no start.
    pub valid_from: String,
    /// Last day; empty for no end.
    pub valid_to: String,
    pub lock_version: i64,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct TaxLocation<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// State or region, as a name or a code.
    pub region: &'a str,
    pub postcode: &'a str,
}

impl TaxLocation<'_> {
    pub fn from_country(country: &str) -> TaxLocation<'_> {
        TaxLocation { country, ..TaxLocation::default() }
    }
}

impl TaxRate {
    /// A rate for a whole country without an end, with priority and other fields at their defaults.
    pub fn new(country: &str, tax_class: TaxClass, name: &str, rate_ppm: i64) -> TaxRate {
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

    /// `region` is the normalised key of the place's region.
    fn applies_at(&self, place: &TaxLocation<'_>, region: &str) -> bool {
        self.country == place.country
            && (self.region.is_empty() || subdivision::region_key(&self.country, &self.region) == region)
            && (self.postcode.is_empty() || postcode::matches_any(&self.postcode, &self.country, place.postcode))
    }

    pub fn all(conn: &mut Conn) -> Result<Vec<TaxRate>> {
        let order = (
            tax_rates::country,
            tax_rates::priority,
            tax_rates::region,
            tax_rates::tax_class.desc(),
            tax_rates::postcode,
            tax_rates::valid_from,
        );
        Ok(TaxRate::query().order(order).load(conn)?)
    }

    /// The rates that apply at each of two places on a day; see [`TaxRate::select_applicable`].
    pub fn find_for_locations(
        conn: &mut Conn,
        home: &TaxLocation<'_>,
        destination: &TaxLocation<'_>,
        day: &str,
    ) -> Result<(Vec<TaxRate>, Vec<TaxRate>)> {
        let countries = tax_rates::country.eq(home.country).or(tax_rates::country.eq(destination.country));
        let order = (tax_rates::priority, tax_rates::id);
        let rates: Vec<TaxRate> = TaxRate::query().filter(countries).order(order).load(conn)?;
        Ok((TaxRate::select_applicable(&rates, home, day), TaxRate::select_applicable(&rates, destination, day)))
    }

    /// The rates that apply at a place on a day: per class and priority the most specific, that is postcode before
    /// region before country, then the one with the later start. `rates` are sorted by priority.
    pub fn select_applicable(rates: &[TaxRate], place: &TaxLocation<'_>, day: &str) -> Vec<TaxRate> {
        let mut selected: Vec<&TaxRate> = Vec::new();
        let region = subdivision::tax_region(place.country, place.region, place.postcode);
        let specificity =
            |rate: &TaxRate| (!rate.postcode.is_empty(), !rate.region.is_empty(), rate.valid_from.clone());
        for rate in rates.iter().filter(|rate| rate.is_in_force(day) && rate.applies_at(place, &region)) {
            let same = |other: &&mut &TaxRate| other.tax_class == rate.tax_class && other.priority == rate.priority;
            match selected.iter_mut().find(same) {
                Some(other) if specificity(other) < specificity(rate) => *other = rate,
                Some(_) => {}
                None => selected.push(rate),
            }
        }
        selected.into_iter().cloned().collect()
    }

    /// Whether the country has regional rates, so that its addresses need a region.
    pub fn has_regional_rates(conn: &mut Conn, country: &str) -> Result<bool> {
        let of_regions = tax_rates::table.filter(tax_rates::country.eq(country).and(tax_rates::region.ne("")));
        Ok(on_backend!(conn => diesel::select(exists(of_regions)).get_result(conn))?)
    }

    /// Adds the rates of `home` for classes without a rate at the destination, so that nothing is untaxed in a union.
    pub fn with_home_fallback(mut destination: Vec<TaxRate>, home: &[TaxRate]) -> Vec<TaxRate> {
        let has_rate = |class| destination.iter().any(|rate| rate.tax_class == class);
        let (standard, reduced) = (has_rate(TaxClass::Standard), has_rate(TaxClass::Reduced));
        // Reduced goods are taxed at the standard rate of the destination, if it has one.
        let is_missing = |class| match class {
            TaxClass::Standard => !standard,
            TaxClass::Reduced => !standard && !reduced,
            TaxClass::Zero => false,
        };
        destination.extend(home.iter().filter(|rate| is_missing(rate.tax_class)).cloned());
        destination
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<TaxRate> {
        Ok(TaxRate::query().filter(tax_rates::public_id.eq(public_id)).first(conn)?)
    }

    /// Adds the rate, or replaces the one with the same public id.
    ///
    /// # Errors
    /// `Conflict` if its version is no longer `lock_version`; `NotFound`; `Invalid` on `tax_class` when the place and
    /// class have a rate already.
    pub fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let region = match subdivision::find(&self.country, &self.region) {
            Some(subdivision) => subdivision.code.to_owned(),
            None => normalisation::normalise(&self.region),
        };
        let saved = if self.public_id.is_empty() {
            let row = TaxRate { public_id: tx.generate_public_id()?, region, lock_version: 1, ..self.clone() };
            diesel::insert_into(tax_rates::table).values(row).execute(tx.conn())
        } else {
            let unchanged = tax_rates::public_id.eq(&self.public_id).and(tax_rates::lock_version.eq(self.lock_version));
            let next = TaxRate { region, lock_version: self.lock_version + 1, ..self.clone() };
            diesel::update(tax_rates::table.filter(unchanged)).set(next).execute(tx.conn())
        };
        match saved {
            Err(error) if is_unique_violation(&error) => Err(Error::invalid("tax_class", Message::TaxRateExists)),
            Ok(0) => TaxRate::find(tx.conn(), &self.public_id).and(Err(Error::Conflict)),
            saved => saved.map(drop).map_err(Error::from),
        }
    }

    /// Deletes a rate; orders keep the taxes they were placed with.
    pub fn delete(tx: &mut Tx<'_>, public_id: &str) -> Result<()> {
        diesel::delete(tax_rates::table.filter(tax_rates::public_id.eq(public_id))).execute(tx.conn())?;
        Ok(())
    }
}

/// Standard and reduced VAT rates in parts per million as of 2026, as a starting point that owners check.
const DEFAULT_RATES: &[(&str, i64, i64)] = &[
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

pub fn create_defaults(tx: &mut Tx<'_>, country: &str, locale: Locale) -> Result<()> {
    let Some((_, standard, reduced)) = DEFAULT_RATES.iter().find(|(code, ..)| *code == country) else { return Ok(()) };
    for (tax_class, rate_ppm) in [(TaxClass::Standard, *standard), (TaxClass::Reduced, *reduced)] {
        let rate = TaxRate::new(country, tax_class, locale.checkout_default_tax_name(), rate_ppm);
        rate.save(tx)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(name: &str) -> TaxRate {
        TaxRate::new("CA", TaxClass::Standard, name, 50_000)
    }

    fn names(rates: &[TaxRate], region: &str, postcode: &str, day: &str) -> String {
        let found = TaxRate::select_applicable(rates, &TaxLocation { country: "CA", region, postcode }, day);
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
