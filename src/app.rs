//! What the program is made of at run time: plain fields, built by hand at the start.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::adapters::mail::Mailer;
use crate::adapters::payments::Providers;
use crate::adapters::pictures::PictureStore;
use crate::adapters::vies::VatRegister;
use crate::config::test_payments::TestPayments;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::models::order::payment_methods::CardOptions;
use crate::support::client_network::ClientNetwork;
use crate::support::clock::Clock;
use crate::support::markdown::{Pictures, Text};
use crate::support::money::Currency;
use crate::support::password::{self, Match};
use crate::support::rate_limit::{Allowance, RateLimit};
use crate::support::token::RequestIds;
use crate::support::turns::{Turn, Turns};

/// Password hashes of anybody at once: each costs a core and 19 MiB.
const HASHES: usize = 2;
/// Hashes of anybody that may wait before newcomers are told to come back later.
const WAITING: usize = 32;
/// Hashes at once, besides, for those who have shown that they belong here.
const HASHES_OF_KNOWN: usize = 1;
/// How many of those may wait.
const KNOWN_WAITING: usize = 16;

/// New carts of one network: a /24 of a phone company has many shoppers behind it.
const NEW_CARTS: Allowance = Allowance { burst: 120, per_minute: 30 };
/// New carts of an address behind which everybody may be.
const NEW_CARTS_OF_ALL: Allowance = Allowance { burst: 2_000, per_minute: 1_200 };
/// Links and keys that open nothing, of one network.
const WRONG_LINKS: Allowance = Allowance { burst: 30, per_minute: 30 };
/// Links and keys that open nothing, of an address behind which everybody may be.
const WRONG_LINKS_OF_ALL: Allowance = Allowance { burst: 600, per_minute: 600 };
/// New passwords that are tried with one reset link.
const NEW_PASSWORDS: Allowance = Allowance { burst: 10, per_minute: 6 };

/// Whose password is hashed, which says where they stand in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Anybody.
    Anyone,
    /// Somebody with the device cookie of an earlier log-in, a reset link, the setup key, or at the machine itself: no
    /// flood of log-ins keeps them waiting.
    Known,
}

/// Guards the password hasher: so many at once, each line with its own turns and places.
pub struct Hashing {
    anyone: Turns,
    known: Turns,
}

impl Hashing {
    /// Waits for a turn.
    ///
    /// # Errors
    /// `Busy` when too many wait.
    pub async fn turn(&self, line: Line) -> Result<Turn> {
        let turns = match line {
            Line::Anyone => &self.anyone,
            Line::Known => &self.known,
        };
        turns.take().await.ok_or(Error::Busy)
    }
}

/// What is limited by the client's network before the database is asked.
#[derive(Default)]
pub struct Limits {
    new_carts: RateLimit<ClientNetwork>,
    wrong_links: RateLimit<ClientNetwork>,
    new_passwords: RateLimit<String>,
}

impl Limits {
    /// Lets a network begin one more cart.
    ///
    /// # Errors
    /// `TooMany`.
    pub fn take_new_cart(&self, network: ClientNetwork, clock: &Clock) -> Result<()> {
        let allowance = if network.is_public() { NEW_CARTS } else { NEW_CARTS_OF_ALL };
        self.new_carts.take(network, allowance, clock.now()).map_err(Error::TooMany)
    }

    /// Counts a link or key that opens nothing.
    ///
    /// # Errors
    /// `TooMany` when the network has tried many.
    pub fn take_wrong_link(&self, network: ClientNetwork, clock: &Clock) -> Result<()> {
        let allowance = if network.is_public() { WRONG_LINKS } else { WRONG_LINKS_OF_ALL };
        self.wrong_links.take(network, allowance, clock.now()).map_err(Error::TooMany)
    }

    /// Lets a new password be tried with a reset link, by the hash of its token.
    ///
    /// # Errors
    /// `TooMany`.
    pub fn take_new_password(&self, token_hash: String, clock: &Clock) -> Result<()> {
        self.new_passwords.take(token_hash, NEW_PASSWORDS, clock.now()).map_err(Error::TooMany)
    }
}

/// What became of a password that was checked.
#[derive(Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is not the right one.
    No,
    /// It is the right one; a new hash if the old one should be replaced.
    Yes {
        /// The same password as it is hashed now.
        renewed: Option<String>,
    },
}

/// Texts that are rendered at once for people who publish.
const TEXTS: usize = 1;
/// Texts that may wait before newcomers are told to come back later.
const WAITING_TEXTS: usize = 64;
/// Previews that are rendered at once.
const PREVIEWS: usize = 1;
/// Previews that may wait before newcomers are told to come back later.
const WAITING_PREVIEWS: usize = 4;
/// How long a text waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a text is rendered for. Those who look at previews cannot keep those waiting who publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It goes on the site.
    Publish,
    /// Its writer wants to see it.
    Preview,
}

