//! What the program is made of at run time: plain fields, built by hand at the start.

use std::sync::Mutex;
use std::time::Duration;

use url::Url;

use crate::adapters::mail::Mailer;
use crate::adapters::payments::Providers;
use crate::adapters::pictures::PictureStore;
use crate::config::Network;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::support::clock::Clock;
use crate::support::markdown::{Pictures, Text};
use crate::support::password;
use crate::support::token::RequestIds;
use crate::support::turns::Turns;

/// Password hashes at once: each costs a core and 19 MiB.
const HASHES: usize = 2;
/// Hashes that may wait before newcomers are told to come back later.
const WAITING: usize = 32;

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
    /// The public origin.
    pub base_url: Url,
    /// Networks whose forwarding headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// The one-time key of the setup page; none once there is an owner.
    pub setup_key: Mutex<Option<String>>,
    /// The server is stopping: `/readyz` says so.
    pub stopping: std::sync::atomic::AtomicBool,
    /// Guards the password hasher.
    pub hashing: Turns,
    /// Guards the rendering of texts.
    pub rendering: Rendering,
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
        let render = move || {
            let _turn = turn;
            Text::render(source, pictures)
        };
        let rendered = tokio::task::spawn_blocking(render).await?;
        rendered.map_err(|too_much| Error::invalid(field, too_much.to_string()))
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
