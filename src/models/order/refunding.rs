//! Paying back. What goes back is reserved on the payment it came by, in the transaction that decides it; the
//! provider is asked afterwards, with a key that makes asking twice harmless. What no payment can take goes back on the
//! gift cards. No row is ever deleted.

use diesel::prelude::*;

use super::repaying::{self, Repayment};
use super::{Order, OrderLine, OrderState, returning, shipping};
use crate::db::among::among;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::models::gift_card::refunding::{empty, paid_by};
use crate::models::invoice::Invoice;
use crate::models::payment::Attempt;
use crate::schema::{order_lines, order_taxes, orders, refund_lines, refunds, repayments};
use crate::support::clock::Utc;
use crate::support::money::portion;

/// What staff want to pay back.
#[derive(Clone, Debug, Default)]
pub struct RefundWish {
    /// Line's row and pieces.
    pub pieces: Vec<(i64, i64)>,
    /// Shipping too.
    pub shipping: bool,
    /// Pieces that had been sent are back and can be sold again. Pieces that had not been sent always go back on sale.
    pub restock: bool,
    /// Why.
    pub reason: String,
}

/// Which goods a refund is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goods {
    /// Those of the order: what was not sent is called off, and what was sent is put back if the wish says so.
    Ordered,
    /// Those that a return has brought back: they are counted already, and stay where they are.
    Returned,
}

/// What was decided to be paid back.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = refunds, check_for_backend(Db))]
pub struct Refund {
    /// The row.
    pub id: i64,
    /// The order's row.
    pub order_id: i64,
    /// All of it, tax included, minor units.
    pub amount_minor: i64,
    /// The tax in it, minor units.
    pub tax_minor: i64,
    /// The shipping in it, tax included, minor units.
    pub shipping_minor: i64,
    /// Why.
    pub reason: String,
    /// Decided by the program: money that could not be kept.
    pub automatic: bool,
    /// Who decided it.
    pub created_by: String,
    /// When.
    pub created_at: Utc,
}

/// One line of a refund, worked out.
struct Share {
    line: i64,
    variant: Option<i64>,
    pieces: i64,
    amount_minor: i64,
    tax_minor: i64,
}

impl Order {
    /// Holds the order's row if as much has been paid back as somebody has seen, in minor units; whatever that is if they
    /// do not say.
    ///
    /// # Errors
    /// `Invalid` on `refund` when it is more or less by now; `NotFound`.
    pub fn expect_refunded(tx: &mut Tx<'_>, number: &str, before: Option<i64>) -> Result<()> {
        let id = Order::by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        let meanwhile = order.refunded_minor - before.unwrap_or(order.refunded_minor);
        let words = match meanwhile {
            0 => return Ok(()),
            more if more > 0 => format!("Meanwhile {} was paid back", order.money(more).text("en")),
            less => format!("Meanwhile {} that was to be paid back has failed", order.money(-less).text("en")),
        };
        let all = order.money(order.refunded_minor).text("en");
        let message = format!("{words}: {all} in all. Look at what is left, then press the button again.");
        Err(Error::invalid("refund", message))
    }

    /// Pays back pieces and shipping. The amount of a piece is what it cost the buyer, by rule R9: single refunds of
    /// all pieces add up to the line.
    ///
    /// # Errors
    /// `Invalid` on `refund_quantity_{line}`, `refund_shipping` or `reason`; `Conflict` when the order is not paid.
    pub fn refund(tx: &mut Tx<'_>, number: &str, wish: &RefundWish, by: &Actor) -> Result<Refund> {
        let id = Order::by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        if !order.can_be_paid_back() {
            return Err(Error::Conflict);
        }
        order.refund_goods(tx, wish, Goods::Ordered, by)
    }

