//! Payment provider calls, always between transactions, never inside one. Everything that needs the state of a payment
//! calls this module, which fetches it from the provider.

use jiff::SignedDuration;

use crate::adapters::payments::{
    CheckoutSessionState, CreateCheckoutSession, CreateRefund, PaymentReport, ProviderResponse, ReportedRefund,
    ReportedTransaction, ReportedTransactionKind,
};
use crate::app::App;
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::models::platform::job::QueuedJob;
use crate::models::sales::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::Order;
use crate::models::sales::order::reconciliation::ProviderRefund;
use crate::models::sales::order::refund_transactions::RefundTransaction;
use crate::models::sales::payment::{
    NewPaymentTransaction, PaymentAttempt, PaymentAttemptState, PaymentTransaction, ProviderAmount, ProviderName,
    TransactionKind,
};
use crate::paths;

/// An order expires 24 h after its hold ended even if the provider is unreachable; its payment page has expired by
/// then, and a late payment is refunded or reinstates the order.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// How far back payments are reconciled with the provider.
const LOOKS_BACK: SignedDuration = SignedDuration::from_hours(72);

/// Deduplication key of the job that syncs a payment attempt.
pub fn job_key(attempt: i64) -> String {
    format!("payment:{attempt}")
}

/// Opens the payment page of an attempt and returns its URL; repeated calls return the same one.
///
/// # Errors
/// `Conflict` if the attempt was closed meanwhile, the payment is processing or authorized, or the provider rejects it.
pub async fn open_checkout_session(app: &App, attempt_id: i64) -> Result<String> {
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
    let session = match provider.create_session(wanted(app, &attempt, &order)).await? {
        ProviderResponse::Accepted(session) => session,
        ProviderResponse::Rejected(why) => {
            tracing::warn!(attempt = attempt_id, why, "the provider did not create a payment page");
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
fn wanted(app: &App, attempt: &PaymentAttempt, order: &Order) -> CreateCheckoutSession {
    let token = Order::access_token(&app.db.context().secret_key, &order.public_id);
    // The test provider's page is part of this site and has recorded the result before it redirects.
    let (origin, back): (_, fn(&str) -> String) = match attempt.provider {
        ProviderName::Test => (String::new(), paths::order),
        _ => (app.origin(), paths::order_after_paying),
    };
    CreateCheckoutSession {
        idempotency_key: attempt.idempotency_key.clone(),
        client_reference_id: attempt.public_id.clone(),
        amount_minor: attempt.amount_minor,
        currency: attempt.currency.clone(),
        email: order.email.clone(),
        return_url: format!("{origin}{}", back(&token)),
        expires_at: attempt.expires_at,
    }
}

/// Fetches the state of an attempt from the provider and applies it.
pub async fn sync_attempt(app: &App, attempt_id: i64) -> Result<()> {
    let attempt = app.db.read(move |conn| PaymentAttempt::get(conn, attempt_id)).await?;
    match &attempt.provider_ref {
        Some(reference) if attempt.provider != ProviderName::Manual => {
            sync_with_reference(app, &attempt, reference).await
        }
        _ => Ok(()),
    }
}

/// Syncs the open attempt when the buyer returns from the payment page. Errors are only logged, because the job syncs
/// again.
pub async fn sync_on_return(app: &App, order: i64) {
    let live = app.db.read(move |conn| PaymentAttempt::find_active(conn, order)).await;
    let Ok(Some(attempt)) = live else { return };
    if let Err(error) = sync_attempt(app, attempt.id).await {
        tracing::warn!(%error, attempt = attempt.id, "the payment provider did not answer");
    }
}

/// [`sync_attempt`] by the provider's reference, or by our public id.
///
/// # Errors
/// `NotFound` if neither belongs to an attempt.
pub async fn sync_by_reference(app: &App, provider: ProviderName, reference: &str, ours: &str) -> Result<()> {
    let (name, token) = (reference.to_owned(), ours.to_owned());
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
pub async fn expire_order(app: &App, order: i64) -> Result<()> {
    let (live, about) =
        app.db.read(move |conn| Ok((PaymentAttempt::find_active(conn, order)?, Order::get(conn, order)?))).await?;
    if let Some(attempt) = live
        && attempt.provider != ProviderName::Manual
    {
        if attempt.state == PaymentAttemptState::Processing {
            return Ok(());
        }
        match close(app, &attempt, &about).await {
            Ok(None) => {}
            Ok(Some(report)) => {
                let paid =
                    matches!(report.session_state, CheckoutSessionState::Complete | CheckoutSessionState::Processing);
                apply(app, &attempt, report).await?;
                if paid {
                    return Ok(());
                }
            }
            Err(error) if about.hold_until.is_some_and(|until| until.plus(PATIENCE) < app.clock().now()) => {
                tracing::error!(%error, order, "the payment provider has not answered for a day; the order is given up");
            }
            Err(error) => return Err(error),
        }
    }
    app.db.write(move |tx| Order::expire(tx, order)).await
}

/// Cancels the order placed from a cart at the buyer's request: closes the payment page, and puts the items back into
/// the cart. Returns the cart's token if a new cart was created.
///
/// # Errors
/// `Conflict` if the order was paid or the payment is processing.
pub async fn cancel_checkout(app: &App, order: i64, cart_token: String) -> Result<Option<String>> {
    let (live, about) =
        app.db.read(move |conn| Ok((PaymentAttempt::find_active(conn, order)?, Order::get(conn, order)?))).await?;
    if let Some(attempt) = live {
        if attempt.state == PaymentAttemptState::Processing {
            return Err(Error::Conflict);
        }
        if let Some(report) = close(app, &attempt, &about).await? {
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

/// Closes the attempt's payment page; none if the provider never created one.
async fn close(app: &App, attempt: &PaymentAttempt, order: &Order) -> Result<Option<PaymentReport>> {
    let provider = app.payments.get(attempt.provider.as_str())?;
    let reference = match &attempt.provider_ref {
        Some(reference) => reference.clone(),
        // The process may have stopped before storing the reference; the same idempotency key returns it.
        None => match provider.create_session(wanted(app, attempt, order)).await? {
            ProviderResponse::Accepted(session) => session.reference,
            ProviderResponse::Rejected(_) => return Ok(None),
        },
    };
    provider.expire_session(reference).await.map(Some)
}

/// Syncs processing payments, and compares the provider's payments of the last 72 h with ours, in case webhooks were
/// lost.
pub async fn reconcile(app: &App) -> Result<()> {
    let Ok(provider) = app.payments.get(ProviderName::Stripe.as_str()) else { return Ok(()) };
    for attempt in app.db.read(|conn| PaymentAttempt::list_processing(conn, ProviderName::Stripe)).await? {
        if let Err(error) = sync_attempt(app, attempt).await {
            tracing::warn!(attempt, %error, "a payment that the bank is at could not be looked at");
        }
    }
    let since = app.clock().now().plus(-LOOKS_BACK);
    for (reference, ours) in provider.list_paid_since(since).await? {
        let (name, token) = (reference.clone(), ours.clone());
        let find = move |conn: &mut _| PaymentAttempt::find_by_reference(conn, ProviderName::Stripe, &name, &token);
        match app.db.read(find).await {
            Ok(attempt) if attempt.captured_minor == 0 => {
                tracing::warn!(reference, "a payment had been missed");
                sync_with_reference(app, &attempt, &reference).await?;
            }
            Ok(_) => {}
            // Several shops may share a provider account; a payment with our reference must be known.
            Err(Error::NotFound) if ours.is_empty() => {}
            Err(Error::NotFound) => tracing::error!(reference, ours, "the provider took money for nothing we know"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Requests a refund from the provider; the idempotency key makes repeats safe.
pub async fn send_refund(app: &App, id: i64) -> Result<()> {
    if !app.db.write(move |tx| RefundTransaction::mark_sent(tx, id)).await? {
        return Ok(());
    }
    let (repayment, attempt, capture) = app
        .db
        .read(move |conn| {
            let repayment = RefundTransaction::get(conn, id)?;
            let attempt = PaymentAttempt::get(conn, repayment.attempt_id.ok_or(Error::NotFound)?)?;
            let facts = PaymentAttempt::list_transactions(conn, attempt.order_id)?;
            let own = |fact: &PaymentTransaction| {
                fact.kind == TransactionKind::Capture
                    && fact.attempt_id == attempt.id
                    && fact.currency == attempt.currency
            };
            let capture = facts.into_iter().find(own).map(|fact| fact.provider_ref).ok_or(Error::NotFound)?;
            Ok((repayment, attempt, capture))
        })
        .await?;
    let wanted = CreateRefund {
        idempotency_key: repayment.idempotency_key,
        capture_reference: capture,
        amount_minor: repayment.amount_minor,
        currency: attempt.currency.clone(),
    };
    match app.payments.get(attempt.provider.as_str())?.refund(wanted).await? {
        ProviderResponse::Accepted(reference) => {
            app.db.write(move |tx| RefundTransaction::mark_succeeded(tx, id, &reference)).await
        }
        ProviderResponse::Rejected(why) => {
            app.db.write(move |tx| RefundTransaction::mark_failed(tx, id, &why)).await?;
            // The money may have been refunded another way, for example in the provider's dashboard.
            sync_attempt(app, attempt.id).await
        }
    }
}

fn fact_kind(kind: ReportedTransactionKind) -> TransactionKind {
    match kind {
        ReportedTransactionKind::Captured => TransactionKind::Capture,
        ReportedTransactionKind::Disputed => TransactionKind::Dispute,
        ReportedTransactionKind::DisputeWon => TransactionKind::DisputeWon,
    }
}

fn provider_amount(moved: &ReportedTransaction) -> ProviderAmount {
    let kind = fact_kind(moved.kind);
    ProviderAmount { kind, reference: moved.reference.clone(), amount: moved.provider_amount }
}

fn fact(moved: ReportedTransaction) -> NewPaymentTransaction {
    let kind = fact_kind(moved.kind);
    NewPaymentTransaction {
        kind,
        reference: moved.reference,
        amount_minor: moved.amount_minor,
        currency: moved.currency,
    }
}

fn seen(back: ReportedRefund) -> ProviderRefund {
    let ReportedRefund { reference, idempotency_key: key, amount_minor, currency, failure_reason: failed } = back;
    ProviderRefund { reference, idempotency_key: key, amount_minor, currency, failure_reason: failed }
}

async fn apply(app: &App, attempt: &PaymentAttempt, report: PaymentReport) -> Result<()> {
    let (id, by) = (attempt.id, Actor::Provider(attempt.provider.label()));
    let became = match report.session_state {
        CheckoutSessionState::Open | CheckoutSessionState::Complete => None,
        CheckoutSessionState::Processing => Some(PaymentAttemptState::Processing),
        CheckoutSessionState::Failed => Some(PaymentAttemptState::Failed),
        CheckoutSessionState::Expired => Some(PaymentAttemptState::Closed),
    };
    let said: Vec<ProviderAmount> = report.transactions.iter().map(provider_amount).collect();
    let facts: Vec<NewPaymentTransaction> = report.transactions.into_iter().map(fact).collect();
    let refunds: Vec<ProviderRefund> = report.refunds.into_iter().map(seen).collect();
    let mut declined = report.decline_references;
    if became == Some(PaymentAttemptState::Failed) {
        declined.push(attempt.public_id.clone());
    }
    let has_moved = became.is_some() || !facts.is_empty();
    if !has_moved && refunds.is_empty() && declined.is_empty() {
        return Ok(());
    }
    app.db
        .write(move |tx| {
            if let Some(state) = became {
                Order::update_attempt_state(tx, id, state)?;
            }
            if !facts.is_empty() {
                Order::apply_transactions(tx, id, &facts, &by)?;
                Order::check_provider_amounts(tx, id, &said)?;
            }
            if !refunds.is_empty() {
                Order::sync_refunds(tx, id, &refunds, &by)?;
            }
            for name in &declined {
                CardTestingAlert::record_decline(tx, name)?;
            }
            if has_moved && became != Some(PaymentAttemptState::Processing) {
                QueuedJob::cancel(tx, &job_key(id))?;
            }
            Ok(())
        })
        .await
}
