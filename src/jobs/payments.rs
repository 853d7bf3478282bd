//! Payment provider calls, always between transactions, never inside one. Everything that needs the state of a payment
//! calls this module, which fetches it from the provider.

use jiff::SignedDuration;

use crate::adapters::payments::{
    CheckoutSessionState, CreateCheckoutSession, CreateRefund, PaymentReport, ProviderResponse, ReportedRefund,
    ReportedTransaction, ReportedTransactionKind,
};
use crate::app::App;
use crate::error::{Error, Result};
use crate::models::platform::job::QueuedJob;
use crate::models::sales::order::Order;
use crate::models::sales::order::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::reconciliation::ProviderRefund;
use crate::models::sales::order::refund_transactions::RefundTransaction;
use crate::models::sales::payment::{
    NewPaymentTransaction, PaymentAttempt, PaymentAttemptState, PaymentTransaction, ProviderAmount, ProviderName,
    TransactionKind,
};
use crate::paths;
use crate::support::ids::{OrderId, PaymentAttemptId, RefundTransactionId};

/// An order expires 24 h after its hold ended even if the provider is unreachable; its payment page has expired by
/// then, and a late payment is refunded or reinstates the order.
const PROVIDER_GRACE: SignedDuration = SignedDuration::from_hours(24);
const RECONCILE_PERIOD: SignedDuration = SignedDuration::from_hours(72);

pub fn job_key(attempt: PaymentAttemptId) -> String {
    format!("payment:{attempt}")
}

/// Opens the payment page of an attempt and returns its URL; repeated calls return the same one.
///
/// # Errors
/// `Conflict` if the attempt was closed meanwhile, the payment is processing or authorized, or the provider rejects it.
pub async fn open_checkout_session(app: &App, attempt_id: PaymentAttemptId) -> Result<String> {
    let (attempt, order) = app
        .db
        .read(move |conn| {
            let attempt = PaymentAttempt::get(conn, attempt_id)?;
            let order = Order::get(conn, attempt.order_id)?;
            Ok((attempt, order))
        })
        .await?;
    if let (Some(url), PaymentAttemptState::Open) = (&attempt.redirect_url, attempt.state) {
        return Ok(url.clone());
    }
    if matches!(attempt.state, PaymentAttemptState::Processing | PaymentAttemptState::Authorized) {
        return Err(Error::Conflict);
    }
    let provider = app.payments.get(attempt.provider.as_str())?;
    let session = match provider.create_session(session_request(app, &attempt, &order)).await? {
        ProviderResponse::Accepted(session) => session,
        ProviderResponse::Rejected(reason) => {
            tracing::warn!(
                attempt = i64::from(attempt_id),
                why = reason,
                "cannot create a payment page: rejected by the provider"
            );
            app.db.write(move |tx| Order::update_attempt_state(tx, attempt_id, PaymentAttemptState::Failed)).await?;
            return Err(Error::Conflict);
        }
    };
    let (reference, url, amount) = (session.reference.clone(), session.url.clone(), session.amount);
    let opened = app.db.write(move |tx| PaymentAttempt::mark_open(tx, attempt_id, &reference, &url, amount)).await;
    if let Err(Error::Conflict) = opened {
        let report = provider.expire_session(session.reference).await?;
        apply(app, &attempt, report).await?;
        return Err(Error::Conflict);
    }
    opened?;
    Ok(session.url)
}

/// The same for every call, because the provider compares requests with one idempotency key.
fn session_request(app: &App, attempt: &PaymentAttempt, order: &Order) -> CreateCheckoutSession {
    let token = Order::access_token(&app.db.context().secret_key, &order.public_id);
    // The test provider's page is part of this site and has recorded the result before it redirects.
    let (origin, refund): (_, fn(&str) -> String) = match attempt.provider {
        ProviderName::Test => (String::new(), paths::order),
        _ => (app.origin(), paths::order_after_paying),
    };
    CreateCheckoutSession {
        idempotency_key: attempt.idempotency_key.clone(),
        client_reference_id: attempt.public_id.clone(),
        amount_minor: attempt.amount_minor,
        currency: attempt.currency,
        email: order.email.clone(),
        return_url: format!("{origin}{}", refund(&token)),
        expires_at: attempt.expires_at,
    }
}

pub async fn sync_attempt(app: &App, attempt_id: PaymentAttemptId) -> Result<()> {
    let attempt = app.db.read(move |conn| PaymentAttempt::get(conn, attempt_id)).await?;
    match &attempt.provider_ref {
        Some(reference) if attempt.provider != ProviderName::Manual => {
            sync_with_reference(app, &attempt, reference).await
        }
        _ => Ok(()),
    }
}

/// Syncs the open attempt when the buyer returns. Errors are only logged, because the job syncs again.
pub async fn sync_on_return(app: &App, order: OrderId) {
    let active = app.db.read(move |conn| PaymentAttempt::find_active(conn, order)).await;
    let Ok(Some(attempt)) = active else { return };
    if let Err(error) = sync_attempt(app, attempt.id).await {
        tracing::warn!(%error, attempt = i64::from(attempt.id), "cannot sync a payment with the provider");
    }
}

