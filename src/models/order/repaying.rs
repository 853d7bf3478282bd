//! The movements of money that a refund leads to, each on the payment or the gift card it came by. No row is ever
//! deleted.

use diesel::prelude::*;

use super::Order;
use super::refunding::Refund;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::models::gift_card::refunding::put_back;
use crate::models::payment::{Attempt, ProviderName};
use crate::schema::{orders, payment_attempts, refunds, repayments};
use crate::text_enum;

text_enum! {
    /// Where a repayment is in its life.
    RepaymentState {
        /// Decided, the provider does not know.
        Requested = "requested",
        /// The provider has been asked.
        Sent = "sent",
        /// The money is on its way to the buyer.
        Succeeded = "succeeded",
        /// The provider refused, or the money did not arrive: its reserve is given back, and staff are told.
        Failed = "failed",
    }
}

/// Money on its way back to where it came from.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = repayments, check_for_backend(Db))]
pub struct Repayment {
    /// The row.
    pub id: i64,
    /// What it is part of.
    pub refund_id: i64,
    /// The payment it goes back on.
    pub attempt_id: Option<i64>,
    /// The gift card it goes back on, if it is none of a payment's.
    pub gift_card_id: Option<i64>,
    /// Minor units.
    pub amount_minor: i64,
    /// Where it is in its life.
    pub state: RepaymentState,
    /// The same for every repetition of the same call.
    pub idempotency_key: String,
    /// Why the provider refused; empty if it did not.
    pub last_error: String,
}

impl Repayment {
    /// Reserves the amount on a payment, and has its provider asked to pay it back.
    ///
    /// # Errors
    /// `Conflict` when so much is no longer there.
    pub(super) fn insert(tx: &mut Tx<'_>, refund: i64, attempt: &Attempt, amount: i64) -> Result<()> {
        reserve(tx, attempt.id, amount)?;
        let public_id = tx.public_id()?;
        let by_hand = attempt.provider == ProviderName::Manual;
        let key = format!("repayment-{public_id}");
        let row = (
            repayments::public_id.eq(&public_id),
            repayments::refund_id.eq(refund),
            repayments::attempt_id.eq(attempt.id),
            repayments::amount_minor.eq(amount),
            // Staff pay back by hand what came by hand: there is nobody to ask.
            repayments::state.eq(if by_hand { RepaymentState::Succeeded } else { RepaymentState::Requested }),
            repayments::idempotency_key.eq(&key),
            repayments::last_error.eq(""),
        );
        let id: i64 =
            diesel::insert_into(repayments::table).values(row).returning(repayments::id).get_result(tx.conn())?;
        if by_hand {
            return attempt.record(tx, &[attempt.went_back(key, amount)]).map(drop);
        }
        Fact::RepaymentWanted(id).record(tx, &Actor::System)
    }

    /// Somebody has had the provider pay back already: the amount is no longer there to be paid back.
    ///
    /// # Errors
    /// `Conflict` when so much is no longer there.
    pub(super) fn insert_done(
        tx: &mut Tx<'_>,
        refund: i64,
        attempt: &Attempt,
        amount: i64,
        reference: &str,
    ) -> Result<()> {
        reserve(tx, attempt.id, amount)?;
        let public_id = tx.public_id()?;
        let row = (
            repayments::public_id.eq(&public_id),
            repayments::refund_id.eq(refund),
            repayments::attempt_id.eq(attempt.id),
            repayments::amount_minor.eq(amount),
            repayments::state.eq(RepaymentState::Succeeded),
            repayments::idempotency_key.eq(format!("repayment-{public_id}")),
            repayments::provider_ref.eq(reference),
            repayments::last_error.eq(""),
        );
        diesel::insert_into(repayments::table).values(row).execute(tx.conn())?;
        attempt.record(tx, &[attempt.went_back(reference.to_owned(), amount)]).map(drop)
    }

