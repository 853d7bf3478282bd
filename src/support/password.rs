//! Password hashing (argon2id) and strength. These functions block for up to 0.1 s; requests use
//! `App::hash_new_password` and `App::verify_password`, which run them on the blocking pool.

use std::borrow::Cow;
use std::panic::catch_unwind;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use icu_normalizer::ComposingNormalizerBorrowed;

use super::i18n::Message;

/// Maximum length of a password in bytes; longer ones are refused, never truncated.
pub const MAX_LENGTH: usize = 1024;
/// Characters whose strength is estimated: the time grows faster than their number, and 40 good ones are enough.
const ESTIMATED: usize = 40;
const MOST_WORDS: usize = 30;

/// Letters and digits that must remain when context words are removed from a password.
const LEFT: usize = 5;

/// Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params())
}

fn params() -> Params {
    Params::new(19_456, 2, 1, Some(32)).unwrap_or_default()
}

/// NFKC (NIST SP 800-63B §3.1.1.2): keyboards differ in how they send `ä`, and some send full-width letters.
fn normalized(password: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfkc().normalize(password)
}

/// Hashes a password into a PHC string. Takes about 40 ms and 19 MiB.
pub fn hash(password: &str, salt: &[u8]) -> Result<String, argon2::password_hash::Error> {
    let salt = salt.get(..16).unwrap_or(salt);
    Ok(hasher().hash_password_with_salt(normalized(password).as_bytes(), salt)?.to_string())
}

/// Result of [`verify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Wrong password, or no hash.
    Mismatch,
    /// Correct password.
    Match,
    /// Correct password, but its hash uses another normalisation or other parameters than new ones.
    NeedsRehash,
}

/// Verifies a password. Without a hash it takes as long and returns `Mismatch`.
pub fn verify(password: &str, stored: Option<&str>) -> Verification {
    // Unknown accounts must take as long as known ones (user enumeration).
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8$q2VvJtW5T0c0uQ3s2O8nqkqg3g6b1s7Qw0x2m5r9b1E";
    let Ok(parsed) = PasswordHash::new(stored.unwrap_or(NOBODY)) else { return Verification::Mismatch };
    let opens = |form: &str| hasher().verify_password(form.as_bytes(), &parsed).is_ok() && stored.is_some();
    let normal = normalized(password);
    if opens(&normal) {
        let is_current = Params::try_from(&parsed).is_ok_and(|used| used == params());
        return if is_current { Verification::Match } else { Verification::NeedsRehash };
    }
    // Hashes from before passwords were normalised.
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(password);
    let mut older = Vec::new();
    for form in [composed.as_ref(), password] {
        if form != normal && !older.contains(&form) {
            older.push(form);
        }
    }
    // All forms are tried, so that the time does not reveal which one matched.
    if older.into_iter().filter(|form| opens(form)).count() > 0 {
        Verification::NeedsRehash
    } else {
        Verification::Mismatch
    }
}

/// Error message if the length of a new password is wrong. Cheap, unlike [`check_strength`].
pub fn check_length(password: &str, shortest: usize) -> Option<Message> {
    if password.len() > MAX_LENGTH {
        return Some(Message::TooLong { max: Message::count(MAX_LENGTH) });
    }
    let is_short = normalized(password).chars().count() < shortest;
    is_short.then(|| Message::PasswordTooShort { least: Message::count(shortest) })
}