    /// The same for an order whose row the caller holds, and that can be paid back.
    pub(super) fn refund_goods(&self, tx: &mut Tx<'_>, wish: &RefundWish, goods: Goods, by: &Actor) -> Result<Refund> {
        let (order, id) = (self, self.id);
        let lines = order.lines(tx.conn())?;
        let (mut shares, mut cards) = (Vec::new(), Vec::new());
        for (line_id, pieces) in wish.pieces.iter().filter(|(_, pieces)| *pieces > 0) {
            let line = lines.iter().find(|line| line.id == *line_id).ok_or(Error::NotFound)?;
            shares.push(order.share(line, *pieces)?);
            if line.gift_card {
                cards.push((line, *pieces));
            }
        }
        let shipping = if wish.shipping { order.shipping_left(tx.conn())? } else { (0, 0) };
        if wish.shipping && shipping.0 == 0 {
            return Err(Error::invalid("refund_shipping", "The shipping has been paid back already."));
        }
        let amount = shares.iter().map(|share| share.amount_minor).sum::<i64>() + shipping.0;
        if amount == 0 {
            return Err(Error::invalid("refund", "Choose at least one piece, or the shipping."));
        }
        if amount > order.kept_minor() {
            return Err(Error::invalid("refund", "This is more than is left of the money that came."));
        }
        let tax = shares.iter().map(|share| share.tax_minor).sum::<i64>() + shipping.1;
        let refund = Draft { amount, tax, shipping: shipping.0, reason: &wish.reason, automatic: false }
            .insert(tx, order, by)?;
        // Stock is locked in the same order everywhere.
        shares.sort_by_key(|share| share.variant);
        for share in &shares {
            share.write(tx, refund.id, wish.restock, goods, by)?;
        }
        for (line, pieces) in cards {
            empty(tx, order.id, line, pieces, by)?;
        }
        diesel::update(orders::table.find(id))
            .set(orders::refunded_shipping_minor.eq(orders::refunded_shipping_minor + shipping.0))
            .execute(tx.conn())?;
        order.send_back(tx, &refund)?;
        let words = format!("{} paid back", order.money(amount).text("en"));
        let words = if wish.reason.is_empty() { words } else { format!("{words}: {}", wish.reason) };
        Order::note(tx, id, "refunded", by, &words, true)?;
        Fact::RefundMade { order: id, refund: refund.id }.record(tx, by)?;
        Order::recount(tx, id)?;
        Order::recount_parcels(tx, id)?;
        Order::complete_if_done(tx, id)?;
        // A job issues the invoice of an order with nothing to pay: it may not have run yet.
        Invoice::issue(tx, id)?;
        Invoice::credit(tx, &refund)?;
        Ok(refund)
    }

    /// Whether staff can pay something of it back: only when all of its money has come. Before that it is called off.
    pub fn can_be_paid_back(&self) -> bool {
        self.state.holds() && self.kept_minor() > 0 && self.due_minor() == 0
    }

    /// What some pieces of a line cost the buyer: by rule R9, so that refunds in any parts add up to the line.
    fn share(&self, line: &OrderLine, pieces: i64) -> Result<Share> {
        let name = format!("refund_quantity_{}", line.id);
        let left = line.quantity - line.refunded;
        if pieces > left {
            let words = if left == 0 {
                "All of it has been paid back.".to_owned()
            } else {
                format!("Only {left} are left to pay back.")
            };
            return Err(Error::invalid(name, words));
        }
        let added = if self.tax_added_minor > 0 { line.tax_minor } else { 0 };
        let of = |total: i64| -> Result<i64> {
            let part = |count: i64| portion(total, count, line.quantity).ok_or(Error::broken("a refund is too large"));
            Ok(part(line.refunded + pieces)? - part(line.refunded)?)
        };
        Ok(Share {
            line: line.id,
            variant: line.variant_id,
            pieces,
            amount_minor: of(line.total_minor + added)?,
            tax_minor: of(line.tax_minor)?,
        })
    }