/// [`sync_attempt`] by the provider's reference, or by our public id; `NotFound` if neither belongs to an attempt.
pub async fn sync_by_reference(app: &App, provider: ProviderName, reference: &str, our_reference: &str) -> Result<()> {
    let (name, token) = (reference.to_owned(), our_reference.to_owned());
    let attempt = app.db.read(move |conn| PaymentAttempt::find_by_reference(conn, provider, &name, &token)).await?;
    sync_with_reference(app, &attempt, reference).await
}

/// [`sync_attempt`] with a reference from the provider, which may not be stored yet if the process stopped in between.
pub async fn sync_with_reference(app: &App, attempt: &PaymentAttempt, reference: &str) -> Result<()> {
    let reference = attempt.provider_ref.as_deref().unwrap_or(reference).to_owned();
    let report = app.payments.get(attempt.provider.as_str())?.fetch_report(reference).await?;
    apply(app, attempt, report).await
}

/// Expires an unpaid order: closes the payment page first, and releases the stock only if nothing was paid. A
/// processing payment is left to [`reconcile`]; on an error the stock stays reserved.
pub async fn expire_order(app: &App, order: OrderId) -> Result<()> {
    let (active, order_row) =
        app.db.read(move |conn| Ok((PaymentAttempt::find_active(conn, order)?, Order::get(conn, order)?))).await?;
    if let Some(attempt) = active
        && attempt.provider != ProviderName::Manual
    {
        if attempt.state == PaymentAttemptState::Processing {
            return Ok(());
        }
        match close(app, &attempt, &order_row).await {
            Ok(None) => {}
            Ok(Some(report)) => {
                let paid =
                    matches!(report.session_state, CheckoutSessionState::Complete | CheckoutSessionState::Processing);
                apply(app, &attempt, report).await?;
                if paid {
                    return Ok(());
                }
            }
            Err(error) if order_row.hold_until.is_some_and(|until| until.plus(PROVIDER_GRACE) < app.clock().now()) => {
                tracing::error!(%error, order = i64::from(order), "the payment provider has not responded for a day; expiring the order");
            }
            Err(error) => return Err(error),
        }
    }
    app.db.write(move |tx| Order::expire(tx, order)).await
}

/// Cancels the order at the buyer's request: closes the payment page, and puts the items back into the cart, whose
/// token it returns if it is new; `Conflict` if the order was paid or the payment is processing.
pub async fn cancel_checkout(app: &App, order: OrderId, cart_token: String) -> Result<Option<String>> {
    let (active, order_row) =
        app.db.read(move |conn| Ok((PaymentAttempt::find_active(conn, order)?, Order::get(conn, order)?))).await?;
    if let Some(attempt) = active {
        if attempt.state == PaymentAttemptState::Processing {
            return Err(Error::Conflict);
        }
        if let Some(report) = close(app, &attempt, &order_row).await? {
            let paid =
                matches!(report.session_state, CheckoutSessionState::Complete | CheckoutSessionState::Processing);
            apply(app, &attempt, report).await?;
            if paid {
                return Err(Error::Conflict);
            }
        }
    }
    app.db.write(move |tx| Order::cancel_checkout(tx, order, &cart_token)).await
}

/// Closes the attempt's payment page; `None` if the provider never created one.
async fn close(app: &App, attempt: &PaymentAttempt, order: &Order) -> Result<Option<PaymentReport>> {
    let provider = app.payments.get(attempt.provider.as_str())?;
    let reference = match &attempt.provider_ref {
        Some(reference) => reference.clone(),
        // The process may have stopped before storing the reference; the same idempotency key returns it.
        None => match provider.create_session(session_request(app, attempt, order)).await? {
            ProviderResponse::Accepted(session) => session.reference,
            ProviderResponse::Rejected(_) => return Ok(None),
        },
    };
    provider.expire_session(reference).await.map(Some)
}

