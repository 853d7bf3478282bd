//! VAT numbers of the European Union: format and check digits, without a query to VIES.
//!
//! Source: the rules that VIES and the national tax offices publish, as collected in the documentation of
//! `python-stdnum` (<https://arthurdejong.org/python-stdnum/>). Every member state has a check rule for companies. Only
//! the format is checked where no rule is published or in use any more: Czech persons born before 1954 (nine digits),
//! and Latvian persons with numbers from 32 on.

/// A VAT number with valid check digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VatNumber {
    /// ISO 3166-1 alpha-2 code of the member state: `GR` for the prefix `EL`.
    pub country: &'static str,
    /// With its prefix, without separators: `DE136695976`.
    pub text: String,
}

type Rule = fn(&str) -> bool;

const RULES: &[(&str, &str, Rule)] = &[
    ("AT", "AT", austria),
    ("BE", "BE", belgium),
    ("BG", "BG", bulgaria),
    ("CY", "CY", cyprus),
    ("CZ", "CZ", czechia),
    ("DE", "DE", germany),
    ("DK", "DK", denmark),
    ("EE", "EE", estonia),
    ("EL", "GR", greece),
    ("ES", "ES", spain),
    ("FI", "FI", finland),
    ("FR", "FR", france),
    ("HR", "HR", croatia),
    ("HU", "HU", hungary),
    ("IE", "IE", ireland),
    ("IT", "IT", italy),
    ("LT", "LT", lithuania),
    ("LU", "LU", luxembourg),
    ("LV", "LV", latvia),
    ("MT", "MT", malta),
    ("NL", "NL", netherlands),
    ("PL", "PL", poland),
    ("PT", "PT", portugal),
    ("RO", "RO", romania),
    ("SE", "SE", sweden),
    ("SI", "SI", slovenia),
    ("SK", "SK", slovakia),
];

impl VatNumber {
    /// Reads user input: with its prefix, or without one if the country is known.
    pub fn parse(typed: &str, country: &str) -> Option<VatNumber> {
        let text: String = typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '/')).collect();
        let text = text.to_uppercase();
        if text.len() > 14 || !text.is_ascii() {
            return None;
        }
        let prefixed = RULES.iter().find_map(|(prefix, country, rule)| {
            let number = text.strip_prefix(prefix)?;
            rule(number).then(|| VatNumber { country, text: text.clone() })
        });
        prefixed.or_else(|| {
            let (prefix, country, rule) = RULES.iter().find(|(_, at, _)| *at == country)?;
            rule(&text).then(|| VatNumber { country, text: format!("{prefix}{text}") })
        })
    }
}

fn digits(text: &str, many: usize) -> Option<Vec<u32>> {
    let digits: Vec<u32> = text.chars().map_while(|c| c.to_digit(10)).collect();
    (digits.len() == many && text.len() == many).then_some(digits)
}