    /// Shipping that has not been paid back, and the tax in it; minor units.
    fn shipping_left(&self, conn: &mut Conn) -> Result<(i64, i64)> {
        let of_shipping = order_taxes::order_id.eq(self.id).and(order_taxes::order_line_id.is_null());
        let taxes: Vec<i64> = order_taxes::table.filter(of_shipping).select(order_taxes::tax_minor).load(conn)?;
        let tax: i64 = taxes.iter().sum();
        let added = if self.tax_added_minor > 0 { tax } else { 0 };
        match self.refunded_shipping_minor {
            0 => Ok((self.shipping_minor + added, tax)),
            _ => Ok((0, 0)),
        }
    }

    /// Everything that may not be kept goes back by itself: late money without goods, money that came twice.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn pay_back_what_cannot_be_kept(&self, tx: &mut Tx<'_>) -> Result<()> {
        let order = Order::recount(tx, self.id)?;
        let agreed_back = order.agreed_back_minor(tx.conn())?;
        let excess = order.kept_minor() - order.worth_minor(agreed_back);
        if excess <= 0 {
            return Ok(());
        }
        let reason = match order.state {
            OrderState::Cancelled => "The order was cancelled",
            OrderState::Expired if order.captured_minor == 0 => "The order was not paid in time",
            OrderState::Expired => "The money came after the order was given up",
            _ => "More money came than was due",
        };
        let draft = Draft { amount: excess, tax: 0, shipping: 0, reason, automatic: true };
        let refund = draft.insert(tx, &order, &Actor::System)?;
        order.send_back(tx, &refund)?;
        let words = format!("{reason}: {} go back by themselves", order.money(excess).text("en"));
        // Nobody has to look at gift cards that get back what was on them.
        if order.state == OrderState::Cancelled || order.captured_minor == 0 {
            Order::note(tx, self.id, "refunded", &Actor::System, &words, false)?;
        } else {
            order.ask_for_attention(tx, &words)?;
        }
        Fact::RefundMade { order: self.id, refund: refund.id }.record(tx, &Actor::System)?;
        Order::recount(tx, self.id)?;
        // Money beyond the total was never on an invoice, so no paper takes it back.
        if order.state == OrderState::Cancelled { Invoice::credit(tx, &refund) } else { Ok(()) }
    }

    /// Reserves the amount on the payments it came by, the latest first, and puts the rest back on the gift cards.
    fn send_back(&self, tx: &mut Tx<'_>, refund: &Refund) -> Result<()> {
        let mut left = refund.amount_minor;
        for attempt in Attempt::of_order(tx.conn(), self.id)?.into_iter().rev() {
            let part = left.min(attempt.captured_minor - attempt.refund_reserved_minor);
            if part <= 0 {
                continue;
            }
            left -= part;
            Repayment::insert(tx, refund.id, &attempt, part)?;
        }
        let cards = if left > 0 { paid_by(tx.conn(), self.id)? } else { Vec::new() };
        for (card, paid) in cards {
            let part = left.min(paid);
            if part > 0 {
                left -= part;
                Repayment::insert_on_card(tx, refund, card, part)?;
            }
        }
        if left > 0 {
            return Err(Error::broken("more is paid back than came"));
        }
        repaying::count_back(tx, self.id, refund.amount_minor)
    }
}

impl Share {
    fn write(&self, tx: &mut Tx<'_>, refund: i64, restock: bool, goods: Goods, by: &Actor) -> Result<()> {
        let enough = order_lines::id.eq(self.line).and((order_lines::refunded + self.pieces).le(order_lines::quantity));
        let counted = diesel::update(order_lines::table.filter(enough))
            .set((
                order_lines::refunded.eq(order_lines::refunded + self.pieces),
                order_lines::refunded_minor.eq(order_lines::refunded_minor + self.amount_minor),
            ))
            .execute(tx.conn())?;
        if counted != 1 {
            return Err(Error::Conflict);
        }
        let restocked = match goods {
            Goods::Ordered => {
                let called_off = shipping::call_off(tx, self.line, self.pieces, &format!("refund {refund}"), by)?;
                restock && self.put_back(tx, self.pieces - called_off, refund, by)?
            }
            Goods::Returned => false,
        };
        let row = (
            refund_lines::refund_id.eq(refund),
            refund_lines::order_line_id.eq(self.line),
            refund_lines::quantity.eq(self.pieces),
            refund_lines::amount_minor.eq(self.amount_minor),
            refund_lines::tax_minor.eq(self.tax_minor),
            refund_lines::restocked.eq(restocked),
        );
        diesel::insert_into(refund_lines::table).values(row).execute(tx.conn())?;
        Ok(())
    }

