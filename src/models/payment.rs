//! Payment attempts and the facts that providers report about them. Facts are only ever added; every sum is worked
//! out from them.

use diesel::prelude::*;

use super::order::Order;
use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::{payment_attempts, payment_transactions};
use crate::support::clock::Utc;
use crate::text_enum;

text_enum! {
    /// Who takes money.
    ProviderName {
        /// The owner, who looks at the bank account or into the till.
        Manual = "manual",
        /// The built-in test card page.
        Test = "test",
        /// Stripe.
        Stripe = "stripe",
    }
}

impl ProviderName {
    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            ProviderName::Manual => "By hand",
            ProviderName::Test => "Test card",
            ProviderName::Stripe => "Stripe",
        }
    }
}

text_enum! {
    /// Where an attempt is in its life.
    AttemptState {
        /// Nobody has been asked yet.
        Created = "created",
        /// There is a page to pay on.
        Open = "open",
        /// The bank is at it.
        Processing = "processing",
        /// Promised, not taken.
        Authorized = "authorized",
        /// Money came. It never leaves this state.
        Captured = "captured",
        /// The bank said no.
        Failed = "failed",
        /// The page is closed.
        Closed = "closed",
    }
}

impl AttemptState {
    /// States in which the buyer can still pay: an order has at most one attempt in them.
    pub const LIVE: [AttemptState; 4] =
        [AttemptState::Created, AttemptState::Open, AttemptState::Processing, AttemptState::Authorized];

    /// Whether an attempt may go from here to there. Money that came is always believed, whatever was before.
    pub fn may_become(self, next: AttemptState) -> bool {
        use AttemptState::{Authorized, Captured, Closed, Created, Failed, Open, Processing};
        match (self, next) {
            (Captured, _) => false,
            (_, Captured) => true,
            (Created, Open | Failed | Closed) => true,
            (Open, Processing | Authorized | Failed | Closed) => true,
            (Processing, Authorized | Failed | Closed) => true,
            (Authorized, Failed | Closed) => true,
            _ => false,
        }
    }
}

text_enum! {
    /// What happened to money.
    FactKind {
        /// Promised by the bank.
        Authorize = "authorize",
        /// Taken.
        Capture = "capture",
        /// Given back before it was taken.
        Void = "void",
        /// Paid back.
        Refund = "refund",
        /// What was paid back did not arrive, and is with the shop again.
        RefundFailed = "refund_failed",
        /// Taken back by the buyer's bank.
        Dispute = "dispute",
        /// And given to the shop again.
        DisputeWon = "dispute_won",
    }
}

/// One try to pay an order.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = payment_attempts, check_for_backend(Db))]
pub struct Attempt {
    /// The row.
    pub id: i64,
    /// How the provider's records name it.
    pub public_id: String,
    /// The order's row.
    pub order_id: i64,
    /// Who takes the money.
    pub provider: ProviderName,
    /// The same for every repetition of the same call.
    pub idempotency_key: String,
    /// What is to be paid, minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Where it is in its life.
    pub state: AttemptState,
    /// The provider's name for it.
    pub provider_ref: Option<String>,
    /// The provider's page.
    pub redirect_url: Option<String>,
    /// What the page asks for, in the provider's own units; none before there is a page.
    pub provider_amount: Option<i64>,
    /// What came, minor units.
    pub captured_minor: i64,
    /// What went back or is promised back, minor units.
    pub refund_reserved_minor: i64,
    /// Until when the page may be used.
    pub expires_at: Utc,
    /// When it was made.
    pub created_at: Utc,
}

/// Something that a provider says has happened to money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyFact {
    /// What.
    pub kind: FactKind,
    /// The provider's name for it.
    pub reference: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// What a provider said of a fact in its own units, which need not be those of ISO 4217.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderAmount {
    /// What.
    pub kind: FactKind,
    /// The provider's name for it.
    pub reference: String,
    /// So many of its units.
    pub amount: i64,
}

