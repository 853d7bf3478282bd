//! What money does to an order. Facts win: a capture is always written down, whatever state the order is in; what
//! cannot be kept goes back.

use diesel::prelude::*;

use super::{Order, OrderState, PaymentState, reserving};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::coupon::redeeming;
use crate::models::fact::{Actor, Fact};
use crate::models::gate::{self, Caller};
use crate::models::gift_card::holding;
use crate::models::invoice::Invoice;
use crate::models::payment::{Attempt, AttemptState, FactKind, MoneyFact, ProviderAmount, ProviderName};
use crate::models::setting::Settings;
use crate::schema::{orders, refunds};
use crate::support::clock::Utc;

impl Order {
    /// Applies what a provider reports about an attempt; saying it twice changes nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn settle(tx: &mut Tx<'_>, attempt_id: i64, facts: &[MoneyFact], by: &Actor) -> Result<Order> {
        let attempt = Attempt::get(tx.conn(), attempt_id)?;
        let before = Order::lock(tx, attempt.order_id)?;
        let is_foreign = attempt.record(tx, facts)?;
        let mut order = Order::recount(tx, before.id)?;
        if order.payment_state == PaymentState::Disputed && before.payment_state != PaymentState::Disputed {
            order.ask_for_attention(tx, "The buyer’s bank has taken the money back. Please answer the dispute.")?;
        }
        if is_foreign {
            order.ask_for_attention(tx, "Money came in another currency than asked for. Please pay it back.")?;
            // Its page was paid on: nothing more comes of it, and the order is given up when its time is up.
            Attempt::advance(tx, attempt.id, AttemptState::Closed)?;
        }
        if order.captured_minor == before.captured_minor {
            return Ok(order);
        }
        match order.state {
            OrderState::Pending if order.due_minor() == 0 => {
                let settings = Settings::load(tx.conn())?;
                order.hold_good(tx, &settings, by)?;
            }
            OrderState::Pending => {
                order.ask_for_attention(
                    tx,
                    "Less money came than was asked for. It goes back if no more comes in time.",
                )?;
            }
            // What has gone back meanwhile is not there for it any more.
            OrderState::Expired
                if order.kept_minor() + holding::released(tx.conn(), order.id)? >= order.total_minor =>
            {
                order.revive(tx, by)?
            }
            OrderState::Expired | OrderState::Cancelled => order.pay_back_what_cannot_be_kept(tx)?,
            OrderState::Placed | OrderState::Completed => {}
        }
        order = Order::recount(tx, order.id)?;
        if order.payment_state == PaymentState::Overpaid && order.state.holds() {
            order.pay_back_what_cannot_be_kept(tx)?;
            order = Order::recount(tx, order.id)?;
        }
        let is_paid = order.payment_state == PaymentState::Paid && before.payment_state != PaymentState::Paid;
        if is_paid {
            Order::note(tx, order.id, "paid", by, "Payment received", true)?;
            Fact::PaymentReceived(order.id).record(tx, by)?;
            order.issue_gift_cards(tx, by)?;
        }
        Order::complete_if_done(tx, order.id)?;
        if is_paid {
            Invoice::issue(tx, order.id)?;
        }
        Order::get(tx.conn(), order.id)
    }

    /// Writes down what a provider said in its own units, and asks staff to look when it took another amount than its page
    /// asked for.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn compare_amounts(tx: &mut Tx<'_>, attempt_id: i64, said: &[ProviderAmount]) -> Result<()> {
        let attempt = Attempt::get(tx.conn(), attempt_id)?;
        if !attempt.record_provider_amounts(tx, said)? {
            return Ok(());
        }
        let order = Order::get(tx.conn(), attempt.order_id)?;
        match order.attention {
            Some(_) => Ok(()),
            None => order.ask_for_attention(tx, "The payment provider took another amount than it was asked for."),
        }
    }

    /// Late money: the order holds after all if its goods and gift cards are still there, else the money goes back.
    fn revive(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let revived = tx.attempt(|tx| {
            reserving::hold_again(tx, self)?;
            redeeming::hold_again(tx, self.id)?;
            holding::hold_again(tx, self)?;
            let expired = orders::id.eq(self.id).and(orders::state.eq(OrderState::Expired));
            let expired = orders::table.filter(expired);
            // What was placed before keeps its number, and is confirmed already.
            if self.number.is_some() {
                reserving::hold_good(tx, self.id)?;
                redeeming::hold_good(tx, self.id)?;
                let placed = (
                    orders::state.eq(OrderState::Placed),
                    orders::cancelled_at.eq(None::<Utc>),
                    orders::hold_until.eq(None::<Utc>),
                );
                diesel::update(expired).set(placed).execute(tx.conn())?;
                return Order::get(tx.conn(), self.id);
            }
            diesel::update(expired)
                .set((orders::state.eq(OrderState::Pending), orders::cancelled_at.eq(None::<Utc>)))
                .execute(tx.conn())?;
            let settings = Settings::load(tx.conn())?;
            Order::get(tx.conn(), self.id)?.hold_good(tx, &settings, by)
        });
        match revived {
            Ok(_) => {
                Order::note(tx, self.id, "revived", by, "The money came late, and the goods were still there", true)
            }
            Err(Error::OutOfStock { .. } | Error::Conflict) => self.pay_back_what_cannot_be_kept(tx),
            Err(error) => Err(error),
        }
    }

    /// Works out what an order has received and given back, and what that makes it, from the facts.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn recount(tx: &mut Tx<'_>, id: i64) -> Result<Order> {
        let order = Order::get(tx.conn(), id)?;
        let attempts = Attempt::of_order(tx.conn(), id)?;
        let captured: i64 = attempts.iter().map(|attempt| attempt.captured_minor).sum();
        let facts = Attempt::transactions(tx.conn(), id)?;
        let count = |kind| facts.iter().filter(|fact| fact.kind == kind).count();
        let agreed_back = order.agreed_back_minor(tx.conn())?;
        let money = MoneyOf {
            total: order.total_minor,
            received: captured + order.gift_card_minor,
            gone_back: order.refunded_minor,
            agreed_back,
            worth: order.worth_minor(agreed_back),
            is_disputed: count(FactKind::Dispute) > count(FactKind::DisputeWon),
            waits_for_bank: attempts.iter().find_map(|attempt| match attempt.state {
                AttemptState::Processing => Some(PaymentState::Processing),
                AttemptState::Authorized => Some(PaymentState::Authorized),
                _ => None,
            }),
        };
        diesel::update(orders::table.find(id))
            .set((orders::captured_minor.eq(captured), orders::payment_state.eq(money.state())))
            .execute(tx.conn())?;
        Order::get(tx.conn(), id)
    }

    /// The provider says that an attempt has moved on without money.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn attempt_became(tx: &mut Tx<'_>, attempt: i64, state: AttemptState) -> Result<()> {
        let order = Attempt::get(tx.conn(), attempt)?.order_id;
        Order::lock(tx, order)?;
        Attempt::advance(tx, attempt, state)?;
        Order::recount(tx, order)?;
        Ok(())
    }

    /// Staff have seen the money: everything that is due. If it comes after the order was closed, it settles it as late
    /// money does.
    ///
    /// # Errors
    /// `Conflict` when nothing is due.
    pub fn mark_paid(tx: &mut Tx<'_>, number: &str, by: &Actor) -> Result<Order> {
        let id = Order::by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        if order.due_minor() == 0 || !(order.state.holds() || order.is_lapsed()) {
            return Err(Error::Conflict);
        }
        let attempt = Attempt::create(tx, &order, ProviderName::Manual)?;
        let capture = MoneyFact {
            kind: FactKind::Capture,
            reference: attempt.idempotency_key.clone(),
            amount_minor: attempt.amount_minor,
            currency: attempt.currency.clone(),
        };
        Order::settle(tx, attempt.id, &[capture], by)
    }

    /// Pending orders whose time is up: the next fifty after a row.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn overdue(conn: &mut Conn, now: Utc, after: i64) -> Result<Vec<i64>> {
        let overdue = orders::id.gt(after).and(orders::state.eq(OrderState::Pending)).and(orders::hold_until.lt(now));
        Ok(orders::table.filter(overdue).order(orders::id).limit(50).select(orders::id).load(conn)?)
    }

    /// The page to pay on once more: the one that is open, or another in place of one that is closed at the provider.
    ///
    /// # Errors
    /// `Conflict` when the order cannot be paid any more; `Wait`, and `TooMany` after too many tries.
    pub fn retry_payment(tx: &mut Tx<'_>, id: i64, caller: Option<&Caller>) -> Result<i64> {
        let order = Order::lock(tx, id)?;
        let now = tx.now();
        let Some(provider) = order.payment_method.provider() else { return Err(Error::Conflict) };
        if order.state != OrderState::Pending || order.hold_until.is_none_or(|until| until <= now) {
            return Err(Error::Conflict);
        }
        if let Some(caller) = caller {
            gate::let_payment_pass(tx, caller, &order)?;
        }
        if let Some(live) = Attempt::live(tx.conn(), id)? {
            return Ok(live.id);
        }
        let attempt = Attempt::create(tx, &order, provider)?;
        Fact::PaymentStarted { order: id, attempt: attempt.id }.record(tx, &Actor::Customer)?;
        Ok(attempt.id)
    }

    /// Puts the order on the list of what staff should look at.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn ask_for_attention(&self, tx: &mut Tx<'_>, why: &str) -> Result<()> {
        diesel::update(orders::table.find(self.id)).set(orders::attention.eq(why)).execute(tx.conn())?;
        Order::note(tx, self.id, "attention", &Actor::System, why, false)
    }

    /// What staff have decided to pay back, which makes the order worth less; minor units.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn agreed_back_minor(&self, conn: &mut Conn) -> Result<i64> {
        let agreed = refunds::order_id.eq(self.id).and(refunds::automatic.eq(false));
        let amounts: Vec<i64> = refunds::table.filter(agreed).select(refunds::amount_minor).load(conn)?;
        Ok(amounts.iter().sum())
    }

    /// What the shop may keep for the order when so much was agreed to go back; minor units.
    pub(super) fn worth_minor(&self, agreed_back: i64) -> i64 {
        if self.state.is_off() { 0 } else { (self.total_minor - agreed_back).max(0) }
    }

    /// What the shop holds of an order's money now, minor units.
    pub fn kept_minor(&self) -> i64 {
        self.captured_minor + self.gift_card_minor - self.refunded_minor
    }
}

/// Everything that decides an order's payment state. All amounts in minor units.
struct MoneyOf {
    total: i64,
    received: i64,
    gone_back: i64,
    /// The part of it that staff decided on, which makes the order worth less.
    agreed_back: i64,
    /// What the shop may keep.
    worth: i64,
    is_disputed: bool,
    waits_for_bank: Option<PaymentState>,
}

impl MoneyOf {
    fn state(&self) -> PaymentState {
        let kept = self.received - self.gone_back;
        let due = self.worth;
        match () {
            () if self.is_disputed => PaymentState::Disputed,
            () if kept > due => PaymentState::Overpaid,
            () if self.total == 0 => PaymentState::None,
            () if self.received == 0 => self.waits_for_bank.unwrap_or(PaymentState::Unpaid),
            () if kept < due => self.waits_for_bank.unwrap_or(PaymentState::Partial),
            () if self.agreed_back > 0 && kept > 0 => PaymentState::PartRefunded,
            () if kept == 0 => PaymentState::Refunded,
            () => PaymentState::Paid,
        }
    }
}
