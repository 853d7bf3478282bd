//! Payment providers behind one shape: make a page to pay on, ask what came of it, close it.

pub mod test;

/// A page to pay on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The provider's name for it.
    pub reference: String,
    /// Its address.
    pub url: String,
}

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The same for every repetition of the same call.
    pub idempotency_key: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// What the page says it is for.
    pub label: String,
    /// Where the buyer goes afterwards.
    pub return_path: String,
}

/// What a provider knows about a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The page is open and nothing was paid.
    Open,
    /// Paid: the provider's name for the money, minor units, ISO 4217.
    Complete {
        /// The provider's name for it.
        reference: String,
        /// Minor units.
        amount_minor: i64,
        /// ISO 4217.
        currency: String,
    },
    /// The page is closed and nothing was paid.
    Expired,
}
