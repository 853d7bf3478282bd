//! Validation of postcodes by country, and the postcode patterns of tax rates: `10115; 20*; 35000...35999`.

use super::i18n::Message;
use super::normalisation;

/// Formats of a country's postcodes without separators (`9` is a digit, `A` a letter, `X` either), and an example.
/// Universal Postal Union, "Addressing Solutions"; Unicode CLDR, "Postal Code Validation".
const SHAPES: &[(&str, &[&str], &str)] = &[
    ("AD", &["AA999"], "AD500"),
    ("AL", &["9999"], "1001"),
    ("AR", &["9999", "A9999AAA"], "C1002AAP"),
    ("AT", &["9999"], "1010"),
    ("AU", &["9999"], "2000"),
    ("BA", &["99999"], "71000"),
    ("BD", &["9999"], "1000"),
    ("BE", &["9999"], "1000"),
    ("BG", &["9999"], "1000"),
    ("BR", &["99999999"], "01310-100"),
    ("BY", &["999999"], "220030"),
    ("CA", &["A9A9A9"], "K1A 0B1"),
    ("CH", &["9999"], "8001"),
    ("CN", &["999999"], "100000"),
    ("CO", &["999999"], "110111"),
    ("CY", &["9999"], "1010"),
    ("CZ", &["99999"], "110 00"),
    ("DE", &["99999"], "10115"),
    ("DK", &["9999"], "1050"),
    ("EE", &["99999"], "10111"),
    ("EG", &["99999", "9999999"], "11511"),
    ("ES", &["99999"], "28001"),
    ("FI", &["99999"], "00100"),
    ("FR", &["99999"], "75001"),
    ("GB", &["A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA"], "SW1A 1AA"),
    ("GR", &["99999"], "105 57"),
    ("HR", &["99999"], "10000"),
    ("HU", &["9999"], "1011"),
    ("ID", &["99999"], "10110"),
    ("IE", &["A99XXXX", "A9AXXXX"], "D02 X285"),
    ("IL", &["99999", "9999999"], "9614303"),
    ("IN", &["999999"], "110001"),
    ("IS", &["999"], "101"),
    ("IT", &["99999"], "00118"),
    ("JP", &["9999999"], "100-0001"),
    ("KR", &["99999"], "03051"),
    ("LI", &["9999"], "9490"),
    ("LT", &["99999"], "01100"),
    ("LU", &["9999"], "1111"),
    ("LV", &["9999"], "1010"),
    ("MA", &["99999"], "10000"),
    ("MC", &["99999"], "98000"),
    ("MD", &["9999"], "2001"),
    ("ME", &["99999"], "81000"),
    ("MK", &["9999"], "1000"),
    ("MT", &["AAA9999", "AAA999", "AAA99"], "VLT 1117"),
    ("MX", &["99999"], "06000"),
    ("MY", &["99999"], "50050"),
    ("NL", &["9999AA", "9999"], "1012 AB"),
    ("NO", &["9999"], "0150"),
    ("NZ", &["9999"], "6011"),
    ("PH", &["9999"], "1000"),
    ("PL", &["99999"], "00-950"),
    ("PR", &["99999", "999999999"], "00901"),
    ("PT", &["9999999", "9999"], "1000-001"),
    ("RO", &["999999"], "010011"),
    ("RS", &["99999", "999999"], "11000"),
    ("RU", &["999999"], "101000"),
    ("SE", &["99999"], "111 20"),
    ("SG", &["999999"], "018956"),
    ("SI", &["9999"], "1000"),
    ("SK", &["99999"], "811 01"),
    ("SM", &["99999"], "47890"),
    ("TH", &["99999"], "10200"),
    ("TN", &["9999"], "1000"),
    ("TR", &["99999"], "34000"),
    ("UA", &["99999"], "01001"),
    ("US", &["99999", "999999999"], "10001"),
    ("VA", &["99999"], "00120"),
    ("ZA", &["9999"], "8001"),
];

/// Prefixes that people write before postcodes besides the ISO code: distinguishing signs of vehicles.
const SIGNS: &[(&str, &[&str])] = &[
    ("AT", &["A"]),
    ("BE", &["B"]),
    ("DE", &["D"]),
    ("EE", &["EST"]),
    ("ES", &["E"]),
    ("FI", &["FIN", "SF"]),
    ("FR", &["F"]),
    ("HU", &["H"]),
    ("IT", &["I"]),
    ("LI", &["FL"]),
    ("LU", &["L"]),
    ("NO", &["N"]),
    ("PT", &["P"]),
    ("SE", &["S"]),
    ("SI", &["SLO"]),
];

