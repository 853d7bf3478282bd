//! Unicode normalisation of user input, for storing and comparing.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// Whether a character is invisible: format characters, variation selectors and fillers.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{feff}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// NFC without invisible characters, white space collapsed and trimmed: for display, so letters keep their shape.
pub fn normalise(text: &str) -> String {
    let seen: String = text.chars().filter(|character| !is_invisible(*character)).collect();
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&seen);
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As [`normalise`] with NFKC, which folds full-width letters, and with every dash as a hyphen: for codes and numbers.
pub fn normalise_nfkc(text: &str) -> String {
    let seen = text.chars().filter(|character| !is_invisible(*character));
    let seen: String = seen.map(|character| if is_dash(character) { '-' } else { character }).collect();
    let folded = ComposingNormalizerBorrowed::new_nfkc().normalize(&seen);
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// [`normalise_nfkc`] and case folding, for comparing.
pub fn fold_case(text: &str) -> String {
    let upper: String = normalise_nfkc(text).chars().flat_map(char::to_uppercase).collect();
    let lower: String = upper.chars().flat_map(char::to_lowercase).collect();
    normalise_nfkc(&lower)
}

/// Only letters and digits, without case and accents: `N.Y.` becomes `ny`, `São Paulo` becomes `saopaulo`.
pub fn alphanumeric_key(text: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(&fold_case(text)).into_owned();
    apart.chars().filter(|character| character.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn look_alikes_are_alike() {
        for (one, other) in [
            ("X  L", "X L"),
            ("X\u{a0}L", "X L"),
            ("Cafe\u{301}", "Café"),
            ("A\u{200b}", "A"),
            ("\u{feff}A", "a"),
            ("ＡＢ１", "ab1"),
            ("SPRING\u{2011}15", "spring-15"),
            ("a\u{2013}b", "A-B"),
            ("STRASSE", "straße"),
            ("ﬁne", "FINE"),
        ] {
            assert_eq!(fold_case(one), fold_case(other), "{one} {other}");
        }
        for (one, other) in [("0,5 l", "0.5 l"), ("Café", "Cafe"), ("1/2\"", "12"), ("A", "А")] {
            assert_ne!(fold_case(one), fold_case(other), "{one} {other}");
        }
        assert_eq!(alphanumeric_key(" N. Y. "), "ny");
        assert_eq!(alphanumeric_key("São-Paulo"), "saopaulo");
        assert_eq!(alphanumeric_key("東京都"), "東京都");
        assert_eq!(normalise(" ½  Litre\u{200b} "), "½ Litre", "what is shown keeps its letters");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,40}") {
            for fold in [normalise, normalise_nfkc, fold_case] {
                let once = fold(&text);
                prop_assert_eq!(fold(&once), once.clone());
            }
        }
    }
}
