//! The application state: every service that requests and jobs share.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::adapters::erasure_file::ErasureFile;
use crate::adapters::identity_provider::IdentityClient;
use crate::adapters::mail::Mailer;
use crate::adapters::payments::Providers;
use crate::adapters::pictures::PictureStore;
use crate::adapters::vies::VatRegister;
use crate::config::is_loopback;
use crate::config::test_payments::TestPayments;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::models::sales::payment_method::CardOptions;
use crate::support::bounded_semaphore::{BoundedSemaphore, Permit};
use crate::support::client_network::ClientNetwork;
use crate::support::clock::Clock;
use crate::support::markdown::{MarkdownText, PicturePolicy};
use crate::support::money::Currency;
use crate::support::password::{self, Verification};
use crate::support::rate_limit::{Quota, RateLimit};
use crate::support::token::RequestIds;
use crate::support::webauthn::RelyingParty;

/// Concurrent hashes for the public; each takes a core and 19 MiB.
const HASHES: usize = 2;
/// Hashes that may wait; more are refused as `Busy`.
const WAITING: usize = 32;
/// Concurrent hashes for [`HashQueue::Trusted`], besides.
const HASHES_OF_KNOWN: usize = 1;
const KNOWN_WAITING: usize = 16;

/// A /24 of a mobile carrier has many shoppers.
const NEW_CARTS: Quota = Quota { burst: 120, per_minute: 30 };
/// For a private or loopback network, such as an untrusted proxy's, which all visitors may share.
const NEW_CARTS_OF_ALL: Quota = Quota { burst: 2_000, per_minute: 1_200 };
const WRONG_LINKS: Quota = Quota { burst: 30, per_minute: 30 };
/// For a network that all visitors may share, as [`NEW_CARTS_OF_ALL`].
const WRONG_LINKS_OF_ALL: Quota = Quota { burst: 600, per_minute: 600 };
const NEW_PASSWORDS: Quota = Quota { burst: 10, per_minute: 6 };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashQueue {
    Public,
    /// With a device cookie, a reset link, the setup key or a shell on the server; a flood of logins does not delay it.
    Trusted,
}

pub struct HashLimiter {
    anyone: BoundedSemaphore,
    known: BoundedSemaphore,
}

impl HashLimiter {
    /// Waits for a permit; `Busy` when the queue is full.
    pub async fn acquire(&self, line: HashQueue) -> Result<Permit> {
        let semaphore = match line {
            HashQueue::Public => &self.anyone,
            HashQueue::Trusted => &self.known,
        };
        semaphore.acquire().await.ok_or(Error::Busy)
    }
}

/// Rate limits that are checked before the database is queried. All return `TooManyRequests`.
#[derive(Default)]
pub struct RateLimits {
    new_carts: RateLimit<ClientNetwork>,
    wrong_links: RateLimit<ClientNetwork>,
    new_passwords: RateLimit<String>,
}

impl RateLimits {
    pub fn check_new_cart(&self, network: ClientNetwork, clock: &Clock) -> Result<()> {
        let allowance = if network.is_public() { NEW_CARTS } else { NEW_CARTS_OF_ALL };
        self.new_carts.take(network, allowance, clock.now()).map_err(Error::TooManyRequests)
    }

    pub fn check_wrong_link(&self, network: ClientNetwork, clock: &Clock) -> Result<()> {
        let allowance = if network.is_public() { WRONG_LINKS } else { WRONG_LINKS_OF_ALL };
        self.wrong_links.take(network, allowance, clock.now()).map_err(Error::TooManyRequests)
    }

    pub fn check_new_password(&self, token_hash: String, clock: &Clock) -> Result<()> {
        self.new_passwords.take(token_hash, NEW_PASSWORDS, clock.now()).map_err(Error::TooManyRequests)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum PasswordCheck {
    Wrong,
    Correct {
        /// Set if the stored hash uses old parameters: the same password, hashed with the current ones.
        new_hash: Option<String>,
    },
}

const TEXTS: usize = 1;
/// Texts for publishing that may wait; more are refused as `Busy`.
const WAITING_TEXTS: usize = 64;
const PREVIEWS: usize = 1;
const WAITING_PREVIEWS: usize = 4;
const QUEUE_TIMEOUT: Duration = Duration::from_secs(10);

/// The queue in which a text is rendered: previews do not delay publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenderPurpose {
    Publish,
    Preview,
}

/// Limits concurrent rendering of Markdown: one text is bounded work, but can keep a core busy for seconds.
pub struct RenderLimiter {
    texts: BoundedSemaphore,
    previews: BoundedSemaphore,
}

impl Default for RenderLimiter {
    fn default() -> RenderLimiter {
        RenderLimiter {
            texts: BoundedSemaphore::new(TEXTS, WAITING_TEXTS),
            previews: BoundedSemaphore::new(PREVIEWS, WAITING_PREVIEWS),
        }
    }
}

pub struct App {
    pub db: Database,
    pub pictures: PictureStore,
    /// The file of customer erasures, which survives a restore of the database.
    pub erasure_file: ErasureFile,
    pub mailer: Mailer,
    pub payments: Providers,
    /// Log-in with identity providers.
    pub identity_client: IdentityClient,
    /// The VIES service of the EU, for VAT numbers.
    pub vat_register: VatRegister,
    pub base_url: Url,
    pub trusted_proxies: Vec<IpNet>,
    pub test_payments: TestPayments,
    /// The public origin is the loopback address and port that is listened on, so visitors sit at this machine.
    pub is_local: bool,
    /// Set during shutdown; `/readyz` then fails.
    pub is_stopping: std::sync::atomic::AtomicBool,
    pub hash_limiter: HashLimiter,
    pub rate_limits: Arc<RateLimits>,
    pub render_limiter: RenderLimiter,
    pub request_ids: RequestIds,
}

impl App {
    pub fn new_hash_limiter() -> HashLimiter {
        HashLimiter {
            anyone: BoundedSemaphore::new(HASHES, WAITING),
            known: BoundedSemaphore::new(HASHES_OF_KNOWN, KNOWN_WAITING),
        }
    }

