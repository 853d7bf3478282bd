//! Randomness, public ids, secret tokens and the site's key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::support::clock::Utc;
use crate::support::normalisation;

/// Source of random bytes.
#[derive(Clone)]
pub enum Random {
    /// The operating system's generator.
    System,
    /// SHA-256 of a seed and a counter: reproducible, for tests only.
    Seeded(Arc<Mutex<(u64, u64)>>),
}

impl Random {
    /// A reproducible source.
    pub fn seeded(seed: u64) -> Random {
        Random::Seeded(Arc::new(Mutex::new((seed, 0))))
    }

    /// 32 random bytes.
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

    /// A 256-bit secret as 43 URL-safe characters. Store only its [`sha256_hex`].
    pub fn generate_secret(&self) -> Result<String, getrandom::Error> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes()?))
    }

    /// A public id for URLs, feeds and the API: a version 7 UUID (RFC 9562), which sorts by time.
    pub fn generate_public_id(&self, now: Utc) -> Result<String, getrandom::Error> {
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

/// Request ids: version 7 UUIDs with a tail that is drawn once and then incremented (RFC 9562 §6.2, method 2), because
/// a random tail for each request would be a notable part of the cost of a cached page. Guessable, so not for secrets.
pub struct RequestIds {
    next: AtomicU64,
}

impl RequestIds {
    /// A generator with a random start.
    pub fn new(random: &Random) -> Result<RequestIds, getrandom::Error> {
        let mut first = [0; 8];
        first.iter_mut().zip(random.bytes()?).for_each(|(to, from)| *to = from);
        Ok(RequestIds { next: AtomicU64::new(u64::from_be_bytes(first)) })
    }

    /// The next id.
    pub fn next(&self, now: Utc) -> String {
        let mut tail = [0; 10];
        let counted = self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        tail.iter_mut().skip(2).zip(counted).for_each(|(to, from)| *to = from);
        uuid_v7(now, &tail)
    }
}

/// SHA-256 in hex, for stored tokens and file names.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes.as_ref()))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Crockford's Base32 alphabet, which has no characters that look alike.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code without hyphens: 80 bits.
const CODE_LENGTH: usize = 16;

/// Characters of a short code without hyphens: 40 bits, for codes of which few may be tried.
const SHORT_CODE_LENGTH: usize = 8;

/// Whether two texts are equal, in a time that does not say where they differ.
pub fn are_equal(one: &str, other: &str) -> bool {
    bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

/// Normalises a typed code: case, spaces and hyphens are ignored, `O`, `I`, `L` are digits; `None` if malformed.
pub fn parse_code(typed: &str) -> Option<String> {
    parse_code_of_length(typed, CODE_LENGTH)
}

/// As [`parse_code`], for a code of [`SecretKey::short_code`].
pub fn parse_short_code(typed: &str) -> Option<String> {
    parse_code_of_length(typed, SHORT_CODE_LENGTH)
}

fn parse_code_of_length(typed: &str, length: usize) -> Option<String> {
    let mut code = String::new();
    for character in normalisation::normalise_nfkc(typed)
        .chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, '-' | '_'))
    {
        let character = match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            character => character,
        };
        if code.len() == length || !ALPHABET.iter().any(|known| char::from(*known) == character) {
            return None;
        }
        code.push(character);
    }
    (code.len() == length).then(|| grouped(&code))
}

fn grouped(code: &str) -> String {
    let mut text = String::new();
    for (at, character) in code.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(character);
    }
    text
}

/// 256 secret bits.
type RootKey = [u8; 32];

/// The site's secret key, from which other keys and tokens are derived by HMAC-SHA256.
///
/// A rotation replaces the key that encrypts ([`super::sealed`]). Tokens, codes and signatures keep their key, so that
/// links in emails, gift cards and logins outlive it (docs/decisions/0030-secret-key-rotation.md).
#[derive(Clone)]
pub struct SecretKey {
    current: RootKey,
    /// During a rotation: the previous key, which still decrypts.
    previous: Option<RootKey>,
    /// The key of tokens, once `current` is another one.
    tokens: Option<RootKey>,
}

