//! Events of payment providers.

use crate::models::sales::webhook::{Webhook, WebhookState};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::platform::actor::provider_label;
use crate::support::i18n::Locale;
use crate::views::admin::Pill;
use crate::views::admin::sales::webhooks::{Row, Show};

pub fn webhook_row(webhook: Webhook, format: &Format) -> Row {
    Row {
        href: paths::admin::webhook(webhook.id),
        state: webhook_state_pill(format.locale, webhook.state),
        outcome: webhook_outcome(format.locale, &webhook),
        when: format.date_time(webhook.received_at),
        from: provider_label(format.locale, webhook.provider).to_owned(),
        kind: webhook.kind,
    }
}

pub fn webhook_page(webhook: Webhook, format: &Format) -> Show {
    let may_replay = webhook.state.can_transition_to(WebhookState::Received);
    Show {
        t: format.locale,
        state: webhook_state_pill(format.locale, webhook.state),
        outcome: webhook_outcome(format.locale, &webhook),
        when: format.date_time(webhook.received_at),
        from: provider_label(format.locale, webhook.provider).to_owned(),
        event: webhook.event_id,
        about: webhook.object_ref,
        attempts: webhook.attempts,
        payload: webhook.payload,
        kind: webhook.kind,
        replay: may_replay.then(|| paths::admin::webhook_replay(webhook.id)),
    }
}

/// The result of processing, or the error of the last attempt; empty before the first.
fn webhook_outcome(t: Locale, webhook: &Webhook) -> String {
    match webhook.state {
        WebhookState::Done => t.admin_webhook_outcome_done().to_owned(),
        WebhookState::Ignored => t.admin_webhook_outcome_ignored().to_owned(),
        WebhookState::Received | WebhookState::Failed | WebhookState::Dead => webhook.outcome.clone(),
    }
}

fn webhook_state_pill(t: Locale, state: WebhookState) -> Pill {
    let (text, kind) = match state {
        WebhookState::Received => (t.admin_webhook_state_received(), "warn"),
        WebhookState::Done => (t.admin_webhook_state_done(), "good"),
        WebhookState::Ignored => (t.admin_webhook_state_ignored(), ""),
        WebhookState::Failed => (t.admin_webhook_state_failed(), "warn"),
        WebhookState::Dead => (t.admin_webhook_state_dead(), "bad"),
    };
    Pill { text: text.to_owned(), kind }
}
