//! What payment providers sent, and what came of it.

use actix_web::web::Path;

use super::Narrowing;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::webhook::{Webhook, WebhookState};
use crate::paths;
use crate::views::admin::Pill;
use crate::views::admin::webhooks::{Index, Row, Show};

/// All messages.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Staff<needs::ManageOrders>) -> Result<Reply> {
    let window = Narrowing::of(&staff).window;
    staff
        .page(move |conn, cx| {
            let rows = Webhook::page(conn, &window)?.map(|webhook| Row {
                href: paths::admin::webhook(webhook.id),
                state: state(&webhook),
                when: cx.moment(webhook.received_at),
                from: webhook.provider.label().to_owned(),
                kind: webhook.kind,
                outcome: webhook.outcome,
            });
            Ok(Index { rows, card_payments: cx.card_payments })
        })
        .await
}

/// A message and what came of it.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Staff<needs::ManageOrders>, id: Path<i64>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let webhook = Webhook::get(conn, *id)?;
            let may_replay = webhook.state.may_become(WebhookState::Received);
            Ok(Show {
                state: state(&webhook),
                when: cx.moment(webhook.received_at),
                from: webhook.provider.label().to_owned(),
                event: webhook.event_id,
                about: webhook.object_ref,
                attempts: webhook.attempts,
                outcome: webhook.outcome,
                payload: webhook.payload,
                kind: webhook.kind,
                replay: may_replay.then(|| paths::admin::webhook_replay(webhook.id)),
            })
        })
        .await
}

/// Has a message looked at again.
///
/// # Errors
/// `NotFound`.
pub async fn replay(staff: Staff<needs::ManageOrders>, id: Path<i64>, form: Form) -> Result<Reply> {
    let (actor, id) = (staff.actor(), id.into_inner());
    let back = move || Reply::see(paths::admin::webhook(id));
    let replayed = staff.write_once(&form.once, move |tx| {
        Webhook::replay(tx, id, &actor)?;
        Ok(back().notice("It is looked at again."))
    });
    match replayed.await {
        Err(Error::Conflict) => Ok(back().alert("It is waiting to be looked at already.")),
        answered => answered,
    }
}

fn state(webhook: &Webhook) -> Pill {
    let (text, kind) = match webhook.state {
        WebhookState::Received => ("Waiting", "warn"),
        WebhookState::Done => ("Done", "good"),
        WebhookState::Ignored => ("Not ours", ""),
        WebhookState::Failed => ("Trying again", "warn"),
        WebhookState::Dead => ("Given up", "bad"),
    };
    Pill { text: text.to_owned(), kind }
}
