//! Passwords: argon2id, and what makes a good one.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

/// Longest password taken, in bytes; longer ones are refused, never cut.
pub const LONGEST: usize = 1024;

/// Argon2id with 19 MiB, two passes, one lane (OWASP's first choice).
fn hasher() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, Some(32)).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes a password into a PHC string. About 40 ms: never inside a transaction, never unbounded.
///
/// # Errors
/// When the hasher refuses, which it does for no password of allowed length.
pub fn hash(password: &str, salt: &[u8]) -> Result<String, argon2::password_hash::Error> {
    let salt = salt.get(..16).unwrap_or(salt);
    Ok(hasher().hash_password_with_salt(password.as_bytes(), salt)?.to_string())
}

/// Whether the password is the one that was hashed. Without a hash it does the same work and answers no.
pub fn verify(password: &str, stored: Option<&str>) -> bool {
    // A hash of no account, so that an unknown address costs what a known one costs.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8$q2VvJtW5T0c0uQ3s2O8nqkqg3g6b1s7Qw0x2m5r9b1E";
    let Ok(parsed) = PasswordHash::new(stored.unwrap_or(NOBODY)) else { return false };
    hasher().verify_password(password.as_bytes(), &parsed).is_ok() && stored.is_some()
}

/// What is wrong with a new password, if anything. `context` are words it must not consist of: name, address, site.
pub fn weakness(password: &str, shortest: usize, context: &[&str]) -> Option<String> {
    if password.len() > LONGEST {
        return Some(format!("Use at most {LONGEST} characters."));
    }
    if password.chars().count() < shortest {
        return Some(format!("Use at least {shortest} characters. A few words in a row are easy to remember."));
    }
    let words: Vec<&str> = context.iter().copied().filter(|word| word.len() > 2).collect();
    let score = zxcvbn::zxcvbn(&password.chars().take(100).collect::<String>(), &words).score();
    (score < zxcvbn::Score::Two).then(|| "This password is too easy to guess. Try a few unrelated words.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_opens() {
        let stored = hash("four wandering teapots", b"0123456789abcdef").unwrap();
        assert!(verify("four wandering teapots", Some(&stored)));
        assert!(!verify("four wandering teapot", Some(&stored)));
        assert!(!verify("four wandering teapots", None));
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
    fn weak_ones_are_named() {
        assert!(weakness("short", 12, &[]).unwrap().contains("12"));
        assert!(weakness("password1234", 12, &[]).is_some());
        assert!(weakness("northbound12", 12, &["northbound"]).is_some());
        assert_eq!(weakness("four wandering teapots", 12, &[]), None);
        assert!(weakness(&"x".repeat(1025), 12, &[]).is_some());
    }
}
