//! Payment providers behind one shape: make a page to pay on, ask what came of it, close it, pay back. All of it
//! happens outside transactions.

pub mod stripe;
pub mod test;

use crate::error::{Error, Result};
use crate::support::clock::Utc;
use crate::support::faults;
use crate::support::money::Currency;
use crate::support::stripe_amount;
use stripe::Stripe;
use test::TestProvider;

/// The providers that are set up.
#[derive(Clone, Default)]
pub struct Providers {
    /// The built-in test card page.
    pub test: Option<TestProvider>,
    /// Stripe.
    pub stripe: Option<Stripe>,
}

/// One of them.
#[derive(Clone)]
pub enum Provider {
    /// The built-in test card page.
    Test(TestProvider),
    /// Stripe.
    Stripe(Stripe),
}

/// A page to pay on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The provider's name for it.
    pub reference: String,
    /// Its address.
    pub url: String,
    /// What it asks for, in the provider's own units.
    pub amount: i64,
}

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The same for every repetition of the same call.
    pub idempotency_key: String,
    /// Our name for the attempt, for the provider's records.
    pub attempt: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// The buyer's e-mail address.
    pub email: String,
    /// Where the buyer goes afterwards, with the origin.
    pub return_url: String,
    /// Until when the page may be used.
    pub expires_at: Utc,
}

/// What is to be paid back.
#[derive(Clone, Debug)]
pub struct RefundWanted {
    /// The same for every repetition of the same call.
    pub idempotency_key: String,
    /// The provider's name for the money that came.
    pub capture: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// What a page is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageState {
    /// It can be paid on.
    Open,
    /// The bank is at it.
    Processing,
    /// It was paid on.
    Complete,
    /// The bank said no for good.
    Failed,
    /// It is closed and nothing was paid.
    Expired,
}

/// What a provider knows about a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The page.
    pub page: PageState,
    /// What happened to money, from the beginning.
    pub moves: Vec<Move>,
    /// What goes back, whoever asked for it, as far as the provider tells.
    pub refunds: Vec<PaidBack>,
    /// Names of the cards that were declined on it, as far as the page tells: each tells one try from the others.
    pub declined: Vec<String>,
}

/// Something that a provider says has happened to money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// What.
    pub kind: MoveKind,
    /// The provider's name for it.
    pub reference: String,
    /// Minor units.
    pub amount_minor: i64,
    /// The same as the provider said it, in its own units.
    pub provider_amount: i64,
    /// ISO 4217.
    pub currency: String,
}

/// Money that a provider says goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidBack {
    /// The provider's name for it.
    pub reference: String,
    /// The key we asked for it with; empty when somebody else did.
    pub key: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Why it did not arrive, if it did not.
    pub failed: Option<String>,
}

/// What happened to money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveKind {
    /// It was taken.
    Captured,
    /// The buyer's bank took it back.
    Disputed,
    /// And gave it to the shop again.
    DisputeWon,
}

/// What a provider says to something asked of it. That it says nothing at all is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// Done.
    Done(T),
    /// No, and asking again will not help: why.
    Refused(String),
}

impl Providers {
    /// A provider by its name: `test`, `stripe`.
    ///
    /// # Errors
    /// `NotFound` when there is none of that name, or it is not set up.
    pub fn get(&self, name: &str) -> Result<Provider> {
        match name {
            "test" => self.test.clone().map(Provider::Test),
            "stripe" => self.stripe.clone().map(Provider::Stripe),
            _ => None,
        }
        .ok_or(Error::NotFound)
    }

    /// Amounts that a card can be charged in a currency are multiples of this, in minor units; none when no card can be
    /// charged in it.
    pub fn card_step_minor(&self, currency: Currency) -> Option<i64> {
        self.stripe.as_ref().and_then(|_| stripe_amount::step_minor(currency.code()))
    }
}

impl Provider {
    /// Makes a page to pay on; the same key again gives the same page.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn create(&self, wanted: Wanted) -> Result<Answer<Session>> {
        called(async {
            match self {
                Provider::Test(test) => test.create(wanted).await.map(Answer::Done),
                Provider::Stripe(stripe) => stripe.create(wanted).await,
            }
        })
        .await
    }

    /// What came of a payment.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn get(&self, reference: String) -> Result<Report> {
        called(async {
            match self {
                Provider::Test(test) => test.get(reference).await,
                Provider::Stripe(stripe) => stripe.get(&reference).await,
            }
        })
        .await
    }

    /// Closes the page, unless it was paid on; says what came of it.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn expire(&self, reference: String) -> Result<Report> {
        called(async {
            match self {
                Provider::Test(test) => test.expire(reference).await,
                Provider::Stripe(stripe) => stripe.expire(&reference).await,
            }
        })
        .await
    }

    /// Payments that were made since then, where the provider can be asked for them: its name and ours.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn paid_since(&self, since: Utc) -> Result<Vec<(String, String)>> {
        called(async {
            match self {
                // It lives in our own database and has nobody else to tell.
                Provider::Test(_) => Ok(Vec::new()),
                Provider::Stripe(stripe) => stripe.paid_since(since).await,
            }
        })
        .await
    }

    /// Pays back; the same key again pays back once. Answers with the provider's name for it.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn refund(&self, wanted: RefundWanted) -> Result<Answer<String>> {
        called(async {
            match self {
                Provider::Test(test) => test.refund(wanted).await,
                Provider::Stripe(stripe) => stripe.refund(wanted).await,
            }
        })
        .await
    }
}

/// A call that may come to an end before it, or after it and before its answer is known.
async fn called<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    faults::pass_provider_call();
    let answer = call.await;
    faults::pass_provider_call();
    answer
}
