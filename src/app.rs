//! What the program is made of at run time: plain fields, built by hand at the start.

use url::Url;

use crate::adapters::mail::Mailer;
use crate::adapters::payments::Providers;
use crate::adapters::pictures::PictureStore;
use crate::config::Network;
use crate::config::test_payments::TestPayments;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::support::clock::Clock;
use crate::support::password;
use crate::support::token::RequestIds;
use crate::support::turns::Turns;

/// Password hashes at once: each costs a core and 19 MiB.
const HASHES: usize = 2;
/// Hashes that may wait before newcomers are told to come back later.
const WAITING: usize = 32;

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
    /// The public origin.
    pub base_url: Url,
    /// Networks whose forwarding headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Whether the test card page is on, and whether it should be.
    pub test_payments: TestPayments,
    /// The public origin is this machine's own, with the port that is listened on: visitors sit at the machine.
    pub is_local: bool,
    /// The server is stopping: `/readyz` says so.
    pub stopping: std::sync::atomic::AtomicBool,
    /// Guards the password hasher.
    pub hashing: Turns,
    /// What requests are called.
    pub request_ids: RequestIds,
}

impl App {
    /// Turns for [`App::hashing`].
    pub fn hashing() -> Turns {
        Turns::new(HASHES, WAITING)
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

    /// Hashes a password.
    ///
    /// # Errors
    /// `Busy` when too many wait.
    pub async fn hash_password(&self, password: String) -> Result<String> {
        let salt = self.db.means().random.bytes()?;
        self.in_turn(move || {
            password::hash(&password, &salt).map_err(|error| Error::internal(anyhow::anyhow!("{error}")))
        })
        .await?
    }

    /// Whether a password is the one behind a hash; without a hash it takes as long and answers no.
    ///
    /// # Errors
    /// `Busy` when too many wait.
    pub async fn verify_password(&self, password: String, stored: Option<String>) -> Result<bool> {
        self.in_turn(move || password::verify(&password, stored.as_deref())).await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let Some(turn) = self.hashing.take().await else { return Err(Error::Busy) };
        let in_turn = move || {
            let _turn = turn;
            work()
        };
        Ok(tokio::task::spawn_blocking(in_turn).await?)
    }
}