/// A fact as it was kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = payment_transactions, check_for_backend(Db))]
pub struct Transaction {
    /// The attempt's row.
    pub attempt_id: i64,
    /// What.
    pub kind: FactKind,
    /// Who says so.
    pub provider: ProviderName,
    /// The provider's name for it.
    pub provider_ref: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// When we learned it.
    pub at: Utc,
}

impl Attempt {
    /// Starts an attempt for what is due. The database lets one be live at a time.
    ///
    /// # Errors
    /// When one is live already.
    pub fn create(tx: &mut Tx<'_>, order: &Order, provider: ProviderName) -> Result<Attempt> {
        let public_id = tx.public_id()?;
        let now = tx.now();
        let row = (
            payment_attempts::public_id.eq(&public_id),
            payment_attempts::order_id.eq(order.id),
            payment_attempts::provider.eq(provider),
            payment_attempts::idempotency_key.eq(format!("attempt-{public_id}")),
            payment_attempts::amount_minor.eq(order.due_minor()),
            payment_attempts::currency.eq(&order.currency),
            payment_attempts::state.eq(AttemptState::Created),
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
        let live = payment_attempts::order_id.eq(order).and(payment_attempts::state.eq_any(AttemptState::LIVE));
        Ok(payment_attempts::table.filter(live).select(Attempt::as_select()).first(conn).optional()?)
    }

    /// Attempts of a provider that the bank is at.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn at_the_bank(conn: &mut Conn, provider: ProviderName) -> Result<Vec<i64>> {
        let slow = payment_attempts::provider.eq(provider).and(payment_attempts::state.eq(AttemptState::Processing));
        let slow = payment_attempts::table.filter(slow).order(payment_attempts::id);
        Ok(slow.select(payment_attempts::id).load(conn)?)
    }

