//! Issues the gift cards that were bought with an order, once it is paid.

use super::{Order, fulfilment};
use crate::db::Tx;
use crate::error::Result;
use crate::models::checkout::gift_card::GiftCard;
use crate::models::platform::event::{Actor, Event};

impl Order {
    /// Issues the gift cards of a paid order, one for each unit that has none yet. The caller has locked the order.
    pub(super) fn issue_gift_cards(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let mut issued = 0;
        let mut lines = self.lines(tx.conn())?;
        // Lock order: stock levels by variant.
        lines.sort_by_key(|line| line.variant_id);
        for line in lines.iter().filter(|line| line.gift_card && line.unfulfilled_quantity() > 0) {
            let pieces = line.unfulfilled_quantity();
            fulfilment::fulfil_line(tx, line, pieces, &format!("order {}", self.public_id), by)?;
            GiftCard::issue_for_line(tx, self, line, pieces, by)?;
            issued += pieces;
        }
        if issued == 0 {
            return Ok(());
        }
        let words = if issued == 1 { "Gift card sent by email" } else { "Gift cards sent by email" };
        Order::add_timeline_event(tx, self.id, "gift-cards", by, words, true)?;
        Event::GiftCardsIssued(self.id).record(tx, by)
    }
}
