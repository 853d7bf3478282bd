//! Inbox of webhooks from payment providers: each is stored first and processed by a job. Its content is not trusted;
//! it only tells which payment to fetch from the provider.

use diesel::prelude::*;

use crate::apply_cursor;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::job::QueuedJob;
use crate::models::sales::payment::ProviderName;
use crate::on_backend;
use crate::schema::webhook_inbox;
use crate::support::clock::Utc;
use crate::support::ids::WebhookId;
use crate::support::pagination::{Cursor, CursorPage};
use crate::text_enum;

text_enum! {
    WebhookState {
        Received = "received",
        Done = "done",
        /// Not about a payment of this shop.
        Ignored = "ignored",
        /// Failed; another attempt follows.
        Failed = "failed",
        /// All attempts have failed.
        Dead = "dead",
    }
}

impl WebhookState {
    pub fn can_transition_to(self, next: WebhookState) -> bool {
        use WebhookState::{Dead, Done, Failed, Ignored, Received};
        matches!(
            (self, next),
            (Received, Done | Ignored | Failed | Dead)
                | (Failed, Done | Ignored | Failed | Dead)
                | (Dead | Done, Received)
        )
    }
}

#[derive(Clone, Debug)]
pub struct NewWebhook {
    pub provider: ProviderName,
    /// The provider's id of the event, the same for every delivery.
    pub event_id: String,
    pub kind: String,
    pub object_ref: String,
    pub payload: String,
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = webhook_inbox, check_for_backend(AnyBackend))]
pub struct Webhook {
    pub id: WebhookId,
    pub provider: ProviderName,
    pub event_id: String,
    pub kind: String,
    pub object_ref: String,
    pub payload: String,
    pub state: WebhookState,
    pub attempts: i64,
    /// Why the last attempt failed; empty if it did not.
    pub outcome: String,
    pub received_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = webhook_inbox)]
struct WebhookRow<'a> {
    provider: ProviderName,
    event_id: &'a str,
    kind: &'a str,
    object_ref: &'a str,
    payload: &'a str,
    state: WebhookState,
    attempts: i64,
    outcome: &'static str,
    received_at: Utc,
}

impl NewWebhook {
    /// Stores a webhook and enqueues its processing; a repeated delivery is ignored. On an error the provider gets no
    /// 2xx response, so that it delivers the webhook again.
    pub fn store(&self, tx: &mut Tx<'_>) -> Result<()> {
        let row = WebhookRow {
            provider: self.provider,
            event_id: &self.event_id,
            kind: &self.kind,
            object_ref: &self.object_ref,
            payload: &self.payload,
            state: WebhookState::Received,
            attempts: 0,
            outcome: "",
            received_at: tx.now(),
        };
        let conn = tx.conn();
        let id: Option<WebhookId> = on_backend!(conn => diesel::insert_into(webhook_inbox::table)
            .values(row)
            .on_conflict((webhook_inbox::provider, webhook_inbox::event_id))
            .do_nothing()
            .returning(webhook_inbox::id)
            .get_result(conn)
            .optional())?;
        match id {
            Some(id) => Event::WebhookReceived { webhook: id }.record(tx, &self.provider.actor()),
            None => Ok(()),
        }
    }
}

impl Webhook {
    pub fn get(conn: &mut Conn, id: WebhookId) -> Result<Webhook> {
        Ok(Webhook::query().find(id).first(conn)?)
    }

    /// A page of webhooks, newest first (keyset pagination).
    pub fn list(conn: &mut Conn, window: &Cursor) -> Result<CursorPage<Webhook>> {
        let query = Webhook::query().into_boxed::<AnyBackend>();
        let rows = apply_cursor!(query, window, window.anchor_id(), descending, webhook_inbox::id).load(conn)?;
        Ok(CursorPage::from_rows(rows, window, |row: &Webhook| row.id.to_string()))
    }

    /// Records the result of an attempt; does nothing if the state does not allow the transition.
    pub fn record_outcome(tx: &mut Tx<'_>, id: WebhookId, state: WebhookState, outcome: &str) -> Result<()> {
        let from: Vec<WebhookState> =
            WebhookState::ALL.iter().copied().filter(|from| from.can_transition_to(state)).collect();
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

    pub fn job_key(id: WebhookId) -> String {
        format!("webhook:{id}")
    }

    /// Queues a webhook for another processing at the request of staff; `Conflict` when it is neither done nor dead.
    pub fn replay(tx: &mut Tx<'_>, id: WebhookId, by: &Actor) -> Result<()> {
        if !Webhook::reset(tx, id, &[WebhookState::Dead, WebhookState::Done])? {
            return Err(Error::Conflict);
        }
        // The dead job has the same key and would keep a new one out of the queue.
        QueuedJob::cancel(tx, &Webhook::job_key(id))?;
        Event::WebhookReceived { webhook: id }.record(tx, by)
    }

    pub fn retry_dead(tx: &mut Tx<'_>, id: WebhookId) -> Result<()> {
        Webhook::reset(tx, id, &[WebhookState::Dead]).map(drop)
    }

    /// Resets a webhook to `received` if it is in one of these states. Returns whether it was.
    fn reset(tx: &mut Tx<'_>, id: WebhookId, from: &[WebhookState]) -> Result<bool> {
        let is_in_state = webhook_inbox::id.eq(id).and(webhook_inbox::state.eq_any(from));
        let moved = diesel::update(webhook_inbox::table.filter(is_in_state))
            .set((webhook_inbox::state.eq(WebhookState::Received), webhook_inbox::done_at.eq(None::<Utc>)))
            .execute(tx.conn())?;
        Ok(moved == 1)
    }
}
