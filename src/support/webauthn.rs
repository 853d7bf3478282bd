//! Passkeys (WebAuthn Level 3): what a browser is asked for, and whether its answer is right. No I/O.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder,
};
pub use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as PasskeyCredential, PasskeyAuthentication, PasskeyRegistration, WebauthnError,
};

/// The site as browsers know it: its domain and origin.
pub struct RelyingParty(Webauthn);

/// The account that a passkey is made for, as the browser shows it.
#[derive(Clone, Debug)]
pub struct PasskeyUser {
    /// The account's public id.
    pub id: Uuid,
    /// The address that tells accounts of one person apart.
    pub email: String,
    /// The name of the person.
    pub name: String,
}

/// A question to the browser, and what the server must know to check the answer.
pub struct Challenge<S> {
    /// `publicKey` of `navigator.credentials` in its JSON form.
    pub options: Value,
    /// Kept until the response arrives, out of the client's reach.
    pub state: S,
}

/// The account and the passkey that an answer says it is from, before it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedPasskey {
    /// The public id of the account.
    pub account: String,
    /// As [`credential_id`] writes it.
    pub credential_id: String,
}

/// The id of a credential as text.
pub fn credential_id(credential: &PasskeyCredential) -> String {
    URL_SAFE_NO_PAD.encode(credential.cred_id())
}

impl RelyingParty {
    /// `None` for a host without a domain, such as 127.0.0.1: browsers make no passkeys for it.
    pub fn from_base_url(base_url: &Url) -> Option<RelyingParty> {
        let domain = base_url.domain()?;
        WebauthnBuilder::new(domain, base_url).ok()?.build().ok().map(RelyingParty)
    }

    /// Asks for a new passkey, on a device that has none of the known ones. The device has to verify its user.
    pub fn start_registration(
        &self,
        user: &PasskeyUser,
        known: &[PasskeyCredential],
    ) -> Result<Challenge<PasskeyRegistration>, WebauthnError> {
        let known = known.iter().map(|credential| credential.cred_id().clone()).collect();
        let (answer, state) = self.0.start_passkey_registration(user.id, &user.email, &user.name, Some(known))?;
        let mut options = serde_json::to_value(answer.public_key)?;
        // Discoverable, so that it can log in without an email address.
        if let Some(Value::Object(selection)) = options.get_mut("authenticatorSelection") {
            selection.insert("residentKey".to_owned(), "required".into());
            selection.insert("requireResidentKey".to_owned(), true.into());
        }
        Ok(Challenge { options, state })
    }

    /// The new passkey; `None` if the response is invalid.
    pub fn finish_registration(&self, answer: &str, state: &PasskeyRegistration) -> Option<PasskeyCredential> {
        let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).ok()?;
        self.0.finish_passkey_registration(&answer, state).ok()
    }

    /// Asks for one of the known passkeys of an account.
    pub fn start_authentication(
        &self,
        known: &[PasskeyCredential],
    ) -> Result<Challenge<PasskeyAuthentication>, WebauthnError> {
        let (answer, state) = self.0.start_passkey_authentication(known)?;
        Ok(Challenge { options: serde_json::to_value(answer.public_key)?, state })
    }

    /// The passkey with its new signature counter; `None` if the response is invalid.
    pub fn finish_authentication(
        &self,
        answer: &str,
        state: &PasskeyAuthentication,
        credential: PasskeyCredential,
    ) -> Option<PasskeyCredential> {
        let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        updated(credential, &self.0.finish_passkey_authentication(&answer, state).ok()?)
    }

    /// Asks for any passkey of this site.
    pub fn start_discovery(&self) -> Result<Challenge<DiscoverableAuthentication>, WebauthnError> {
        let (answer, state) = self.0.start_discoverable_authentication()?;
        Ok(Challenge { options: serde_json::to_value(answer.public_key)?, state })
    }

    /// The account and credential that a response to [`RelyingParty::start_discovery`] claims; `None` if malformed.
    pub fn identify(&self, answer: &str) -> Option<ClaimedPasskey> {
        let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        let (account, credential) = self.0.identify_discoverable_authentication(&answer).ok()?;
        Some(ClaimedPasskey {
            account: account.simple().to_string(),
            credential_id: URL_SAFE_NO_PAD.encode(credential),
        })
    }

    /// The credential that a response claims, in the form of [`credential_id`].
    pub fn claimed_credential_id(&self, answer: &str) -> Option<String> {
        let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        Some(URL_SAFE_NO_PAD.encode(answer.get_credential_id()))
    }

    /// As [`RelyingParty::finish_authentication`], for [`RelyingParty::start_discovery`].
    pub fn finish_discovery(
        &self,
        answer: &str,
        state: DiscoverableAuthentication,
        credential: PasskeyCredential,
    ) -> Option<PasskeyCredential> {
        let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        let result = self.0.finish_discoverable_authentication_v2(&answer, state, &credential).ok()?;
        updated(credential, &result)
    }
}

/// `None` if the result is for another credential.
fn updated(mut credential: PasskeyCredential, result: &AuthenticationResult) -> Option<PasskeyCredential> {
    credential.update_credential(result).map(|_| credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(address: &str) -> Option<RelyingParty> {
        RelyingParty::from_base_url(&address.parse().unwrap())
    }

    #[test]
    fn a_site_without_a_domain_has_no_passkeys() {
        assert!(party("http://127.0.0.1:3000").is_none());
        assert!(party("http://[::1]").is_none());
        assert!(party("https://shop.example").is_some());
        assert!(party("http://localhost:3000").is_some());
    }

    /// R20: at least 128 bits, new each time, and the device has to verify its user.
    #[test]
    fn a_challenge_is_random_and_asks_for_user_verification() {
        let party = party("https://shop.example").unwrap();
        let user = PasskeyUser { id: Uuid::nil(), email: "ann@kestrel.example".to_owned(), name: "Ann".to_owned() };
        let (one, two) = (party.start_discovery().unwrap().options, party.start_discovery().unwrap().options);
        let new = party.start_registration(&user, &[]).unwrap().options;
        let challenge = |options: &Value| options["challenge"].as_str().unwrap().to_owned();
        for options in [&one, &two, &new] {
            assert!(URL_SAFE_NO_PAD.decode(challenge(options)).unwrap().len() >= 16);
        }
        assert_ne!(challenge(&one), challenge(&two));
        assert_eq!((&one["rpId"], &new["rp"]["id"]), (&Value::from("shop.example"), &Value::from("shop.example")));
        assert_eq!(one["userVerification"], "required");
        assert_eq!(new["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(new["authenticatorSelection"]["residentKey"], "required");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let party = party("https://shop.example").unwrap();
        for nonsense in ["", "{}", "null", r#"{"id":"a","rawId":"YQ","type":"public-key","response":{}}"#] {
            assert_eq!(party.identify(nonsense), None, "{nonsense}");
        }
    }
}
