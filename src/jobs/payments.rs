//! Talking to payment providers: always between transactions, never inside one. Whoever wants to know what came of a
//! payment asks here, and here the provider is asked.

use jiff::SignedDuration;

use crate::adapters::payments::{Answer, Move, MoveKind, PageState, PaidBack, RefundWanted, Report, Wanted};
use crate::app::App;
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::models::gate::declining::Declines;
use crate::models::job::QueuedJob;
use crate::models::order::Order;
use crate::models::order::learning::RefundSeen;
use crate::models::order::repaying::Repayment;
use crate::models::payment::{Attempt, AttemptState, FactKind, MoneyFact, ProviderAmount, ProviderName, Transaction};
use crate::paths;

/// So long after its time was up an order is given up although the provider does not answer. Its page has closed itself
/// by then, and money that was paid on it comes late.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// How far back the provider's books are compared with ours.
const LOOKS_BACK: SignedDuration = SignedDuration::from_hours(72);

/// The key under which a payment waits to be looked at.
pub fn job_key(attempt: i64) -> String {
    format!("payment:{attempt}")
}

/// Makes the page to pay an attempt on, and returns its address; the same one for the same attempt.
///
/// # Errors
/// `Conflict` when the attempt was closed meanwhile, the bank is at it, or the provider refuses it.
pub async fn start(app: &App, attempt_id: i64) -> Result<String> {
    let (attempt, order) = app
        .db
        .read(move |conn| {
            let attempt = Attempt::get(conn, attempt_id)?;
            let order = Order::get(conn, attempt.order_id)?;
            Ok((attempt, order))
        })
        .await?;
    if let (Some(url), AttemptState::Open) = (&attempt.redirect_url, attempt.state) {
        return Ok(url.clone());
    }
    if matches!(attempt.state, AttemptState::Processing | AttemptState::Authorized) {
        return Err(Error::Conflict);
    }
    let provider = app.payments.get(attempt.provider.as_str())?;
    let session = match provider.create(wanted(app, &attempt, &order)).await? {
        Answer::Done(session) => session,
        Answer::Refused(why) => {
            tracing::warn!(attempt = attempt_id, why, "the provider makes no payment page");
            app.db.write(move |tx| Order::attempt_became(tx, attempt_id, AttemptState::Failed)).await?;
            return Err(Error::Conflict);
        }
    };
    let (reference, url, amount) = (session.reference.clone(), session.url.clone(), session.amount);
    let opened = app.db.write(move |tx| Attempt::opened(tx, attempt_id, &reference, &url, amount)).await;
    if let Err(Error::Conflict) = opened {
        let report = provider.expire(session.reference).await?;
        apply(app, &attempt, report).await?;
        return Err(Error::Conflict);
    }
    opened?;
    Ok(session.url)
}

/// The same for every repetition, so that the provider recognises it.
fn wanted(app: &App, attempt: &Attempt, order: &Order) -> Wanted {
    let token = Order::access_token(&app.db.means().key, &order.public_id);
    // The built-in page lives on this site and has told us all before it lets the buyer go.
    let (origin, back): (_, fn(&str) -> String) = match attempt.provider {
        ProviderName::Test => (String::new(), paths::order),
        _ => (app.origin(), paths::order_after_paying),
    };
    Wanted {
        idempotency_key: attempt.idempotency_key.clone(),
        attempt: attempt.public_id.clone(),
        amount_minor: attempt.amount_minor,
        currency: attempt.currency.clone(),
        email: order.email.clone(),
        return_url: format!("{origin}{}", back(&token)),
        expires_at: attempt.expires_at,
    }
}

/// Asks the provider what came of an attempt, and applies it.
///
/// # Errors
/// When the provider or the database does not answer.
pub async fn sync(app: &App, attempt_id: i64) -> Result<()> {
    let attempt = app.db.read(move |conn| Attempt::get(conn, attempt_id)).await?;
    match &attempt.provider_ref {
        Some(reference) if attempt.provider != ProviderName::Manual => sync_known(app, &attempt, reference).await,
        _ => Ok(()),
    }
}

/// The buyer comes back from the payment page: what came of it is asked for at once. That the provider does not answer
/// is no reason not to show the order; the job asks again.
pub async fn came_back(app: &App, order: i64) {
    let live = app.db.read(move |conn| Attempt::live(conn, order)).await;
    let Ok(Some(attempt)) = live else { return };
    if let Err(error) = sync(app, attempt.id).await {
        tracing::warn!(%error, attempt = attempt.id, "the payment provider did not answer");
    }
}

