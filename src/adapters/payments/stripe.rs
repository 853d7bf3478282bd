//! Stripe Checkout: the buyer pays on Stripe's page, we ask Stripe what came of it. API reference:
//! docs.stripe.com/api, version pinned below. Only what is needed, with answers read leniently.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::{Answer, Move, MoveKind, PageState, PaidBack, RefundWanted, Report, Session, Wanted};
use crate::adapters::web_client;
use crate::config::StripeConfig;
use crate::error::Result;
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};
use crate::support::stripe_amount::{from_stripe, to_stripe};

/// The version of the API whose answers we read.
const VERSION: &str = "2025-03-31.basil";
/// Stripe closes no page earlier than this after making it; we close ours by hand when the hold ends.
const LIVES_LONGER: SignedDuration = SignedDuration::from_mins(31);
/// What the buyer pays for, on Stripe's page. The order has no number before it is paid.
const GOODS: &str = "Your order";
/// A signature older than this is a replay.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Stripe.
#[derive(Clone)]
pub struct Stripe {
    client: Client,
    config: StripeConfig,
}

#[derive(Deserialize)]
struct SessionAnswer {
    id: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    payment_intent: Option<Intent>,
}

#[derive(Deserialize)]
struct Intent {
    id: String,
    status: String,
    #[serde(default)]
    amount_received: i64,
    currency: String,
    #[serde(default)]
    latest_charge: Option<Charge>,
}

#[derive(Deserialize)]
struct Charge {
    id: String,
    #[serde(default)]
    amount: i64,
    #[serde(default)]
    disputed: bool,
    #[serde(default)]
    dispute: Option<Dispute>,
    #[serde(default)]
    refunds: Option<RefundList>,
}

#[derive(Deserialize)]
struct Dispute {
    id: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    amount: i64,
}

#[derive(Deserialize)]
struct ListAnswer {
    data: Vec<Listed>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    #[serde(default)]
    client_reference_id: Option<String>,
}

#[derive(Deserialize)]
struct RefundList {
    data: Vec<RefundAnswer>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct RefundAnswer {
    id: String,
    #[serde(default)]
    amount: i64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    failure_reason: Option<String>,
    #[serde(default)]
    metadata: Option<RefundMark>,
}

#[derive(Deserialize)]
struct RefundMark {
    #[serde(default)]
    repayment: String,
}

impl RefundAnswer {
    /// Why the money does not arrive, if it does not: Stripe's word for it, such as `lost_or_stolen_card`.
    fn failed(&self) -> Option<String> {
        let has_failed = matches!(self.status.as_str(), "failed" | "canceled");
        let why = || self.failure_reason.as_deref().unwrap_or(&self.status);
        has_failed.then(|| why().replace('_', " "))
    }
}

#[derive(Deserialize, Default)]
struct ErrorAnswer {
    #[serde(default)]
    error: ErrorBody,
}

#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(default)]
    message: String,
}

/// The parts of a message of Stripe's that say what it is about (docs.stripe.com/api/events).
#[derive(Deserialize)]
pub struct Event {
    /// Its name, the same when it is sent again.
    pub id: String,
    /// Such as `checkout.session.completed`.
    #[serde(rename = "type")]
    pub kind: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: EventObject,
}

/// What a message is about.
#[derive(Clone, Deserialize)]
pub struct EventObject {
    /// Stripe's name for it.
    pub id: String,
    #[serde(default)]
    object: String,
    #[serde(default)]
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Clone, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    attempt: String,
}

impl Event {
    /// Reads a message.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(payload: &str) -> Result<Event> {
        Ok(serde_json::from_str(payload)?)
    }

    /// Whether it says that a card was declined; it is about that one try.
    pub fn is_decline(&self) -> bool {
        self.kind == "charge.failed"
    }

    /// What it is about.
    pub fn object(&self) -> &EventObject {
        &self.data.object
    }
}

impl EventObject {
    /// Whether it is a page to pay on.
    pub fn is_page(&self) -> bool {
        self.object == "checkout.session"
    }

    /// Our name for the attempt; empty when it is not ours.
    pub fn attempt(&self) -> &str {
        &self.metadata.attempt
    }

    /// Stripe's name for the payment; empty when it is about none.
    pub fn payment(&self) -> &str {
        match self.object.as_str() {
            "payment_intent" => &self.id,
            _ => self.payment_intent.as_deref().unwrap_or_default(),
        }
    }
}