const PREVIOUS: &str = "previous:";
const TOKENS: &str = "tokens:";

impl SecretKey {
    /// Wraps 32 secret bytes, which encrypt and derive tokens.
    pub fn new(bytes: [u8; 32]) -> SecretKey {
        SecretKey { current: bytes, previous: None, tokens: None }
    }

    /// Reads what [`SecretKey::to_text`] wrote; `None` if it is malformed.
    pub fn parse(text: &str) -> Option<SecretKey> {
        let mut words = text.split(|character: char| character == ',' || character.is_whitespace());
        let mut key = SecretKey::new(parse_hex(words.next()?)?);
        for word in words.filter(|word| !word.is_empty()) {
            let (role, hex) = match word.strip_prefix(PREVIOUS) {
                Some(hex) => (&mut key.previous, hex),
                None => (&mut key.tokens, word.strip_prefix(TOKENS)?),
            };
            if role.replace(parse_hex(hex)?).is_some() {
                return None;
            }
        }
        Some(key)
    }

    /// The key as 64 hex digits; after a rotation also `tokens:` and during one `previous:`, each with 64 hex digits.
    pub fn to_text(&self) -> String {
        let mut text = hex(&self.current);
        for (role, key) in [(PREVIOUS, &self.previous), (TOKENS, &self.tokens)] {
            if let Some(key) = key {
                text.push(' ');
                text.push_str(role);
                text.push_str(&hex(key));
            }
        }
        text
    }

    /// Begins a rotation: `bytes` encrypt from now on, and the previous key still decrypts.
    pub fn with_new_current(&self, bytes: [u8; 32]) -> SecretKey {
        SecretKey { current: bytes, previous: Some(self.current), tokens: Some(*self.token_key()) }
    }

    /// Ends a rotation: forgets the previous key.
    pub fn without_previous(&self) -> SecretKey {
        SecretKey { previous: None, ..self.clone() }
    }

    /// Whether a rotation has begun and not ended.
    pub fn is_rotating(&self) -> bool {
        self.previous.is_some()
    }

    /// A public name of the key that encrypts.
    pub fn encryption_key_id(&self) -> String {
        key_id(&self.current)
    }

    /// The name of the key that encrypted before the first rotation.
    pub fn first_encryption_key_id(&self) -> String {
        key_id(self.token_key())
    }

    /// Whether the current or previous key has this name.
    pub fn has_encryption_key(&self, id: &str) -> bool {
        self.find_encryption_key(id).is_some()
    }

    fn find_encryption_key(&self, id: &str) -> Option<&RootKey> {
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().find(|key| key_id(key) == id)
    }

    /// Derives an encryption key for a purpose from the current or previous key with this name. Equivalent to
    /// HKDF-Expand (RFC 5869 §3.3): the key is uniformly random, so nothing needs to be extracted.
    pub fn derive_encryption_key(&self, id: &str, purpose: &str) -> Option<[u8; 32]> {
        Some(mac(self.find_encryption_key(id)?, "encryption", purpose))
    }

    /// Derives a 64-byte key for a purpose.
    pub fn derive(&self, purpose: &str) -> Vec<u8> {
        let mut key = self.mac(purpose, "1").to_vec();
        key.extend(self.mac(purpose, "2"));
        key
    }

    /// A 192-bit token for a purpose and a subject. It can be recomputed, so it need not be stored.
    pub fn token(&self, purpose: &str, subject: &str) -> String {
        let mac = self.mac(purpose, subject);
        URL_SAFE_NO_PAD.encode(mac.get(..24).unwrap_or(&mac))
    }

    /// An 80-bit code to read out and type, `7K2M-…` in four groups of four, for a purpose and a subject.
    pub fn code(&self, purpose: &str, subject: &str) -> String {
        self.code_of_length(purpose, subject, CODE_LENGTH)
    }

    /// A 40-bit code to read out and type, `7K2M-ABCD`, for a purpose and a subject.
    pub fn short_code(&self, purpose: &str, subject: &str) -> String {
        self.code_of_length(purpose, subject, SHORT_CODE_LENGTH)
    }

