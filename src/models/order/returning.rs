//! Goods that come back: asked for, answered, looked at when they arrive, and paid back. Each move is one conditional
//! update, under the lock of the order.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::refunding::{Goods, RefundWish};
use super::{Order, OrderLine};
use crate::db::among::among;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::models::product::choosing::named;
use crate::models::variant::stock;
use crate::schema::{order_lines, orders, return_lines, returns, stock_levels};
use crate::support::clock::Utc;
use crate::text_enum;

/// How often a buyer can ask to send something of an order back within a day.
const MOST_A_DAY: i64 = 10;

/// Most returns of the list of those to answer.
const SHOWN: i64 = 100;

text_enum! {
    /// Where a return is in its life.
    ReturnState {
        /// The buyer asks.
        Requested = "requested",
        /// The goods may be sent back.
        Approved = "approved",
        /// They have arrived.
        Received = "received",
        /// Their money is on its way back.
        Refunded = "refunded",
        /// Staff said no.
        Refused = "refused",
        /// Called off.
        Cancelled = "cancelled",
    }
}

impl ReturnState {
    /// Its goods are still expected.
    pub const OPEN: [ReturnState; 2] = [ReturnState::Requested, ReturnState::Approved];

    /// Whether its goods are still expected.
    pub fn is_open(self) -> bool {
        ReturnState::OPEN.contains(&self)
    }
}

text_enum! {
    /// What goods are like that came back.
    Condition {
        /// Nobody has looked yet.
        Unknown = "unknown",
        /// They go back on the shelf.
        Sellable = "sellable",
        /// They do not.
        Damaged = "damaged",
    }
}

/// A return.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = returns, check_for_backend(Db))]
pub struct Return {
    /// The row.
    pub id: i64,
    /// The order's row.
    pub order_id: i64,
    /// Where it is in its life.
    pub state: ReturnState,
    /// Why; may be empty when staff started it.
    pub reason: String,
    /// What staff said to it; empty unless it was refused.
    pub answer: String,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Utc,
}

/// Pieces of a line in a return.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = return_lines, check_for_backend(Db))]
pub struct ReturnLine {
    /// The line of the order.
    pub order_line_id: i64,
    /// Pieces.
    pub quantity: i64,
    /// What they are like.
    pub condition: Condition,
}

/// What somebody wants to send back.
#[derive(Clone, Debug, Default)]
pub struct ReturnWish {
    /// Line's row and pieces.
    pub pieces: Vec<(i64, i64)>,
    /// Why.
    pub reason: String,
}

impl Order {
    /// Lines of which something can be sent back, and how many pieces: those that the buyer has and that are in no
    /// other return. Gift cards cannot.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn returnable(&self, conn: &mut Conn) -> Result<Vec<(OrderLine, i64)>> {
        if !self.state.holds() {
            return Ok(Vec::new());
        }
        let open: Vec<(i64, i64)> = return_lines::table
            .inner_join(returns::table)
            .filter(returns::order_id.eq(self.id).and(returns::state.eq_any(ReturnState::OPEN)))
            .select((return_lines::order_line_id, return_lines::quantity))
            .load(conn)?;
        let left = |line: OrderLine| {
            let underway: i64 = open.iter().filter(|(id, _)| *id == line.id).map(|(_, pieces)| pieces).sum();
            let left = line.fulfilled - line.returned - underway;
            (line, left)
        };
        let lines = self.lines(conn)?.into_iter().filter(|line| !line.gift_card).map(left);
        Ok(lines.filter(|(_, left)| *left > 0).collect())
    }
}

impl Return {
    /// The buyer asks to send something back: the order whose page the token opens.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the order does not hold; `Invalid` on `return_quantity_{line}`, or on `return`, also
    /// when the buyer has asked too often.
    pub fn request(tx: &mut Tx<'_>, token: &str, wish: &ReturnWish) -> Result<Return> {
        let order = Order::by_token(tx.conn(), token)?.id;
        Order::lock(tx, order)?;
        let since = tx.now().minus(SignedDuration::from_hours(24));
        let mine = returns::order_id.eq(order).and(returns::created_by.eq(Actor::Customer.label()));
        let lately = returns::table.filter(mine.and(returns::created_at.gt(since)));
        let asked: i64 = lately.count().get_result(tx.conn())?;
        if asked >= MOST_A_DAY {
            let words = "You have asked ten times today. Please try again tomorrow, or write to us.";
            return Err(Error::invalid("return", words));
        }
        let back = Return::open(tx, order, wish, ReturnState::Requested, &Actor::Customer)?;
        let words = format!("Asked to send back {}", back.contents(tx.conn())?);
        Order::note(tx, order, "return-requested", &Actor::Customer, &words, true)?;
        Fact::ReturnRequested { order, back: back.id }.record(tx, &Actor::Customer)?;
        Ok(back)
    }

