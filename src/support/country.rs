//! Countries: names, EU membership, time zones, and whether addresses have postcodes.

use super::i18n::Locale;
use super::normalisation;

/// A country or territory with its ISO 3166-1 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2 code.
    pub code: &'static str,
}

const WITHOUT_POSTCODE: &[&str] =
    &["AE", "HK", "QA", "AO", "BS", "BZ", "BJ", "BO", "BW", "FJ", "GH", "JM", "KE", "PA", "RW", "UG", "ZW"];

/// Member states of the European Union (2026).
const EU: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// IANA time zone of a new shop, for the likeliest countries: of several zones, the one with the most people.
const ZONES: &[(&str, &str)] = &[
    ("AT", "Europe/Vienna"),
    ("AU", "Australia/Sydney"),
    ("BE", "Europe/Brussels"),
    ("BG", "Europe/Sofia"),
    ("BR", "America/Sao_Paulo"),
    ("CA", "America/Toronto"),
    ("CH", "Europe/Zurich"),
    ("CY", "Asia/Nicosia"),
    ("CZ", "Europe/Prague"),
    ("DE", "Europe/Berlin"),
    ("DK", "Europe/Copenhagen"),
    ("EE", "Europe/Tallinn"),
    ("ES", "Europe/Madrid"),
    ("FI", "Europe/Helsinki"),
    ("FR", "Europe/Paris"),
    ("GB", "Europe/London"),
    ("GR", "Europe/Athens"),
    ("HR", "Europe/Zagreb"),
    ("HU", "Europe/Budapest"),
    ("IE", "Europe/Dublin"),
    ("IN", "Asia/Kolkata"),
    ("IT", "Europe/Rome"),
    ("JP", "Asia/Tokyo"),
    ("KW", "Asia/Kuwait"),
    ("LT", "Europe/Vilnius"),
    ("LU", "Europe/Luxembourg"),
    ("LV", "Europe/Riga"),
    ("MT", "Europe/Malta"),
    ("MX", "America/Mexico_City"),
    ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"),
    ("NZ", "Pacific/Auckland"),
    ("PL", "Europe/Warsaw"),
    ("PT", "Europe/Lisbon"),
    ("RO", "Europe/Bucharest"),
    ("SE", "Europe/Stockholm"),
    ("SI", "Europe/Ljubljana"),
    ("SK", "Europe/Bratislava"),
    ("TR", "Europe/Istanbul"),
    ("US", "America/New_York"),
];

/// Whether a country is a member state of the European Union, by its ISO 3166-1 code.
pub fn is_in_eu(code: &str) -> bool {
    EU.contains(&code)
}

impl Country {
    /// Finds a country by its upper-case ISO 3166-1 code.
    pub fn find(code: &str) -> Option<Country> {
        CODES.iter().find(|known| **known == code).map(|code| Country { code })
    }

    /// All countries, sorted by their names in a language.
    pub fn list(locale: Locale) -> Vec<Country> {
        let mut all: Vec<Country> = CODES.iter().map(|code| Country { code }).collect();
        all.sort_by_cached_key(|country| normalisation::alphanumeric_key(country.name(locale)));
        all
    }

    /// Short name in a language.
    pub fn name(self, locale: Locale) -> &'static str {
        locale.country(self.code).unwrap_or(self.code)
    }

    /// Default time zone of a shop in this country; `UTC` where the list has none.
    pub fn time_zone(self) -> &'static str {
        ZONES.iter().find(|(code, _)| *code == self.code).map_or("UTC", |(_, zone)| zone)
    }

    /// Whether addresses have a postcode.
    pub fn has_postcode(self) -> bool {
        !WITHOUT_POSTCODE.contains(&self.code)
    }
}

/// ISO 3166-1 alpha-2 codes of all countries, sorted.
const CODES: &[&str] = &[
    "AD", "AE", "AF", "AG", "AL", "AM", "AO", "AR", "AT", "AU", "AZ", "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI",
    "BJ", "BN", "BO", "BR", "BS", "BT", "BW", "BY", "BZ", "CA", "CD", "CF", "CG", "CH", "CI", "CL", "CM", "CN", "CO",
    "CR", "CU", "CV", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "ER", "ES", "ET", "FI", "FJ",
    "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GG", "GH", "GI", "GL", "GM", "GN", "GQ", "GR", "GT", "GW", "GY", "HK",
    "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG",
    "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY",
    "MA", "MC", "MD", "ME", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MR", "MT", "MU", "MV", "MW", "MX", "MY", "MZ",
    "NA", "NE", "NG", "NI", "NL", "NO", "NP", "NR", "NZ", "OM", "PA", "PE", "PG", "PH", "PK", "PL", "PR", "PS", "PT",
    "PW", "PY", "QA", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SI", "SK", "SL", "SM", "SN", "SO",
    "SR", "SS", "ST", "SV", "SY", "SZ", "TD", "TG", "TH", "TJ", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ",
    "UA", "UG", "US", "UY", "UZ", "VA", "VC", "VE", "VN", "VU", "WS", "YE", "ZA", "ZM", "ZW",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name() {
        for country in Country::list(Locale::De) {
            assert_ne!(country.name(Locale::De), country.code);
        }
        let names: Vec<&str> = Country::list(Locale::De).iter().map(|country| country.name(Locale::De)).collect();
        assert_eq!(names.first(), Some(&"Afghanistan"));
        assert!(names.iter().position(|name| *name == "Ägypten") < names.iter().position(|name| *name == "Albanien"));
    }

    #[test]
    fn every_zone_is_of_a_country_and_is_known() {
        for (code, zone) in ZONES {
            assert!(Country::find(code).is_some() && jiff::tz::db().get(zone).is_ok(), "{code} {zone}");
        }
        assert!(EU.iter().all(|code| ZONES.iter().any(|(known, _)| known == code)));
    }
}