    /// Pieces that had been sent are back on the shelf.
    fn put_back(&self, tx: &mut Tx<'_>, pieces: i64, refund: i64, by: &Actor) -> Result<bool> {
        if self.variant.is_none() {
            return Ok(false);
        }
        let (fulfilled, returned): (i64, i64) = order_lines::table
            .find(self.line)
            .select((order_lines::fulfilled, order_lines::returned))
            .first(tx.conn())?;
        let back = pieces.min(fulfilled - returned);
        if back <= 0 || !returning::count(tx, self.line, back)? {
            return Ok(false);
        }
        returning::shelve(tx, self.variant, back, &format!("refund {refund}"), by)?;
        Ok(true)
    }
}

/// A refund before it is written. Minor units.
pub(super) struct Draft<'a> {
    pub(super) amount: i64,
    pub(super) tax: i64,
    pub(super) shipping: i64,
    pub(super) reason: &'a str,
    pub(super) automatic: bool,
}

impl Draft<'_> {
    pub(super) fn insert(&self, tx: &mut Tx<'_>, order: &Order, by: &Actor) -> Result<Refund> {
        let public_id = tx.public_id()?;
        let row = (
            refunds::act.eq(tx.act().unwrap_or(&public_id).to_owned()),
            refunds::public_id.eq(public_id),
            refunds::order_id.eq(order.id),
            refunds::amount_minor.eq(self.amount),
            refunds::tax_minor.eq(self.tax),
            refunds::shipping_minor.eq(self.shipping),
            refunds::reason.eq(self.reason),
            refunds::automatic.eq(self.automatic),
            refunds::created_by.eq(by.label()),
            refunds::created_at.eq(tx.now()),
        );
        let id: i64 = diesel::insert_into(refunds::table).values(row).returning(refunds::id).get_result(tx.conn())?;
        Refund::get(tx.conn(), id)
    }
}

impl Refund {
    /// A refund by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Refund> {
        Ok(refunds::table.find(id).select(Refund::as_select()).first(conn)?)
    }

    /// The part of it that went back on gift cards, minor units.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn on_gift_cards(&self, conn: &mut Conn) -> Result<i64> {
        let mine = repayments::refund_id.eq(self.id).and(repayments::gift_card_id.is_not_null());
        let parts: Vec<i64> = repayments::table.filter(mine).select(repayments::amount_minor).load(conn)?;
        Ok(parts.iter().sum())
    }

    /// The refunds of an order with their repayments, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_order(conn: &mut Conn, order: i64) -> Result<Vec<(Refund, Vec<Repayment>)>> {
        let mine: Vec<Refund> = refunds::table
            .filter(refunds::order_id.eq(order))
            .order(refunds::id)
            .select(Refund::as_select())
            .load(conn)?;
        let ids: Vec<i64> = mine.iter().map(|refund| refund.id).collect();
        let parts: Vec<Repayment> = repayments::table
            .filter(among(repayments::refund_id, &ids))
            .order(repayments::id)
            .select(Repayment::as_select())
            .load(conn)?;
        let with_parts = mine.into_iter().map(|refund| {
            let own = parts.iter().filter(|part| part.refund_id == refund.id).cloned().collect();
            (refund, own)
        });
        Ok(with_parts.collect())
    }
}
