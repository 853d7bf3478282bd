//! Staff forms of the order page.

use serde::Deserialize;
use url::Url;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::sales::order::fulfilment::FulfilmentRequest;
use crate::models::sales::order::refunds::RefundRequest;
use crate::models::sales::order::returns::{ItemCondition, ReturnRequest};
use crate::support::i18n::Message;
use crate::support::ids::OrderLineId;

const MAX_ANSWER: i64 = 1000;

/// The controller sets `lines`: ids of the order's lines, separated by spaces.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct FulfilmentForm {
    #[validate(length(max = 100, code = "carrier_too_long"))]
    carrier: String,
    #[validate(length(max = 100, code = "tracking_number_too_long"))]
    tracking_number: String,
    #[validate(length(max = 1000, code = "link_too_long"))]
    tracking_url: String,
    lines: String,
}

impl FormObject for FulfilmentForm {
    type Output = FulfilmentRequest;

    fn into_output(self, fields: &mut Fields) -> Option<FulfilmentRequest> {
        let tracking_url = parse_link(fields, "tracking_url", &self.tracking_url);
        let quantities = parse_quantities(fields, &self.lines, "quantity_");
        Some(FulfilmentRequest {
            carrier: self.carrier.trim().to_owned(),
            tracking_number: self.tracking_number.trim().to_owned(),
            tracking_url,
            line_quantities: quantities,
        })
    }
}

fn parse_link(fields: &mut Fields, name: &str, text: &str) -> String {
    let text = text.trim().to_owned();
    let is_web = |link: &str| Url::parse(link).is_ok_and(|link| matches!(link.scheme(), "http" | "https"));
    if !text.is_empty() && !is_web(&text) {
        fields.add_error(name, Message::LinkMalformed);
    }
    text
}

/// The controller sets `parcel`: the fulfilment's id, which is the suffix of the other fields.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ResendFulfilmentForm {
    parcel: String,
}

impl FormObject for ResendFulfilmentForm {
    type Output = FulfilmentRequest;

    fn into_output(self, fields: &mut Fields) -> Option<FulfilmentRequest> {
        let mut value = |name: &str, max: i64| {
            let name = format!("{name}_{}", self.parcel);
            let text = fields.value(&name).trim().to_owned();
            if admin::is_longer(&text, max) {
                fields.add_error(&name, Message::TooLong { max });
            }
            text
        };
        let (carrier, tracking_number) = (value("carrier", 100), value("tracking_number", 100));
        let tracking_url = value("tracking_url", 1000);
        let tracking_url = parse_link(fields, &format!("tracking_url_{}", self.parcel), &tracking_url);
        Some(FulfilmentRequest { carrier, tracking_number, tracking_url, line_quantities: Vec::new() })
    }
}

/// `lines` as in [`FulfilmentForm`].
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct RefundForm {
    refund_shipping: String,
    restock: String,
    #[validate(length(max = 500, code = "reason_too_long"))]
    reason: String,
    lines: String,
}

impl FormObject for RefundForm {
    type Output = RefundRequest;
    const NUMBERED: &'static [(&'static str, Option<&'static str>)] = &[("refund_quantity_", None)];

    fn into_output(self, fields: &mut Fields) -> Option<RefundRequest> {
        Some(RefundRequest {
            line_quantities: parse_quantities(fields, &self.lines, "refund_quantity_"),
            shipping: !self.refund_shipping.is_empty(),
            restock: !self.restock.is_empty(),
            reason: admin::normalise(&self.reason).trim().to_owned(),
        })
    }
}

/// Pairs of line id and quantity from the number fields `{prefix}{line id}`.
fn parse_quantities(fields: &mut Fields, lines: &str, prefix: &str) -> Vec<(OrderLineId, i64)> {
    let mut quantities = Vec::new();
    for line in lines.split(' ').filter_map(|line| line.parse::<OrderLineId>().ok()) {
        let name = format!("{prefix}{line}");
        if let Some(text) = fields.values(&name).first().cloned()
            && let Some(quantity) = admin::parse_integer(fields, &name, &text, 0, (0, 1_000_000))
        {
            quantities.push((line, quantity));
        }
    }
    quantities
}

/// The controller sets `lines`: ids of the returnable lines, separated by spaces.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ReturnForm {
    #[validate(length(max = 1000, code = "reason_too_long"))]
    return_reason: String,
    lines: String,
}

impl FormObject for ReturnForm {
    type Output = ReturnRequest;
    const NUMBERED: &'static [(&'static str, Option<&'static str>)] = &[("return_quantity_", None)];

    fn into_output(self, fields: &mut Fields) -> Option<ReturnRequest> {
        let reason = admin::normalise(&self.return_reason).trim().to_owned();
        Some(ReturnRequest { line_quantities: parse_quantities(fields, &self.lines, "return_quantity_"), reason })
    }
}

/// The controller sets `return`: its id.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct RefuseReturnForm {
    r#return: String,
}

impl FormObject for RefuseReturnForm {
    type Output = String;

    fn into_output(self, fields: &mut Fields) -> Option<String> {
        let name = format!("answer_{}", self.r#return);
        let answer = admin::normalise(fields.value(&name)).trim().to_owned();
        if answer.is_empty() {
            fields.add_error(&name, Message::ReturnAnswerMissing);
        } else if admin::is_longer(&answer, MAX_ANSWER) {
            fields.add_error(&name, Message::ReturnAnswerTooLong { max: MAX_ANSWER });
        }
        Some(answer)
    }
}

/// The controller sets `return`: its id, and `lines`: ids of its order lines, separated by spaces.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ReceiveReturnForm {
    r#return: String,
    lines: String,
}

impl FormObject for ReceiveReturnForm {
    type Output = Vec<(OrderLineId, ItemCondition)>;

    fn into_output(self, fields: &mut Fields) -> Option<Vec<(OrderLineId, ItemCondition)>> {
        let mut conditions = Vec::new();
        for line in self.lines.split(' ').filter_map(|line| line.parse::<OrderLineId>().ok()) {
            let name = format!("condition_{}_{line}", self.r#return);
            match ItemCondition::parse(fields.value(&name)).filter(|condition| *condition != ItemCondition::Unknown) {
                Some(condition) => conditions.push((line, condition)),
                None => fields.add_error(&name, Message::ConditionMissing),
            }
        }
        Some(conditions)
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct NoteForm {
    #[validate(length(max = 4000, code = "note_too_long"))]
    #[validate(custom(function = rules::present, code = "note_missing"))]
    note: String,
}

impl FormObject for NoteForm {
    type Output = String;

    fn into_output(self, _: &mut Fields) -> Option<String> {
        Some(admin::normalise(&self.note).trim().to_owned())
    }
}
