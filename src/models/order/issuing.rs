//! Gift cards that were bought: they are made when the order is paid, and nobody has to send them.

use super::{Order, shipping};
use crate::db::Tx;
use crate::error::Result;
use crate::models::fact::{Actor, Fact};
use crate::models::gift_card::GiftCard;

impl Order {
    /// Makes the gift cards of an order that is paid, each piece once. The caller holds the order's row.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn issue_gift_cards(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let mut issued = 0;
        let mut lines = self.lines(tx.conn())?;
        // Stock is locked in the same order everywhere.
        lines.sort_by_key(|line| line.variant_id);
        for line in lines.iter().filter(|line| line.gift_card && line.left() > 0) {
            let pieces = line.left();
            shipping::hand_over(tx, line, pieces, &format!("order {}", self.public_id), by)?;
            GiftCard::issue_for_line(tx, self, line, pieces, by)?;
            issued += pieces;
        }
        if issued == 0 {
            return Ok(());
        }
        let words = if issued == 1 { "Gift card sent by email" } else { "Gift cards sent by email" };
        Order::note(tx, self.id, "gift-cards", by, words, true)?;
        Fact::GiftCardsIssued(self.id).record(tx, by)
    }
}
