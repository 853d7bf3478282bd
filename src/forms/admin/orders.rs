//! What staff type about an order.

use serde::Deserialize;
use url::Url;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::order::refunding::RefundWish;
use crate::models::order::returning::{Condition, ReturnWish};
use crate::models::order::shipping::Packing;

/// A parcel. The controller sets `lines`: the ids of the order's lines, separated by blanks.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ParcelForm {
    #[validate(length(max = 100, message = "The carrier’s name has at most 100 characters."))]
    carrier: String,
    #[validate(length(max = 100, message = "A tracking number has at most 100 characters."))]
    tracking_number: String,
    #[validate(length(max = 1000, message = "This link is too long."))]
    tracking_url: String,
    lines: String,
}

impl Checked for ParcelForm {
    type Output = Packing;

    fn checked(self, fields: &mut Fields) -> Option<Packing> {
        let tracking_url = link(fields, "tracking_url", &self.tracking_url);
        let pieces = pieces(fields, &self.lines, "quantity_");
        Some(Packing {
            carrier: self.carrier.trim().to_owned(),
            tracking_number: self.tracking_number.trim().to_owned(),
            tracking_url,
            pieces,
        })
    }
}

/// A link that was typed, or an empty one.
fn link(fields: &mut Fields, name: &str, typed: &str) -> String {
    let typed = typed.trim().to_owned();
    let web = |link: &str| Url::parse(link).is_ok_and(|link| matches!(link.scheme(), "http" | "https"));
    if !typed.is_empty() && !web(&typed) {
        fields.refuse(name, "Type a whole link that begins with https://, or leave it empty.");
    }
    typed
}

/// A parcel that is sent again. The controller sets `parcel`: the id of the parcel, which its fields end with.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct AgainForm {
    parcel: String,
}

impl Checked for AgainForm {
    type Output = Packing;

    fn checked(self, fields: &mut Fields) -> Option<Packing> {
        let mut typed = |name: &str, most: usize| {
            let name = format!("{name}_{}", self.parcel);
            let text = fields.value(&name).trim().to_owned();
            if text.chars().count() > most {
                fields.refuse(&name, format!("Use at most {most} characters."));
            }
            text
        };
        let (carrier, tracking_number) = (typed("carrier", 100), typed("tracking_number", 100));
        let tracking_url = typed("tracking_url", 1000);
        let tracking_url = link(fields, &format!("tracking_url_{}", self.parcel), &tracking_url);
        Some(Packing { carrier, tracking_number, tracking_url, pieces: Vec::new() })
    }
}

/// What goes back to a buyer. The controller sets `lines`: the ids of the order's lines, separated by blanks.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct RefundForm {
    refund_shipping: String,
    restock: String,
    #[validate(length(max = 500, message = "A reason has at most 500 characters."))]
    reason: String,
    lines: String,
}

impl Checked for RefundForm {
    type Output = RefundWish;

    fn checked(self, fields: &mut Fields) -> Option<RefundWish> {
        Some(RefundWish {
            pieces: pieces(fields, &self.lines, "refund_quantity_"),
            shipping: !self.refund_shipping.is_empty(),
            restock: !self.restock.is_empty(),
            reason: super::tidy(&self.reason).trim().to_owned(),
        })
    }
}

/// Line's row and pieces, from one number field a line.
fn pieces(fields: &mut Fields, lines: &str, prefix: &str) -> Vec<(i64, i64)> {
    let mut pieces = Vec::new();
    for line in lines.split(' ').filter_map(|line| line.parse::<i64>().ok()) {
        let name = format!("{prefix}{line}");
        if let Some(typed) = fields.all(&name).first().cloned()
            && let Some(quantity) = super::whole(fields, &name, &typed, 0, (0, 1_000_000))
        {
            pieces.push((line, quantity));
        }
    }
    pieces
}

/// What a buyer may send back. The controller sets `lines`: the ids of the order's lines, separated by blanks.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ReturnForm {
    #[validate(length(max = 1000, message = "A reason has at most 1000 characters."))]
    return_reason: String,
    lines: String,
}

impl Checked for ReturnForm {
    type Output = ReturnWish;

    fn checked(self, fields: &mut Fields) -> Option<ReturnWish> {
        let reason = super::tidy(&self.return_reason).trim().to_owned();
        Some(ReturnWish { pieces: pieces(fields, &self.lines, "return_quantity_"), reason })
    }
}

/// Why something may not be sent back. The controller sets `return`: the id of the return.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct RefusalForm {
    r#return: String,
}

impl Checked for RefusalForm {
    type Output = String;

    fn checked(self, fields: &mut Fields) -> Option<String> {
        let name = format!("answer_{}", self.r#return);
        let answer = super::tidy(fields.value(&name)).trim().to_owned();
        if answer.is_empty() {
            fields.refuse(&name, "Tell the customer why not.");
        } else if answer.chars().count() > 1000 {
            fields.refuse(&name, "An answer has at most 1000 characters.");
        }
        Some(answer)
    }
}

/// What goods are like that came back. The controller sets `return`: the id of the return, and `lines`: those of the
/// lines in it, separated by blanks.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ArrivalForm {
    r#return: String,
    lines: String,
}

impl Checked for ArrivalForm {
    type Output = Vec<(i64, Condition)>;

    fn checked(self, fields: &mut Fields) -> Option<Vec<(i64, Condition)>> {
        let mut seen = Vec::new();
        for line in self.lines.split(' ').filter_map(|line| line.parse::<i64>().ok()) {
            let name = format!("condition_{}_{line}", self.r#return);
            match Condition::parse(fields.value(&name)).filter(|condition| *condition != Condition::Unknown) {
                Some(condition) => seen.push((line, condition)),
                None => fields.refuse(&name, "Say what it is like."),
            }
        }
        Some(seen)
    }
}

/// A note for the other staff.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct NoteForm {
    #[validate(length(max = 4000, message = "A note has at most 4000 characters."))]
    note: String,
}

impl Checked for NoteForm {
    type Output = String;

    fn checked(self, fields: &mut Fields) -> Option<String> {
        let note = super::tidy(&self.note).trim().to_owned();
        if note.is_empty() {
            fields.refuse("note", "Write something first.");
        }
        Some(note)
    }
}
