//! Our own session store on the `sessions` table: the cookie holds a random token, the database its hash. An update
//! of a session that was ended is refused, so that signing out stays signing out.

use std::collections::HashMap;

use actix_session::Session;
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;

use crate::db::Database;
use crate::error::Error;
use crate::models::session;
use crate::support::clock::Utc;
use crate::support::token;

/// Where the session keeps the account's row and epoch.
pub const ACCOUNT: &str = "account";
/// Where the session keeps a message to show once.
pub const FLASH: &str = "flash";

/// Where the session says that it could not be read: not a word of this is ever kept.
const UNREAD: &str = "unread";

/// Noted with a request whose session's cookie stands for nothing: it can go.
#[derive(Clone, Copy, Debug)]
pub struct DeadSession;

/// Whether the session could not be read, because the database did not answer.
pub(super) fn is_unread(session: &Session) -> bool {
    session.contains_key(UNREAD)
}

/// The store.
#[derive(Clone)]
pub struct TableStore {
    db: Database,
}

type State = HashMap<String, String>;

impl TableStore {
    /// Sessions in a database.
    pub fn new(db: Database) -> TableStore {
        TableStore { db }
    }
}

/// The signed-in account's row, read from the state that goes into the table.
fn account(state: &State) -> Option<i64> {
    let (id, _): (i64, i64) = serde_json::from_str(state.get(ACCOUNT)?).ok()?;
    Some(id)
}

/// Notes that a session was last seen now, if that was long enough ago.
pub(super) async fn note_visit(db: &Database, hash: String, seen: Utc) {
    if seen >= db.means().clock.now().minus(session::TOUCH) {
        return;
    }
    // Being a minute late with this harms nobody; failing the page would.
    if let Err(error) = db.write(move |tx| session::touch(tx, &hash)).await {
        tracing::warn!(%error, "a visit was not noted");
    }
}

/// Whether the database cannot write at present.
fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Busy | Error::Unavailable { .. } | Error::Unsure)
}

fn fault(error: impl Into<anyhow::Error>) -> anyhow::Error {
    error.into()
}

impl SessionStore for TableStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let hash = token::hash(key.as_ref());
        let now = self.db.means().clock.now();
        let looked_up = hash.clone();
        let live = self.db.read(move |conn| session::load(conn, &looked_up, now)).await;
        let live = match live {
            // Whoever needs to know who asks says so then; everybody else is not held up.
            Err(Error::Busy | Error::Unavailable { .. }) => {
                return Ok(Some(State::from([(UNREAD.to_owned(), "true".to_owned())])));
            }
            live => live.map_err(|error| LoadError::Other(fault(error)))?,
        };
        let Some((state, seen)) = live else { return Ok(None) };
        note_visit(&self.db, hash, seen).await;
        serde_json::from_str(&state).map(Some).map_err(|error| LoadError::Deserialization(fault(error)))
    }

    async fn save(&self, state: State, _: &Duration) -> Result<SessionKey, SaveError> {
        let account = account(&state);
        let text = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(fault(error)))?;
        let saved = self.db.write(move |tx| {
            let secret = tx.secret()?;
            session::begin(tx, &token::hash(&secret), account, &text)?;
            Ok(secret)
        });
        let secret = match saved.await {
            // Only a message: what it is about was done, and must not look as if it was not.
            Err(error) if account.is_none() && is_passing(&error) => {
                tracing::warn!(%error, "a message for the next page was lost");
                self.db.means().random.secret().map_err(|error| SaveError::Other(fault(error)))?
            }
            saved => saved.map_err(|error| SaveError::Other(fault(error)))?,
        };
        SessionKey::try_from(secret).map_err(|error| SaveError::Other(fault(error)))
    }

    async fn update(&self, key: SessionKey, state: State, _: &Duration) -> Result<SessionKey, UpdateError> {
        if state.contains_key(UNREAD) {
            return Ok(key);
        }
        let account = account(&state);
        let hash = token::hash(key.as_ref());
        let text = serde_json::to_string(&state).map_err(|error| UpdateError::Serialization(fault(error)))?;
        match self.db.write(move |tx| session::update(tx, &hash, account, &text)).await {
            // Ended meanwhile, by another tab or by staff: what it held is gone, and that is right.
            Ok(()) | Err(Error::Gone) => Ok(key),
            Err(error) if is_passing(&error) => {
                tracing::warn!(%error, "a message for the next page was lost");
                Ok(key)
            }
            Err(error) => Err(UpdateError::Other(fault(error))),
        }
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let hash = token::hash(key.as_ref());
        self.db.write(move |tx| session::end(tx, &hash)).await.map_err(fault)
    }
}
