//! Payment attempts, and the transactions that providers report for them. Transactions are append-only; all sums are
//! derived from them.

use diesel::prelude::*;

use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::on_backend;
use crate::schema::{payment_attempts, payment_transactions};
use crate::support::clock::Utc;
use crate::support::ids::{OrderId, PaymentAttemptId};
use crate::support::money::Currency;
use crate::text_enum;

text_enum! {
    ProviderName {
        /// Staff, who check the bank account or the till.
        Manual = "manual",
        Test = "test",
        Stripe = "stripe",
    }
}

impl ProviderName {
    pub fn actor(self) -> Actor {
        Actor::Provider(self.as_str().to_owned())
    }

    pub fn label(self) -> &'static str {
        match self {
            ProviderName::Manual => "By hand",
            ProviderName::Test => "Test card",
            ProviderName::Stripe => "Stripe",
        }
    }
}

text_enum! {
    PaymentAttemptState {
        Created = "created",
        Open = "open",
        Processing = "processing",
        Authorized = "authorized",
        /// Money was received; a final state.
        Captured = "captured",
        Failed = "failed",
        Closed = "closed",
    }
}

impl PaymentAttemptState {
    /// States in which the buyer can still pay. A unique index allows one such attempt per order.
    pub const ACTIVE: [PaymentAttemptState; 4] = [
        PaymentAttemptState::Created,
        PaymentAttemptState::Open,
        PaymentAttemptState::Processing,
        PaymentAttemptState::Authorized,
    ];

    /// Whether the transition is allowed. A capture is accepted from every state, because the money has arrived.
    pub fn can_transition_to(self, next: PaymentAttemptState) -> bool {
        use PaymentAttemptState::{Authorized, Captured, Closed, Created, Failed, Open, Processing};
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
    TransactionKind {
        Authorize = "authorize",
        Capture = "capture",
        /// An authorisation was cancelled before capture.
        Void = "void",
        Refund = "refund",
        /// A refund did not reach the buyer, and the money is back with the shop.
        RefundFailed = "refund_failed",
        /// The buyer disputed the payment with their bank, which took it back.
        Dispute = "dispute",
        /// The dispute was won, and the money is back with the shop.
        DisputeWon = "dispute_won",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = payment_attempts, check_for_backend(AnyBackend))]
pub struct PaymentAttempt {
    pub id: PaymentAttemptId,
    /// Our reference in the provider's records.
    pub public_id: String,
    pub order_id: OrderId,
    pub provider: ProviderName,
    /// The same for every retry of the same API call.
    pub idempotency_key: String,
    pub amount_minor: i64,
    pub currency: Currency,
    pub state: PaymentAttemptState,
    pub provider_ref: Option<String>,
    pub redirect_url: Option<String>,
    /// The amount that the payment page asks for, in the provider's own units; `None` until the page exists.
    pub provider_amount: Option<i64>,
    pub captured_minor: i64,
    /// Refunded or reserved for refunds, minor units; at most `captured_minor`.
    pub refund_reserved_minor: i64,
    pub expires_at: Utc,
    pub created_at: Utc,
}

#[derive(Clone, Copy, Debug, Insertable)]
#[diesel(table_name = payment_attempts)]
pub struct NewPaymentAttempt {
    pub order_id: OrderId,
    pub provider: ProviderName,
    pub amount_minor: i64,
    pub currency: Currency,
    pub expires_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = payment_attempts)]
struct PaymentAttemptRow<'a> {
    public_id: &'a str,
    idempotency_key: String,
    #[diesel(embed)]
    new: NewPaymentAttempt,
    state: PaymentAttemptState,
    captured_minor: i64,
    created_at: Utc,
}

#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = payment_transactions)]
pub struct NewPaymentTransaction {
    pub kind: TransactionKind,
    #[diesel(column_name = provider_ref)]
    pub reference: String,
    pub amount_minor: i64,
    /// ISO 4217, as the provider reports it.
    pub currency: String,
}

#[derive(Insertable)]
#[diesel(table_name = payment_transactions)]
struct PaymentTransactionRow {
    attempt_id: PaymentAttemptId,
    provider: ProviderName,
    #[diesel(embed)]
    new: NewPaymentTransaction,
    at: Utc,
}

/// The amount of a transaction in the provider's own units, which may differ from ISO 4217 minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderAmount {
    pub kind: TransactionKind,
    pub reference: String,
    pub amount: i64,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = payment_transactions, check_for_backend(AnyBackend))]