/// Turns at rendering texts: it is bounded work, but it can keep a core busy for seconds.
pub struct Rendering {
    texts: Turns,
    previews: Turns,
}

impl Default for Rendering {
    fn default() -> Rendering {
        Rendering { texts: Turns::new(TEXTS, WAITING_TEXTS), previews: Turns::new(PREVIEWS, WAITING_PREVIEWS) }
    }
}

/// The app.
pub struct App {
    /// The database.
    pub db: Database,
    /// Pictures on disk.
    pub pictures: PictureStore,
    /// The mail server, or none.
    pub mailer: Mailer,
    /// Who takes money.
    pub payments: Providers,
    /// Where VAT numbers are looked up.
    pub vat_register: VatRegister,
    /// The public origin.
    pub base_url: Url,
    /// Networks whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the test card page is on, and whether it should be.
    pub test_payments: TestPayments,
    /// The public origin is this machine's own, with the port that is listened on: visitors sit at the machine.
    pub is_local: bool,
    /// The server is stopping: `/readyz` says so.
    pub stopping: std::sync::atomic::AtomicBool,
    /// Guards the password hasher.
    pub hashing: Hashing,
    /// Limits by network.
    pub limits: Arc<Limits>,
    /// Guards the rendering of texts.
    pub rendering: Rendering,
    /// What requests are called.
    pub request_ids: RequestIds,
}

impl App {
    /// Turns for [`App::hashing`].
    pub fn hashing() -> Hashing {
        Hashing { anyone: Turns::new(HASHES, WAITING), known: Turns::new(HASHES_OF_KNOWN, KNOWN_WAITING) }
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.db.means().clock
    }

    /// The public origin without a slash at its end.
    pub fn origin(&self) -> String {
        self.base_url.origin().ascii_serialization()
    }

    /// Whether the site is served over https.
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }

    /// What can be paid on the pages of payment providers in a currency.
    pub fn card_options(&self, currency: Currency) -> CardOptions {
        CardOptions {
            card_step_minor: self.payments.card_step_minor(currency),
            test_card: self.payments.test.is_some(),
        }
    }

    /// Checks that a new password is none that others would guess, and hashes it. `context` are words that it must not
    /// consist of ([`password::context_words`]). Who may set one has been made sure of before.
    ///
    /// # Errors
    /// `Invalid` on `password`; `Busy` when too many wait.
    pub async fn hash_new_password(&self, password: String, shortest: usize, context: Vec<String>) -> Result<String> {
        if let Some(problem) = password::length_problem(&password, shortest) {
            return Err(Error::invalid("password", problem));
        }
        let turn = self.hashing.turn(Line::Known).await?;
        let salt = self.db.means().random.bytes()?;
        in_turn(turn, move || match password::weakness(&password, shortest, &context) {
            Some(weakness) => Err(Error::invalid("password", weakness)),
            None => hashed(&password, &salt),
        })
        .await?
    }

    /// Whether a password is the one behind a hash, in a turn that was waited for; without a hash it takes as long and
    /// answers no.
    ///
    /// # Errors
    /// Without randomness.
    pub async fn verify_password(&self, turn: Turn, password: String, stored: Option<String>) -> Result<Opened> {
        let salt = self.db.means().random.bytes()?;
        in_turn(turn, move || match password::verify(&password, stored.as_deref()) {
            Match::No => Ok(Opened::No),
            Match::Yes => Ok(Opened::Yes { renewed: None }),
            Match::Outdated => Ok(Opened::Yes { renewed: Some(hashed(&password, &salt)?) }),
        })
        .await?
    }

    /// Renders a text. `field` is where its writer typed it.
    ///
    /// # Errors
    /// `Invalid` on `field` when the text is past the limits; `Busy` when too many wait.
    pub async fn render(
        &self,
        source: String,
        pictures: Pictures,
        purpose: Purpose,
        field: &'static str,
    ) -> Result<Text> {
        let turns = match purpose {
            Purpose::Publish => &self.rendering.texts,
            Purpose::Preview => &self.rendering.previews,
        };
        let Ok(Some(turn)) = tokio::time::timeout(PATIENCE, turns.take()).await else { return Err(Error::Busy) };
        let rendered = in_turn(turn, move || Text::render(source, pictures)).await?;
        rendered.map_err(|too_much| Error::invalid(field, too_much.to_string()))
    }
}

fn hashed(password: &str, salt: &[u8]) -> Result<String> {
    password::hash(password, salt).map_err(|error| Error::internal(anyhow::anyhow!("{error}")))
}

/// Work off the event loop. It holds its turn to its end, also when nobody waits for it any more.
async fn in_turn<T: Send + 'static>(turn: Turn, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let in_turn = move || {
        let _turn = turn;
        work()
    };
    Ok(tokio::task::spawn_blocking(in_turn).await?)
}
