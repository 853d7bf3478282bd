//! URL slugs, sort keys, and the words of full-text search.

use std::collections::HashSet;

/// Maximum length of a slug, in ASCII characters.
pub const MAX_LENGTH: usize = 80;

/// Makes a slug of ASCII letters, digits and hyphens; `None` if nothing can be transliterated, such as emoji.
pub fn from_title(title: &str) -> Option<String> {
    let mut slug = String::new();
    for character in deunicode::deunicode_with_tofu(title, " ").chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') && character != '\'' {
            slug.push('-');
        }
        if slug.len() >= MAX_LENGTH {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// The slug, or the first variant of it with a number suffix, that is not taken. At most [`MAX_LENGTH`] long.
pub fn first_available<E>(expected: &str, mut is_taken: impl FnMut(&str) -> Result<bool, E>) -> Result<String, E> {
    let mut number: u64 = 1;
    loop {
        let slug = numbered(expected, number);
        if !is_taken(&slug)? {
            return Ok(slug);
        }
        // Doubling keeps the number of queries small when many suffixes are taken.
        number = if number < 100 { number + 1 } else { number.saturating_mul(2) };
    }
}

fn numbered(slug: &str, number: u64) -> String {
    let end = if number == 1 { String::new() } else { format!("-{number}") };
    let start: String = slug.chars().take(MAX_LENGTH - end.len()).collect();
    format!("{}{end}", start.trim_end_matches('-'))
}

/// Makes a slug of a name whose symbols matter: `cpp` for C++, `c-sharp` for C#.
pub fn from_name(name: &str) -> Option<String> {
    let mut spelled = String::with_capacity(name.len());
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let after_word = spelled.chars().next_back().is_some_and(char::is_alphanumeric);
        match character {
            '+' if after_word && characters.peek() == Some(&'+') => {
                characters.next();
                spelled.push_str("pp");
            }
            '+' if after_word => spelled.push_str(" plus "),
            '#' if after_word => spelled.push_str(" sharp "),
            _ => spelled.push(character),
        }
    }
    from_title(&spelled)
}

/// Whether a text is a valid slug.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_LENGTH
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Sort key without case and accents, so that `apfel` and `Äpfel` precede `Zebra`; ties by the title itself.
pub fn sort_key(title: &str) -> String {
    let folded = deunicode::deunicode(title).to_ascii_lowercase();
    let words: Vec<&str> =
        folded.split(|character: char| !character.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    format!("{} {title}", words.join(" "))
}

const LONGEST_WORD: usize = 40;
const ENDING: usize = 3;

/// Distinct words of a text for full-text search: lower-case ASCII letters and digits, transliterated.
pub fn search_words(text: &str) -> Vec<String> {
    let folded = deunicode::deunicode(text).to_ascii_lowercase();
    let mut seen = HashSet::new();
    let words = folded.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| word.chars().take(LONGEST_WORD).collect())
        .filter(|word: &String| seen.insert(word.clone()))
        .collect()
}

/// Words and their suffixes of at least three letters, so that a prefix search for `kaffee` finds `Filterkaffee`.
pub fn search_words_with_suffixes(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let all = search_words(text).into_iter().flat_map(|word| {
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
            let free =
                first_available(long.get(..MAX_LENGTH).unwrap(), |slug| Ok::<_, ()>(taken.contains(slug))).unwrap();
            assert!(is_slug(&free), "{free}");
            assert!(taken.insert(free));
        }
    }

    #[test]
    fn words_are_compared_without_accents_and_found_by_their_endings() {
        assert_eq!(search_words("Café crème, CAFÉ no. 7"), ["cafe", "creme", "no", "7"]);
        assert_eq!(search_words("anna.weiß@example.com"), ["anna", "weiss", "example", "com"]);
        assert_eq!(search_words("咖啡"), ["ka", "pei"]);
        assert_eq!(search_words_with_suffixes("Kaffee XL"), ["kaffee", "affee", "ffee", "fee", "xl"]);
    }

    proptest! {
        #[test]
        fn whatever_the_title_the_slug_is_one(title in ".{0,300}") {
            for slug in [from_title(&title), from_name(&title)].into_iter().flatten() {
                prop_assert!(is_slug(&slug), "{slug}");
                let free = first_available(&slug, |other| Ok::<_, ()>(other == slug)).unwrap();
                prop_assert!(is_slug(&free) && free != slug, "{free}");
            }
        }
    }
}
