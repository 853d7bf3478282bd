//! Returns, as a part of the order page for staff.

use crate::forms::Fields;
use crate::models::sales::order::returns::{ItemCondition, Return, ReturnLine, ReturnState};
use crate::models::sales::order::{OrderDetails, OrderLine};
use crate::presenters::format::Format;
use crate::presenters::platform::actor::actor_label;
use crate::presenters::sales::admin_labels::return_pill;
use crate::support::i18n::Locale;
use crate::views::admin::sales::returns::{Item, NextStep, ReturnableLine, Returns, Row};

/// `returnable` are the lines that a new return may contain, each with its quantity; empty without the permission.
pub fn present_returns(
    details: &OrderDetails,
    returns: Vec<(Return, Vec<ReturnLine>)>,
    returnable: Vec<(OrderLine, i64)>,
    can_manage: bool,
    form: Fields,
    format: &Format,
) -> Returns {
    let t = format.locale;
    let row = |(one, lines): (Return, Vec<ReturnLine>)| Row {
        next: if can_manage { next_step(t, details, &one, &lines) } else { NextStep::Nothing },
        can_cancel: can_manage && one.state.is_open(),
        state: return_pill(t, one.state),
        items: lines.iter().map(|line| present_item(t, details, line)).collect(),
        when: format.date_time(one.created_at),
        id: one.id,
        who: actor_label(t, &one.created_by),
        reason: one.reason,
        answer: one.answer,
    };
    let returnable =
        returnable.into_iter().map(|(line, left)| ReturnableLine { id: line.id, title: line.name(), left });
    Returns {
        rows: returns.into_iter().map(row).collect(),
        returnable_lines: returnable.collect(),
        can_refund_shipping: details.order.totals.shipping_minor > 0
            && details.order.totals.refunded_shipping_minor == 0,
        form,
    }
}

fn present_item(t: Locale, details: &OrderDetails, line: &ReturnLine) -> Item {
    let ordered = details.lines.iter().find(|ordered| ordered.id == line.order_line_id);
    Item {
        line: line.order_line_id,
        title: ordered.map_or_else(String::new, OrderLine::name),
        quantity: line.quantity,
        condition: match line.condition {
            ItemCondition::Unknown => "",
            ItemCondition::Sellable => t.admin_order_return_item_in_stock(),
            ItemCondition::Damaged => t.admin_order_return_item_damaged(),
        },
    }
}

fn next_step(t: Locale, details: &OrderDetails, one: &Return, lines: &[ReturnLine]) -> NextStep {
    let order = &details.order;
    let is_refunded = |line: &ReturnLine| {
        let ordered = details.lines.iter().find(|ordered| ordered.id == line.order_line_id);
        ordered.is_some_and(|ordered| ordered.quantity - ordered.refunded < line.quantity)
    };
    match one.state {
        ReturnState::Requested => NextStep::Answer,
        ReturnState::Approved => NextStep::Receive,
        ReturnState::Received if lines.iter().any(is_refunded) => {
            NextStep::Blocked(t.admin_order_return_already_refunded())
        }
        ReturnState::Received if order.due_minor() > 0 => NextStep::Blocked(t.admin_order_return_not_paid()),
        ReturnState::Received if order.is_refundable() => NextStep::Refund,
        ReturnState::Received => NextStep::Blocked(t.admin_order_return_fully_refunded()),
        ReturnState::Refunded | ReturnState::Refused | ReturnState::Cancelled => NextStep::Nothing,
    }
}
