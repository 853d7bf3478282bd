//! Stripe Checkout: the buyer pays on Stripe's page and we fetch the result. API reference: docs.stripe.com/api, in the
//! pinned version. Responses are parsed leniently.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::{
    CheckoutSession, CheckoutSessionState, CreateCheckoutSession, CreateRefund, PaymentReport, ProviderResponse,
    ReportedRefund, ReportedTransaction, ReportedTransactionKind,
};
use crate::adapters::http_client;
use crate::config::StripeConfig;
use crate::error::Result;
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};
use crate::support::stripe_amount::{from_stripe, to_stripe};

/// The pinned API version.
const VERSION: &str = "2025-03-31.basil";
/// Requested lifetime of sessions. Stripe's minimum is 30 minutes, so we expire sessions when the stock hold ends.
const LIVES_LONGER: SignedDuration = SignedDuration::from_mins(31);
/// The description on Stripe's page: an order has no number before it is paid.
const GOODS: &str = "Your order";
/// Maximum age of a webhook signature, against replays.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

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
    /// Why the refund failed, if it did, in Stripe's words, such as `lost or stolen card`.
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

/// The parts of a webhook event that tell what it concerns (docs.stripe.com/api/events).
#[derive(Deserialize)]
pub struct WebhookEvent {
    /// The same for every delivery of the event.
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

/// The object that an event concerns.
#[derive(Clone, Deserialize)]
pub struct EventObject {
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

impl WebhookEvent {
    pub fn parse(payload: &str) -> Result<WebhookEvent> {
        Ok(serde_json::from_str(payload)?)
    }

    /// Whether the event reports one declined charge.
    pub fn is_decline(&self) -> bool {
        self.kind == "charge.failed"
    }

    pub fn object(&self) -> &EventObject {
        &self.data.object
    }
}

impl EventObject {
    pub fn is_checkout_session(&self) -> bool {
        self.object == "checkout.session"
    }

    /// The public id of our payment attempt; empty if the object is not ours.
    pub fn client_reference_id(&self) -> &str {
        &self.metadata.attempt
    }

    /// The id of the PaymentIntent; empty if there is none.
    pub fn payment_intent_id(&self) -> &str {
        match self.object.as_str() {
            "payment_intent" => &self.id,
            _ => self.payment_intent.as_deref().unwrap_or_default(),
        }
    }
}

impl Stripe {
    /// A client with the shop's API keys.
    pub fn new(config: StripeConfig) -> Result<Stripe> {
        let client = http_client::build(Duration::from_secs(20))?;
        Ok(Stripe { client, config })
    }

    pub(super) async fn create_session(
        &self,
        wanted: CreateCheckoutSession,
    ) -> Result<ProviderResponse<CheckoutSession>> {
        let Some(asked) = to_stripe(wanted.amount_minor, &wanted.currency) else {
            return Ok(ProviderResponse::Rejected(not_exact(wanted.amount_minor, &wanted.currency)));
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
            ("client_reference_id", &wanted.client_reference_id),
            ("metadata[attempt]", &wanted.client_reference_id),
            ("payment_intent_data[metadata][attempt]", &wanted.client_reference_id),
            ("success_url", &wanted.return_url),
            ("cancel_url", &wanted.return_url),
            ("expires_at", &expires),
        ];
        let answer = self.call(Method::POST, "/v1/checkout/sessions", &form, Some(&wanted.idempotency_key)).await?;
        Ok(match answer {
            // A repeated call returns the original session; without a URL it has ended.
            ProviderResponse::Accepted(SessionAnswer { id, url, .. }) => ProviderResponse::Accepted(CheckoutSession {
                reference: id,
                url: url.unwrap_or_default(),
                amount: asked,
            }),
            ProviderResponse::Rejected(why) => ProviderResponse::Rejected(why),
        })
    }

