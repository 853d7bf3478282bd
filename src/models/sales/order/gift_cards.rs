//! Gift cards that an order is paid with, and those that were bought with it.

use diesel::prelude::*;

use super::{Order, PaymentState, fulfilment};
use crate::db::Tx;
use crate::error::Result;
use crate::models::checkout::gift_card::application::GiftCardAllocation;
use crate::models::checkout::gift_card::{GiftCard, holds};
use crate::models::platform::event::{Actor, Event};
use crate::schema::orders;

impl Order {
    /// Holds the allocated amounts for a new order; `QuoteChanged` if a balance is no longer what the buyer saw.
    pub(super) fn hold_gift_cards(self, tx: &mut Tx<'_>, parts: &[GiftCardAllocation]) -> Result<Order> {
        let paid = holds::hold(tx, self.id, self.currency, parts)?;
        if paid == 0 {
            return Ok(self);
        }
        let state = if paid == self.totals.total_minor { PaymentState::Paid } else { PaymentState::PartiallyPaid };
        diesel::update(orders::table.find(self.id))
            .set((orders::gift_card_minor.eq(paid), orders::payment_state.eq(state)))
            .execute(tx.conn())?;
        Order::get(tx.conn(), self.id)
    }

    pub(super) fn commit_gift_cards(&self, tx: &mut Tx<'_>) -> Result<()> {
        if self.totals.gift_card_minor == 0 { Ok(()) } else { holds::commit(tx, self.id) }
    }

    pub(super) fn release_gift_cards(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        if self.totals.gift_card_minor == 0 {
            return Ok(());
        }
        let released = holds::release(tx, self.id, by)?;
        diesel::update(orders::table.find(self.id))
            .set(orders::gift_card_minor.eq(orders::gift_card_minor - released))
            .execute(tx.conn())?;
        Ok(())
    }

    /// Holds the released amounts again after a late payment; `Conflict` if a card can no longer pay its amount.
    pub(super) fn reserve_gift_cards_again(&self, tx: &mut Tx<'_>) -> Result<()> {
        let paid = holds::reserve_again(tx, self.id, self.currency)?;
        if paid > 0 {
            diesel::update(orders::table.find(self.id)).set(orders::gift_card_minor.eq(paid)).execute(tx.conn())?;
        }
        Ok(())
    }

    /// Issues the gift cards of a paid order, one for each unit that has none yet. The caller has locked the order.
    pub(super) fn issue_gift_cards(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let mut issued = 0;
        let mut lines = self.lines(tx.conn())?;
        // Lock order: stock levels by variant.
        lines.sort_by_key(|line| line.variant_id);
        for line in lines.iter().filter(|line| line.gift_card && line.unfulfilled_quantity() > 0) {
            let pieces = line.unfulfilled_quantity();
            fulfilment::fulfil_line(tx, line, pieces, &self.stock_reference(), by)?;
            GiftCard::issue_for_line(tx, self.id, line.id, self.money(line.unit_minor), pieces, by)?;
            issued += pieces;
        }
        if issued == 0 {
            return Ok(());
        }
        Event::GiftCardsIssued { order: self.id, count: issued }.record(tx, by)
    }
}
