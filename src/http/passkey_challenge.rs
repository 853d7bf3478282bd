//! Challenges for passkeys (SECURITY.md S22). The browser keeps what the server must know to check the answer, signed:
//! a row for each opened log-in page would let anybody fill the database. `Passkey::use_challenge` accepts each one
//! once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::reply::Reply;
use super::security_headers::ResponseKind;
use crate::app::App;
use crate::error::{Error, Result};
use crate::support::ids::AccountId;
use crate::support::webauthn::{Challenge, WebauthnError};

/// Time to answer. The script asks for another challenge before.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// What an answer is for. One for another purpose is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengePurpose {
    /// Adding a passkey to an account.
    Register,
    /// The second step of the log-in to an account.
    SecondStep,
    /// Log-in with a passkey of any account.
    LogIn,
}

impl ChallengePurpose {
    fn label(self) -> &'static str {
        match self {
            ChallengePurpose::Register => "passkey registration",
            ChallengePurpose::SecondStep => "passkey second step",
            ChallengePurpose::LogIn => "passkey log-in",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct SignedState<S> {
    account: Option<AccountId>,
    /// Seconds since the Unix epoch.
    expires: i64,
    state: S,
}

#[derive(Serialize)]
struct ChallengeReply {
    options: Value,
    state: String,
}

/// The challenge as JSON, for the script.
pub fn reply<S: Serialize>(
    app: &App,
    purpose: ChallengePurpose,
    account: Option<AccountId>,
    challenge: Result<Challenge<S>, WebauthnError>,
) -> Result<Reply> {
    let Challenge { options, state } = challenge.map_err(|error| Error::internal(anyhow::anyhow!("{error}")))?;
    let expires = app.clock().now().plus(LIFETIME).seconds();
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&SignedState { account, expires, state })?);
    let signature = app.db.context().secret_key.token(purpose.label(), &payload);
    let body = serde_json::to_vec(&ChallengeReply { options, state: format!("{payload}.{signature}") })?;
    Ok(Reply::bytes(body, "application/json", ResponseKind::Private))
}

/// The state of a challenge that was made for this purpose and account, and has not expired.
pub fn verify<S: DeserializeOwned>(
    app: &App,
    purpose: ChallengePurpose,
    account: Option<AccountId>,
    signed: &str,
) -> Option<S> {
    let (payload, signature) = signed.split_once('.')?;
    let expected = app.db.context().secret_key.token(purpose.label(), payload);
    if !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        return None;
    }
    let signed: SignedState<S> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    (signed.account == account && signed.expires > app.clock().now().seconds()).then_some(signed.state)
}