    /// All attempts of an order, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_order(conn: &mut Conn, order: i64) -> Result<Vec<Attempt>> {
        let mine = payment_attempts::table.filter(payment_attempts::order_id.eq(order));
        Ok(mine.order(payment_attempts::id).select(Attempt::as_select()).load(conn)?)
    }

    /// The attempt that a provider knows by a name: its own, or the one we gave it along.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn by_reference(conn: &mut Conn, provider: ProviderName, reference: &str, ours: &str) -> Result<Attempt> {
        let known = payment_attempts::provider_ref.eq(reference).or(payment_attempts::public_id.nullable().eq(ours));
        let mine = payment_attempts::table.filter(payment_attempts::provider.eq(provider)).filter(known);
        Ok(mine.select(Attempt::as_select()).first(conn)?)
    }

    /// The attempt whose money a provider knows by a name, or the one we gave it along.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn by_capture(conn: &mut Conn, provider: ProviderName, capture: &str, ours: &str) -> Result<Attempt> {
        let known: Option<i64> = payment_transactions::table
            .filter(payment_transactions::provider.eq(provider).and(payment_transactions::provider_ref.eq(capture)))
            .select(payment_transactions::attempt_id)
            .first(conn)
            .optional()?;
        match known {
            Some(id) => Attempt::get(conn, id),
            None => Attempt::by_reference(conn, provider, capture, ours),
        }
    }

    /// The provider has made its page, which asks for `amount` in the provider's own units.
    ///
    /// # Errors
    /// `Conflict` when the attempt was closed meanwhile: the page must be closed too.
    pub fn opened(tx: &mut Tx<'_>, id: i64, reference: &str, url: &str, amount: i64) -> Result<()> {
        let created = payment_attempts::id
            .eq(id)
            .and(payment_attempts::state.eq_any([AttemptState::Created, AttemptState::Open]));
        let opened = diesel::update(payment_attempts::table.filter(created))
            .set((
                payment_attempts::state.eq(AttemptState::Open),
                payment_attempts::provider_ref.eq(reference),
                payment_attempts::redirect_url.eq(url),
                payment_attempts::provider_amount.eq(amount),
            ))
            .execute(tx.conn())?;
        if opened == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Moves the attempt on, if its machine allows the move; an old report changes nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn advance(tx: &mut Tx<'_>, id: i64, next: AttemptState) -> Result<()> {
        let from: Vec<AttemptState> =
            AttemptState::ALL.iter().copied().filter(|state| state.may_become(next)).collect();
        let movable = payment_attempts::id.eq(id).and(payment_attempts::state.eq_any(from));
        diesel::update(payment_attempts::table.filter(movable))
            .set(payment_attempts::state.eq(next))
            .execute(tx.conn())?;
        Ok(())
    }

    /// Writes down what the provider says, each fact once however often it is reported, and works out what the
    /// attempt has received. Money of another currency is written down and not counted; whether some came that was not
    /// known before.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn record(&self, tx: &mut Tx<'_>, facts: &[MoneyFact]) -> Result<bool> {
        let mut is_foreign = false;
        for fact in facts {
            let row = (
                payment_transactions::attempt_id.eq(self.id),
                payment_transactions::provider.eq(self.provider),
                payment_transactions::provider_ref.eq(&fact.reference),
                payment_transactions::kind.eq(fact.kind),
                payment_transactions::amount_minor.eq(fact.amount_minor),
                payment_transactions::currency.eq(&fact.currency),
                payment_transactions::at.eq(tx.now()),
            );
            let conn = tx.conn();
            let written = each!(conn => diesel::insert_into(payment_transactions::table)
                .values(row)
                .on_conflict((payment_transactions::provider, payment_transactions::provider_ref, payment_transactions::kind))
                .do_nothing()
                .execute(conn))?;
            is_foreign |= written == 1 && fact.kind == FactKind::Capture && fact.currency != self.currency;
        }
        let captured = payment_transactions::attempt_id
            .eq(self.id)
            .and(payment_transactions::kind.eq(FactKind::Capture))
            .and(payment_transactions::currency.eq(&self.currency));
        let amounts: Vec<i64> =
            payment_transactions::table.filter(captured).select(payment_transactions::amount_minor).load(tx.conn())?;
        let captured: i64 = amounts.iter().sum();
        if captured > 0 {
            diesel::update(payment_attempts::table.find(self.id))
                .set((
                    payment_attempts::state.eq(AttemptState::Captured),
                    payment_attempts::captured_minor.eq(captured),
                ))
                .execute(tx.conn())?;
        }
        Ok(is_foreign)
    }

    /// Writes down what the provider said in its own units, beside what [`Attempt::record`] has written of it. Whether it
    /// took another amount than its page asked for, and nobody has noticed before.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn record_provider_amounts(&self, tx: &mut Tx<'_>, said: &[ProviderAmount]) -> Result<bool> {
        let mut is_other = false;
        for amount in said {
            let same = payment_transactions::provider
                .eq(self.provider)
                .and(payment_transactions::provider_ref.eq(&amount.reference))
                .and(payment_transactions::kind.eq(amount.kind))
                .and(payment_transactions::provider_amount.is_null());
            let written = diesel::update(payment_transactions::table.filter(same))
                .set(payment_transactions::provider_amount.eq(amount.amount))
                .execute(tx.conn())?;
            let asked = self.provider_amount.unwrap_or(amount.amount);
            is_other |= written == 1 && amount.kind == FactKind::Capture && amount.amount != asked;
        }
        Ok(is_other)
    }

    /// The fact that so much of its money went back.
    pub(super) fn went_back(&self, reference: String, amount_minor: i64) -> MoneyFact {
        MoneyFact { kind: FactKind::Refund, reference, amount_minor, currency: self.currency.clone() }
    }

    /// The fact that so much of it did not arrive.
    pub(super) fn came_back(&self, reference: String, amount_minor: i64) -> MoneyFact {
        MoneyFact { kind: FactKind::RefundFailed, ..self.went_back(reference, amount_minor) }
    }

    /// What happened to an order's money, in the order we learned it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn transactions(conn: &mut Conn, order: i64) -> Result<Vec<Transaction>> {
        Ok(payment_transactions::table
            .inner_join(payment_attempts::table)
            .filter(payment_attempts::order_id.eq(order))
            .order(payment_transactions::id)
            .select(Transaction::as_select())
            .load(conn)?)
    }
}
