//! What payment providers tell us by themselves: kept first, looked at afterwards. A message is only a hint to ask
//! the provider; nothing in it is believed.

use diesel::prelude::*;

use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::models::job::QueuedJob;
use crate::models::payment::ProviderName;
use crate::schema::webhook_inbox;
use crate::support::clock::Utc;
use crate::support::page::{Stretch, Window};
use crate::text_enum;
use crate::windowed;

text_enum! {
    /// Where a message is in its life.
    WebhookState {
        /// Kept, not looked at.
        Received = "received",
        /// Looked at; what it is about is up to date.
        Done = "done",
        /// Not about anything of ours.
        Ignored = "ignored",
        /// Looked at in vain; it will be again.
        Failed = "failed",
        /// Given up.
        Dead = "dead",
    }
}

impl WebhookState {
    /// Whether a message may go from here to there.
    pub fn may_become(self, next: WebhookState) -> bool {
        use WebhookState::{Dead, Done, Failed, Ignored, Received};
        matches!(
            (self, next),
            (Received, Done | Ignored | Failed | Dead)
                | (Failed, Done | Ignored | Failed | Dead)
                | (Dead | Done, Received)
        )
    }
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Who sent it.
    pub provider: ProviderName,
    /// The provider's name for it: the same however often it is sent.
    pub event_id: String,
    /// What it says happened.
    pub kind: String,
    /// What it is about, by the provider's name.
    pub object_ref: String,
    /// All of it.
    pub payload: String,
}

/// A message that was kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = webhook_inbox, check_for_backend(Db))]
pub struct Webhook {
    /// The row.
    pub id: i64,
    /// Who sent it.
    pub provider: ProviderName,
    /// The provider's name for it.
    pub event_id: String,
    /// What it says happened.
    pub kind: String,
    /// What it is about, by the provider's name.
    pub object_ref: String,
    /// All of it.
    pub payload: String,
    /// Where it is in its life.
    pub state: WebhookState,
    /// How often it was looked at.
    pub attempts: i64,
    /// What came of it, in words.
    pub outcome: String,
    /// When it came.
    pub received_at: Utc,
}

impl NewWebhook {
    /// Keeps a message and has it looked at; one that is here already is left alone.
    ///
    /// # Errors
    /// When the database refuses: then the provider is not thanked, and sends it again.
    pub fn keep(&self, tx: &mut Tx<'_>) -> Result<()> {
        let row = (
            webhook_inbox::provider.eq(self.provider),
            webhook_inbox::event_id.eq(&self.event_id),
            webhook_inbox::kind.eq(&self.kind),
            webhook_inbox::object_ref.eq(&self.object_ref),
            webhook_inbox::payload.eq(&self.payload),
            webhook_inbox::state.eq(WebhookState::Received),
            webhook_inbox::attempts.eq(0),
            webhook_inbox::outcome.eq(""),
            webhook_inbox::received_at.eq(tx.now()),
        );
        let conn = tx.conn();
        let id: Option<i64> = each!(conn => diesel::insert_into(webhook_inbox::table)
            .values(row)
            .on_conflict((webhook_inbox::provider, webhook_inbox::event_id))
            .do_nothing()
            .returning(webhook_inbox::id)
            .get_result(conn)
            .optional())?;
        match id {
            Some(id) => Fact::WebhookReceived(id).record(tx, &Actor::Provider(self.provider.label())),
            None => Ok(()),
        }
    }
}

impl Webhook {
    /// A message by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Webhook> {
        Ok(webhook_inbox::table.find(id).select(Webhook::as_select()).first(conn)?)
    }

    /// Messages, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, window: &Window) -> Result<Stretch<Webhook>> {
        let query = webhook_inbox::table.select(Webhook::as_select()).into_boxed::<Db>();
        let rows = windowed!(query, window, window.row(), falling, webhook_inbox::id).load(conn)?;
        Ok(Stretch::cut(rows, window, |row: &Webhook| row.id.to_string()))
    }

    /// Writes down what came of looking at it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn became(tx: &mut Tx<'_>, id: i64, state: WebhookState, outcome: &str) -> Result<()> {
        let from: Vec<WebhookState> = WebhookState::ALL.iter().copied().filter(|from| from.may_become(state)).collect();
        let done_at = (state != WebhookState::Failed).then(|| tx.now());
        let movable = webhook_inbox::id.eq(id).and(webhook_inbox::state.eq_any(from));
        diesel::update(webhook_inbox::table.filter(movable))
            .set((
                webhook_inbox::state.eq(state),
                webhook_inbox::attempts.eq(webhook_inbox::attempts + 1),
                webhook_inbox::outcome.eq(outcome),
                webhook_inbox::done_at.eq(done_at),
            ))
            .execute(tx.conn())?;
        Ok(())
    }

    /// What the job is called that looks at a message: at most one of it exists at a time.
    pub fn job_key(id: i64) -> String {
        format!("webhook:{id}")
    }

    /// Staff have it looked at again.
    ///
    /// # Errors
    /// `Conflict` when it is waiting to be looked at anyway.
    pub fn replay(tx: &mut Tx<'_>, id: i64, by: &Actor) -> Result<()> {
        if !Webhook::wait_again(tx, id, &[WebhookState::Dead, WebhookState::Done])? {
            return Err(Error::Conflict);
        }
        // The job that was given up would keep a new one out of the queue.
        QueuedJob::withdraw(tx, &Webhook::job_key(id))?;
        Fact::WebhookReceived(id).record(tx, by)
    }

    /// Staff have the job tried again that had given it up.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn revived(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        Webhook::wait_again(tx, id, &[WebhookState::Dead]).map(drop)
    }

    /// Waits to be looked at, if it was in one of these states.
    fn wait_again(tx: &mut Tx<'_>, id: i64, from: &[WebhookState]) -> Result<bool> {
        let over = webhook_inbox::id.eq(id).and(webhook_inbox::state.eq_any(from));
        let moved = diesel::update(webhook_inbox::table.filter(over))
            .set((webhook_inbox::state.eq(WebhookState::Received), webhook_inbox::done_at.eq(None::<Utc>)))
            .execute(tx.conn())?;
        Ok(moved == 1)
    }
}
