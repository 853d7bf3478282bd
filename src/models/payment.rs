//! Payment attempts and the facts that providers report about them.

use diesel::prelude::*;

use super::order::{Order, PaymentState};
use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::{orders, payment_attempts, payment_transactions};
use crate::support::clock::Utc;

/// One try to pay an order.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = payment_attempts, check_for_backend(Db))]
pub struct Attempt {
    /// The row.
    pub id: i64,
    /// The order's row.
    pub order_id: i64,
    /// `manual` or `test`.
    pub provider: String,
    /// The same for every repetition of the same call.
    pub idempotency_key: String,
    /// What is to be paid, minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// `created`, `open`, `captured`, `failed`, `closed`.
    pub state: String,
    /// The provider's name for it.
    pub provider_ref: Option<String>,
    /// The provider's page.
    pub redirect_url: Option<String>,
    /// Until when the page may be used.
    pub expires_at: Utc,
}

/// Money that a provider says it has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The provider's name for it.
    pub reference: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

impl Attempt {
    /// Starts an attempt for what is due. The database lets one be live at a time.
    ///
    /// # Errors
    /// When one is live already.
    pub fn create(tx: &mut Tx<'_>, order: &Order, provider: &str) -> Result<Attempt> {
        let public_id = tx.public_id()?;
        let now = tx.now();
        let row = (
            payment_attempts::public_id.eq(&public_id),
            payment_attempts::order_id.eq(order.id),
            payment_attempts::provider.eq(provider),
            payment_attempts::idempotency_key.eq(format!("attempt-{public_id}")),
            payment_attempts::amount_minor.eq(order.due_minor()),
            payment_attempts::currency.eq(&order.currency),
            payment_attempts::state.eq("created"),
            payment_attempts::captured_minor.eq(0),
            payment_attempts::expires_at.eq(order.hold_until.unwrap_or(now)),
            payment_attempts::created_at.eq(now),
        );
        let id: i64 = diesel::insert_into(payment_attempts::table)
            .values(row)
            .returning(payment_attempts::id)
            .get_result(tx.conn())?;
        Attempt::get(tx.conn(), id)
    }

    /// An attempt by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Attempt> {
        Ok(payment_attempts::table.find(id).select(Attempt::as_select()).first(conn)?)
    }

    /// The attempt of an order that can still be paid.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn live(conn: &mut Conn, order: i64) -> Result<Option<Attempt>> {
        let live = payment_attempts::order_id.eq(order).and(payment_attempts::state.eq_any(["created", "open"]));
        Ok(payment_attempts::table.filter(live).select(Attempt::as_select()).first(conn).optional()?)
    }

    /// The attempt that a provider knows by a name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn by_reference(conn: &mut Conn, provider: &str, reference: &str) -> Result<Attempt> {
        let mine = payment_attempts::provider.eq(provider).and(payment_attempts::provider_ref.eq(reference));
        Ok(payment_attempts::table.filter(mine).select(Attempt::as_select()).first(conn)?)
    }

    /// The provider has made its page.
    ///
    /// # Errors
    /// `Conflict` when the attempt was closed meanwhile: the page must be closed too.
    pub fn opened(tx: &mut Tx<'_>, id: i64, reference: &str, url: &str) -> Result<()> {
        let created = payment_attempts::id.eq(id).and(payment_attempts::state.eq_any(["created", "open"]));
        let opened = diesel::update(payment_attempts::table.filter(created))
            .set((
                payment_attempts::state.eq("open"),
                payment_attempts::provider_ref.eq(reference),
                payment_attempts::redirect_url.eq(url),
            ))
            .execute(tx.conn())?;
        if opened == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// The page is closed and nobody can pay on it any more.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn close(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let live = payment_attempts::id.eq(id).and(payment_attempts::state.eq_any(["created", "open"]));
        diesel::update(payment_attempts::table.filter(live))
            .set(payment_attempts::state.eq("closed"))
            .execute(tx.conn())?;
        Ok(())
    }

    /// Writes down captures, each once however often it is reported, and works out what the order has received.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn record_captures(&self, tx: &mut Tx<'_>, captures: &[Capture]) -> Result<()> {
        for capture in captures {
            let row = (
                payment_transactions::attempt_id.eq(self.id),
                payment_transactions::provider.eq(&self.provider),
                payment_transactions::provider_ref.eq(&capture.reference),
                payment_transactions::kind.eq("capture"),
                payment_transactions::amount_minor.eq(capture.amount_minor),
                payment_transactions::currency.eq(&capture.currency),
                payment_transactions::at.eq(tx.now()),
            );
            let conn = tx.conn();
            each!(conn => diesel::insert_into(payment_transactions::table)
                .values(row)
                .on_conflict((payment_transactions::provider, payment_transactions::provider_ref, payment_transactions::kind))
                .do_nothing()
                .execute(conn))?;
        }
        let amounts: Vec<i64> = payment_transactions::table
            .filter(payment_transactions::attempt_id.eq(self.id))
            .select(payment_transactions::amount_minor)
            .load(tx.conn())?;
        let captured: i64 = amounts.iter().sum();
        if captured > 0 {
            diesel::update(payment_attempts::table.find(self.id))
                .set((payment_attempts::state.eq("captured"), payment_attempts::captured_minor.eq(captured)))
                .execute(tx.conn())?;
        }
        let of_order: Vec<i64> = payment_attempts::table
            .filter(payment_attempts::order_id.eq(self.order_id))
            .select(payment_attempts::captured_minor)
            .load(tx.conn())?;
        let kept: i64 = of_order.iter().sum();
        let total: i64 = orders::table.find(self.order_id).select(orders::total_minor).first(tx.conn())?;
        let state = match kept {
            0 => PaymentState::Unpaid,
            kept if kept < total => PaymentState::Partial,
            kept if kept == total => PaymentState::Paid,
            _ => PaymentState::Overpaid,
        };
        diesel::update(orders::table.find(self.order_id))
            .set((orders::captured_minor.eq(kept), orders::payment_state.eq(state)))
            .execute(tx.conn())?;
        Ok(())
    }

    /// What came for an order: when, by whom, minor units.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn money_of(conn: &mut Conn, order: i64) -> Result<Vec<(Utc, String, i64)>> {
        Ok(payment_transactions::table
            .inner_join(payment_attempts::table)
            .filter(payment_attempts::order_id.eq(order))
            .order(payment_transactions::id)
            .select((payment_transactions::at, payment_transactions::provider, payment_transactions::amount_minor))
            .load(conn)?)
    }
}
