//! The webhook inbox: received events and how they were processed.

use actix_web::web::Path;

use crate::controllers::admin::ListQuery;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::webhook::Webhook;
use crate::paths;
use crate::presenters::sales::admin_webhook::{webhook_page, webhook_row};
use crate::support::i18n::Message;
use crate::support::ids::WebhookId;
use crate::views::admin::sales::webhooks::Index;

pub async fn index(staff: Staff<needs::ManageOrders>) -> Result<Reply> {
    let window = ListQuery::from_params(&staff).cursor;
    staff
        .render_page(move |conn, cx| {
            let rows = Webhook::list(conn, &window)?.map(|webhook| webhook_row(webhook, cx.format()));
            Ok(Index { t: cx.locale(), rows, card_payments: cx.card_payments })
        })
        .await
}

pub async fn show(staff: Staff<needs::ManageOrders>, id: Path<WebhookId>) -> Result<Reply> {
    staff.render_page(move |conn, cx| Ok(webhook_page(Webhook::get(conn, *id)?, cx.format()))).await
}

/// Queues an event for processing again; `Conflict` if it is already waiting.
pub async fn replay(staff: Staff<needs::ManageOrders>, id: Path<WebhookId>, form: Form) -> Result<Reply> {
    let (actor, id) = (staff.actor(), id.into_inner());
    let back = move || Reply::redirect(paths::admin::webhook(id));
    let replayed = staff.write_once(&form.token, move |tx| {
        Webhook::replay(tx, id, &actor)?;
        Ok(back().notice(Message::WebhookReplayed))
    });
    match replayed.await {
        Err(Error::Conflict) => Ok(back().alert(Message::WebhookWaiting)),
        answered => answered,
    }
}