impl Stripe {
    /// A client with the shop's keys.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(config: StripeConfig) -> Result<Stripe> {
        let client = web_client::new(Duration::from_secs(20))?;
        Ok(Stripe { client, config })
    }

    pub(super) async fn create(&self, wanted: Wanted) -> Result<Answer<Session>> {
        let Some(asked) = to_stripe(wanted.amount_minor, &wanted.currency) else {
            return Ok(Answer::Refused(not_exact(wanted.amount_minor, &wanted.currency)));
        };
        let amount = asked.to_string();
        let expires = wanted.expires_at.plus(LIVES_LONGER).seconds().to_string();
        let form = [
            ("mode", "payment"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", &wanted.currency.to_lowercase()),
            ("line_items[0][price_data][unit_amount]", &amount),
            ("line_items[0][price_data][product_data][name]", GOODS),
            ("customer_email", &wanted.email),
            ("client_reference_id", &wanted.attempt),
            ("metadata[attempt]", &wanted.attempt),
            ("payment_intent_data[metadata][attempt]", &wanted.attempt),
            ("success_url", &wanted.return_url),
            ("cancel_url", &wanted.return_url),
            ("expires_at", &expires),
        ];
        let answer = self.call(Method::POST, "/v1/checkout/sessions", &form, Some(&wanted.idempotency_key)).await?;
        Ok(match answer {
            // A repeated call answers with the page as it was made; one without an address is closed already.
            Answer::Done(SessionAnswer { id, url, .. }) => {
                Answer::Done(Session { reference: id, url: url.unwrap_or_default(), amount: asked })
            }
            Answer::Refused(why) => Answer::Refused(why),
        })
    }

    pub(super) async fn get(&self, reference: &str) -> Result<Report> {
        let expand = [
            ("expand[]", "payment_intent.latest_charge.dispute"),
            ("expand[]", "payment_intent.latest_charge.refunds"),
        ];
        let path = format!("/v1/checkout/sessions/{reference}");
        let mut session = match self.call::<SessionAnswer>(Method::GET, &path, &expand, None).await? {
            Answer::Done(session) => session,
            Answer::Refused(why) => {
                return Err(anyhow::anyhow!("Stripe does not know {reference}: {why}").into());
            }
        };
        if let Some(intent) = &mut session.payment_intent
            && let Some(charge) = &mut intent.latest_charge
            && charge.refunds.as_ref().is_some_and(|refunds| refunds.has_more)
        {
            charge.refunds = Some(self.refunds(&intent.id).await?);
        }
        Ok(report(session))
    }

    /// The refunds of a payment: a page shows no more than ten of them by itself.
    async fn refunds(&self, payment: &str) -> Result<RefundList> {
        let query = [("payment_intent", payment), ("limit", "100")];
        match self.call(Method::GET, "/v1/refunds", &query, None).await? {
            Answer::Done(refunds) => Ok(refunds),
            Answer::Refused(why) => Err(anyhow::anyhow!("Stripe lists no refunds of {payment}: {why}").into()),
        }
    }

    pub(super) async fn expire(&self, reference: &str) -> Result<Report> {
        // Refused when the page was paid on or is closed: either way the page itself tells.
        let path = format!("/v1/checkout/sessions/{reference}/expire");
        let _closed: Answer<SessionAnswer> = self.call(Method::POST, &path, &[], None).await?;
        let report = self.get(reference).await?;
        match report.page {
            PageState::Open => Err(anyhow::anyhow!("Stripe did not close {reference}").into()),
            _ => Ok(report),
        }
    }

    pub(super) async fn refund(&self, wanted: RefundWanted) -> Result<Answer<String>> {
        let Some(amount) = to_stripe(wanted.amount_minor, &wanted.currency) else {
            return Ok(Answer::Refused(not_exact(wanted.amount_minor, &wanted.currency)));
        };
        let amount = amount.to_string();
        let form = [
            ("payment_intent", wanted.capture.as_str()),
            ("amount", &amount),
            ("metadata[repayment]", &wanted.idempotency_key),
        ];
        let answer = self.call(Method::POST, "/v1/refunds", &form, Some(&wanted.idempotency_key)).await?;
        Ok(match answer {
            Answer::Done(refund) => {
                let refund: RefundAnswer = refund;
                refund.failed().map_or(Answer::Done(refund.id), Answer::Refused)
            }
            Answer::Refused(why) => Answer::Refused(why),
        })
    }

    /// Pages that were paid on since then: Stripe's name and ours.
    pub(super) async fn paid_since(&self, since: Utc) -> Result<Vec<(String, String)>> {
        let since = since.seconds().to_string();
        let mut found: Vec<(String, String)> = Vec::new();
        loop {
            let last = found.last().map(|(id, _)| id.clone()).unwrap_or_default();
            let mut query = vec![("created[gte]", since.as_str()), ("status", "complete"), ("limit", "100")];
            if !last.is_empty() {
                query.push(("starting_after", last.as_str()));
            }
            match self.call::<ListAnswer>(Method::GET, "/v1/checkout/sessions", &query, None).await? {
                Answer::Done(page) => {
                    let more = page.has_more && !page.data.is_empty();
                    let known = |listed: Listed| (listed.id, listed.client_reference_id.unwrap_or_default());
                    found.extend(page.data.into_iter().map(known));
                    if !more {
                        return Ok(found);
                    }
                }
                Answer::Refused(why) => return Err(anyhow::anyhow!("Stripe lists no payments: {why}").into()),
            }
        }
    }

    /// One call. What Stripe refuses for good is an answer; no answer, or one to be asked again, is an error.
    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        key: Option<&str>,
    ) -> Result<Answer<T>> {
        let mut url = self.config.api_base.join(path).map_err(anyhow::Error::new)?;
        let encoded = serde_html_form::to_string(fields).map_err(anyhow::Error::new)?;
        if method == Method::GET {
            url.set_query(Some(&encoded));
        }
        let mut request = self
            .client
            .request(method.clone(), url)
            .bearer_auth(&self.config.secret_key)
            .header("stripe-version", VERSION);
        if method == Method::POST {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(encoded);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await.map_err(anyhow::Error::new)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(anyhow::Error::new)?;
        if status.is_success() {
            return Ok(Answer::Done(serde_json::from_slice(&body)?));
        }
        let told: ErrorAnswer = serde_json::from_slice(&body).unwrap_or_default();
        let ask_again = status.is_server_error()
            || matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED);
        if ask_again {
            return Err(anyhow::anyhow!("Stripe answered {status}: {}", told.error.message).into());
        }
        Ok(Answer::Refused(told.error.message))
    }

    /// Whether a webhook's signature is Stripe's and fresh: `t=…,v1=…`, HMAC-SHA256 over time, a dot, and the body
    /// (docs.stripe.com/webhooks/signature).
    pub fn signed(&self, header: &str, body: &[u8], now: Utc) -> bool {
        let parts: Vec<(&str, &str)> = header.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let Some((_, time)) = parts.iter().find(|(name, _)| *name == "t") else { return false };
        let fresh = time.parse::<i64>().is_ok_and(|seconds| (now.seconds() - seconds).abs() <= TOLERANCE.as_secs());
        fresh
            && parts.iter().filter(|(name, _)| *name == "v1").any(|(_, signature)| {
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.config.webhook_secret.as_bytes()) else {
                    return false;
                };
                mac.update(time.as_bytes());
                mac.update(b".");
                mac.update(body);
                hex(signature).is_some_and(|signature| mac.verify_slice(&signature).is_ok())
            })
    }
}

