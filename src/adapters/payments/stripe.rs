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
use crate::support::i18n::Locale;
use crate::support::money::Money;
use crate::support::stripe_amount::{from_stripe, to_stripe};

/// The pinned API version.
const VERSION: &str = "2025-03-31.basil";
/// Requested lifetime of sessions. Stripe's minimum is 30 minutes, so we expire sessions when the stock hold ends.
const SESSION_LIFETIME: SignedDuration = SignedDuration::from_mins(31);
/// The description on Stripe's page: an order has no number before it is paid.
const LINE_ITEM_NAME: &str = "Your order";
/// Maximum age of a webhook signature, against replays.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

#[derive(Clone)]
pub struct Stripe {
    client: Client,
    config: StripeConfig,
}

#[derive(Deserialize)]
struct SessionResponse {
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
struct SessionList {
    data: Vec<ListedSession>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct ListedSession {
    id: String,
    #[serde(default)]
    client_reference_id: Option<String>,
}

#[derive(Deserialize)]
struct RefundList {
    data: Vec<RefundResponse>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct RefundResponse {
    id: String,
    #[serde(default)]
    amount: i64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    failure_reason: Option<String>,
    #[serde(default)]
    metadata: Option<RefundMetadata>,
}

#[derive(Deserialize)]
struct RefundMetadata {
    #[serde(default)]
    repayment: String,
}

impl RefundResponse {
    /// Why the refund failed, if it did, in Stripe's words, such as `lost or stolen card`.
    fn failure(&self) -> Option<String> {
        let has_failed = matches!(self.status.as_str(), "failed" | "canceled");
        let reason = || self.failure_reason.as_deref().unwrap_or(&self.status);
        has_failed.then(|| reason().replace('_', " "))
    }
}

#[derive(Deserialize, Default)]
struct ErrorResponse {
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
    #[serde(rename = "type")]
    pub kind: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: EventObject,
}

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
    pub fn new(config: StripeConfig) -> Result<Stripe> {
        let client = http_client::build(Duration::from_secs(20))?;
        Ok(Stripe { client, config })
    }