pub struct PaymentTransaction {
    pub attempt_id: PaymentAttemptId,
    pub kind: TransactionKind,
    pub provider: ProviderName,
    pub provider_ref: String,
    pub amount_minor: i64,
    pub currency: String,
    /// When it was recorded here, not when the provider made it.
    pub at: Utc,
}

impl PaymentAttempt {
    /// Creates an attempt. A unique index refuses a second active attempt for the same order.
    pub fn create(tx: &mut Tx<'_>, new: &NewPaymentAttempt) -> Result<PaymentAttempt> {
        let public_id = tx.generate_public_id()?;
        let row = PaymentAttemptRow {
            public_id: &public_id,
            idempotency_key: format!("attempt-{public_id}"),
            new: *new,
            state: PaymentAttemptState::Created,
            captured_minor: 0,
            created_at: tx.now(),
        };
        let id: PaymentAttemptId = diesel::insert_into(payment_attempts::table)
            .values(row)
            .returning(payment_attempts::id)
            .get_result(tx.conn())?;
        PaymentAttempt::get(tx.conn(), id)
    }

    pub fn get(conn: &mut Conn, id: PaymentAttemptId) -> Result<PaymentAttempt> {
        Ok(PaymentAttempt::query().find(id).first(conn)?)
    }

    pub fn find_active(conn: &mut Conn, order: OrderId) -> Result<Option<PaymentAttempt>> {
        let is_active =
            payment_attempts::order_id.eq(order).and(payment_attempts::state.eq_any(PaymentAttemptState::ACTIVE));
        Ok(PaymentAttempt::query().filter(is_active).first(conn).optional()?)
    }

    /// Attempts of a provider for which the bank has not decided yet.
    pub fn list_processing(conn: &mut Conn, provider: ProviderName) -> Result<Vec<PaymentAttemptId>> {
        let is_processing =
            payment_attempts::provider.eq(provider).and(payment_attempts::state.eq(PaymentAttemptState::Processing));
        let processing = payment_attempts::table.filter(is_processing).order(payment_attempts::id);
        Ok(processing.select(payment_attempts::id).load(conn)?)
    }

    pub fn list_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<PaymentAttempt>> {
        let attempts = PaymentAttempt::query().filter(payment_attempts::order_id.eq(order));
        Ok(attempts.order(payment_attempts::id).load(conn)?)
    }

    /// Finds an attempt by the provider's `reference`, or by `ours`, the public id that we gave it; `NotFound` if it is
    /// not ours.
    pub fn find_by_reference(
        conn: &mut Conn,
        provider: ProviderName,
        reference: &str,
        ours: &str,
    ) -> Result<PaymentAttempt> {
        let matches = payment_attempts::provider_ref.eq(reference).or(payment_attempts::public_id.nullable().eq(ours));
        Ok(PaymentAttempt::query().filter(payment_attempts::provider.eq(provider)).filter(matches).first(conn)?)
    }

    /// Finds an attempt by the provider's id of one of its transactions, else as [`PaymentAttempt::find_by_reference`].
    pub fn find_by_capture(
        conn: &mut Conn,
        provider: ProviderName,
        capture: &str,
        ours: &str,
    ) -> Result<PaymentAttempt> {
        let attempt: Option<PaymentAttemptId> = payment_transactions::table
            .filter(payment_transactions::provider.eq(provider).and(payment_transactions::provider_ref.eq(capture)))
            .select(payment_transactions::attempt_id)
            .first(conn)
            .optional()?;
        match attempt {
            Some(id) => PaymentAttempt::get(conn, id),
            None => PaymentAttempt::find_by_reference(conn, provider, capture, ours),
        }
    }

