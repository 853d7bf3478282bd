//! The webhook inbox: received events and how they were processed.

use actix_web::web::Path;

use super::ListQuery;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::webhook::{Webhook, WebhookState};
use crate::paths;
use crate::views::admin::Pill;
use crate::views::admin::webhooks::{Index, Row, Show};

pub async fn index(staff: Staff<needs::ManageOrders>) -> Result<Reply> {
    let window = ListQuery::from_params(&staff).cursor;
    staff
        .render_page(move |conn, cx| {
            let rows = Webhook::list(conn, &window)?.map(|webhook| Row {
                href: paths::admin::webhook(webhook.id),
                state: state(&webhook),
                when: cx.date_time(webhook.received_at),
                from: webhook.provider.label().to_owned(),
                kind: webhook.kind,
                outcome: webhook.outcome,
            });
            Ok(Index { rows, card_payments: cx.card_payments })
        })
        .await
}

pub async fn show(staff: Staff<needs::ManageOrders>, id: Path<i64>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let webhook = Webhook::get(conn, *id)?;
            let may_replay = webhook.state.can_transition_to(WebhookState::Received);
            Ok(Show {
                state: state(&webhook),
                when: cx.date_time(webhook.received_at),
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

/// Queues an event for processing again; `Conflict` if it is already waiting.
pub async fn replay(staff: Staff<needs::ManageOrders>, id: Path<i64>, form: Form) -> Result<Reply> {
    let (actor, id) = (staff.actor(), id.into_inner());
    let back = move || Reply::redirect(paths::admin::webhook(id));
    let replayed = staff.write_once(&form.token, move |tx| {
        Webhook::replay(tx, id, &actor)?;
        Ok(back().notice("The event is being processed again."))
    });
    match replayed.await {
        Err(Error::Conflict) => Ok(back().alert("It is already waiting to be processed.")),
        answered => answered,
    }
}

fn state(webhook: &Webhook) -> Pill {
    let (text, kind) = match webhook.state {
        WebhookState::Received => ("Waiting", "warn"),
        WebhookState::Done => ("Processed", "good"),
        WebhookState::Ignored => ("Ignored", ""),
        WebhookState::Failed => ("Retrying", "warn"),
        WebhookState::Dead => ("Failed", "bad"),
    };
    Pill { text: text.to_owned(), kind }
}