/// Another amount is never charged or paid back instead.
fn not_exact(minor: i64, currency: &str) -> String {
    let amount = Currency::from_code(currency).map(|currency| Money::new(minor, currency).text("en"));
    format!("Stripe has no way to move exactly {}", amount.unwrap_or_else(|| format!("{minor} {currency}")))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    if text.len() % 2 == 1 {
        return None;
    }
    (0..text.len()).step_by(2).map(pair).collect()
}

fn report(session: SessionAnswer) -> Report {
    let (mut moves, mut refunds) = (Vec::new(), Vec::new());
    let mut page = match session.status.as_str() {
        "complete" => PageState::Complete,
        "expired" => PageState::Expired,
        _ => PageState::Open,
    };
    if let Some(intent) = session.payment_intent {
        let currency = intent.currency.to_uppercase();
        match intent.status.as_str() {
            "succeeded" => moves.push(Move {
                kind: MoveKind::Captured,
                reference: intent.id,
                amount_minor: from_stripe(intent.amount_received, &currency),
                provider_amount: intent.amount_received,
                currency: currency.clone(),
            }),
            "processing" => page = PageState::Processing,
            // A bank that says no leaves the page complete, and its payment where it began.
            "requires_payment_method" | "canceled" if page == PageState::Complete => page = PageState::Failed,
            _ => {}
        }
        let mut charge = intent.latest_charge;
        let listed = charge.as_mut().and_then(|charge| charge.refunds.take()).map_or(Vec::new(), |list| list.data);
        // Stripe lists the newest first.
        refunds.extend(listed.into_iter().rev().map(|refund| PaidBack {
            failed: refund.failed(),
            reference: refund.id,
            key: refund.metadata.map_or(String::new(), |mark| mark.repayment),
            amount_minor: from_stripe(refund.amount, &currency),
            currency: currency.clone(),
        }));
        if let Some(charge) = charge.filter(|charge| charge.disputed) {
            let dispute =
                charge.dispute.unwrap_or(Dispute { id: charge.id, status: String::new(), amount: charge.amount });
            let fact = |kind| Move {
                kind,
                reference: dispute.id.clone(),
                amount_minor: from_stripe(dispute.amount, &currency),
                provider_amount: dispute.amount,
                currency: currency.clone(),
            };
            moves.push(fact(MoveKind::Disputed));
            if dispute.status == "won" {
                moves.push(fact(MoveKind::DisputeWon));
            }
        }
    }
    // Of each declined card Stripe tells in a message of its own.
    Report { page, moves, refunds, declined: Vec::new() }
}