fn shapes(country: &str) -> &'static [&'static str] {
    SHAPES.iter().find(|(code, ..)| *code == country).map_or(&[], |(_, shapes, _)| shapes)
}

/// A valid postcode of the country, as an example in messages.
pub fn example(country: &str) -> Option<&'static str> {
    SHAPES.iter().find(|(code, ..)| *code == country).map(|(.., example)| *example)
}

/// Whether a text can be a postcode of the country. True for countries whose formats are unknown.
pub fn is_plausible(country: &str, typed: &str) -> bool {
    let shapes = shapes(country);
    shapes.is_empty() || has_shape(shapes, &plain(country, typed))
}

/// Normalises a postcode for storing: NFKC and upper case; separators stay.
pub fn normalise(typed: &str) -> String {
    normalisation::normalise_nfkc(typed).to_uppercase()
}

/// For comparing: upper case, without country prefix and separators.
fn plain(country: &str, text: &str) -> String {
    let text = normalise(text);
    let squeezed = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect() };
    let whole = squeezed(&text);
    let shapes = shapes(country);
    if shapes.is_empty() || can_fit(shapes, &whole) {
        return whole;
    }
    let signs = SIGNS.iter().find(|(code, _)| *code == country).map_or(&[][..], |(_, signs)| signs);
    let without = [country].iter().chain(signs).find_map(|sign| {
        let rest = squeezed(text.strip_prefix(sign)?);
        can_fit(shapes, &rest).then_some(rest)
    });
    without.unwrap_or(whole)
}

fn is_like(shape: char, character: char) -> bool {
    match shape {
        '9' => character.is_ascii_digit(),
        'A' => character.is_ascii_uppercase(),
        _ => character.is_ascii_digit() || character.is_ascii_uppercase(),
    }
}

fn has_shape(shapes: &[&str], postcode: &str) -> bool {
    let has = |shape: &&str| {
        shape.len() == postcode.len()
            && shape.chars().zip(postcode.chars()).all(|(shape, character)| is_like(shape, character))
    };
    shapes.iter().any(has)
}

/// Whether any postcode of these formats matches a postcode or a pattern with wildcards. The leading digits of a
/// postcode count as a postcode too, as in [`matches_any`].
fn can_fit(shapes: &[&str], pattern: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    shapes.iter().any(|shape| {
        let shape: Vec<char> = shape.chars().collect();
        let front = shape.iter().take_while(|shape| **shape == '9').count();
        reaches(&shape, &pattern) || (front > 0 && shape.get(..front).is_some_and(|front| reaches(front, &pattern)))
    })
}

fn reaches(shape: &[char], pattern: &[char]) -> bool {
    match (pattern.split_first(), shape.split_first()) {
        (None, None) => true,
        (Some(('*', more)), _) => {
            (0..=shape.len()).any(|skip| shape.get(skip..).is_some_and(|rest| reaches(rest, more)))
        }
        (Some((character, more)), Some((shape, rest))) => is_like(*shape, *character) && reaches(rest, more),
        _ => false,
    }
}

/// Matches literally, by `*` wildcards, or by a range. Of `90210-1234` and `1012 AB` the leading digits are tried too.
pub fn matches_any(patterns: &str, country: &str, postcode: &str) -> bool {
    let whole = plain(country, postcode);
    let typed = normalise(postcode);
    let start = if typed.starts_with(|c: char| c.is_ascii_digit()) { typed.as_str() } else { whole.as_str() };
    let front: String = start.chars().take_while(char::is_ascii_digit).collect();
    let forms = [whole, front];
    let mut forms = forms.iter().filter(|form| !form.is_empty());
    forms.any(|form| patterns.split("; ").any(|pattern| fits_one(pattern, form)))
}

fn fits_one(pattern: &str, postcode: &str) -> bool {
    if let Some((first, last)) = pattern.split_once("...") {
        return first.len() == postcode.len() && (first..=last).contains(&postcode);
    }
    match pattern.split_once('*') {
        None => pattern == postcode,
        Some((start, rest)) => postcode.strip_prefix(start).is_some_and(|left| fits_rest(rest, left)),
    }
}

fn fits_rest(rest: &str, left: &str) -> bool {
    match rest.split_once('*') {
        None => left.ends_with(rest),
        Some((part, more)) => {
            left.find(part).and_then(|at| left.get(at + part.len()..)).is_some_and(|left| fits_rest(more, left))
        }
    }
}

