//! Randomness, public ids and secret tokens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::support::clock::Utc;
use crate::support::fold;

/// Where random bytes come from: the operating system, or a counter in tests that want the same ones twice.
#[derive(Clone)]
pub enum Random {
    /// The operating system's generator.
    System,
    /// SHA-256 of a seed and a counter: repeatable, for tests only.
    Seeded(Arc<Mutex<(u64, u64)>>),
}

impl Random {
    /// A repeatable source.
    pub fn seeded(seed: u64) -> Random {
        Random::Seeded(Arc::new(Mutex::new((seed, 0))))
    }

    /// Fills 32 bytes.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn bytes(&self) -> Result<[u8; 32], getrandom::Error> {
        let mut bytes = [0; 32];
        match self {
            Random::System => getrandom::fill(&mut bytes)?,
            Random::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                state.1 += 1;
                let mut hash = Sha256::new();
                hash.update(state.0.to_be_bytes());
                hash.update(state.1.to_be_bytes());
                bytes = hash.finalize().into();
            }
        }
        Ok(bytes)
    }

    /// A 256-bit secret as 43 URL-safe characters. Only its [`hash`] is ever stored.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn secret(&self) -> Result<String, getrandom::Error> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes()?))
    }

    /// A public id (UUID version 7, RFC 9562) that sorts by time: for URLs, feeds and the API.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn public_id(&self, now: Utc) -> Result<String, getrandom::Error> {
        let mut tail = [0; 10];
        tail.iter_mut().zip(self.bytes()?).for_each(|(to, from)| *to = from);
        Ok(uuid_v7(now, &tail))
    }
}

fn uuid_v7(now: Utc, tail: &[u8; 10]) -> String {
    let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
    let uuid = uuid::Builder::from_unix_timestamp_millis(millis, tail).into_uuid();
    uuid.simple().encode_lower(&mut uuid::Uuid::encode_buffer()).to_owned()
}

/// Ids of requests: UUIDs of version 7 of which the tail is drawn once and then counted up (RFC 9562, 6.2, method 2), as
/// asking the operating system each time would be a good part of what a page from memory costs. They are no secret.
pub struct RequestIds {
    next: AtomicU64,
}

impl RequestIds {
    /// Ids of one process.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn drawn(random: &Random) -> Result<RequestIds, getrandom::Error> {
        let mut first = [0; 8];
        first.iter_mut().zip(random.bytes()?).for_each(|(to, from)| *to = from);
        Ok(RequestIds { next: AtomicU64::new(u64::from_be_bytes(first)) })
    }

    /// The next one.
    pub fn next(&self, now: Utc) -> String {
        let mut tail = [0; 10];
        let counted = self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        tail.iter_mut().skip(2).zip(counted).for_each(|(to, from)| *to = from);
        uuid_v7(now, &tail)
    }
}

/// SHA-256 in hex: how tokens and files are stored and named.
pub fn hash(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes.as_ref()))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What a code for people is made of: no two of these look alike (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code, without its dashes: 80 bits.
const CODE_LENGTH: usize = 16;

/// A code as somebody typed it, as [`SecretKey::code`] writes it: case, blanks and dashes do not count, and what looks
/// like a digit is one. `None` for what is no code.
pub fn read_code(typed: &str) -> Option<String> {
    let mut code = String::new();
    for letter in fold::plain(typed).chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '_')) {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            letter => letter,
        };
        if code.len() == CODE_LENGTH || !LETTERS.iter().any(|known| char::from(*known) == letter) {
            return None;
        }
        code.push(letter);
    }
    (code.len() == CODE_LENGTH).then(|| grouped(&code))
}

/// In groups of four.
fn grouped(code: &str) -> String {
    let mut text = String::new();
    for (at, letter) in code.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(letter);
    }
    text
}

/// The site's secret key and what is derived from it.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Wraps 32 secret bytes.
    pub fn new(bytes: [u8; 32]) -> SecretKey {
        SecretKey(bytes)
    }

    /// 64 bytes for a purpose, for the session cookie's signature.
    pub fn derive(&self, purpose: &str) -> Vec<u8> {
        let mut key = self.mac(purpose, "1");
        key.extend(self.mac(purpose, "2"));
        key
    }

    /// A token that only this site can make, for a purpose and a subject: nothing but its hash needs storing.
    pub fn token(&self, purpose: &str, subject: &str) -> String {
        let mac = self.mac(purpose, subject);
        URL_SAFE_NO_PAD.encode(mac.get(..24).unwrap_or(&mac))
    }

    /// A code that people can read out and type, `7K2M-…` in four groups of four, for a purpose and a subject.
    pub fn code(&self, purpose: &str, subject: &str) -> String {
        let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).map(|letter| char::from(*letter));
        let code: String = self.mac(purpose, subject).iter().filter_map(letter).take(CODE_LENGTH).collect();
        grouped(&code)
    }

    /// A UUID that this site always has for a purpose, and no other site has (RFC 9562, version 8).
    pub fn uuid(&self, purpose: &str) -> uuid::Uuid {
        let mut bytes = [0; 16];
        for (byte, random) in bytes.iter_mut().zip(self.mac("uuid", purpose)) {
            *byte = random;
        }
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    fn mac(&self, purpose: &str, subject: &str) -> Vec<u8> {
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0) else {
            unreachable!("HMAC takes a key of any length")
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(subject.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = SecretKey::new([7; 32]).code("gift card", "01");
        assert_eq!(code.len(), 19);
        assert_eq!(read_code(&code).as_deref(), Some(code.as_str()));
        let typed = format!("  {} ", code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l"));
        assert_eq!(read_code(&typed).as_deref(), Some(code.as_str()));
        for nonsense in ["", "SPRING-15", "7K2M-7K2M-7K2M-7K2", "7K2M-7K2M-7K2M-7K2MM", "7K2M-7K2M-7K2M-7K2U"] {
            assert_eq!(read_code(nonsense), None, "{nonsense}");
        }
        assert_ne!(SecretKey::new([8; 32]).code("gift card", "01"), code);
        assert_ne!(SecretKey::new([7; 32]).code("gift card", "02"), code);
    }
}