    /// Staff let a buyer send something back: nobody has to approve it any more.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the order does not hold; `Invalid` on `return_quantity_{line}` or `return`.
    pub fn start(tx: &mut Tx<'_>, number: &str, wish: &ReturnWish, by: &Actor) -> Result<Return> {
        let order = Order::by_number(tx.conn(), number)?.id;
        let back = Return::open(tx, order, wish, ReturnState::Approved, by)?;
        back.note_approved(tx, by)?;
        Ok(back)
    }

    fn open(tx: &mut Tx<'_>, order: i64, wish: &ReturnWish, state: ReturnState, by: &Actor) -> Result<Return> {
        let order = Order::lock(tx, order)?;
        if !order.state.holds() {
            return Err(Error::Conflict);
        }
        let possible = order.returnable(tx.conn())?;
        let pieces: Vec<(i64, i64)> = wish.pieces.iter().filter(|(_, pieces)| *pieces > 0).copied().collect();
        for (line, pieces) in &pieces {
            let left = possible.iter().find(|(own, _)| own.id == *line).map_or(0, |(_, left)| *left);
            if *pieces > left {
                let words = match left {
                    0 => "Nothing of this can be sent back.".to_owned(),
                    left => format!("Only {left} of this can be sent back."),
                };
                return Err(Error::invalid(format!("return_quantity_{line}"), words));
            }
        }
        if pieces.is_empty() {
            return Err(Error::invalid("return", "Choose at least one piece to send back."));
        }
        let row = (
            returns::public_id.eq(tx.public_id()?),
            returns::order_id.eq(order.id),
            returns::state.eq(state),
            returns::reason.eq(&wish.reason),
            returns::created_by.eq(by.label()),
            returns::created_at.eq(tx.now()),
        );
        let id: i64 = diesel::insert_into(returns::table).values(row).returning(returns::id).get_result(tx.conn())?;
        for (line, pieces) in pieces {
            let row = (
                return_lines::return_id.eq(id),
                return_lines::order_line_id.eq(line),
                return_lines::quantity.eq(pieces),
                return_lines::condition.eq(Condition::Unknown),
            );
            diesel::insert_into(return_lines::table).values(row).execute(tx.conn())?;
        }
        Return::get(tx.conn(), id)
    }

    /// Staff say yes.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it does not wait for an answer.
    pub fn approve(tx: &mut Tx<'_>, number: &str, id: i64, by: &Actor) -> Result<()> {
        let (_, back) = Return::locked(tx, number, id)?;
        back.advance(tx, &[ReturnState::Requested], ReturnState::Approved)?;
        back.note_approved(tx, by)
    }

    fn note_approved(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let words = format!("Return approved: {}", self.contents(tx.conn())?);
        Order::note(tx, self.order_id, "return-approved", by, &words, true)?;
        Fact::ReturnApproved { order: self.order_id, back: self.id }.record(tx, by)
    }

    /// Staff say no, in words that the buyer reads.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it does not wait for an answer.
    pub fn refuse(tx: &mut Tx<'_>, number: &str, id: i64, answer: &str, by: &Actor) -> Result<()> {
        let (_, back) = Return::locked(tx, number, id)?;
        back.advance(tx, &[ReturnState::Requested], ReturnState::Refused)?;
        diesel::update(returns::table.find(id)).set(returns::answer.eq(answer)).execute(tx.conn())?;
        let words = format!("Return refused: {answer}");
        Order::note(tx, back.order_id, "return-refused", by, &words, true)?;
        Fact::ReturnRefused { order: back.order_id, back: id }.record(tx, by)
    }