/// As [`sync`], by the provider's name for the payment, or by ours.
///
/// # Errors
/// `NotFound`; and when the provider or the database does not answer.
pub async fn sync_by_reference(app: &App, provider: ProviderName, reference: &str, ours: &str) -> Result<()> {
    let (name, token) = (reference.to_owned(), ours.to_owned());
    let attempt = app.db.read(move |conn| Attempt::by_reference(conn, provider, &name, &token)).await?;
    sync_known(app, &attempt, reference).await
}

/// As [`sync`], for an attempt that the provider knows by this name. We may have stopped before writing it down.
///
/// # Errors
/// When the provider or the database does not answer.
pub async fn sync_known(app: &App, attempt: &Attempt, reference: &str) -> Result<()> {
    let reference = attempt.provider_ref.as_deref().unwrap_or(reference).to_owned();
    let report = app.payments.get(attempt.provider.as_str())?.get(reference).await?;
    apply(app, attempt, report).await
}

/// Gives up an order whose time is up: first the page is closed at the provider, and only if nothing was paid on it
/// the goods go back on sale. A bank that is at it may take its time; it is asked by [`reconcile`].
///
/// # Errors
/// When the provider or the database does not answer; the goods stay held.
pub async fn give_up(app: &App, order: i64) -> Result<()> {
    let (live, about) = app.db.read(move |conn| Ok((Attempt::live(conn, order)?, Order::get(conn, order)?))).await?;
    if let Some(attempt) = live
        && attempt.provider != ProviderName::Manual
    {
        if attempt.state == AttemptState::Processing {
            return Ok(());
        }
        match close(app, &attempt, &about).await {
            Ok(None) => {}
            Ok(Some(report)) => {
                let paid = matches!(report.page, PageState::Complete | PageState::Processing);
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

/// The buyer of a cart's order does not want to pay: its page is closed at the provider, and if nothing was paid on it the
/// order is called off and its things are in the cart again. Answers with the token of the cart if it is a new one.
///
/// # Errors
/// `Conflict` when it was paid, or the bank is at it; and when the provider or the database does not answer.
pub async fn take_back(app: &App, order: i64, cart_token: String) -> Result<Option<String>> {
    let (live, about) = app.db.read(move |conn| Ok((Attempt::live(conn, order)?, Order::get(conn, order)?))).await?;
    if let Some(attempt) = live {
        if attempt.state == AttemptState::Processing {
            return Err(Error::Conflict);
        }
        if let Some(report) = close(app, &attempt, &about).await? {
            let paid = matches!(report.page, PageState::Complete | PageState::Processing);
            apply(app, &attempt, report).await?;
            if paid {
                return Err(Error::Conflict);
            }
        }
    }
    app.db.write(move |tx| Order::take_back(tx, order, &cart_token)).await
}

/// Closes an attempt's page. None when there never was one.
async fn close(app: &App, attempt: &Attempt, order: &Order) -> Result<Option<Report>> {
    let provider = app.payments.get(attempt.provider.as_str())?;
    let reference = match &attempt.provider_ref {
        Some(reference) => reference.clone(),
        // We may have stopped before writing the page's name down: the same key gives it again.
        None => match provider.create(wanted(app, attempt, order)).await? {
            Answer::Done(session) => session.reference,
            Answer::Refused(_) => return Ok(None),
        },
    };
    provider.expire(reference).await.map(Some)
}

/// Asks what became of payments that banks are at, compares what the provider took in the last days with what we know,
/// and catches up: the last net under lost messages.
///
/// # Errors
/// When the provider or the database does not answer.
pub async fn reconcile(app: &App) -> Result<()> {
    let Ok(provider) = app.payments.get(ProviderName::Stripe.as_str()) else { return Ok(()) };
    for attempt in app.db.read(|conn| Attempt::at_the_bank(conn, ProviderName::Stripe)).await? {
        if let Err(error) = sync(app, attempt).await {
            tracing::warn!(attempt, %error, "a payment that the bank is at could not be looked at");
        }
    }
    let since = app.clock().now().plus(-LOOKS_BACK);
    for (reference, ours) in provider.paid_since(since).await? {
        let (name, token) = (reference.clone(), ours.clone());
        let find = move |conn: &mut _| Attempt::by_reference(conn, ProviderName::Stripe, &name, &token);
        match app.db.read(find).await {
            Ok(attempt) if attempt.captured_minor == 0 => {
                tracing::warn!(reference, "a payment had been missed");
                sync_known(app, &attempt, &reference).await?;
            }
            Ok(_) => {}
            // Other shops may use the same account; what carries our mark ought to be known.
            Err(Error::NotFound) if ours.is_empty() => {}
            Err(Error::NotFound) => tracing::error!(reference, ours, "the provider took money for nothing we know"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Asks a provider to pay back, with a key that makes asking twice harmless.
///
/// # Errors
/// When the provider or the database does not answer; the job asks again.
pub async fn repay(app: &App, id: i64) -> Result<()> {
    if !app.db.write(move |tx| Repayment::sent(tx, id)).await? {
        return Ok(());
    }
    let (repayment, attempt, capture) = app
        .db
        .read(move |conn| {
            let repayment = Repayment::get(conn, id)?;
            let attempt = Attempt::get(conn, repayment.attempt_id.ok_or(Error::NotFound)?)?;
            let facts = Attempt::transactions(conn, attempt.order_id)?;
            let own = |fact: &Transaction| {
                fact.kind == FactKind::Capture && fact.attempt_id == attempt.id && fact.currency == attempt.currency
            };
            let capture = facts.into_iter().find(own).map(|fact| fact.provider_ref).ok_or(Error::NotFound)?;
            Ok((repayment, attempt, capture))
        })
        .await?;
    let wanted = RefundWanted {
        idempotency_key: repayment.idempotency_key,
        capture,
        amount_minor: repayment.amount_minor,
        currency: attempt.currency.clone(),
    };
    match app.payments.get(attempt.provider.as_str())?.refund(wanted).await? {
        Answer::Done(reference) => app.db.write(move |tx| Repayment::succeeded(tx, id, &reference)).await,
        Answer::Refused(why) => {
            app.db.write(move |tx| Repayment::failed(tx, id, &why)).await?;
            // Perhaps because the money has gone back another way already.
            sync(app, attempt.id).await
        }
    }
}

fn fact_kind(kind: MoveKind) -> FactKind {
    match kind {
        MoveKind::Captured => FactKind::Capture,
        MoveKind::Disputed => FactKind::Dispute,
        MoveKind::DisputeWon => FactKind::DisputeWon,
    }
}

fn provider_amount(moved: &Move) -> ProviderAmount {
    let kind = fact_kind(moved.kind);
    ProviderAmount { kind, reference: moved.reference.clone(), amount: moved.provider_amount }
}

/// What a provider says, as we keep it.
fn fact(moved: Move) -> MoneyFact {
    let kind = fact_kind(moved.kind);
    MoneyFact { kind, reference: moved.reference, amount_minor: moved.amount_minor, currency: moved.currency }
}

fn seen(back: PaidBack) -> RefundSeen {
    let PaidBack { reference, key, amount_minor, currency, failed } = back;
    RefundSeen { reference, key, amount_minor, currency, failed }
}

async fn apply(app: &App, attempt: &Attempt, report: Report) -> Result<()> {
    let (id, by) = (attempt.id, Actor::Provider(attempt.provider.label()));
    let became = match report.page {
        PageState::Open | PageState::Complete => None,
        PageState::Processing => Some(AttemptState::Processing),
        PageState::Failed => Some(AttemptState::Failed),
        PageState::Expired => Some(AttemptState::Closed),
    };
    let said: Vec<ProviderAmount> = report.moves.iter().map(provider_amount).collect();
    let facts: Vec<MoneyFact> = report.moves.into_iter().map(fact).collect();
    let refunds: Vec<RefundSeen> = report.refunds.into_iter().map(seen).collect();
    let mut declined = report.declined;
    if became == Some(AttemptState::Failed) {
        declined.push(attempt.public_id.clone());
    }
    let has_moved = became.is_some() || !facts.is_empty();
    if !has_moved && refunds.is_empty() && declined.is_empty() {
        return Ok(());
    }
    app.db
        .write(move |tx| {
            if let Some(state) = became {
                Order::attempt_became(tx, id, state)?;
            }
            if !facts.is_empty() {
                Order::settle(tx, id, &facts, &by)?;
                Order::compare_amounts(tx, id, &said)?;
            }
            if !refunds.is_empty() {
                Order::learn_refunds(tx, id, &refunds, &by)?;
            }
            for name in &declined {
                Declines::note(tx, name)?;
            }
            if has_moved && became != Some(AttemptState::Processing) {
                QueuedJob::withdraw(tx, &job_key(id))?;
            }
            Ok(())
        })
        .await
}
