//! The test provider's card page, and paying an order another time.

use actix_web::web::Path;

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::page::Layout;
use crate::http::{Form, Reply, Visitor};
use crate::jobs::payments;
use crate::models::order::Order;
use crate::models::payment::ProviderName;
use crate::paths;
use crate::views::shop::payments::{Test, Wait};

/// Shows the card page.
pub async fn show(visitor: Visitor, reference: Path<String>) -> Result<Reply> {
    card_page(visitor, reference.into_inner(), Fields::default()).await
}

/// Tries a card.
pub async fn create(visitor: Visitor, reference: Path<String>, form: Form) -> Result<Reply> {
    let reference = reference.into_inner();
    let provider = visitor.app().payments.test.clone().ok_or(Error::NotFound)?;
    let page = provider.page(reference.clone()).await.map_err(|error| visitor.wrong_link(error))?;
    let mut fields = form.fields;
    let card = provider.pay(reference.clone(), fields.value("card_number")).await?;
    // Whatever happened, the order learns it from the provider and from nobody else.
    payments::sync_by_reference(visitor.app(), ProviderName::Test, &reference, "").await?;
    match card.refusal() {
        None => Ok(Reply::see(page.return_path)),
        Some(_) if !page.is_open => Ok(Reply::see(page.return_path)),
        Some(message) => {
            fields.refuse("card_number", message);
            Ok(card_page(visitor, reference, fields).await?.retry())
        }
    }
}

/// Leads to a page to pay a pending order on: the one that is open, or a new one.
pub async fn retry(visitor: Visitor, token: Path<String>, form: Form) -> Result<Reply> {
    let token = token.into_inner();
    let (back, again) = (paths::order(&token), paths::order_payment(&token));
    let order =
        visitor.read(move |conn| Order::by_token(conn, &token)).await.map_err(|error| visitor.wrong_link(error))?;
    let caller = visitor.caller(form.fields.value("proof"));
    match visitor.write(move |tx| Order::retry_payment(tx, order.id, Some(&caller))).await {
        Ok(attempt) => Ok(to_page(&visitor, attempt, back).await),
        Err(Error::Conflict) => Ok(Reply::see(back).alert("This order can no longer be paid. Please order again.")),
        Err(Error::TooMany(_)) => {
            let alert = "That was tried very often. Please write to us, and we help you to pay for your order.";
            Ok(Reply::see(back).alert(alert))
        }
        Err(Error::Wait { seconds, proof }) => {
            let page = Wait { seconds, proof, action: again, order: back };
            Ok(visitor.page_in(Layout::Plain, move |_, _| Ok(page)).await?.patience(seconds))
        }
        Err(error) => Err(error),
    }
}

/// Leads to the page of an attempt; when there is none now, to the order's page: the order is there, whatever the
/// provider does, and its page asks again.
pub(super) async fn to_page(visitor: &Visitor, attempt: i64, order: String) -> Reply {
    match payments::start(visitor.app(), attempt).await {
        Ok(url) => Reply::see(url),
        Err(Error::Conflict) => {
            Reply::see(order).alert("The payment page did not open. Please look how your order stands.")
        }
        Err(error) => {
            tracing::warn!(%error, attempt, "no payment page could be made");
            let alert = "Your order is safe, but the payment page did not open. Please try again in a minute.";
            Reply::see(order).alert(alert)
        }
    }
}

async fn card_page(visitor: Visitor, reference: String, form: Fields) -> Result<Reply> {
    let provider = visitor.app().payments.test.clone().ok_or(Error::NotFound)?;
    let page = provider.page(reference.clone()).await.map_err(|error| visitor.wrong_link(error))?;
    if !page.is_open {
        return Ok(Reply::see(page.return_path));
    }
    visitor
        .page_in(Layout::Plain, move |_, cx| {
            Ok(Test {
                amount: cx.amount_in(page.amount_minor, &page.currency),
                order_label: page.label,
                action: paths::test_payment(&reference),
                cancel: page.return_path,
                reference,
                form,
            })
        })
        .await
}