/// Validates and normalises patterns for storing. A range is written `35000...35999` or with a hyphen. Each pattern
/// must match at least one postcode of the country. The error is for the person who typed it.
pub fn parse_patterns(typed: &str, country: &str) -> Result<String, Message> {
    let mut kept = Vec::new();
    let lines = typed.replace(['\n', '\r', '；', '，', '、'], ";");
    for pattern in lines.split([';', ',']).map(normalise).filter(|pattern| !pattern.is_empty()) {
        kept.push(read_one(&pattern, country)?);
    }
    Ok(kept.join("; "))
}

fn read_one(pattern: &str, country: &str) -> Result<String, Message> {
    let shapes = shapes(country);
    let good = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    let typed = || pattern.to_owned();
    let nonsense = || Message::PostcodePatternMalformed { pattern: typed() };
    let whole = plain(country, pattern);
    if let Some((first, last)) = ends_of(pattern, &whole, shapes) {
        let (start, end) = (plain(country, first), plain(country, last));
        if !good(&start) || !good(&end) {
            return Err(nonsense());
        }
        if start.len() != end.len() {
            return Err(Message::PostcodeRangeUneven { pattern: typed() });
        }
        if start > end {
            return Err(Message::PostcodeRangeBackwards { pattern: typed() });
        }
        for end in [&start, &end] {
            check(shapes, country, end)?;
        }
        return Ok(if start == end { start } else { format!("{start}...{end}") });
    }
    if !good(&whole.replace('*', "0")) {
        return Err(nonsense());
    }
    check(shapes, country, &whole)?;
    Ok(whole)
}

/// The two ends of a range: separated by `...`, or by a hyphen that is not part of a postcode.
fn ends_of<'a>(pattern: &'a str, whole: &str, shapes: &[&str]) -> Option<(&'a str, &'a str)> {
    if let Some(ends) = pattern.split_once("...") {
        return Some(ends);
    }
    if pattern.contains('*') || (!shapes.is_empty() && can_fit(shapes, whole)) {
        return None;
    }
    // Both ends may contain hyphens; the one in the middle separates them.
    let dashes: Vec<usize> = pattern.match_indices('-').map(|(at, _)| at).collect();
    let middle = dashes.get(dashes.len() / 2).filter(|_| dashes.len() % 2 == 1)?;
    let (first, last) = (pattern.get(..*middle)?, pattern.get(middle + 1..)?);
    // For unknown formats, ends of different lengths are taken as parts of one postcode.
    let length = |end: &str| end.chars().filter(|c| c.is_ascii_alphanumeric()).count();
    (!shapes.is_empty() || length(first) == length(last)).then_some((first, last))
}