    /// Puts the amount back on a gift card, at once: there is nobody to ask.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn insert_on_card(tx: &mut Tx<'_>, refund: &Refund, card: i64, amount: i64) -> Result<()> {
        let public_id = tx.public_id()?;
        let row = (
            repayments::public_id.eq(&public_id),
            repayments::refund_id.eq(refund.id),
            repayments::gift_card_id.eq(card),
            repayments::amount_minor.eq(amount),
            repayments::state.eq(RepaymentState::Succeeded),
            repayments::idempotency_key.eq(format!("repayment-{public_id}")),
            repayments::last_error.eq(""),
        );
        diesel::insert_into(repayments::table).values(row).execute(tx.conn())?;
        put_back(tx, card, refund.order_id, amount, &refund.created_by)
    }

    /// A repayment by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Repayment> {
        Ok(repayments::table.find(id).select(Repayment::as_select()).first(conn)?)
    }

    /// The provider is about to be asked. Whether it should be: not when it has answered already.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn sent(tx: &mut Tx<'_>, id: i64) -> Result<bool> {
        let open =
            repayments::id.eq(id).and(repayments::state.eq_any([RepaymentState::Requested, RepaymentState::Sent]));
        let moved = diesel::update(repayments::table.filter(open))
            .set(repayments::state.eq(RepaymentState::Sent))
            .execute(tx.conn())?;
        Ok(moved == 1)
    }

    /// The provider pays back.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn succeeded(tx: &mut Tx<'_>, id: i64, reference: &str) -> Result<()> {
        let sent = repayments::id.eq(id).and(repayments::state.eq(RepaymentState::Sent));
        let moved = diesel::update(repayments::table.filter(sent))
            .set((repayments::state.eq(RepaymentState::Succeeded), repayments::provider_ref.eq(reference)))
            .execute(tx.conn())?;
        if moved == 0 {
            return Ok(());
        }
        let repayment = Repayment::get(tx.conn(), id)?;
        let Some(attempt) = repayment.attempt_id else { return Ok(()) };
        let attempt = Attempt::get(tx.conn(), attempt)?;
        attempt.record(tx, &[attempt.went_back(reference.to_owned(), repayment.amount_minor)]).map(drop)
    }

    /// The repayment of a payment that a provider knows by a name: its own, or the key we asked with.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn known(conn: &mut Conn, attempt: i64, reference: &str, key: &str) -> Result<Option<Repayment>> {
        let known = repayments::provider_ref.eq(reference).or(repayments::idempotency_key.nullable().eq(key));
        let mine = repayments::table.filter(repayments::attempt_id.eq(attempt)).filter(known);
        Ok(mine.select(Repayment::as_select()).first(conn).optional()?)
    }

    /// The provider refuses for good: the reserve is given back, and staff are asked to look.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn failed(tx: &mut Tx<'_>, id: i64, why: &str) -> Result<()> {
        Repayment::fail(tx, id, RepaymentState::Sent, why).map(drop)
    }

    /// The provider had paid back, and the money did not arrive: as [`Repayment::failed`].
    ///
    /// # Errors
    /// When the database refuses.
    pub fn failed_late(tx: &mut Tx<'_>, id: i64, reference: &str, why: &str) -> Result<()> {
        if !Repayment::fail(tx, id, RepaymentState::Succeeded, why)? {
            return Ok(());
        }
        let repayment = Repayment::get(tx.conn(), id)?;
        let Some(attempt) = repayment.attempt_id else { return Ok(()) };
        let attempt = Attempt::get(tx.conn(), attempt)?;
        attempt.record(tx, &[attempt.came_back(reference.to_owned(), repayment.amount_minor)]).map(drop)
    }

    /// Fails it from a state; whether it was in it.
    fn fail(tx: &mut Tx<'_>, id: i64, from: RepaymentState, why: &str) -> Result<bool> {
        let repayment = Repayment::get(tx.conn(), id)?;
        let order = repayment.order(tx.conn())?;
        let order = Order::lock(tx, order)?;
        let movable = repayments::id.eq(id).and(repayments::state.eq(from));
        let moved = diesel::update(repayments::table.filter(movable))
            .set((repayments::state.eq(RepaymentState::Failed), repayments::last_error.eq(why)))
            .execute(tx.conn())?;
        if moved == 0 {
            return Ok(false);
        }
        if let Some(attempt) = repayment.attempt_id {
            diesel::update(payment_attempts::table.find(attempt))
                .set(
                    payment_attempts::refund_reserved_minor
                        .eq(payment_attempts::refund_reserved_minor - repayment.amount_minor),
                )
                .execute(tx.conn())?;
        }
        count_back(tx, order.id, -repayment.amount_minor)?;
        order.ask_for_attention(tx, &format!("Paying back failed: {why}"))?;
        Order::recount(tx, order.id)?;
        Ok(true)
    }

    /// Staff try a failed repayment again, with a new key: the provider has forgotten the old one, or holds it used.
    ///
    /// # Errors
    /// `Conflict` when it has not failed, or the money is no longer there.
    pub fn retry(tx: &mut Tx<'_>, id: i64, by: &Actor) -> Result<()> {
        let repayment = Repayment::get(tx.conn(), id)?;
        let order = repayment.order(tx.conn())?;
        let order = Order::lock(tx, order)?;
        let failed = repayments::id.eq(id).and(repayments::state.eq(RepaymentState::Failed));
        let key = format!("repayment-{}", tx.public_id()?);
        let moved = diesel::update(repayments::table.filter(failed))
            .set((
                repayments::state.eq(RepaymentState::Requested),
                repayments::idempotency_key.eq(key),
                // What is asked for now will have a name of its own.
                repayments::provider_ref.eq(None::<String>),
                repayments::last_error.eq(""),
            ))
            .execute(tx.conn())?;
        if moved != 1 || order.kept_minor() < repayment.amount_minor {
            return Err(Error::Conflict);
        }
        if let Some(attempt) = repayment.attempt_id {
            reserve(tx, attempt, repayment.amount_minor)?;
        }
        count_back(tx, order.id, repayment.amount_minor)?;
        Order::note(tx, order.id, "refund-again", by, "Tried again to pay back", false)?;
        Fact::RepaymentWanted(id).record(tx, by)?;
        Order::recount(tx, order.id)?;
        Ok(())
    }

    fn order(&self, conn: &mut Conn) -> Result<i64> {
        Ok(refunds::table.find(self.refund_id).select(refunds::order_id).first(conn)?)
    }
}

/// So much more of an order's money goes back; less, when it is below nought.
///
/// # Errors
/// When the database refuses.
pub(super) fn count_back(tx: &mut Tx<'_>, order: i64, amount: i64) -> Result<()> {
    diesel::update(orders::table.find(order))
        .set(orders::refunded_minor.eq(orders::refunded_minor + amount))
        .execute(tx.conn())?;
    Ok(())
}

/// The database lets no more be promised back than came: one conditional update.
fn reserve(tx: &mut Tx<'_>, attempt: i64, amount: i64) -> Result<()> {
    let free = payment_attempts::id
        .eq(attempt)
        .and((payment_attempts::captured_minor - payment_attempts::refund_reserved_minor).ge(amount));
    let reserved = diesel::update(payment_attempts::table.filter(free))
        .set(payment_attempts::refund_reserved_minor.eq(payment_attempts::refund_reserved_minor + amount))
        .execute(tx.conn())?;
    if reserved == 1 { Ok(()) } else { Err(Error::Conflict) }
}
