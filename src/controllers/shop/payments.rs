//! The test provider's card page, and retrying the payment of an order.

use actix_web::web::Path;

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::resource_path::BuyerOrderPath;
use crate::http::{Form, Layout, Reply, Visitor};
use crate::jobs::payments;
use crate::models::sales::order::Order;
use crate::models::sales::payment::ProviderName;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::PaymentAttemptId;
use crate::views::shop::payments::{PaymentWait, TestPayment};

pub async fn show(visitor: Visitor, reference: Path<String>) -> Result<Reply> {
    render_card_page(visitor, reference.into_inner(), Fields::default()).await
}

pub async fn create(visitor: Visitor, reference: Path<String>, form: Form) -> Result<Reply> {
    let reference = reference.into_inner();
    let provider = visitor.app().payments.test.clone().ok_or(Error::NotFound)?;
    let page = provider.find_page(reference.clone()).await.map_err(|error| visitor.limit_link_attempts(error))?;
    let mut fields = form.fields;
    let card = provider.pay(reference.clone(), fields.value("card_number")).await?;
    // The order learns the result from the provider, as with a real one, never from this form.
    payments::sync_by_reference(visitor.app(), ProviderName::Test, &reference, "").await?;
    match card.error_message() {
        None => Ok(Reply::redirect(page.return_path)),
        Some(_) if !page.is_open => Ok(Reply::redirect(page.return_path)),
        Some(message) => {
            fields.add_error("card_number", message);
            Ok(render_card_page(visitor, reference, fields).await?.unprocessable())
        }
    }
}

/// Redirects to the open payment page of a pending order, or to a new one.
pub async fn retry(visitor: Visitor, path: BuyerOrderPath, form: Form) -> Result<Reply> {
    let (order_page, retry_action) = (paths::order(&path.token), paths::order_payment(&path.token));
    let order = visitor.read(move |conn| path.load(conn)).await;
    let order = order.map_err(|error| visitor.limit_link_attempts(error))?;
    let client = visitor.checkout_client(form.fields.value("proof"));
    match visitor.write(move |tx| Order::retry_payment(tx, order.id, Some(&client))).await {
        Ok(attempt) => Ok(redirect_to_payment(&visitor, attempt, order_page).await),
        Err(Error::Conflict) => Ok(Reply::redirect(order_page).alert(Message::OrderNoLongerPayable)),
        Err(Error::TooManyRequests(_)) => Ok(Reply::redirect(order_page).alert(Message::TooManyPaymentAttempts)),
        Err(Error::CheckoutThrottled { seconds, proof }) => {
            render_wait(&visitor, seconds, proof, retry_action, order_page).await
        }
        Err(error) => Err(error),
    }
}

/// Renders the waiting page (429), whose form goes to `action`. `order` is where the buyer goes back to.
pub(super) async fn render_wait(
    visitor: &Visitor,
    seconds: u64,
    proof: String,
    action: String,
    order: String,
) -> Result<Reply> {
    let wait_seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let page = visitor.render_page(Layout::Plain, move |_, cx| {
        Ok(PaymentWait { t: cx.locale(), seconds: wait_seconds, proof, action, order })
    });
    Ok(page.await?.too_many_requests(seconds))
}

/// Redirects to the attempt's payment page, or with an alert to the order, where the buyer can retry.
pub(super) async fn redirect_to_payment(visitor: &Visitor, attempt: PaymentAttemptId, order: String) -> Reply {
    match payments::open_checkout_session(visitor.app(), attempt).await {
        Ok(url) => Reply::redirect(url),
        Err(Error::Conflict) => Reply::redirect(order).alert(Message::PaymentPageUnavailable),
        Err(error) => {
            tracing::warn!(%error, attempt = i64::from(attempt), "cannot create a payment page");
            Reply::redirect(order).alert(Message::PaymentPageFailed)
        }
    }
}

async fn render_card_page(visitor: Visitor, reference: String, form: Fields) -> Result<Reply> {
    let provider = visitor.app().payments.test.clone().ok_or(Error::NotFound)?;
    let page = provider.find_page(reference.clone()).await.map_err(|error| visitor.limit_link_attempts(error))?;
    if !page.is_open {
        return Ok(Reply::redirect(page.return_path));
    }
    visitor
        .render_page(Layout::Plain, move |_, cx| {
            Ok(TestPayment {
                t: cx.locale(),
                amount: cx.amount_in(page.amount_minor, page.currency),
                order_label: page.label,
                action: paths::test_payment(&reference),
                cancel: page.return_path,
                reference,
                form,
            })
        })
        .await
}