/// The words that a password must not consist of, from the site's name and domain and the person's name and address.
pub fn context_words(texts: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for text in texts {
        let text = normalized(text.trim()).to_lowercase();
        let parts = text.split(|character: char| !character.is_alphanumeric());
        for word in std::iter::once(text.as_str()).chain(parts) {
            let word: String = word.chars().take(ESTIMATED).collect();
            if word.chars().count() > 2 && words.len() < MOST_WORDS && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}

fn is_made_of(password: &str, words: &[String]) -> bool {
    let mut rest = password.to_lowercase();
    let mut longest_first: Vec<&String> = words.iter().collect();
    longest_first.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in longest_first {
        rest = rest.replace(word.as_str(), " ");
    }
    rest.chars().filter(|character| character.is_alphanumeric()).count() < LEFT
}

/// Error message if a new password is too weak. Takes up to 0.1 s.
pub fn check_strength(password: &str, shortest: usize, context: &[String]) -> Option<Message> {
    if let Some(problem) = check_length(password, shortest) {
        return Some(problem);
    }
    let begins: String = normalized(password).chars().take(ESTIMATED).collect();
    let words: Vec<&str> = context.iter().map(String::as_str).collect();
    if !context.is_empty() && is_made_of(&begins, context) {
        return Some(Message::PasswordTooEasy);
    }
    // zxcvbn panics on an arithmetic overflow with some passwords; those count as weak.
    let is_strong = catch_unwind(|| zxcvbn::zxcvbn(&begins, &words).score() >= zxcvbn::Score::Two).unwrap_or(false);
    (!is_strong).then_some(Message::PasswordTooEasy)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SALT: &[u8] = b"0123456789abcdef";

    fn weak(password: &str) -> Option<Message> {
        check_strength(password, 12, &[])
    }

    fn hash_of_bytes(password: &str) -> String {
        hasher().hash_password_with_salt(password.as_bytes(), SALT).unwrap().to_string()
    }

    #[test]
    fn only_the_right_password_opens() {
        let stored = hash("four wandering teapots", SALT).unwrap();
        assert_eq!(verify("four wandering teapots", Some(&stored)), Verification::Match);
        assert_eq!(verify("four wandering teapot", Some(&stored)), Verification::Mismatch);
        assert_eq!(verify("four wandering teapots", None), Verification::Mismatch);
    }

    #[test]
    fn an_unknown_address_costs_a_real_verification() {
        assert!(
            PasswordHash::new(
                "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8$q2VvJtW5T0c0uQ3s2O8nqkqg3g6b1s7Qw0x2m5r9b1E"
            )
            .is_ok()
        );
    }

    #[test]
    fn a_password_opens_however_a_keyboard_composes_it() {
        let forms = [
            ("B\u{e4}ckerei \u{d6}ffnung \u{f1}", "Ba\u{308}ckerei O\u{308}ffnung n\u{303}"),
            ("\u{ff34}rain \u{ff11}\u{ff12}", "Train 12"),
            ("\u{fb01}ve \u{212b}ngstr\u{f6}m", "five \u{c5}ngstro\u{308}m"),
            ("\u{ac01}\u{ac01}", "\u{1100}\u{1161}\u{11a8}\u{1100}\u{1161}\u{11a8}"),
            ("e\u{323}\u{302}", "\u{1ec7}"),
        ];
        for (one, other) in forms {
            for (set, typed) in [(one, other), (other, one)] {
                assert_eq!(verify(typed, Some(&hash(set, SALT).unwrap())), Verification::Match, "{set} {typed}");
            }
        }
    }

    #[test]
    fn a_hash_of_bytes_as_they_were_typed_still_opens_and_is_outdated() {
        let decomposed = "Ba\u{308}ckerei O\u{308}ffnung";
        assert_eq!(verify(decomposed, Some(&hash_of_bytes(decomposed))), Verification::NeedsRehash);
        // NFC but not NFKC: the ligature stays.
        let composed = "\u{fb01}ve B\u{e4}ckereien";
        let typed = "\u{fb01}ve Ba\u{308}ckereien";
        assert_eq!(verify(typed, Some(&hash_of_bytes(composed))), Verification::NeedsRehash);
        assert_eq!(verify("plain letters", Some(&hash_of_bytes("plain letters"))), Verification::Match);
        assert_eq!(verify("other letters", Some(&hash_of_bytes(decomposed))), Verification::Mismatch);
    }

    #[test]
    fn a_hash_with_less_work_is_outdated() {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, Some(32)).unwrap());
        let stored = cheap.hash_password_with_salt(b"four wandering teapots", SALT).unwrap().to_string();
        assert_eq!(verify("four wandering teapots", Some(&stored)), Verification::NeedsRehash);
    }

    #[test]
    fn weak_ones_are_named() {
        assert_eq!(weak("short"), Some(Message::PasswordTooShort { least: 12 }));
        assert!(weak("password1234").is_some());
        assert_eq!(weak("four wandering teapots"), None);
        assert!(weak(&"x".repeat(1025)).is_some());
        // Twelve characters as typed, six after normalisation.
        assert_eq!(weak(&"o\u{308}".repeat(6)), Some(Message::PasswordTooShort { least: 12 }));
    }

    #[test]
    fn words_that_others_would_try_first_are_weak() {
        let words = context_words(&["Northbound Roastery", "northbound.example", "Ann O'Brien", "ann@kiln.example"]);
        for password in [
            "northbound12",
            "Roastery2026",
            "NORTHBOUND!!",
            "northbound.example",
            "kilnkilnkiln",
            "ann@northbound",
            "kiln.example-26",
        ] {
            assert_eq!(check_strength(password, 12, &words), Some(Message::PasswordTooEasy), "{password}");
        }
        assert_eq!(check_strength("four wandering teapots", 12, &words), None);
        assert!(context_words(&[&"word ".repeat(500), &"x".repeat(5000)]).len() <= MOST_WORDS);
    }

    #[test]
    fn no_password_stops_the_estimate_or_takes_long() {
        let l33t = "4@8({[<369!1|0$5+7%2".repeat(50);
        let strange = [
            "12".repeat(50),
            "12".repeat(20),
            "1".repeat(1000),
            "ab".repeat(500),
            "qwertyuiop".repeat(100),
            "2026-11-30".repeat(100),
            "A".repeat(40),
            "aA".repeat(20),
            "\u{1f600}".repeat(250),
            "\u{fdfa}".repeat(300),
            "a\u{308}".repeat(300),
            l33t,
        ];
        for password in strange {
            let started = std::time::Instant::now();
            let _said = check_strength(&password, 12, &[]);
            assert!(started.elapsed().as_secs() < 5, "{password}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_password_is_judged(password in "\\PC{0,60}|([0-9a]{1,3}){1,40}|[4@8({\\[<369!1|0$5+7%2]{12,60}") {
            let _said = check_strength(&password, 12, &context_words(&["Kestrel", &password]));
        }
    }
}
