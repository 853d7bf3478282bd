//! Log-in with an identity provider (OpenID Connect): the secrets of one log-in, and what a provider says of a person.
//! No I/O.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::token::SecretKey;

const NONCE_PURPOSE: &str = "identity nonce";
const VERIFIER_PURPOSE: &str = "identity code verifier";

/// The secrets of one log-in. Nonce and verifier are derived, so that they need not be stored.
#[derive(Clone)]
pub struct LoginSecrets {
    /// Goes to the provider and comes back with its answer.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves to the provider that the code is used by the site that asked for it (RFC 7636).
    pub code_verifier: String,
}

/// What the ID token says of a person, after it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityClaims {
    /// The provider's id of the person; it never changes.
    pub subject: String,
    /// As the provider has it; empty if it does not say.
    pub email: String,
    /// Whether the provider says that the address is the person's.
    pub is_email_verified: bool,
    /// Empty if the provider does not say.
    pub name: String,
}

impl LoginSecrets {
    /// The secrets of a log-in in the browser with this secret.
    pub fn derive(key: &SecretKey, state: &str, browser_secret: &str) -> LoginSecrets {
        let log_in = format!("{state} {browser_secret}");
        LoginSecrets {
            state: state.to_owned(),
            nonce: key.token(NONCE_PURPOSE, &log_in),
            code_verifier: URL_SAFE_NO_PAD.encode(key.derive(&format!("{VERIFIER_PURPOSE} {log_in}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_belong_to_one_log_in_and_one_browser() {
        let key = SecretKey::new([7; 32]);
        let secrets = LoginSecrets::derive(&key, "state", "browser");
        let again = LoginSecrets::derive(&key, "state", "browser");
        assert_eq!((&secrets.nonce, &secrets.code_verifier), (&again.nonce, &again.code_verifier));
        assert!((43..=128).contains(&secrets.code_verifier.len()), "RFC 7636 §4.1");
        for other in [
            LoginSecrets::derive(&key, "state", "another"),
            LoginSecrets::derive(&key, "another", "browser"),
            LoginSecrets::derive(&SecretKey::new([8; 32]), "state", "browser"),
        ] {
            assert_ne!(secrets.nonce, other.nonce);
            assert_ne!(secrets.code_verifier, other.code_verifier);
        }
    }
}
