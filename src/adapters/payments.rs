//! Payment providers behind one interface: create, fetch and expire checkout sessions, and refund payments. Providers
//! are never called inside a transaction.

pub mod stripe;
pub mod test;

use crate::error::{Error, Result};
use crate::support::clock::Utc;
use crate::support::faults;
use crate::support::money::Currency;
use crate::support::stripe_amount;
use stripe::Stripe;
use test::TestProvider;

#[derive(Clone, Default)]
pub struct Providers {
    pub test: Option<TestProvider>,
    pub stripe: Option<Stripe>,
}

/// A configured provider.
#[derive(Clone)]
pub enum Provider {
    Test(TestProvider),
    Stripe(Stripe),
}

/// A payment page hosted by the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutSession {
    /// The provider's id of the session.
    pub reference: String,
    pub url: String,
    /// The amount in the provider's own units.
    pub amount: i64,
}

#[derive(Clone, Debug)]
pub struct CreateCheckoutSession {
    pub idempotency_key: String,
    /// The public id of the payment attempt, for the provider's records.
    pub client_reference_id: String,
    pub amount_minor: i64,
    pub currency: Currency,
    pub email: String,
    /// The absolute URL the buyer returns to.
    pub return_url: String,
    /// When the page stops accepting payments.
    pub expires_at: Utc,
}

#[derive(Clone, Debug)]
pub struct CreateRefund {
    /// The same for every repetition of the same call.
    pub idempotency_key: String,
    pub capture_reference: String,
    pub amount_minor: i64,
    pub currency: Currency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckoutSessionState {
    Open,
    /// Submitted; the bank has not decided yet.
    Processing,
    Complete,
    /// Declined for good.
    Failed,
    Expired,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentReport {
    pub session_state: CheckoutSessionState,
    pub transactions: Vec<ReportedTransaction>,
    /// All refunds that the provider reports, whoever requested them.
    pub refunds: Vec<ReportedRefund>,
    /// One reference per declined attempt, as far as the session reports them.
    pub decline_references: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedTransaction {
    pub kind: ReportedTransactionKind,
    pub reference: String,
    pub amount_minor: i64,
    pub provider_amount: i64,
    pub currency: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedRefund {
    pub reference: String,
    /// The key of our request; empty if somebody else refunded.
    pub idempotency_key: String,
    pub amount_minor: i64,
    pub currency: String,
    pub failure_reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportedTransactionKind {
    Captured,
    /// Charged back by the buyer's bank.
    Disputed,
    /// Returned to the shop after a dispute.
    DisputeWon,
}

/// The answer of a provider. No answer at all is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderResponse<T> {
    Accepted(T),
    /// Refused for good, for this reason; a retry will not help.
    Rejected(String),
}

impl Providers {
    /// A configured provider by its name, `test` or `stripe`; `NotFound` for any other.
    pub fn get(&self, name: &str) -> Result<Provider> {
        match name {
            "test" => self.test.clone().map(Provider::Test),
            "stripe" => self.stripe.clone().map(Provider::Stripe),
            _ => None,
        }
        .ok_or(Error::NotFound)
    }

    /// Card payments in this currency must be multiples of this amount in minor units; `None` if cards cannot be
    /// charged in it or no real provider is configured.
    pub fn card_step_minor(&self, currency: Currency) -> Option<i64> {
        self.stripe.as_ref().and_then(|_| stripe_amount::step_minor(currency.code()))
    }
}

impl Provider {
    /// Creates a payment page; the same key returns the same page.
    pub async fn create_session(&self, request: CreateCheckoutSession) -> Result<ProviderResponse<CheckoutSession>> {
        with_fault_points(async {
            match self {
                Provider::Test(test) => test.create_session(request).await.map(ProviderResponse::Accepted),
                Provider::Stripe(stripe) => stripe.create_session(request).await,
            }
        })
        .await
    }

    pub async fn fetch_report(&self, reference: String) -> Result<PaymentReport> {
        with_fault_points(async {
            match self {
                Provider::Test(test) => test.fetch_report(reference).await,
                Provider::Stripe(stripe) => stripe.fetch_report(&reference).await,
            }
        })
        .await
    }

    /// Expires the page unless it was paid on, and reports the state of the payment.
    pub async fn expire_session(&self, reference: String) -> Result<PaymentReport> {
        with_fault_points(async {
            match self {
                Provider::Test(test) => test.expire_session(reference).await,
                Provider::Stripe(stripe) => stripe.expire_session(&reference).await,
            }
        })
        .await
    }

    /// Payments made since a time, for providers that can list them: the provider's session id and our reference.
    pub async fn list_paid_since(&self, since: Utc) -> Result<Vec<(String, String)>> {
        with_fault_points(async {
            match self {
                // Its records are in our own database, so none can be missing.
                Provider::Test(_) => Ok(Vec::new()),
                Provider::Stripe(stripe) => stripe.list_paid_since(since).await,
            }
        })
        .await
    }

    /// Refunds a payment, once per key. Returns the provider's id of the refund.
    pub async fn refund(&self, request: CreateRefund) -> Result<ProviderResponse<String>> {
        with_fault_points(async {
            match self {
                Provider::Test(test) => test.refund(request).await,
                Provider::Stripe(stripe) => stripe.refund(request).await,
            }
        })
        .await
    }
}

/// Runs a provider call between two fault points, so that tests can simulate a crash before the call and after it.
async fn with_fault_points<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    faults::pass_provider_call();
    let response = call.await;
    faults::pass_provider_call();
    response
}