    pub(super) async fn create_session(
        &self,
        request: CreateCheckoutSession,
    ) -> Result<ProviderResponse<CheckoutSession>> {
        let Some(stripe_amount) = to_stripe(request.amount_minor, request.currency.code()) else {
            return Ok(ProviderResponse::Rejected(inexact_amount_error(Money::new(
                request.amount_minor,
                request.currency,
            ))));
        };
        let amount = stripe_amount.to_string();
        let expires = request.expires_at.plus(SESSION_LIFETIME).seconds().to_string();
        let form = [
            ("mode", "payment"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", &request.currency.code().to_lowercase()),
            ("line_items[0][price_data][unit_amount]", &amount),
            ("line_items[0][price_data][product_data][name]", LINE_ITEM_NAME),
            ("customer_email", &request.email),
            ("client_reference_id", &request.client_reference_id),
            ("metadata[attempt]", &request.client_reference_id),
            ("payment_intent_data[metadata][attempt]", &request.client_reference_id),
            ("success_url", &request.return_url),
            ("cancel_url", &request.return_url),
            ("expires_at", &expires),
        ];
        let response = self.call(Method::POST, "/v1/checkout/sessions", &form, Some(&request.idempotency_key)).await?;
        Ok(match response {
            // A repeated call returns the original session; without a URL it has ended.
            ProviderResponse::Accepted(SessionResponse { id, url, .. }) => {
                ProviderResponse::Accepted(CheckoutSession {
                    reference: id,
                    url: url.unwrap_or_default(),
                    amount: stripe_amount,
                })
            }
            ProviderResponse::Rejected(reason) => ProviderResponse::Rejected(reason),
        })
    }

    pub(super) async fn fetch_report(&self, reference: &str) -> Result<PaymentReport> {
        let expand = [
            ("expand[]", "payment_intent.latest_charge.dispute"),
            ("expand[]", "payment_intent.latest_charge.refunds"),
        ];
        let path = format!("/v1/checkout/sessions/{reference}");
        let mut session = match self.call::<SessionResponse>(Method::GET, &path, &expand, None).await? {
            ProviderResponse::Accepted(session) => session,
            ProviderResponse::Rejected(reason) => {
                return Err(anyhow::anyhow!("Stripe could not find {reference}: {reason}").into());
            }
        };
        if let Some(intent) = &mut session.payment_intent
            && let Some(charge) = &mut intent.latest_charge
            && charge.refunds.as_ref().is_some_and(|refunds| refunds.has_more)
        {
            charge.refunds = Some(self.list_refunds(&intent.id).await?);
        }
        Ok(build_report(session))
    }

    /// The refunds of a payment; a session contains at most ten of them.
    async fn list_refunds(&self, payment: &str) -> Result<RefundList> {
        let query = [("payment_intent", payment), ("limit", "100")];
        match self.call(Method::GET, "/v1/refunds", &query, None).await? {
            ProviderResponse::Accepted(refunds) => Ok(refunds),
            ProviderResponse::Rejected(reason) => {
                Err(anyhow::anyhow!("Stripe could not list the refunds of {payment}: {reason}").into())
            }
        }
    }

    pub(super) async fn expire_session(&self, reference: &str) -> Result<PaymentReport> {
        // Rejected when the session is paid or expired; the report below tells which.
        let path = format!("/v1/checkout/sessions/{reference}/expire");
        let _closed: ProviderResponse<SessionResponse> = self.call(Method::POST, &path, &[], None).await?;
        let report = self.fetch_report(reference).await?;
        match report.session_state {
            CheckoutSessionState::Open => Err(anyhow::anyhow!("Stripe did not expire {reference}").into()),
            _ => Ok(report),
        }
    }

    pub(super) async fn refund(&self, request: CreateRefund) -> Result<ProviderResponse<String>> {
        let Some(amount) = to_stripe(request.amount_minor, request.currency.code()) else {
            return Ok(ProviderResponse::Rejected(inexact_amount_error(Money::new(
                request.amount_minor,
                request.currency,
            ))));
        };
        let amount = amount.to_string();
        let form = [
            ("payment_intent", request.capture_reference.as_str()),
            ("amount", &amount),
            ("metadata[repayment]", &request.idempotency_key),
        ];
        let response = self.call(Method::POST, "/v1/refunds", &form, Some(&request.idempotency_key)).await?;
        Ok(match response {
            ProviderResponse::Accepted(refund) => {
                let refund: RefundResponse = refund;
                refund.failure().map_or(ProviderResponse::Accepted(refund.id), ProviderResponse::Rejected)
            }
            ProviderResponse::Rejected(reason) => ProviderResponse::Rejected(reason),
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
            match self.call::<SessionList>(Method::GET, "/v1/checkout/sessions", &query, None).await? {
                ProviderResponse::Accepted(page) => {
                    let has_more = page.has_more && !page.data.is_empty();
                    let ids = |session: ListedSession| (session.id, session.client_reference_id.unwrap_or_default());
                    found.extend(page.data.into_iter().map(ids));
                    if !has_more {
                        return Ok(found);
                    }
                }
                ProviderResponse::Rejected(reason) => {
                    return Err(anyhow::anyhow!("Stripe could not list the payments: {reason}").into());
                }
            }
        }
    }

    /// One API call. A permanent refusal is a response; a missing response or a retryable status is an error.
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
        let response = request.send().await.map_err(anyhow::Error::new)?;
        let status = response.status();
        let body = response.bytes().await.map_err(anyhow::Error::new)?;
        if status.is_success() {
            return Ok(ProviderResponse::Accepted(serde_json::from_slice(&body)?));
        }
        let error_response: ErrorResponse = serde_json::from_slice(&body).unwrap_or_default();
        let is_retryable = status.is_server_error()
            || matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED);
        if is_retryable {
            return Err(anyhow::anyhow!("Stripe returned {status}: {}", error_response.error.message).into());
        }
        Ok(ProviderResponse::Rejected(error_response.error.message))
    }

