//! Patterns of postcodes: `10115; 20*; 1000...1999`, separated by semicolons.

/// Upper case, without what people put between the parts.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

/// Whether a postcode fits one of the patterns: itself, with stars for any letters, or between two ends. Of `90210-1234`
/// and `1012 AB` the digits in front count too.
pub fn fits(patterns: &str, postcode: &str) -> bool {
    let whole = plain(postcode);
    let front: String = postcode.trim().chars().take_while(char::is_ascii_digit).collect();
    let forms = [whole, front];
    let mut forms = forms.iter().filter(|form| !form.is_empty());
    forms.any(|form| patterns.split(';').any(|pattern| fits_one(&plain(pattern), form)))
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

/// What stands behind a star may begin anywhere.
fn fits_rest(rest: &str, left: &str) -> bool {
    match rest.split_once('*') {
        None => left.ends_with(rest),
        Some((part, more)) => {
            left.find(part).and_then(|at| left.get(at + part.len()..)).is_some_and(|left| fits_rest(more, left))
        }
    }
}

/// Patterns as they are kept, or the first one that means nothing.
///
/// # Errors
/// The pattern that cannot be read.
pub fn read(typed: &str) -> Result<String, String> {
    let mut kept = Vec::new();
    for pattern in typed.split([';', '\n', ',']).map(plain).filter(|pattern| !pattern.is_empty()) {
        let letters = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
        let good = match pattern.split_once("...") {
            Some((first, last)) => letters(first) && letters(last) && first.len() == last.len() && first <= last,
            None => letters(&pattern.replace('*', "0")),
        };
        if !good {
            return Err(pattern);
        }
        kept.push(pattern);
    }
    Ok(kept.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(fits(patterns, postcode), expected, "{patterns} {postcode}");
        }
    }

    #[test]
    fn patterns_are_read_and_nonsense_is_named() {
        assert_eq!(read(" 10115 ; 20*;\n1000 ... 1999 "), Ok("10115; 20*; 1000...1999".to_owned()));
        assert_eq!(read(""), Ok(String::new()));
        for nonsense in ["1...", "2000...1000", "1...22", "(1)", "1..2", "1...2...3"] {
            assert!(read(nonsense).is_err(), "{nonsense}");
        }
    }
}