    fn code_of_length(&self, purpose: &str, subject: &str, length: usize) -> String {
        let character = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).map(|character| char::from(*character));
        let code: String = self.mac(purpose, subject).iter().filter_map(character).take(length).collect();
        grouped(&code)
    }

    /// A version 8 UUID (RFC 9562) that is always the same for this site and purpose.
    pub fn uuid(&self, purpose: &str) -> uuid::Uuid {
        let mut bytes = [0; 16];
        for (byte, random) in bytes.iter_mut().zip(self.mac("uuid", purpose)) {
            *byte = random;
        }
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    fn token_key(&self) -> &RootKey {
        self.tokens.as_ref().unwrap_or(&self.current)
    }

    fn mac(&self, purpose: &str, subject: &str) -> [u8; 32] {
        mac(self.token_key(), purpose, subject)
    }
}

fn mac(key: &RootKey, purpose: &str, subject: &str) -> [u8; 32] {
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(subject.as_bytes());
    mac.finalize().into_bytes().into()
}

fn key_id(key: &RootKey) -> String {
    hex(mac(key, "key id", "").get(..6).unwrap_or_default())
}

fn parse_hex(text: &str) -> Option<RootKey> {
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
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
        assert_eq!(parse_code(&code).as_deref(), Some(code.as_str()));
        let typed = format!("  {} ", code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l"));
        assert_eq!(parse_code(&typed).as_deref(), Some(code.as_str()));
        for nonsense in ["", "SPRING-15", "7K2M-7K2M-7K2M-7K2", "7K2M-7K2M-7K2M-7K2MM", "7K2M-7K2M-7K2M-7K2U"] {
            assert_eq!(parse_code(nonsense), None, "{nonsense}");
        }
        assert_ne!(SecretKey::new([8; 32]).code("gift card", "01"), code);
        assert_ne!(SecretKey::new([7; 32]).code("gift card", "02"), code);
    }

    #[test]
    fn a_rotation_changes_what_encrypts_and_no_token() {
        let first = SecretKey::new([7; 32]);
        let rotating = first.with_new_current([8; 32]);
        let second = rotating.without_previous();
        let third = second.with_new_current([9; 32]).without_previous();
        for key in [&rotating, &second, &third] {
            assert_eq!(key.token("order access", "01"), first.token("order access", "01"));
            assert_eq!(key.derive("session cookie"), first.derive("session cookie"));
            assert_eq!(key.first_encryption_key_id(), first.encryption_key_id());
        }
        let opens = |key: &SecretKey, by: &SecretKey| key.derive_encryption_key(&by.encryption_key_id(), "x").is_some();
        assert!(opens(&rotating, &first) && opens(&rotating, &second), "both, while rows are encrypted again");
        assert!(opens(&second, &second) && !opens(&second, &first), "R67: the old key is refused afterwards");
        assert!(opens(&third, &third) && !opens(&third, &second) && !opens(&third, &first));
        let derive = |purpose| first.derive_encryption_key(&first.encryption_key_id(), purpose);
        assert_ne!(derive("x"), derive("y"), "R66: a key for each purpose");
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let first = SecretKey::new([7; 32]);
        let rotating = first.with_new_current([8; 32]);
        for key in [first.clone(), rotating.clone(), rotating.without_previous()] {
            let text = key.to_text();
            for text in [text.clone(), text.replace(' ', "\n"), format!("{}\n", text.replace(' ', ", "))] {
                let read = SecretKey::parse(&text).unwrap();
                assert_eq!((read.to_text(), read.is_rotating()), (key.to_text(), key.is_rotating()));
            }
        }
        assert_eq!(first.to_text(), "07".repeat(32));
        let hex = "ab".repeat(32);
        let twice = format!("{hex} tokens:{hex} tokens:{hex}");
        for bad in ["", "ab", &hex[1..], &format!("{hex} {hex}"), &format!("tokens:{hex}"), &twice, &"+a".repeat(32)] {
            assert!(SecretKey::parse(bad).is_none(), "{bad}");
        }
    }
}
