//! Session store on the `sessions` table: the cookie holds a random token, the database its hash. Updates do not
//! recreate a session that was ended, so a logout is final.

use std::collections::HashMap;

use actix_session::Session;
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;

use crate::db::Database;
use crate::error::Error;
use crate::models::people::session::{self, SignIn};
use crate::support::clock::Utc;
use crate::support::token;

/// State key of the [`SignIn`].
pub const SIGN_IN_KEY: &str = "sign_in";
/// State key of the [`session::PendingLogin`].
pub const PENDING_LOGIN_KEY: &str = "pending_login";
/// State key of the flash message.
pub const FLASH_KEY: &str = "flash";

/// State key that marks a session which could not be loaded; never stored.
const UNREADABLE_KEY: &str = "unread";

/// Marks a request whose session cookie has no session, so that the cookie is removed.
#[derive(Clone, Copy, Debug)]
pub struct StaleSessionCookie;

/// Whether the session could not be loaded because the database was unavailable.
pub(super) fn is_unavailable(session: &Session) -> bool {
    session.contains_key(UNREADABLE_KEY)
}

/// [`SessionStore`] in the database.
#[derive(Clone)]
pub struct DatabaseSessionStore {
    db: Database,
}

type State = HashMap<String, String>;

impl DatabaseSessionStore {
    /// A store in a database.
    pub fn new(db: Database) -> DatabaseSessionStore {
        DatabaseSessionStore { db }
    }
}

fn parse_sign_in(state: &State) -> Option<SignIn> {
    serde_json::from_str(state.get(SIGN_IN_KEY)?).ok()
}

/// Updates `last_seen_at`, at most once per [`session::TOUCH_INTERVAL`].
pub(super) async fn touch_session(db: &Database, hash: String, last_seen: Utc) {
    if last_seen >= db.context().clock.now().minus(session::TOUCH_INTERVAL) {
        return;
    }
    // A late timestamp is harmless; a failed page is not.
    if let Err(error) = db.write(move |tx| session::touch(tx, &hash)).await {
        tracing::warn!(%error, "cannot update the session's last-seen time");
    }
}

fn is_temporary(error: &Error) -> bool {
    matches!(error, Error::Busy | Error::Unavailable { .. } | Error::CommitUnknown)
}

fn to_anyhow(error: impl Into<anyhow::Error>) -> anyhow::Error {
    error.into()
}

impl SessionStore for DatabaseSessionStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let hash = token::sha256_hex(key.as_ref());
        let now = self.db.context().clock.now();
        let lookup_hash = hash.clone();
        let stored = self.db.read(move |conn| session::load(conn, &lookup_hash, now)).await;
        let stored = match stored {
            // Pages that do not need the account still work; the others fail with `Busy` in [`is_unavailable`].
            Err(Error::Busy | Error::Unavailable { .. }) => {
                return Ok(Some(State::from([(UNREADABLE_KEY.to_owned(), "true".to_owned())])));
            }
            stored => stored.map_err(|error| LoadError::Other(to_anyhow(error)))?,
        };
        let Some((state, last_seen)) = stored else { return Ok(None) };
        touch_session(&self.db, hash, last_seen).await;
        serde_json::from_str(&state).map(Some).map_err(|error| LoadError::Deserialization(to_anyhow(error)))
    }

    async fn save(&self, state: State, _: &Duration) -> Result<SessionKey, SaveError> {
        let sign_in = parse_sign_in(&state);
        let text = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(to_anyhow(error)))?;
        let saved_sign_in = sign_in.clone();
        let saved = self.db.write(move |tx| {
            let secret = tx.generate_secret()?;
            session::create(tx, &token::sha256_hex(&secret), saved_sign_in.as_ref(), &text)?;
            Ok(secret)
        });
        let secret = match saved.await {
            // Only a flash message is lost; an error would suggest that the action itself failed.
            Err(error) if sign_in.is_none() && is_temporary(&error) => {
                tracing::warn!(%error, "cannot store the flash message");
                self.db.context().random.generate_secret().map_err(|error| SaveError::Other(to_anyhow(error)))?
            }
            saved => saved.map_err(|error| SaveError::Other(to_anyhow(error)))?,
        };
        SessionKey::try_from(secret).map_err(|error| SaveError::Other(to_anyhow(error)))
    }

    async fn update(&self, key: SessionKey, state: State, _: &Duration) -> Result<SessionKey, UpdateError> {
        if state.contains_key(UNREADABLE_KEY) {
            return Ok(key);
        }
        let account = parse_sign_in(&state).map(|sign_in| sign_in.account);
        let hash = token::sha256_hex(key.as_ref());
        let text = serde_json::to_string(&state).map_err(|error| UpdateError::Serialization(to_anyhow(error)))?;
        match self.db.write(move |tx| session::update(tx, &hash, account, &text)).await {
            // The session was ended meanwhile, so its state is dropped.
            Ok(()) | Err(Error::Gone) => Ok(key),
            Err(error) if is_temporary(&error) => {
                tracing::warn!(%error, "cannot store the flash message");
                Ok(key)
            }
            Err(error) => Err(UpdateError::Other(to_anyhow(error))),
        }
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let hash = token::sha256_hex(key.as_ref());
        self.db.write(move |tx| session::end(tx, &hash)).await.map_err(to_anyhow)
    }
}
