//! Texts in stored events that name a person: read to find the person, and emptied when a customer is erased.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::reasons::ReviewReason;
use super::{Event, EventRow, StoredEvent};
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::schema::events;
use crate::support::ids::OrderId;

impl Event {
    /// The event without texts that people typed, addresses, and names in registers. Every event of an order that has
    /// such a text is listed here; events of accounts and customers are deleted with them.
    pub(super) fn without_personal_texts(self) -> Event {
        let empty = String::new;
        match self {
            Event::VatNumberChecked { order, is_valid, .. } => {
                Event::VatNumberChecked { order, number: empty(), is_valid, name: empty() }
            }
            Event::FulfilmentShipped { order, fulfilment, carrier, lines, .. } => {
                Event::FulfilmentShipped { order, fulfilment, carrier, tracking_number: empty(), lines }
            }
            Event::FulfilmentResent { order, fulfilment, send_count, carrier, .. } => {
                Event::FulfilmentResent { order, fulfilment, send_count, carrier, tracking_number: empty() }
            }
            Event::RefundCreated { order, refund, amount_minor, currency, cause, lines, .. } => {
                Event::RefundCreated { order, refund, amount_minor, currency, cause, reason: empty(), lines }
            }
            Event::ReturnRefused { order, return_id, .. } => Event::ReturnRefused { order, return_id, answer: empty() },
            Event::EmailReaddressed { order, email, .. } => {
                Event::EmailReaddressed { order, email, from: empty(), to: empty() }
            }
            Event::OrderEmailChanged { order, .. } => Event::OrderEmailChanged { order, from: empty(), to: empty() },
            Event::NoteAdded { order, .. } => Event::NoteAdded { order, note: empty() },
            Event::OrderFlagged { order, reason } => {
                Event::OrderFlagged { order, reason: reason.without_personal_texts() }
            }
            Event::OrderFlagResolved { order, reason } => {
                Event::OrderFlagResolved { order, reason: reason.without_personal_texts() }
            }
            Event::InvitationSent { invitation, role, send_count, .. } => {
                Event::InvitationSent { invitation, email: empty(), role, send_count }
            }
            Event::InvitationWithdrawn { invitation, .. } => Event::InvitationWithdrawn { invitation, email: empty() },
            other => other,
        }
    }
}

impl ReviewReason {
    /// The reason without numbers and names in registers, and messages of providers.
    pub(in crate::models) fn without_personal_texts(self) -> ReviewReason {
        match self {
            ReviewReason::InvalidVatNumber { .. } => {
                ReviewReason::InvalidVatNumber { number: String::new(), name: String::new() }
            }
            ReviewReason::RefundFailed { .. } => ReviewReason::RefundFailed { message: String::new() },
            ReviewReason::Unknown(_) => ReviewReason::Unknown(Value::Null),
            other @ (ReviewReason::Disputed
            | ReviewReason::PaidInOtherCurrency
            | ReviewReason::Underpaid
            | ReviewReason::ChargedAmountDiffers
            | ReviewReason::RefundedAutomatically { .. }
            | ReviewReason::RefundedAtProvider { .. }
            | ReviewReason::OverdueAfterShipping
            | ReviewReason::OverdueAfterPartPayment) => other,
        }
    }
}

impl StoredEvent {
    /// The events of several records of one type, the oldest first.
    pub(in crate::models) fn list_for_subjects(
        conn: &mut Conn,
        subject_type: &str,
        ids: &[i64],
    ) -> Result<Vec<StoredEvent>> {
        let of_subjects = events::subject_type.eq(subject_type).and(id_in(events::subject_id, ids));
        let rows: Vec<EventRow> = EventRow::query().filter(of_subjects).order(events::id).load(conn)?;
        Ok(rows.into_iter().map(StoredEvent::from).collect())
    }

    /// Empties the texts in the events of orders, and the networks of their buyers.
    pub(in crate::models) fn erase_personal_texts(tx: &mut Tx<'_>, orders: &[OrderId]) -> Result<()> {
        let rows: Vec<(i64, String, String)> = events::table
            .filter(id_in(events::order_id, orders))
            .select((events::id, events::kind, events::data))
            .load(tx.conn())?;
        for (id, kind, data) in rows {
            replace_data(tx, id, &kind, &data)?;
        }
        let by_buyer = id_in(events::order_id, orders).and(events::actor_kind.eq("customer"));
        diesel::update(events::table.filter(by_buyer)).set(events::network.eq("")).execute(tx.conn())?;
        Ok(())
    }

    /// Empties the addresses in the events of invitations to them.
    pub(in crate::models) fn erase_invitations(tx: &mut Tx<'_>, addresses: &[String]) -> Result<()> {
        let rows: Vec<(i64, String, String)> = events::table
            .filter(events::subject_type.eq("invitation"))
            .select((events::id, events::kind, events::data))
            .load(tx.conn())?;
        for (id, kind, data) in rows {
            let text = data.to_lowercase();
            if addresses.iter().any(|address| text.contains(address.as_str())) {
                replace_data(tx, id, &kind, &data)?;
            }
        }
        Ok(())
    }
}

/// Stores an event without its personal texts. One that a newer version has written keeps nothing but its order.
fn replace_data(tx: &mut Tx<'_>, id: i64, kind: &str, data: &str) -> Result<()> {
    let fields = match Event::from_stored(kind, data) {
        Some(event) => event.without_personal_texts().to_stored()?.1,
        None => {
            let fields: Map<String, Value> = serde_json::from_str(data).unwrap_or_default();
            fields.into_iter().filter(|(name, value)| name == "order" && value.is_number()).collect()
        }
    };
    let text = Value::Object(fields).to_string();
    if text != data {
        diesel::update(events::table.find(id)).set(events::data.eq(text)).execute(tx.conn())?;
    }
    Ok(())
}