fn sum(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

fn last(digits: &[u32]) -> u32 {
    digits.last().copied().unwrap_or(0)
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

/// Luhn checksum (ISO/IEC 7812-1): zero if valid.
fn luhn(digits: &[u32]) -> u32 {
    let doubled = digits.iter().rev().enumerate().map(|(at, digit)| match at % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    });
    doubled.sum::<u32>() % 10
}

/// Checksum by ISO/IEC 7064, MOD 11,10.
fn mod_11_10(digits: &[u32]) -> bool {
    let mut check = 5;
    for digit in digits {
        check = (if check == 0 { 10 } else { check } * 2 % 11 + digit) % 10;
    }
    check == 1
}

fn split_last(text: &str) -> Option<(&str, char)> {
    let character = text.chars().last()?;
    Some((text.get(..text.len() - character.len_utf8())?, character))
}

fn austria(text: &str) -> bool {
    let Some(d) = text.strip_prefix('U').and_then(|rest| digits(rest, 8)) else { return false };
    d.get(..7).is_some_and(|shown| (16 - luhn(shown)) % 10 == last(&d))
}

fn belgium(text: &str) -> bool {
    digits(text, 10).is_some() && number(text) < 2_000_000_000 && 97 - number(text) / 100 % 97 == number(text) % 100
}

fn bulgaria(text: &str) -> bool {
    if let Some(d) = digits(text, 9) {
        let first = sum(&d, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11;
        let check = if first == 10 { sum(&d, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10 } else { first };
        return check == last(&d);
    }
    let Some(d) = digits(text, 10) else { return false };
    let person = sum(&d, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == last(&d);
    let foreigner = sum(&d, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == last(&d);
    let other = (11 - sum(&d, &[4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 == last(&d);
    person || foreigner || other
}

fn cyprus(text: &str) -> bool {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let Some((body, character)) = split_last(text) else { return false };
    let Some(d) = digits(body, 8).filter(|_| !body.starts_with("12")) else { return false };
    let values = d.iter().enumerate().map(|(at, digit)| match (at % 2, usize::try_from(*digit)) {
        (0, Ok(digit)) => ODD.get(digit).copied().unwrap_or(0),
        _ => *digit,
    });
    char::from_u32(u32::from('A') + values.sum::<u32>() % 26) == Some(character)
}

fn czechia(text: &str) -> bool {
    if let Some(d) = digits(text, 8) {
        let rest = (11 - sum(&d, &[8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        return !text.starts_with('9') && (if rest == 0 { 1 } else { rest % 10 }) == last(&d);
    }
    if let Some(d) = digits(text, 9) {
        let Some(body) = d.get(1..8).filter(|_| text.starts_with('6')) else { return born(text) };
        let rest = sum(body, &[8, 7, 6, 5, 4, 3, 2]) % 11;
        return last(&d) + 2 == rest || born(text);
    }
    digits(text, 10).is_some() && born(text) && divides_birth_number(text)
}

/// Czech and Slovak birth numbers: year, month (women: plus 50; overflow: plus 20), day.
fn born(text: &str) -> bool {
    let month = number(text.get(2..4).unwrap_or("")) % 50;
    let day = number(text.get(4..6).unwrap_or(""));
    let before_1954 = text.len() == 10 || number(text.get(..2).unwrap_or("")) < 54;
    (1..=12).contains(&(if month > 20 { month - 20 } else { month })) && (1..=31).contains(&day) && before_1954
}

/// Divisible by eleven; until 1985 a remainder of ten was written as check digit zero.
fn divides_birth_number(text: &str) -> bool {
    number(text).is_multiple_of(11) || (number(text) / 10 % 11 == 10 && text.ends_with('0'))
}

fn germany(text: &str) -> bool {
    digits(text, 9).is_some_and(|d| !text.starts_with('0') && mod_11_10(&d))
}

fn denmark(text: &str) -> bool {
    digits(text, 8).is_some_and(|d| !text.starts_with('0') && sum(&d, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
}

fn estonia(text: &str) -> bool {
    digits(text, 9).is_some_and(|d| sum(&d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10))
}

fn greece(text: &str) -> bool {
    let weights = [256, 128, 64, 32, 16, 8, 4, 2];
    digits(text, 9).is_some_and(|d| number(text) > 0 && sum(&d, &weights) % 11 % 10 == last(&d))
}

fn spanish_letter(number: u64) -> Option<char> {
    let at = usize::try_from(number % 23).ok()?;
    "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth(at)
}

fn spain(text: &str) -> bool {
    let Some((body, check)) = split_last(text).filter(|_| text.len() == 9) else { return false };
    if digits(body, 8).is_some() {
        return spanish_letter(number(body)) == Some(check);
    }
    let Some((kind, rest)) = body.chars().next().zip(body.get(1..)) else { return false };
    let Some(d) = digits(rest, 7) else { return false };
    let seven = number(rest);
    match kind {
        'X' | 'K' | 'L' | 'M' => spanish_letter(seven) == Some(check),
        'Y' => spanish_letter(10_000_000 + seven) == Some(check),
        'Z' => spanish_letter(20_000_000 + seven) == Some(check),
        // Sources differ on which kinds of company have a check letter and which a digit, so both are accepted.
        kind if "ABCDEFGHJNPQRSUVW".contains(kind) => {
            let mut shown = d;
            shown.push(0);
            let value = (10 - luhn(&shown)) % 10;
            let character = usize::try_from(value).ok().and_then(|at| "JABCDEFGHI".chars().nth(at));
            check.to_digit(10) == Some(value) || character == Some(check)
        }
        _ => false,
    }
}

fn finland(text: &str) -> bool {
    digits(text, 8).is_some_and(|d| sum(&d, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11))
}

fn france(text: &str) -> bool {
    const CHECK_CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let Some((key, siren)) = text.get(..2).zip(text.get(2..)) else { return false };
    let monaco = siren.starts_with("000");
    if !digits(siren, 9).is_some_and(|d| monaco || luhn(&d) == 0) {
        return false;
    }
    if digits(key, 2).is_some() {
        return number(key) == (12 + 3 * (number(siren) % 97)) % 97;
    }
    let mut places = key.chars().map(|c| CHECK_CHARACTERS.find(c).and_then(|at| u64::try_from(at).ok()));
    let (Some(Some(first)), Some(Some(second))) = (places.next(), places.next()) else { return false };
    let value = if first < 10 { first * 24 + second } else { first * 34 + second };
    let value = value.checked_sub(if first < 10 { 10 } else { 100 });
    value.is_some_and(|value| (number(siren) + 1 + value / 11) % 11 == value % 11)
}

fn croatia(text: &str) -> bool {
    digits(text, 11).is_some_and(|d| mod_11_10(&d))
}

fn hungary(text: &str) -> bool {
    digits(text, 8).is_some_and(|d| sum(&d, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10))
}

fn ireland(text: &str) -> bool {
    const CHECK_CHARACTERS: &str = "WABCDEFGHIJKLMNOPQRSTUV";
    let mut characters = text.chars();
    let seven: String = characters.by_ref().take(7).collect();
    let (Some(check), second, None) = (characters.next(), characters.next(), characters.next()) else { return false };
    let extra = match second.map(|character| CHECK_CHARACTERS.find(character)) {
        None => 0,
        Some(Some(at)) => u32::try_from(at).unwrap_or(0),
        Some(None) => return false,
    };
    // Until 1992 the second character was a letter, and the first digit counted last.
    let old = seven.chars().nth(1).is_some_and(|c| c.is_ascii_uppercase() || matches!(c, '+' | '*'));
    let seven = match (old, seven.get(..1), seven.get(2..)) {
        (true, Some(first), Some(rest)) => format!("0{rest}{first}"),
        _ => seven,
    };
    let Some(d) = digits(&seven, 7) else { return false };
    let value = (sum(&d, &[8, 7, 6, 5, 4, 3, 2]) + 9 * extra) % 23;
    usize::try_from(value).ok().and_then(|at| CHECK_CHARACTERS.chars().nth(at)) == Some(check)
}

fn italy(text: &str) -> bool {
    let province = number(text.get(7..10).unwrap_or(""));
    let known = (1..=100).contains(&province) || matches!(province, 120 | 121 | 888 | 999);
    digits(text, 11).is_some_and(|d| known && !text.starts_with("0000000") && luhn(&d) == 0)
}

fn lithuania(text: &str) -> bool {
    let Some(d) = digits(text, 9).or_else(|| digits(text, 12)) else { return false };
    let turns = |start: usize| (start..).map(|at| u32::try_from(at % 9 + 1).unwrap_or(1)).take(d.len() - 1);
    let first = sum(&d, &turns(0).collect::<Vec<_>>()) % 11;
    let check = if first == 10 { sum(&d, &turns(2).collect::<Vec<_>>()) % 11 % 10 } else { first };
    d.iter().rev().nth(1) == Some(&1) && check == last(&d)
}

fn luxembourg(text: &str) -> bool {
    digits(text, 8).is_some() && number(text) / 100 % 89 == number(text) % 100
}

fn latvia(text: &str) -> bool {
    let Some(d) = digits(text, 11) else { return false };
    if d.first() > Some(&3) {
        return sum(&d, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3;
    }
    let (day, month) = (number(text.get(..2).unwrap_or("")), number(text.get(2..4).unwrap_or("")));
    let dated = (1..=31).contains(&day) && (1..=12).contains(&month);
    let check = (1 + sum(&d, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10;
    day >= 32 || (dated && check == last(&d))
}

fn malta(text: &str) -> bool {
    digits(text, 8).is_some_and(|d| !text.starts_with('0') && sum(&d, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37))
}

fn netherlands(text: &str) -> bool {
    let Some((person, company)) = text.split_once('B') else { return false };
    let Some(d) = digits(person, 9).filter(|_| digits(company, 2).is_some() && number(company) > 0) else {
        return false;
    };
    let eleven = number(person) > 0 && sum(&d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == last(&d);
    // Since 2020 sole traders have numbers without personal data: ISO/IEC 7064, MOD 97,10 with N, L, B as 23, 21, 11.
    eleven || format!("2321{person}11{company}").parse::<u128>().is_ok_and(|number| number % 97 == 1)
}

fn poland(text: &str) -> bool {
    digits(text, 10).is_some_and(|d| sum(&d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == last(&d))
}

fn portugal(text: &str) -> bool {
    let check = |d: &[u32]| (11 - sum(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    digits(text, 9).is_some_and(|d| !text.starts_with('0') && check(&d) == last(&d))
}

fn romania(text: &str) -> bool {
    if let Some(d) = digits(text, 13) {
        let rest = sum(&d, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
        return !text.starts_with('0') && (if rest == 10 { 1 } else { rest }) == last(&d);
    }
    let filled = format!("{text:0>10}");
    let good = |d: Vec<u32>| sum(&d, &[7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10 % 11 % 10 == last(&d);
    (2..=10).contains(&text.len()) && !text.starts_with('0') && digits(&filled, 10).is_some_and(good)
}

fn sweden(text: &str) -> bool {
    let Some((body, place)) = text.get(..10).zip(text.get(10..)) else { return false };
    let placed = digits(place, 2).is_some() && (1..=94).contains(&number(place));
    placed && digits(body, 10).is_some_and(|d| luhn(&d) == 0)
}

fn slovenia(text: &str) -> bool {
    let Some(d) = digits(text, 8).filter(|_| !text.starts_with('0')) else { return false };
    let check = 11 - sum(&d, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    check != 11 && check % 10 == last(&d)
}

fn slovakia(text: &str) -> bool {
    let company = !text.starts_with('0') && text.chars().nth(2).is_some_and(|c| "234789".contains(c));
    digits(text, 10).is_some()
        && ((company && number(text).is_multiple_of(11)) || (born(text) && divides_birth_number(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_member_state_are_known() {
        let good = [
            "ATU13585627",
            "BE0403019261",
            "BE0428759497",
            "BG175074752",
            "CY10259033P",
            "CZ25123891",
            "CZ640903926",
            "CZ7103192745",
            "DE136695976",
            "DK13585628",
            "EE100931558",
            "EE100594102",
            "EL094259216",
            "EL023456780",
            "ESB58378431",
            "ES54362315K",
            "ESX2482300W",
            "FI20774740",
            "FR40303265045",
            "FR23334175221",
            "FRK7399859412",
            "FR83404833048",
            "HR33392005961",
            "HU12892312",
            "IE6433435F",
            "IE6433435OA",
            "IE8D79739I",
            "IT00743110157",
            "LT119511515",
            "LT100001919017",
            "LU15027442",
            "LV40003521600",
            "LV16117519997",
            "MT11679112",
            "NL004495445B01",
            "NL002455799B11",
            "PL8567346215",
            "PT501964843",
            "RO18547290",
            "SE123456789701",
            "SI50223054",
            "SK2022749619",
        ];
        for text in good {
            assert_eq!(VatNumber::parse(text, "").map(|number| number.text).as_deref(), Some(text), "{text}");
        }
        for (_, country, _) in RULES {
            let prefix = if *country == "GR" { "EL" } else { country };
            assert!(good.iter().any(|text| text.starts_with(prefix)), "{country}");
        }
    }

    #[test]
    fn one_wrong_digit_is_noticed() {
        for text in [
            "ATU13585626",
            "BE0403019260",
            "BG175074751",
            "CY10259033Z",
            "CZ25123890",
            "DE136695978",
            "DK13585627",
            "EE100594103",
            "EL123456781",
            "ES54362315Z",
            "FI20774741",
            "FR84323140391",
            "HR33392005962",
            "HU12892313",
            "IE6433435E",
            "IT00743110158",
            "LT100001919018",
            "LU15027443",
            "LV40003521601",
            "MT11679113",
            "NL123456789B90",
            "PL8567346216",
            "PT501964842",
            "RO18547291",
            "SE123456789101",
            "SI50223055",
            "SK2022749618",
            "DE",
            "",
            "GB980780684",
            "DE13669597",
            "DE1366959766",
            "ÄÖ136695976",
        ] {
            assert_eq!(VatNumber::parse(text, ""), None, "{text}");
        }
    }

    #[test]
    fn what_people_put_between_is_left_out_and_a_missing_prefix_is_the_country_s() {
        let expected = VatNumber { country: "GR", text: "EL094259216".to_owned() };
        assert_eq!(VatNumber::parse("el 094.259.216", "FR"), Some(expected.clone()));
        assert_eq!(VatNumber::parse("094259216", "GR"), Some(expected));
        assert_eq!(VatNumber::parse("40 303 265 045", "FR").unwrap().text, "FR40303265045");
    }
}