    /// The goods have arrived: line's row and what they are like. What can be sold goes back on the shelf.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is not approved; `Invalid` on `condition_{return}_{line}` for a line that nobody
    /// has looked at, and on `return` when these pieces came back another way.
    pub fn receive(tx: &mut Tx<'_>, number: &str, id: i64, conditions: &[(i64, Condition)], by: &Actor) -> Result<()> {
        let (order, back) = Return::locked(tx, number, id)?;
        back.advance(tx, &[ReturnState::Approved], ReturnState::Received)?;
        let lines = order.lines(tx.conn())?;
        let mut seen = Vec::new();
        for piece in back.lines(tx.conn())? {
            let line = lines.iter().find(|line| line.id == piece.order_line_id).ok_or(Error::NotFound)?;
            let condition = conditions.iter().find(|(of, _)| *of == line.id).map(|(_, condition)| *condition);
            let Some(condition) = condition.filter(|condition| *condition != Condition::Unknown) else {
                return Err(Error::invalid(format!("condition_{id}_{}", line.id), "Say what it is like."));
            };
            seen.push((line, piece.quantity, condition));
        }
        // Stock is locked in the same order everywhere.
        seen.sort_by_key(|(line, ..)| line.variant_id);
        for (line, pieces, condition) in &seen {
            let mine = return_lines::return_id.eq(id).and(return_lines::order_line_id.eq(line.id));
            diesel::update(return_lines::table.filter(mine))
                .set(return_lines::condition.eq(condition))
                .execute(tx.conn())?;
            if !count(tx, line.id, *pieces)? {
                let words = format!("{} was put back in stock already. Cancel this return.", line.name());
                return Err(Error::invalid("return", words));
            }
            if *condition == Condition::Sellable {
                shelve(tx, line.variant_id, *pieces, &format!("return {id}"), by)?;
            }
        }
        let words = format!("Return arrived: {}", back.contents(tx.conn())?);
        Order::note(tx, order.id, "return-received", by, &words, true)?;
        let damaged = seen.iter().filter(|(.., condition)| *condition == Condition::Damaged);
        let damaged: Vec<String> = damaged.map(|(line, pieces, _)| format!("{pieces} × {}", line.name())).collect();
        if !damaged.is_empty() {
            let words = format!("Damaged, not back in stock: {}", damaged.join(", "));
            Order::note(tx, order.id, "return-damaged", by, &words, false)?;
        }
        Order::recount_parcels(tx, order.id)?;
        Order::complete_if_done(tx, order.id)?;
        Fact::ReturnReceived { order: order.id, back: id }.record(tx, by)
    }

    /// Pays back the pieces that arrived, and the shipping if staff say so.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has not arrived, or the order is not paid; `Invalid` on `refund_shipping`, and on
    /// `return` when these pieces have been paid back.
    pub fn pay_back(tx: &mut Tx<'_>, number: &str, id: i64, shipping: bool, by: &Actor) -> Result<()> {
        let (order, back) = Return::locked(tx, number, id)?;
        if back.state != ReturnState::Received || !order.can_be_paid_back() {
            return Err(Error::Conflict);
        }
        let pieces = back.lines(tx.conn())?;
        back.check_unpaid(&order.lines(tx.conn())?, &pieces, shipping)?;
        let wish = RefundWish {
            pieces: pieces.iter().map(|piece| (piece.order_line_id, piece.quantity)).collect(),
            shipping,
            restock: false,
            reason: "This is for what you sent back".to_owned(),
        };
        let refund = order.refund_goods(tx, &wish, Goods::Returned, by)?;
        let received = returns::id.eq(id).and(returns::state.eq(ReturnState::Received));
        let moved = diesel::update(returns::table.filter(received))
            .set((returns::state.eq(ReturnState::Refunded), returns::refund_id.eq(refund.id)))
            .execute(tx.conn())?;
        if moved == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    fn check_unpaid(&self, lines: &[OrderLine], pieces: &[ReturnLine], shipping: bool) -> Result<()> {
        let mut worth = 0;
        for piece in pieces {
            let line = lines.iter().find(|line| line.id == piece.order_line_id).ok_or(Error::NotFound)?;
            worth += line.total_minor;
            let left = line.quantity - line.refunded;
            if left < piece.quantity {
                let words = match left {
                    0 => format!("{} has been paid back already.", line.name()),
                    left => format!("Only {left} × {} is left to pay back: use “Pay back” below.", line.name()),
                };
                return Err(Error::invalid("return", words));
            }
        }
        match worth {
            0 if !shipping => Err(Error::invalid("return", "These pieces cost nothing: nothing is to be paid back.")),
            _ => Ok(()),
        }
    }

    /// Staff call it off.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has arrived, or is over.
    pub fn cancel(tx: &mut Tx<'_>, number: &str, id: i64, by: &Actor) -> Result<()> {
        let (_, back) = Return::locked(tx, number, id)?;
        back.call_off(tx, by)
    }

    /// The buyer calls it off: of the order whose page the token opens.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has arrived, or is over.
    pub fn withdraw(tx: &mut Tx<'_>, token: &str, id: i64) -> Result<()> {
        let order = Order::by_token(tx.conn(), token)?.id;
        Order::lock(tx, order)?;
        Return::of(tx.conn(), order, id)?.call_off(tx, &Actor::Customer)
    }

    fn call_off(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        self.advance(tx, &ReturnState::OPEN, ReturnState::Cancelled)?;
        let words = format!("Return cancelled: {}", self.contents(tx.conn())?);
        Order::note(tx, self.order_id, "return-cancelled", by, &words, true)?;
        Fact::ReturnCancelled { order: self.order_id, back: self.id }.record(tx, by)
    }

    /// One conditional update: whoever comes second moves nothing.
    fn advance(&self, tx: &mut Tx<'_>, from: &[ReturnState], to: ReturnState) -> Result<()> {
        let may = returns::id.eq(self.id).and(returns::state.eq_any(from));
        let moved = diesel::update(returns::table.filter(may)).set(returns::state.eq(to)).execute(tx.conn())?;
        if moved == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Locks an order and reads one of its returns.
    fn locked(tx: &mut Tx<'_>, number: &str, id: i64) -> Result<(Order, Return)> {
        let order = Order::by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, order)?;
        let back = Return::of(tx.conn(), order.id, id)?;
        Ok((order, back))
    }

    /// A return by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Return> {
        Ok(returns::table.find(id).select(Return::as_select()).first(conn)?)
    }

