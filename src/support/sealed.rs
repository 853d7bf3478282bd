//! Texts that are encrypted in the database (SECURITY.md S20): XChaCha20-Poly1305 with a key for each column. The
//! table, the column and the row are authenticated, so a copy in another place does not decrypt.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use diesel_derive_newtype::DieselNewType;

use super::token::{Random, SecretKey};

/// Format of a sealed text: `v1.<key id>.<base64url of nonce and ciphertext>`.
const VERSION: &str = "v1";
/// Bytes of a nonce, long enough to be random (draft-irtf-cfrg-xchacha-03 §2.1).
const NONCE_LENGTH: usize = 24;

/// An encrypted text, as the database stores it.
#[derive(Clone, Debug, PartialEq, Eq, DieselNewType)]
pub struct SealedText(String);

/// Where a sealed text is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the table.
    pub table: &'static str,
    /// Name of the column.
    pub column: &'static str,
    /// Id of the row.
    pub row: i64,
}

/// Why a sealed text cannot be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// It is not a sealed text.
    #[error("not an encrypted text")]
    Malformed,
    /// It was encrypted with a key that is not known, or no longer.
    #[error("encrypted with another secret key")]
    UnknownKey,
    /// It was changed, or copied from another row.
    #[error("changed since it was encrypted")]
    Altered,
}

/// Why a text cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The site has another key since this process started.
    #[error("the secret key was rotated: restart this process")]
    UnknownKey,
    /// The operating system gave no random bytes.
    #[error("cannot get random bytes from the operating system: {0}")]
    Random(#[from] getrandom::Error),
    /// The text is longer than the cipher allows.
    #[error("too long to encrypt")]
    TooLong,
}

impl Place {
    fn purpose(&self) -> String {
        format!("{}/{}", self.table, self.column)
    }

    fn associated_data(&self) -> String {
        format!("{VERSION}/{}/{}", self.purpose(), self.row)
    }
}

impl SealedText {
    /// Encrypts a text for a place with the key of this id.
    ///
    /// # Errors
    /// `UnknownKey` when `key` has no key of this id.
    pub fn seal(
        key: &SecretKey,
        key_id: &str,
        random: &Random,
        place: &Place,
        text: &str,
    ) -> Result<SealedText, SealError> {
        let derived = key.derive_encryption_key(key_id, &place.purpose()).ok_or(SealError::UnknownKey)?;
        let mut nonce = [0; NONCE_LENGTH];
        nonce.iter_mut().zip(random.bytes()?).for_each(|(to, from)| *to = from);
        let associated_data = place.associated_data();
        let payload = Payload { msg: text.as_bytes(), aad: associated_data.as_bytes() };
        let cipher = XChaCha20Poly1305::new(&Key::from(derived));
        let ciphertext = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLong)?;
        let bytes = URL_SAFE_NO_PAD.encode([&nonce[..], &ciphertext].concat());
        Ok(SealedText(format!("{VERSION}.{key_id}.{bytes}")))
    }

    /// Decrypts a text that was sealed for this place.
    ///
    /// # Errors
    /// See [`UnsealError`].
    pub fn unseal(&self, key: &SecretKey, place: &Place) -> Result<String, UnsealError> {
        let (key_id, bytes) = self.split().ok_or(UnsealError::Malformed)?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).map_err(|_| UnsealError::Malformed)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(UnsealError::Malformed)?;
        let derived = key.derive_encryption_key(key_id, &place.purpose()).ok_or(UnsealError::UnknownKey)?;
        let associated_data = place.associated_data();
        let payload = Payload { msg: ciphertext, aad: associated_data.as_bytes() };
        let cipher = XChaCha20Poly1305::new(&Key::from(derived));
        let text = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| UnsealError::Altered)?;
        String::from_utf8(text).map_err(|_| UnsealError::Altered)
    }

    /// The id of the key that it was encrypted with; `None` if it is malformed.
    pub fn key_id(&self) -> Option<&str> {
        Some(self.split()?.0)
    }

    /// Key id, and nonce with ciphertext.
    fn split(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACE: Place = Place { table: "totp_factors", column: "secret", row: 7 };

    fn seal(key: &SecretKey, text: &str) -> SealedText {
        SealedText::seal(key, &key.encryption_key_id(), &Random::System, &PLACE, text).unwrap()
    }

    proptest! {
        #[test]
        fn what_was_sealed_is_unsealed_in_its_place_only(text in ".{0,200}", row in 8_i64.., seed: [u8; 32]) {
            let key = SecretKey::new(seed);
            let sealed = seal(&key, &text);
            prop_assert_eq!(sealed.unseal(&key, &PLACE), Ok(text.clone()));
            prop_assert_eq!(sealed.key_id().map(str::to_owned), Some(key.encryption_key_id()));
            prop_assert!(text.len() < 8 || !sealed.0.contains(&text));
            let others = [
                Place { row, ..PLACE },
                Place { column: "client_secret", ..PLACE },
                Place { table: "identity_providers", ..PLACE },
            ];
            for place in others {
                prop_assert_eq!(sealed.unseal(&key, &place), Err(UnsealError::Altered));
            }
            let mut other = seed;
            other[31] ^= 1;
            prop_assert_eq!(sealed.unseal(&SecretKey::new(other), &PLACE), Err(UnsealError::UnknownKey));
        }

        #[test]
        fn a_sealed_text_that_was_changed_is_refused(text in ".{0,50}", at: prop::sample::Index, to in "[!-~]") {
            let key = SecretKey::new([7; 32]);
            let sealed = seal(&key, &text);
            let mut changed = sealed.0.clone();
            let at = at.index(changed.len());
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != sealed.0);
            prop_assert!(SealedText(changed).unseal(&key, &PLACE).is_err());
            prop_assert!(SealedText(sealed.0[..at].to_owned()).unseal(&key, &PLACE).is_err());
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in ".{0,100}") {
            let key = SecretKey::new([7; 32]);
            prop_assert!(SealedText(text.clone()).unseal(&key, &PLACE).is_err());
            let with_head = SealedText(format!("v1.{}.{text}", key.encryption_key_id()));
            prop_assert!(with_head.unseal(&key, &PLACE).is_err());
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        let key = SecretKey::new([7; 32]);
        assert_ne!(seal(&key, "JBSWY3DP"), seal(&key, "JBSWY3DP"));
    }
}
