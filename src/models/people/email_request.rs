//! Requests for an email to an address that anybody may type. A known and an unknown address get the same answer in the
//! same time: the request only counts itself and enqueues a job, and the job finds out what to send.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::models::platform::job::{JobKind, NewJob};
use crate::support::client_network::ClientNetwork;
use crate::support::email_address::{self, EmailAddress};
use crate::support::ids::AccountId;

/// Emails to one address within an hour. Further ones are not written, and the answer stays the same.
const EMAILS_OF_ADDRESS: i64 = 5;
/// Requests of one network within ten minutes, which many people may share.
const REQUESTS_OF_NETWORK: i64 = 30;
/// Requests of a private or loopback address within ten minutes, which a proxy may give to all clients.
const REQUESTS_OF_ALL: i64 = 300;
const NETWORK_WINDOW: SignedDuration = SignedDuration::from_mins(10);
const ADDRESS_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// What the job of a request knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailRequest {
    /// Names the request, so that its email is written once.
    pub id: String,
    /// As typed.
    pub email: String,
    /// The order number, for a link to an order.
    #[serde(default)]
    pub order_number: String,
    /// Hash of the browser's secret, for a log-in code.
    #[serde(default)]
    pub browser_hash: String,
    /// The account that asks, for a change of its address.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl EmailRequest {
    pub fn new(tx: &Tx<'_>, email: &EmailAddress) -> Result<EmailRequest> {
        Ok(EmailRequest {
            id: tx.generate_public_id()?,
            email: email.mailbox.clone(),
            order_number: String::new(),
            browser_hash: String::new(),
            account: None,
        })
    }

    /// Enqueues the job, unless the address has reached its limit of emails.
    ///
    /// # Errors
    /// `TooManyRequests` when the network has asked too often; the caller must roll back.
    pub fn submit(&self, tx: &mut Tx<'_>, kind: JobKind, network: ClientNetwork) -> Result<()> {
        if !count_request(tx, &self.email, network)? {
            return Ok(());
        }
        let (run_at, dedupe_key) = (tx.now(), Some(format!("{}:{}", kind.as_str(), self.id)));
        NewJob { kind, payload: serde_json::to_string(self)?, dedupe_key, run_at }.enqueue(tx)
    }
}

/// Counts a request. Returns whether the address may get another email.
///
/// # Errors
/// `TooManyRequests` when the network has asked too often; the caller must roll back.
pub fn count_request(tx: &mut Tx<'_>, email: &str, network: ClientNetwork) -> Result<bool> {
    let limit = if network.is_public() { REQUESTS_OF_NETWORK } else { REQUESTS_OF_ALL };
    let policy = ThrottlePolicy::FixedWindow(limit, NETWORK_WINDOW.as_secs());
    throttle::record_attempt(tx, &[AttemptCounter::new("email network", &network.to_string(), policy)])?;
    let policy = ThrottlePolicy::FixedWindow(EMAILS_OF_ADDRESS, ADDRESS_WINDOW.as_secs());
    let address = [AttemptCounter::new("email address", &email_address::normalise(email), policy)];
    match tx.run_in_savepoint(|tx| throttle::record_attempt(tx, &address)) {
        Err(Error::TooManyRequests(_)) => Ok(false),
        counted => counted.map(|()| true),
    }
}
