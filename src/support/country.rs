//! Countries: names, EU membership, time zones, and whether addresses have postcodes.

/// A country or territory with its ISO 3166-1 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2 code.
    pub code: &'static str,
    /// English short name.
    pub name: &'static str,
}

/// Countries without postcodes.
const WITHOUT_POSTCODE: &[&str] =
    &["AE", "HK", "QA", "AO", "BS", "BZ", "BJ", "BO", "BW", "FJ", "GH", "JM", "KE", "PA", "RW", "UG", "ZW"];

/// Member states of the European Union (2026).
const EU: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Default time zone of a new shop (IANA time zone database), for the likeliest countries; where a country has several,
/// the one with the most people.
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
        ALL.iter().copied().find(|country| country.code == code)
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

macro_rules! countries {
    ($($code:ident $name:literal)*) => {
        /// All countries, sorted by English name.
        pub const ALL: &[Country] = &[$(Country { code: stringify!($code), name: $name }),*];
    };
}

countries! {
    AF "Afghanistan"
    AL "Albania"
    DZ "Algeria"
    AD "Andorra"
    AO "Angola"
    AG "Antigua and Barbuda"
    AR "Argentina"
    AM "Armenia"
    AU "Australia"
    AT "Austria"
    AZ "Azerbaijan"
    BS "Bahamas"
    BH "Bahrain"
    BD "Bangladesh"
    BB "Barbados"
    BY "Belarus"
    BE "Belgium"
    BZ "Belize"
    BJ "Benin"
    BT "Bhutan"
    BO "Bolivia"
    BA "Bosnia and Herzegovina"
    BW "Botswana"
    BR "Brazil"
    BN "Brunei"
    BG "Bulgaria"
    BF "Burkina Faso"
    BI "Burundi"
    KH "Cambodia"
    CM "Cameroon"
    CA "Canada"
    CV "Cape Verde"
    CF "Central African Republic"
    TD "Chad"
    CL "Chile"
    CN "China"
    CO "Colombia"
    KM "Comoros"
    CG "Congo"
    CD "Congo (Democratic Republic)"
    CR "Costa Rica"
    CI "Côte d’Ivoire"
    HR "Croatia"
    CU "Cuba"
    CY "Cyprus"
    CZ "Czechia"
    DK "Denmark"
    DJ "Djibouti"
    DM "Dominica"
    DO "Dominican Republic"
    EC "Ecuador"
    EG "Egypt"
    SV "El Salvador"
    GQ "Equatorial Guinea"
    ER "Eritrea"
    EE "Estonia"
    SZ "Eswatini"
    ET "Ethiopia"
    FO "Faroe Islands"
    FJ "Fiji"
    FI "Finland"
    FR "France"
    GA "Gabon"
    GM "Gambia"
    GE "Georgia"
    DE "Germany"
    GH "Ghana"
    GI "Gibraltar"
    GR "Greece"
    GL "Greenland"
    GD "Grenada"
    GT "Guatemala"
    GG "Guernsey"
    GN "Guinea"
    GW "Guinea-Bissau"
    GY "Guyana"
    HT "Haiti"
    HN "Honduras"
    HK "Hong Kong"
    HU "Hungary"
    IS "Iceland"
    IN "India"
    ID "Indonesia"
    IR "Iran"
    IQ "Iraq"
    IE "Ireland"
    IM "Isle of Man"
    IL "Israel"
    IT "Italy"
    JM "Jamaica"
    JP "Japan"
    JE "Jersey"
    JO "Jordan"
    KZ "Kazakhstan"
    KE "Kenya"
    KI "Kiribati"
    KW "Kuwait"
    KG "Kyrgyzstan"
    LA "Laos"
    LV "Latvia"
    LB "Lebanon"
    LS "Lesotho"
    LR "Liberia"
    LY "Libya"
    LI "Liechtenstein"
    LT "Lithuania"
    LU "Luxembourg"
    MO "Macao"
    MG "Madagascar"
    MW "Malawi"
    MY "Malaysia"
    MV "Maldives"
    ML "Mali"
    MT "Malta"
    MH "Marshall Islands"
    MR "Mauritania"
    MU "Mauritius"
    MX "Mexico"
    FM "Micronesia"
    MD "Moldova"
    MC "Monaco"
    MN "Mongolia"
    ME "Montenegro"
    MA "Morocco"
    MZ "Mozambique"
    MM "Myanmar"
    NA "Namibia"
    NR "Nauru"
    NP "Nepal"
    NL "Netherlands"
    NZ "New Zealand"
    NI "Nicaragua"
    NE "Niger"
    NG "Nigeria"
    KP "North Korea"
    MK "North Macedonia"
    NO "Norway"
    OM "Oman"
    PK "Pakistan"
    PW "Palau"
    PS "Palestine"
    PA "Panama"
    PG "Papua New Guinea"
    PY "Paraguay"
    PE "Peru"
    PH "Philippines"
    PL "Poland"
    PT "Portugal"
    PR "Puerto Rico"
    QA "Qatar"
    RO "Romania"
    RU "Russia"
    RW "Rwanda"
    KN "Saint Kitts and Nevis"
    LC "Saint Lucia"
    VC "Saint Vincent and the Grenadines"
    WS "Samoa"
    SM "San Marino"
    ST "São Tomé and Príncipe"
    SA "Saudi Arabia"
    SN "Senegal"
    RS "Serbia"
    SC "Seychelles"
    SL "Sierra Leone"
    SG "Singapore"
    SK "Slovakia"
    SI "Slovenia"
    SB "Solomon Islands"
    SO "Somalia"
    ZA "South Africa"
    KR "South Korea"
    SS "South Sudan"
    ES "Spain"
    LK "Sri Lanka"
    SD "Sudan"
    SR "Suriname"
    SE "Sweden"
    CH "Switzerland"
    SY "Syria"
    TW "Taiwan"
    TJ "Tajikistan"
    TZ "Tanzania"
    TH "Thailand"
    TL "Timor-Leste"
    TG "Togo"
    TO "Tonga"
    TT "Trinidad and Tobago"
    TN "Tunisia"
    TR "Türkiye"
    TM "Turkmenistan"
    TV "Tuvalu"
    UG "Uganda"
    UA "Ukraine"
    AE "United Arab Emirates"
    GB "United Kingdom"
    US "United States"
    UY "Uruguay"
    UZ "Uzbekistan"
    VU "Vanuatu"
    VA "Vatican City"
    VE "Venezuela"
    VN "Vietnam"
    YE "Yemen"
    ZM "Zambia"
    ZW "Zimbabwe"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_of_a_country_and_is_known() {
        for (code, zone) in ZONES {
            assert!(Country::find(code).is_some() && jiff::tz::db().get(zone).is_ok(), "{code} {zone}");
        }
        assert!(EU.iter().all(|code| ZONES.iter().any(|(known, _)| known == code)));
    }
}