    /// Stores the payment page that the provider created; `amount` is in the provider's units. `Conflict` if the
    /// attempt was closed meanwhile: the caller must close the page at the provider.
    pub fn mark_open(tx: &mut Tx<'_>, id: PaymentAttemptId, reference: &str, url: &str, amount: i64) -> Result<()> {
        let created = payment_attempts::id
            .eq(id)
            .and(payment_attempts::state.eq_any([PaymentAttemptState::Created, PaymentAttemptState::Open]));
        let opened = diesel::update(payment_attempts::table.filter(created))
            .set((
                payment_attempts::state.eq(PaymentAttemptState::Open),
                payment_attempts::provider_ref.eq(reference),
                payment_attempts::redirect_url.eq(url),
                payment_attempts::provider_amount.eq(amount),
            ))
            .execute(tx.conn())?;
        if opened == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Moves the attempt to `next` if the transition is allowed; an outdated report changes nothing.
    pub fn advance(tx: &mut Tx<'_>, id: PaymentAttemptId, next: PaymentAttemptState) -> Result<()> {
        let from: Vec<PaymentAttemptState> =
            PaymentAttemptState::ALL.iter().copied().filter(|state| state.can_transition_to(next)).collect();
        let movable = payment_attempts::id.eq(id).and(payment_attempts::state.eq_any(from));
        diesel::update(payment_attempts::table.filter(movable))
            .set(payment_attempts::state.eq(next))
            .execute(tx.conn())?;
        Ok(())
    }

    /// Stores reported transactions, each once however often it is reported, and updates the captured amount. A
    /// transaction in another currency is stored but not counted. Returns whether a new capture in another currency was
    /// among them.
    pub(in crate::models) fn record_transactions(
        &self,
        tx: &mut Tx<'_>,
        transactions: &[NewPaymentTransaction],
    ) -> Result<bool> {
        let mut is_foreign = false;
        for transaction in transactions {
            let row = PaymentTransactionRow {
                attempt_id: self.id,
                provider: self.provider,
                new: transaction.clone(),
                at: tx.now(),
            };
            let conn = tx.conn();
            let inserted = on_backend!(conn => diesel::insert_into(payment_transactions::table)
                .values(row)
                .on_conflict((payment_transactions::provider, payment_transactions::provider_ref, payment_transactions::kind))
                .do_nothing()
                .execute(conn))?;
            let is_capture = transaction.kind == TransactionKind::Capture;
            is_foreign |= inserted == 1 && is_capture && transaction.currency != self.currency.code();
        }
        let captured = payment_transactions::attempt_id
            .eq(self.id)
            .and(payment_transactions::kind.eq(TransactionKind::Capture))
            .and(payment_transactions::currency.eq(self.currency));
        let amounts: Vec<i64> =
            payment_transactions::table.filter(captured).select(payment_transactions::amount_minor).load(tx.conn())?;
        let captured: i64 = amounts.iter().sum();
        if captured > 0 {
            diesel::update(payment_attempts::table.find(self.id))
                .set((
                    payment_attempts::state.eq(PaymentAttemptState::Captured),
                    payment_attempts::captured_minor.eq(captured),
                ))
                .execute(tx.conn())?;
        }
        Ok(is_foreign)
    }

    /// Adds the amounts in the provider's units to transactions that [`PaymentAttempt::record_transactions`] has
    /// stored. Returns whether a capture newly recorded here differs from the amount that the payment page asked for.
    pub(in crate::models) fn record_provider_amounts(
        &self,
        tx: &mut Tx<'_>,
        amounts: &[ProviderAmount],
    ) -> Result<bool> {
        let mut is_different = false;
        for amount in amounts {
            let matches = payment_transactions::provider
                .eq(self.provider)
                .and(payment_transactions::provider_ref.eq(&amount.reference))
                .and(payment_transactions::kind.eq(amount.kind))
                .and(payment_transactions::provider_amount.is_null());
            let updated = diesel::update(payment_transactions::table.filter(matches))
                .set(payment_transactions::provider_amount.eq(amount.amount))
                .execute(tx.conn())?;
            let requested = self.provider_amount.unwrap_or(amount.amount);
            is_different |= updated == 1 && amount.kind == TransactionKind::Capture && amount.amount != requested;
        }
        Ok(is_different)
    }

    pub(in crate::models) fn build_refund(&self, reference: String, amount_minor: i64) -> NewPaymentTransaction {
        NewPaymentTransaction {
            kind: TransactionKind::Refund,
            reference,
            amount_minor,
            currency: self.currency.code().to_owned(),
        }
    }

    pub(in crate::models) fn build_refund_failure(
        &self,
        reference: String,
        amount_minor: i64,
    ) -> NewPaymentTransaction {
        NewPaymentTransaction { kind: TransactionKind::RefundFailed, ..self.build_refund(reference, amount_minor) }
    }

    pub fn list_transactions(conn: &mut Conn, order: OrderId) -> Result<Vec<PaymentTransaction>> {
        Ok(payment_transactions::table
            .inner_join(payment_attempts::table)
            .filter(payment_attempts::order_id.eq(order))
            .order(payment_transactions::id)
            .select(PaymentTransaction::as_select())
            .load(conn)?)
    }
}
