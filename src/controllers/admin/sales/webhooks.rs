//! The webhook inbox: received events and how they were processed.

use crate::controllers::admin::parse_cursor;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::resource_path::WebhookPath;
use crate::http::{AdminRequest, Form, Reply, Staff};
use crate::models::sales::webhook::Webhook;
use crate::paths;
use crate::presenters::sales::admin_webhook::{webhook_page, webhook_row};
use crate::support::i18n::Message;
use crate::views::admin::sales::webhooks::Index;

pub async fn index(admin: AdminRequest<needs::ManageOrders>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let rows = Webhook::list(conn, &parse_cursor(cx))?.map(|webhook| webhook_row(webhook, cx.format()));
            Ok(Index { t: cx.locale(), rows, card_payments: cx.card_payments })
        })
        .await
}

pub async fn show(admin: AdminRequest<needs::ManageOrders>, path: WebhookPath) -> Result<Reply> {
    admin.render_page(move |conn, cx| Ok(webhook_page(path.load(conn)?, cx.format()))).await
}

/// Queues an event for processing again; `Conflict` if it is already waiting.
pub async fn replay(staff: Staff<needs::ManageOrders>, path: WebhookPath, form: Form) -> Result<Reply> {
    let (actor, id) = (staff.actor(), path.id);
    let redirect = move || Reply::redirect(paths::admin::webhook(id));
    let replayed = staff.write_once(&form.token, move |tx| {
        Webhook::replay(tx, id, &actor)?;
        Ok(redirect().notice(Message::WebhookReplayed))
    });
    match replayed.await {
        Err(Error::Conflict) => Ok(redirect().alert(Message::WebhookWaiting)),
        reply => reply,
    }
}