    pub(super) async fn fetch_report(&self, reference: &str) -> Result<PaymentReport> {
        let expand = [
            ("expand[]", "payment_intent.latest_charge.dispute"),
            ("expand[]", "payment_intent.latest_charge.refunds"),
        ];
        let path = format!("/v1/checkout/sessions/{reference}");
        let mut session = match self.call::<SessionAnswer>(Method::GET, &path, &expand, None).await? {
            ProviderResponse::Accepted(session) => session,
            ProviderResponse::Rejected(why) => {
                return Err(anyhow::anyhow!("Stripe could not find {reference}: {why}").into());
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

    /// The refunds of a payment; a session contains at most ten of them.
    async fn refunds(&self, payment: &str) -> Result<RefundList> {
        let query = [("payment_intent", payment), ("limit", "100")];
        match self.call(Method::GET, "/v1/refunds", &query, None).await? {
            ProviderResponse::Accepted(refunds) => Ok(refunds),
            ProviderResponse::Rejected(why) => {
                Err(anyhow::anyhow!("Stripe could not list the refunds of {payment}: {why}").into())
            }
        }
    }

    pub(super) async fn expire_session(&self, reference: &str) -> Result<PaymentReport> {
        // Rejected when the session is paid or expired; the report below tells which.
        let path = format!("/v1/checkout/sessions/{reference}/expire");
        let _closed: ProviderResponse<SessionAnswer> = self.call(Method::POST, &path, &[], None).await?;
        let report = self.fetch_report(reference).await?;
        match report.session_state {
            CheckoutSessionState::Open => Err(anyhow::anyhow!("Stripe did not expire {reference}").into()),
            _ => Ok(report),
        }
    }

    pub(super) async fn refund(&self, wanted: CreateRefund) -> Result<ProviderResponse<String>> {
        let Some(amount) = to_stripe(wanted.amount_minor, &wanted.currency) else {
            return Ok(ProviderResponse::Rejected(not_exact(wanted.amount_minor, &wanted.currency)));
        };
        let amount = amount.to_string();
        let form = [
            ("payment_intent", wanted.capture_reference.as_str()),
            ("amount", &amount),
            ("metadata[repayment]", &wanted.idempotency_key),
        ];
        let answer = self.call(Method::POST, "/v1/refunds", &form, Some(&wanted.idempotency_key)).await?;
        Ok(match answer {
            ProviderResponse::Accepted(refund) => {
                let refund: RefundAnswer = refund;
                refund.failed().map_or(ProviderResponse::Accepted(refund.id), ProviderResponse::Rejected)
            }
            ProviderResponse::Rejected(why) => ProviderResponse::Rejected(why),
        })
    }

    /// Sessions completed since a time: Stripe's id and our reference.
    pub(super) async fn list_paid_since(&self, since: Utc) -> Result<Vec<(String, String)>> {
        let since = since.seconds().to_string();
        let mut found: Vec<(String, String)> = Vec::new();
        loop {
            let last = found.last().map(|(id, _)| id.clone()).unwrap_or_default();
            let mut query = vec![("created[gte]", since.as_str()), ("status", "complete"), ("limit", "100")];
            if !last.is_empty() {
                query.push(("starting_after", last.as_str()));
            }
            match self.call::<ListAnswer>(Method::GET, "/v1/checkout/sessions", &query, None).await? {
                ProviderResponse::Accepted(page) => {
                    let more = page.has_more && !page.data.is_empty();
                    let known = |listed: Listed| (listed.id, listed.client_reference_id.unwrap_or_default());
                    found.extend(page.data.into_iter().map(known));
                    if !more {
                        return Ok(found);
                    }
                }
                ProviderResponse::Rejected(why) => {
                    return Err(anyhow::anyhow!("Stripe could not list the payments: {why}").into());
                }
            }
        }
    }

    /// One API call. A permanent refusal is returned as a response; a missing response or a retryable status is an
    /// error.
    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        key: Option<&str>,
    ) -> Result<ProviderResponse<T>> {
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
            return Ok(ProviderResponse::Accepted(serde_json::from_slice(&body)?));
        }
        let told: ErrorAnswer = serde_json::from_slice(&body).unwrap_or_default();
        let ask_again = status.is_server_error()
            || matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED);
        if ask_again {
            return Err(anyhow::anyhow!("Stripe returned {status}: {}", told.error.message).into());
        }
        Ok(ProviderResponse::Rejected(told.error.message))
    }

    /// Verifies a webhook signature and its age: `t=…,v1=…` with HMAC-SHA256 over timestamp, dot and body
    /// (docs.stripe.com/webhooks/signature).
    pub fn verify_signature(&self, header: &str, body: &[u8], now: Utc) -> bool {
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

/// The reason for refusing an amount that Stripe's units cannot represent; it is never rounded.
fn not_exact(minor: i64, currency: &str) -> String {
    let amount = Currency::from_code(currency).map(|currency| Money::new(minor, currency).format("en"));
    format!("Stripe cannot charge exactly {}", amount.unwrap_or_else(|| format!("{minor} {currency}")))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    if text.len() % 2 == 1 {
        return None;
    }
    (0..text.len()).step_by(2).map(pair).collect()
}

fn report(session: SessionAnswer) -> PaymentReport {
    let (mut moves, mut refunds) = (Vec::new(), Vec::new());
    let mut page = match session.status.as_str() {
        "complete" => CheckoutSessionState::Complete,
        "expired" => CheckoutSessionState::Expired,
        _ => CheckoutSessionState::Open,
    };
    if let Some(intent) = session.payment_intent {
        let currency = intent.currency.to_uppercase();
        match intent.status.as_str() {
            "succeeded" => moves.push(ReportedTransaction {
                kind: ReportedTransactionKind::Captured,
                reference: intent.id,
                amount_minor: from_stripe(intent.amount_received, &currency),
                provider_amount: intent.amount_received,
                currency: currency.clone(),
            }),
            "processing" => page = CheckoutSessionState::Processing,
            // After a delayed payment fails, the session remains complete and its PaymentIntent needs a new payment
            // method.
            "requires_payment_method" | "canceled" if page == CheckoutSessionState::Complete => {
                page = CheckoutSessionState::Failed
            }
            _ => {}
        }
        let mut charge = intent.latest_charge;
        let listed = charge.as_mut().and_then(|charge| charge.refunds.take()).map_or(Vec::new(), |list| list.data);
        // Stripe lists the newest first.
        refunds.extend(listed.into_iter().rev().map(|refund| ReportedRefund {
            failure_reason: refund.failed(),
            reference: refund.id,
            idempotency_key: refund.metadata.map_or(String::new(), |mark| mark.repayment),
            amount_minor: from_stripe(refund.amount, &currency),
            currency: currency.clone(),
        }));
        if let Some(charge) = charge.filter(|charge| charge.disputed) {
            let dispute =
                charge.dispute.unwrap_or(Dispute { id: charge.id, status: String::new(), amount: charge.amount });
            let fact = |kind| ReportedTransaction {
                kind,
                reference: dispute.id.clone(),
                amount_minor: from_stripe(dispute.amount, &currency),
                provider_amount: dispute.amount,
                currency: currency.clone(),
            };
            moves.push(fact(ReportedTransactionKind::Disputed));
            if dispute.status == "won" {
                moves.push(fact(ReportedTransactionKind::DisputeWon));
            }
        }
    }
    // Stripe reports each declined card in a webhook event instead.
    PaymentReport { session_state: page, transactions: moves, refunds, decline_references: Vec::new() }
}
