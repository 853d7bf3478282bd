//! Staff forms of the order page.

use serde::Deserialize;
use url::Url;
use validator::Validate;

use crate::forms::{Fields, FormObject};
use crate::models::sales::order::fulfilment::FulfilmentRequest;
use crate::models::sales::order::refunds::RefundRequest;
use crate::models::sales::order::returns::{ItemCondition, ReturnRequest};

/// Ships items. The controller sets `lines`: ids of the order's lines, separated by spaces.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct FulfilmentForm {
    #[validate(length(max = 100, message = "The carrier’s name has at most 100 characters."))]
    carrier: String,
    #[validate(length(max = 100, message = "A tracking number has at most 100 characters."))]
    tracking_number: String,
    #[validate(length(max = 1000, message = "This link is too long."))]
    tracking_url: String,
    lines: String,
}

impl FormObject for FulfilmentForm {
    type Output = FulfilmentRequest;

    fn into_output(self, fields: &mut Fields) -> Option<FulfilmentRequest> {
        let tracking_url = link(fields, "tracking_url", &self.tracking_url);
        let pieces = pieces(fields, &self.lines, "quantity_");
        Some(FulfilmentRequest {
            carrier: self.carrier.trim().to_owned(),
            tracking_number: self.tracking_number.trim().to_owned(),
            tracking_url,
            line_quantities: pieces,
        })
    }
}

/// An optional `http` or `https` URL.
fn link(fields: &mut Fields, name: &str, typed: &str) -> String {
    let typed = typed.trim().to_owned();
    let web = |link: &str| Url::parse(link).is_ok_and(|link| matches!(link.scheme(), "http" | "https"));
    if !typed.is_empty() && !web(&typed) {
        fields.add_error(name, "Enter a full link that begins with https://, or leave it empty.");
    }
    typed
}

/// Ships a fulfilment again. The controller sets `parcel`: the fulfilment's id, which is the suffix of the other
/// fields.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ResendFulfilmentForm {
    parcel: String,
}

impl FormObject for ResendFulfilmentForm {
    type Output = FulfilmentRequest;

    fn into_output(self, fields: &mut Fields) -> Option<FulfilmentRequest> {
        let mut typed = |name: &str, most: usize| {
            let name = format!("{name}_{}", self.parcel);
            let text = fields.value(&name).trim().to_owned();
            if text.chars().count() > most {
                fields.add_error(&name, format!("Use at most {most} characters."));
            }
            text
        };
        let (carrier, tracking_number) = (typed("carrier", 100), typed("tracking_number", 100));
        let tracking_url = typed("tracking_url", 1000);
        let tracking_url = link(fields, &format!("tracking_url_{}", self.parcel), &tracking_url);
        Some(FulfilmentRequest { carrier, tracking_number, tracking_url, line_quantities: Vec::new() })
    }
}

/// Refunds lines and shipping. The controller sets `lines`: ids of the order's lines, separated by spaces.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct RefundForm {
    refund_shipping: String,
    restock: String,
    #[validate(length(max = 500, message = "A reason has at most 500 characters."))]
    reason: String,
    lines: String,
}

impl FormObject for RefundForm {
    type Output = RefundRequest;

    fn into_output(self, fields: &mut Fields) -> Option<RefundRequest> {
        Some(RefundRequest {
            line_quantities: pieces(fields, &self.lines, "refund_quantity_"),
            shipping: !self.refund_shipping.is_empty(),
            restock: !self.restock.is_empty(),
            reason: super::normalise(&self.reason).trim().to_owned(),
        })
    }
}

/// Pairs of line id and quantity from the number fields `{prefix}{line id}`.
fn pieces(fields: &mut Fields, lines: &str, prefix: &str) -> Vec<(i64, i64)> {
    let mut pieces = Vec::new();
    for line in lines.split(' ').filter_map(|line| line.parse::<i64>().ok()) {
        let name = format!("{prefix}{line}");
        if let Some(typed) = fields.values(&name).first().cloned()
            && let Some(quantity) = super::parse_integer(fields, &name, &typed, 0, (0, 1_000_000))
        {
            pieces.push((line, quantity));
        }
    }
    pieces
}

/// Creates a return. The controller sets `lines`: ids of the returnable lines, separated by spaces.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ReturnForm {
    #[validate(length(max = 1000, message = "A reason has at most 1000 characters."))]
    return_reason: String,
    lines: String,
}

impl FormObject for ReturnForm {
    type Output = ReturnRequest;

    fn into_output(self, fields: &mut Fields) -> Option<ReturnRequest> {
        let reason = super::normalise(&self.return_reason).trim().to_owned();
        Some(ReturnRequest { line_quantities: pieces(fields, &self.lines, "return_quantity_"), reason })
    }
}

/// Refuses a return. The controller sets `return`: its id.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct RefuseReturnForm {
    r#return: String,
}

impl FormObject for RefuseReturnForm {
    type Output = String;

    fn into_output(self, fields: &mut Fields) -> Option<String> {
        let name = format!("answer_{}", self.r#return);
        let answer = super::normalise(fields.value(&name)).trim().to_owned();
        if answer.is_empty() {
            fields.add_error(&name, "Tell the customer why the return is declined.");
        } else if answer.chars().count() > 1000 {
            fields.add_error(&name, "An answer has at most 1000 characters.");
        }
        Some(answer)
    }
}

/// Records the condition of returned goods. The controller sets `return`: its id, and `lines`: ids of its order lines,
/// separated by spaces.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ReceiveReturnForm {
    r#return: String,
    lines: String,
}

impl FormObject for ReceiveReturnForm {
    type Output = Vec<(i64, ItemCondition)>;

    fn into_output(self, fields: &mut Fields) -> Option<Vec<(i64, ItemCondition)>> {
        let mut seen = Vec::new();
        for line in self.lines.split(' ').filter_map(|line| line.parse::<i64>().ok()) {
            let name = format!("condition_{}_{line}", self.r#return);
            match ItemCondition::parse(fields.value(&name)).filter(|condition| *condition != ItemCondition::Unknown) {
                Some(condition) => seen.push((line, condition)),
                None => fields.add_error(&name, "Choose a condition."),
            }
        }
        Some(seen)
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct NoteForm {
    #[validate(length(max = 4000, message = "A note has at most 4000 characters."))]
    note: String,
}

impl FormObject for NoteForm {
    type Output = String;

    fn into_output(self, fields: &mut Fields) -> Option<String> {
        let note = super::normalise(&self.note).trim().to_owned();
        if note.is_empty() {
            fields.add_error("note", "Enter a note.");
        }
        Some(note)
    }
}
