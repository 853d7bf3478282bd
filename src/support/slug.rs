//! Addresses made from titles, and words that are searched for.

use std::collections::HashSet;

/// Longest slug we make or take, in characters.
pub const LONGEST: usize = 80;

/// A slug for a title: Latin letters, digits and dashes. `None` when nothing in the title can be spelled,
/// such as a title of emoji alone; the caller then falls back to an id.
pub fn from_title(title: &str) -> Option<String> {
    let mut slug = String::new();
    for letter in deunicode::deunicode_with_tofu(title, " ").chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') && letter != '\'' {
            slug.push('-');
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// A slug that is free: the one wanted, or the first one that is with a number at its end. It is never longer than
/// [`LONGEST`], so that forms take it back.
///
/// # Errors
/// Those of `is_taken`.
pub fn first_free<E>(wanted: &str, mut is_taken: impl FnMut(&str) -> Result<bool, E>) -> Result<String, E> {
    let mut number: u64 = 1;
    loop {
        let slug = numbered(wanted, number);
        if !is_taken(&slug)? {
            return Ok(slug);
        }
        // One by one as long as people look at them, then faster.
        number = if number < 100 { number + 1 } else { number.saturating_mul(2) };
    }
}

/// A slug with a number at its end, cut before it where it would be too long.
fn numbered(slug: &str, number: u64) -> String {
    let end = if number == 1 { String::new() } else { format!("-{number}") };
    let start: String = slug.chars().take(LONGEST - end.len()).collect();
    format!("{}{end}", start.trim_end_matches('-'))
}

/// A slug for a name in which signs can make the difference: `cpp` for C++, `c-sharp` for C#.
pub fn from_name(name: &str) -> Option<String> {
    let mut spelled = String::with_capacity(name.len());
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let after_word = spelled.chars().next_back().is_some_and(char::is_alphanumeric);
        match letter {
            '+' if after_word && letters.peek() == Some(&'+') => {
                letters.next();
                spelled.push_str("pp");
            }
            '+' if after_word => spelled.push_str(" plus "),
            '#' if after_word => spelled.push_str(" sharp "),
            _ => spelled.push(letter),
        }
    }
    from_title(&spelled)
}

/// Whether what somebody typed can be an address as it is.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What titles and names are sorted by: letters without case and accents, so that `apfel` and `Äpfel` stand before
/// `Zebra`; what is equal then, by its own letters.
pub fn sort_key(title: &str) -> String {
    let folded = deunicode::deunicode(title).to_ascii_lowercase();
    let words: Vec<&str> =
        folded.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    format!("{} {title}", words.join(" "))
}

/// Longest word that is searched for, in characters.
const LONGEST_WORD: usize = 40;
/// Fewest letters of a word's ending that it is found by.
const ENDING: usize = 3;

/// The words of a text as searches compare them: Latin letters and digits without accents, lower case, each once.
pub fn words(text: &str) -> Vec<String> {
    let folded = deunicode::deunicode(text).to_ascii_lowercase();
    let mut seen = HashSet::new();
    let words = folded.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| word.chars().take(LONGEST_WORD).collect())
        .filter(|word: &String| seen.insert(word.clone()))
        .collect()
}

/// The words of a text and their endings of three letters and more, so that a search that compares beginnings finds the
/// coffee in a Filterkaffee.
pub fn words_and_endings(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let all = words(text).into_iter().flat_map(|word| {
        let starts = 0..=word.len().saturating_sub(ENDING);
        starts.filter_map(|start| word.get(start..).map(str::to_owned)).collect::<Vec<_>>()
    });
    all.filter(|word| seen.insert(word.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_become_addresses() {
        assert_eq!(from_title("Huila, Colombia – 250 g").as_deref(), Some("huila-colombia-250-g"));
        assert_eq!(from_title("Café crème brûlée").as_deref(), Some("cafe-creme-brulee"));
        assert_eq!(from_title("咖啡").as_deref(), Some("ka-pei"));
        assert!(from_title("قهوة").is_some());
        assert_eq!(from_title("   "), None);
    }

    #[test]
    fn titles_are_sorted_as_people_look_for_them() {
        let mut titles = ["Zebra", "apfel", "Äpfel", "Apfel", "„Birne“", "Ölkanne", "01", "Łódź"];
        titles.sort_by_key(|title| sort_key(title));
        assert_eq!(titles, ["01", "Apfel", "apfel", "Äpfel", "„Birne“", "Łódź", "Ölkanne", "Zebra"]);
    }

    #[test]
    fn signs_make_a_difference_in_names() {
        for (name, slug) in
            [("C", "c"), ("C++", "cpp"), ("C#", "c-sharp"), ("F#", "f-sharp"), ("Notepad++", "notepadpp")]
        {
            assert_eq!(from_name(name).as_deref(), Some(slug), "{name}");
        }
        assert_eq!(from_name("A+").as_deref(), Some("a-plus"));
        assert_eq!(from_name("#news").as_deref(), Some("news"));
        assert_eq!(from_name("salt + pepper").as_deref(), Some("salt-pepper"));
    }

    #[test]
    fn a_number_never_makes_a_slug_too_long() {
        let long = "x".repeat(79) + "-y";
        let mut taken = HashSet::new();
        for _ in 0..150 {
            let free = first_free(long.get(..LONGEST).unwrap(), |slug| Ok::<_, ()>(taken.contains(slug))).unwrap();
            assert!(is_slug(&free), "{free}");
            assert!(taken.insert(free));
        }
    }

    #[test]
    fn words_are_compared_without_accents_and_found_by_their_endings() {
        assert_eq!(words("Café crème, CAFÉ no. 7"), ["cafe", "creme", "no", "7"]);
        assert_eq!(words("anna.weiß@example.com"), ["anna", "weiss", "example", "com"]);
        assert_eq!(words("咖啡"), ["ka", "pei"]);
        assert_eq!(words_and_endings("Kaffee XL"), ["kaffee", "affee", "ffee", "fee", "xl"]);
    }

    proptest! {
        #[test]
        fn whatever_the_title_the_slug_is_one(title in ".{0,300}") {
            for slug in [from_title(&title), from_name(&title)].into_iter().flatten() {
                prop_assert!(is_slug(&slug), "{slug}");
                let free = first_free(&slug, |other| Ok::<_, ()>(other == slug)).unwrap();
                prop_assert!(is_slug(&free) && free != slug, "{free}");
            }
        }
    }
}