fn check(shapes: &[&str], country: &str, pattern: &str) -> Result<(), Message> {
    if shapes.is_empty() || can_fit(shapes, pattern) {
        return Ok(());
    }
    let example = example(country).unwrap_or("10115").to_owned();
    Err(Message::PostcodePatternForeign { pattern: pattern.to_owned(), country: country.to_owned(), example })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::country::Country;
    use proptest::prelude::*;

    #[test]
    fn postcodes_fit_themselves_stars_and_ranges() {
        for (patterns, postcode, expected) in [
            ("10115", "10115", true),
            ("10115", "10117", false),
            ("20*", "20095", true),
            ("20*", "12020", false),
            ("1000...1999", "1500", true),
            ("1000...1999", "1000", true),
            ("1000...1999", "1999", true),
            ("1000...1999", "2000", false),
            ("1000...1999", "10119", false),
            ("1000...1999", "1012 AB", true),
            ("90210", "90210-1234", true),
            ("SW1*; EC*", "ec1a 1bb", true),
            ("SW1*; EC*", "SE1 9GF", false),
            ("*1AA", "SW1A 1AA", true),
            ("S*1*A", "SW1A 1AA", true),
            ("*", "anything", true),
            ("*", "", false),
            ("10115", "", false),
            ("00001...00999", "00-950", true),
            ("20*", "２００９５", true),
            ("20*", "2\u{200b}0095", true),
        ] {
            assert_eq!(matches_any(patterns, "", postcode), expected, "{patterns} {postcode}");
        }
        for (country, typed) in [("DE", "D-10115"), ("DE", "DE-10115"), ("DE", "d 10115"), ("DE", "１０１１５")] {
            assert!(matches_any("10115", country, typed), "{typed}");
        }
        assert!(matches_any("35000...35999", "ES", "ES-35001") && matches_any("35000...35999", "ES", "E-35001"));
        assert!(
            matches_any("BT*", "GB", "bt1 5gs") && !matches_any("T*", "GB", "BT1 5GS"),
            "a postcode of its own begins with B"
        );
    }

    #[test]
    fn patterns_are_read_and_nonsense_is_named() {
        assert_eq!(parse_patterns(" 10115 ; 20*;\n1000 ... 1999 ", ""), Ok("10115; 20*; 1000...1999".to_owned()));
        assert_eq!(parse_patterns("", "DE"), Ok(String::new()));
        for nonsense in ["1...", "2000...1000", "1...22", "(1)", "1..2", "1...2...3", "2000-1000"] {
            assert!(parse_patterns(nonsense, "").is_err(), "{nonsense}");
        }
        for (country, typed, kept) in [
            ("ES", "35000-35999; 38000-38999", "35000...35999; 38000...38999"),
            ("ES", "35000–35999", "35000...35999"),
            ("ES", "35000 - 35999", "35000...35999"),
            ("ES", "35000…35999", "35000...35999"),
            ("ES", "３５０００－３５９９９", "35000...35999"),
            ("ES", "ES-35001", "35001"),
            ("ES", "ES-35000 - ES-35999", "35000...35999"),
            ("ES", "ES-35*", "35*"),
            ("DE", "D-10115", "10115"),
            ("PL", "00-950", "00950"),
            ("PL", "00-001 - 00-999", "00001...00999"),
            ("JP", "100-0001", "1000001"),
            ("BR", "01310-100", "01310100"),
            ("GB", "BT1-5GS; BT*", "BT15GS; BT*"),
            ("US", "90210-1234", "902101234"),
            ("US", "10001-10292", "10001...10292"),
            ("NL", "1000-1999", "1000...1999"),
            ("CA", "K1A 0B1", "K1A0B1"),
            ("KY", "KY1-1104", "KY11104"),
            ("HK", "1000-1999", "1000...1999"),
        ] {
            let found = parse_patterns(typed, country);
            assert_eq!(found.as_deref(), Ok(kept), "{country} {typed}");
        }
        for (country, typed) in [
            ("ES", "3500-35999"),
            ("ES", "35999-35000"),
            ("ES", "350-359"),
            ("ES", "350000*"),
            ("ES", "3500O"),
            ("DE", "1234"),
            ("US", "100...149"),
            ("GB", "12345"),
        ] {
            assert!(parse_patterns(typed, country).is_err(), "{country} {typed}");
        }
    }

    #[test]
    fn a_postcode_looks_like_those_of_its_country() {
        for (country, _, example) in SHAPES {
            assert!(Country::find(country).is_some() && is_plausible(country, example), "{country} {example}");
            assert!(is_plausible(country, &example.to_lowercase()), "{country} {example}");
        }
        for (country, typed) in [
            ("DE", "ABCDE"),
            ("DE", "ABC"),
            ("DE", "1011"),
            ("GB", "12345"),
            ("US", "1OOO1"),
            ("US", "l0001"),
            ("CA", "K1A OB1"),
            ("NL", "AB 1012"),
        ] {
            assert!(!is_plausible(country, typed), "{country} {typed}");
        }
        for (country, typed) in [
            ("DE", "D-10115"),
            ("DE", "１０１１５"),
            ("US", "10001-1234"),
            ("IE", "d02x285"),
            ("SE", "SE-111 20"),
            ("HK", "whatever"),
        ] {
            assert!(is_plausible(country, typed), "{country} {typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_read_again_the_same_and_fits(at in 0usize..SHAPES.len(), digits in 0u32..10, mode in 0usize..3) {
            let (country, shapes, _) = SHAPES[at];
            let code: String = shapes[0]
                .chars()
                .map(|shape| if shape == 'A' { 'K' } else { char::from_digit(digits, 10).unwrap() })
                .collect();
            let typed = match mode {
                0 => code.clone(),
                1 => format!("{}*", &code[..2]),
                _ => format!("{code} – {code}"),
            };
            let kept = parse_patterns(&typed, country).unwrap();
            prop_assert_eq!(parse_patterns(&kept, country), Ok(kept.clone()));
            prop_assert!(matches_any(&kept, country, &code), "{country} {kept} {code}");
        }
    }
}