/// Syncs processing payments and, in case webhooks were lost, all that the provider lists for the last 72 h.
pub async fn reconcile(app: &App) -> Result<()> {
    let Ok(provider) = app.payments.get(ProviderName::Stripe.as_str()) else { return Ok(()) };
    for attempt in app.db.read(|conn| PaymentAttempt::list_processing(conn, ProviderName::Stripe)).await? {
        if let Err(error) = sync_attempt(app, attempt).await {
            tracing::warn!(attempt = i64::from(attempt), %error, "cannot sync a processing payment");
        }
    }
    let since = app.clock().now().plus(-RECONCILE_PERIOD);
    for (reference, our_reference) in provider.list_paid_since(since).await? {
        let (name, token) = (reference.clone(), our_reference.clone());
        let find = move |conn: &mut _| PaymentAttempt::find_by_reference(conn, ProviderName::Stripe, &name, &token);
        match app.db.read(find).await {
            Ok(attempt) if attempt.captured_minor == 0 => {
                tracing::warn!(reference, "provider reports a payment that is not recorded; syncing it");
                sync_with_reference(app, &attempt, &reference).await?;
            }
            Ok(_) => {}
            // Several shops may share a provider account; a payment with our reference must be known.
            Err(Error::NotFound) if our_reference.is_empty() => {}
            Err(Error::NotFound) => {
                tracing::error!(
                    reference,
                    ours = our_reference,
                    "provider reports a payment that matches no payment attempt"
                )
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Requests a refund from the provider; the idempotency key makes repeats safe.
pub async fn send_refund(app: &App, id: RefundTransactionId) -> Result<()> {
    if !app.db.write(move |tx| RefundTransaction::mark_sent(tx, id)).await? {
        return Ok(());
    }
    let (refund_transaction, attempt, capture) = app
        .db
        .read(move |conn| {
            let refund_transaction = RefundTransaction::get(conn, id)?;
            let attempt = PaymentAttempt::get(conn, refund_transaction.attempt_id.ok_or(Error::NotFound)?)?;
            let transactions = PaymentAttempt::list_transactions(conn, attempt.order_id)?;
            let is_capture = |transaction: &PaymentTransaction| {
                transaction.kind == TransactionKind::Capture
                    && transaction.attempt_id == attempt.id
                    && transaction.currency == attempt.currency.code()
            };
            let capture = transactions
                .into_iter()
                .find(is_capture)
                .map(|transaction| transaction.provider_ref)
                .ok_or(Error::NotFound)?;
            Ok((refund_transaction, attempt, capture))
        })
        .await?;
    let request = CreateRefund {
        idempotency_key: refund_transaction.idempotency_key,
        capture_reference: capture,
        amount_minor: refund_transaction.amount_minor,
        currency: attempt.currency,
    };
    match app.payments.get(attempt.provider.as_str())?.refund(request).await? {
        ProviderResponse::Accepted(reference) => {
            app.db.write(move |tx| RefundTransaction::mark_succeeded(tx, id, &reference)).await
        }
        ProviderResponse::Rejected(reason) => {
            app.db.write(move |tx| RefundTransaction::mark_failed(tx, id, &reason)).await?;
            // The money may have been refunded another way, for example in the provider's dashboard.
            sync_attempt(app, attempt.id).await
        }
    }
}

fn transaction_kind(kind: ReportedTransactionKind) -> TransactionKind {
    match kind {
        ReportedTransactionKind::Captured => TransactionKind::Capture,
        ReportedTransactionKind::Disputed => TransactionKind::Dispute,
        ReportedTransactionKind::DisputeWon => TransactionKind::DisputeWon,
    }
}

fn provider_amount(transaction: &ReportedTransaction) -> ProviderAmount {
    let kind = transaction_kind(transaction.kind);
    ProviderAmount { kind, reference: transaction.reference.clone(), amount: transaction.provider_amount }
}

fn new_transaction(transaction: ReportedTransaction) -> NewPaymentTransaction {
    let kind = transaction_kind(transaction.kind);
    NewPaymentTransaction {
        kind,
        reference: transaction.reference,
        amount_minor: transaction.amount_minor,
        currency: transaction.currency,
    }
}

fn provider_refund(refund: ReportedRefund) -> ProviderRefund {
    let ReportedRefund { reference, idempotency_key: key, amount_minor, currency, failure_reason: failed } = refund;
    ProviderRefund { reference, idempotency_key: key, amount_minor, currency, failure_reason: failed }
}

async fn apply(app: &App, attempt: &PaymentAttempt, report: PaymentReport) -> Result<()> {
    let (id, by) = (attempt.id, attempt.provider.actor());
    let new_state = match report.session_state {
        CheckoutSessionState::Open | CheckoutSessionState::Complete => None,
        CheckoutSessionState::Processing => Some(PaymentAttemptState::Processing),
        CheckoutSessionState::Failed => Some(PaymentAttemptState::Failed),
        CheckoutSessionState::Expired => Some(PaymentAttemptState::Closed),
    };
    let provider_amounts: Vec<ProviderAmount> = report.transactions.iter().map(provider_amount).collect();
    let transactions: Vec<NewPaymentTransaction> = report.transactions.into_iter().map(new_transaction).collect();
    let refunds: Vec<ProviderRefund> = report.refunds.into_iter().map(provider_refund).collect();
    let mut declined_cards = report.decline_references;
    if new_state == Some(PaymentAttemptState::Failed) {
        declined_cards.push(attempt.public_id.clone());
    }
    let has_changed = new_state.is_some() || !transactions.is_empty();
    if !has_changed && refunds.is_empty() && declined_cards.is_empty() {
        return Ok(());
    }
    app.db
        .write(move |tx| {
            if let Some(state) = new_state {
                Order::update_attempt_state(tx, id, state)?;
            }
            if !transactions.is_empty() {
                Order::apply_transactions(tx, id, &transactions, &by)?;
                Order::check_provider_amounts(tx, id, &provider_amounts)?;
            }
            if !refunds.is_empty() {
                Order::sync_refunds(tx, id, &refunds, &by)?;
            }
            for name in &declined_cards {
                CardTestingAlert::record_decline(tx, name)?;
            }
            if has_changed && new_state != Some(PaymentAttemptState::Processing) {
                QueuedJob::cancel(tx, &job_key(id))?;
            }
            Ok(())
        })
        .await
}
