//! Returns, as buyers see them: on the order page, and the form that requests one.

use crate::models::content::media::Media;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::OrderLine;
use crate::models::sales::order::returns::{Return, ReturnLine, ReturnState};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::support::i18n::Locale;
use crate::support::ids::OrderLineId;
use crate::views::shop::orders::{ReturnRow, StatusBadge};
use crate::views::shop::returns::Line;

/// A return on the page of its order, whose access token is `token`.
pub fn return_row(
    request: &Return,
    pieces: &[ReturnLine],
    lines: &[OrderLine],
    token: &str,
    settings: &Settings,
    format: &Format,
) -> ReturnRow {
    let t = format.locale;
    let title = |id: OrderLineId| lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    ReturnRow {
        state: return_badge(t, request.state),
        when: format.date_time(request.created_at),
        items: pieces.iter().map(|piece| t.common_quantity(piece.quantity, title(piece.order_line_id))).collect(),
        reason: request.reason.clone(),
        next: next_step(t, request.state).to_owned(),
        answer: request.answer.clone(),
        send_to: (request.state == ReturnState::Approved).then(|| {
            let address = settings.business_address.lines().map(str::to_owned);
            std::iter::once(settings.site_name.clone()).chain(address).collect()
        }),
        cancel: request.state.is_open().then(|| paths::order_return_cancellation(token, request.id)),
    }
}

fn return_badge(t: Locale, state: ReturnState) -> StatusBadge {
    let (kind, text) = match state {
        ReturnState::Requested => ("warn", t.return_state_requested()),
        ReturnState::Approved => ("info", t.return_state_approved()),
        ReturnState::Received => ("info", t.return_state_received()),
        ReturnState::Refunded => ("good", t.return_state_refunded()),
        ReturnState::Refused => ("bad", t.return_state_declined()),
        ReturnState::Cancelled => ("info", t.return_state_cancelled()),
    };
    StatusBadge { kind, text: text.to_owned() }
}

/// What happens next; empty if nothing does.
fn next_step(t: Locale, state: ReturnState) -> &'static str {
    match state {
        ReturnState::Requested => t.return_next_requested(),
        ReturnState::Approved => t.return_next_approved(),
        ReturnState::Received | ReturnState::Refunded | ReturnState::Refused | ReturnState::Cancelled => "",
    }
}

/// A line of the form; `left` is how many units can be returned.
pub fn returnable_line(line: &OrderLine, left: i64, picture: Option<&Media>) -> Line {
    Line { id: line.id, title: line.name(), left, picture: picture.map(|media| picture_from_media(media, Some(""))) }
}