    /// A return of an order.
    ///
    /// # Errors
    /// `NotFound` when it is another order's.
    pub fn of(conn: &mut Conn, order: i64, id: i64) -> Result<Return> {
        let mine = returns::id.eq(id).and(returns::order_id.eq(order));
        Ok(returns::table.filter(mine).select(Return::as_select()).first(conn)?)
    }

    /// The returns of an order with their pieces, the latest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_order(conn: &mut Conn, order: i64) -> Result<Vec<(Return, Vec<ReturnLine>)>> {
        let mine: Vec<Return> = returns::table
            .filter(returns::order_id.eq(order))
            .order(returns::id.desc())
            .select(Return::as_select())
            .load(conn)?;
        let ids: Vec<i64> = mine.iter().map(|back| back.id).collect();
        let pieces: Vec<(i64, ReturnLine)> = return_lines::table
            .filter(among(return_lines::return_id, &ids))
            .order((return_lines::return_id, return_lines::order_line_id))
            .select((return_lines::return_id, ReturnLine::as_select()))
            .load(conn)?;
        let with_pieces = mine.into_iter().map(|back| {
            let own = pieces.iter().filter(|(of, _)| *of == back.id).map(|(_, piece)| piece.clone()).collect();
            (back, own)
        });
        Ok(with_pieces.collect())
    }

    /// Returns that wait for an answer, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn to_answer(conn: &mut Conn) -> Result<Vec<(Return, Order)>> {
        Ok(returns::table
            .inner_join(orders::table)
            .filter(returns::state.eq(ReturnState::Requested))
            .order(returns::id)
            .limit(SHOWN)
            .select((Return::as_select(), Order::as_select()))
            .load(conn)?)
    }

    /// How many wait for an answer.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_to_answer(conn: &mut Conn) -> Result<i64> {
        Ok(returns::table.filter(returns::state.eq(ReturnState::Requested)).count().get_result(conn)?)
    }

    /// Its pieces, in the order of the lines.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn lines(&self, conn: &mut Conn) -> Result<Vec<ReturnLine>> {
        Ok(return_lines::table
            .filter(return_lines::return_id.eq(self.id))
            .order(return_lines::order_line_id)
            .select(ReturnLine::as_select())
            .load(conn)?)
    }

    /// Its pieces in words: `1 × Harbour mug, 2 × Lamp`.
    fn contents(&self, conn: &mut Conn) -> Result<String> {
        let pieces: Vec<(i64, String, String)> = return_lines::table
            .inner_join(order_lines::table)
            .filter(return_lines::return_id.eq(self.id))
            .order(return_lines::order_line_id)
            .select((return_lines::quantity, order_lines::title, order_lines::options))
            .load(conn)?;
        let words = pieces.iter().map(|(count, title, options)| format!("{count} × {}", named(title, options)));
        Ok(words.collect::<Vec<_>>().join(", "))
    }
}

/// Counts pieces of a line that came back. Whether so many were still with the buyer: one conditional update.
///
/// # Errors
/// When the database refuses.
pub(super) fn count(tx: &mut Tx<'_>, line: i64, pieces: i64) -> Result<bool> {
    let there = order_lines::id.eq(line).and((order_lines::returned + pieces).le(order_lines::fulfilled));
    let counted = diesel::update(order_lines::table.filter(there))
        .set(order_lines::returned.eq(order_lines::returned + pieces))
        .execute(tx.conn())?;
    Ok(counted == 1)
}

/// Pieces are on the shelf again, if what they are pieces of still exists.
///
/// # Errors
/// When the database refuses.
pub(super) fn shelve(tx: &mut Tx<'_>, variant: Option<i64>, pieces: i64, reference: &str, by: &Actor) -> Result<()> {
    let Some(variant) = variant else { return Ok(()) };
    let level: i64 =
        stock_levels::table.filter(stock_levels::variant_id.eq(variant)).select(stock_levels::id).first(tx.conn())?;
    stock::take_back(tx, level, pieces, reference, by.label())
}