    pub fn clock(&self) -> &Clock {
        &self.db.context().clock
    }

    /// Public origin without a trailing slash.
    pub fn origin(&self) -> String {
        self.base_url.origin().ascii_serialization()
    }

    /// Whether staff need a second factor: unless the base URL is a loopback address (SECURITY.md S24).
    pub fn requires_second_factor(&self) -> bool {
        !is_loopback(&self.base_url)
    }

    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }

    /// `None` if the base URL allows no passkeys.
    pub fn relying_party(&self) -> Option<RelyingParty> {
        RelyingParty::from_base_url(&self.base_url)
    }

    pub fn card_options(&self, currency: Currency) -> CardOptions {
        CardOptions {
            card_step_minor: self.payments.card_step_minor(currency),
            test_card: self.payments.test.is_some(),
        }
    }

    /// Checks a new password (length, strength, not made of `context`: [`password::context_words`]) and hashes it.
    /// The caller has authorised the change. `Invalid` on `password`; `Busy` when the queue is full.
    pub async fn hash_new_password(&self, password: String, shortest: usize, context: Vec<String>) -> Result<String> {
        self.hash_password_in(HashQueue::Trusted, password, shortest, context).await
    }

    /// Like [`App::hash_new_password`], in the given queue.
    ///
    /// # Errors
    /// `Invalid` on `password`; `Busy` when the queue is full.
    pub async fn hash_password_in(
        &self,
        queue: HashQueue,
        password: String,
        shortest: usize,
        context: Vec<String>,
    ) -> Result<String> {
        if let Some(problem) = password::check_length(&password, shortest) {
            return Err(Error::invalid("password", problem));
        }
        let permit = self.hash_limiter.acquire(queue).await?;
        let salt = self.db.context().random.bytes()?;
        run_with_permit(permit, move || match password::check_strength(&password, shortest, &context) {
            Some(weakness) => Err(Error::invalid("password", weakness)),
            None => hashed(&password, &salt),
        })
        .await?
    }

    /// Verifies a password with a permit of [`HashLimiter::acquire`]. Without a stored hash it takes as long and
    /// returns `Wrong`, so that timing does not reveal which accounts exist.
    pub async fn verify_password(
        &self,
        permit: Permit,
        password: String,
        stored: Option<String>,
    ) -> Result<PasswordCheck> {
        let salt = self.db.context().random.bytes()?;
        run_with_permit(permit, move || match password::verify(&password, stored.as_deref()) {
            Verification::Mismatch => Ok(PasswordCheck::Wrong),
            Verification::Match => Ok(PasswordCheck::Correct { new_hash: None }),
            Verification::NeedsRehash => Ok(PasswordCheck::Correct { new_hash: Some(hashed(&password, &salt)?) }),
        })
        .await?
    }

    /// Renders Markdown: `Invalid` on `field` when the text exceeds the limits, `Busy` when the queue is full.
    pub async fn render_markdown(
        &self,
        source: String,
        pictures: PicturePolicy,
        purpose: RenderPurpose,
        field: &'static str,
    ) -> Result<MarkdownText> {
        let semaphore = match purpose {
            RenderPurpose::Publish => &self.render_limiter.texts,
            RenderPurpose::Preview => &self.render_limiter.previews,
        };
        let Ok(Some(permit)) = tokio::time::timeout(QUEUE_TIMEOUT, semaphore.acquire()).await else {
            return Err(Error::Busy);
        };
        let rendered = run_with_permit(permit, move || MarkdownText::render(source, pictures)).await?;
        rendered.map_err(|too_much| Error::invalid(field, too_much.message()))
    }
}

fn hashed(password: &str, salt: &[u8]) -> Result<String> {
    password::hash(password, salt).map_err(|error| Error::internal(anyhow::anyhow!("{error}")))
}

/// Runs work on the blocking pool. It holds the permit to its end, even if the caller is cancelled.
async fn run_with_permit<T: Send + 'static>(permit: Permit, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let in_turn = move || {
        let _permit = permit;
        work()
    };
    Ok(tokio::task::spawn_blocking(in_turn).await?)
}