    /// Verifies a webhook signature and its age: `t=…,v1=…` with HMAC-SHA256 over timestamp, dot and body
    /// (docs.stripe.com/webhooks/signature).
    pub fn verify_signature(&self, header: &str, body: &[u8], now: Utc) -> bool {
        let parts: Vec<(&str, &str)> = header.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let Some((_, time)) = parts.iter().find(|(name, _)| *name == "t") else { return false };
        let is_recent = time.parse::<i64>().is_ok_and(|seconds| (now.seconds() - seconds).abs() <= TOLERANCE.as_secs());
        is_recent
            && parts.iter().filter(|(name, _)| *name == "v1").any(|(_, signature)| {
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.config.webhook_secret.as_bytes()) else {
                    return false;
                };
                mac.update(time.as_bytes());
                mac.update(b".");
                mac.update(body);
                decode_hex(signature).is_some_and(|signature| mac.verify_slice(&signature).is_ok())
            })
    }
}

/// The reason for refusing an amount that Stripe's units cannot represent; it is never rounded.
fn inexact_amount_error(amount: Money) -> String {
    format!("Stripe cannot charge exactly {}", amount.format(Locale::En))
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    if text.len() % 2 == 1 {
        return None;
    }
    (0..text.len()).step_by(2).map(pair).collect()
}

fn build_report(session: SessionResponse) -> PaymentReport {
    let (mut transactions, mut refunds) = (Vec::new(), Vec::new());
    let mut state = match session.status.as_str() {
        "complete" => CheckoutSessionState::Complete,
        "expired" => CheckoutSessionState::Expired,
        _ => CheckoutSessionState::Open,
    };
    if let Some(intent) = session.payment_intent {
        let currency = intent.currency.to_uppercase();
        match intent.status.as_str() {
            "succeeded" => transactions.push(ReportedTransaction {
                kind: ReportedTransactionKind::Captured,
                reference: intent.id,
                amount_minor: from_stripe(intent.amount_received, &currency),
                provider_amount: intent.amount_received,
                currency: currency.clone(),
            }),
            "processing" => state = CheckoutSessionState::Processing,
            // After a delayed payment fails, the session remains complete and its PaymentIntent needs a new payment
            // method.
            "requires_payment_method" | "canceled" if state == CheckoutSessionState::Complete => {
                state = CheckoutSessionState::Failed
            }
            _ => {}
        }
        let mut charge = intent.latest_charge;
        let refund_list = charge.as_mut().and_then(|charge| charge.refunds.take()).map_or(Vec::new(), |list| list.data);
        // Stripe lists the newest first.
        refunds.extend(refund_list.into_iter().rev().map(|refund| ReportedRefund {
            failure_reason: refund.failure(),
            reference: refund.id,
            idempotency_key: refund.metadata.map_or(String::new(), |metadata| metadata.repayment),
            amount_minor: from_stripe(refund.amount, &currency),
            currency: currency.clone(),
        }));
        if let Some(charge) = charge.filter(|charge| charge.disputed) {
            let dispute =
                charge.dispute.unwrap_or(Dispute { id: charge.id, status: String::new(), amount: charge.amount });
            let transaction = |kind| ReportedTransaction {
                kind,
                reference: dispute.id.clone(),
                amount_minor: from_stripe(dispute.amount, &currency),
                provider_amount: dispute.amount,
                currency: currency.clone(),
            };
            transactions.push(transaction(ReportedTransactionKind::Disputed));
            if dispute.status == "won" {
                transactions.push(transaction(ReportedTransactionKind::DisputeWon));
            }
        }
    }
    // Stripe reports each declined card in a webhook event instead.
    PaymentReport { session_state: state, transactions, refunds, decline_references: Vec::new() }
}
