//! Money that goes back.

use actix_web::web::Path;

use super::orders::{Typed, shown, too_late};
use crate::db::Conn;
use crate::error::{Error, Result, SENT_BEFORE};
use crate::forms::Fields;
use crate::forms::admin::orders::RefundForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::order::repaying::Repayment;
use crate::models::order::{Order, PaymentMethod};
use crate::paths;
use crate::support::money::{Currency, Money};

/// What staff read when money goes back: nobody else can transfer it for them.
pub(super) fn words(order: &Order) -> &'static str {
    match order.payment_method {
        PaymentMethod::BankTransfer | PaymentMethod::Cash => {
            "Noted. What came by transfer or in cash you pay back yourself."
        }
        PaymentMethod::Card | PaymentMethod::TestCard | PaymentMethod::None => "The money is on its way back.",
    }
}

/// What was paid back when the form was opened, in minor units; none for a script that does not say.
pub(super) fn before(order: &Order, fields: &Fields) -> Option<i64> {
    let currency = Currency::from_code(&order.currency)?;
    Money::parse(fields.value("refunded_before"), currency).map(|money| money.minor)
}

/// Pays back pieces and shipping.
///
/// # Errors
/// `NotFound`.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (number, mut fields, once) = (number.into_inner(), form.fields, form.once);
    let wanted = number.clone();
    let read = move |conn: &mut Conn| {
        let order = Order::by_number(conn, &wanted)?;
        let lines = order.lines(conn)?;
        Ok((order, lines))
    };
    let (order, lines) = staff.read(read).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    if let Some(wish) = fields.check::<RefundForm>() {
        let (actor, wanted) = (staff.actor(), number.clone());
        let words = words(&order);
        let before = before(&order, &fields);
        let refunded = staff.write_once(&once, move |tx| {
            Order::expect_refunded(tx, &wanted, before)?;
            Order::refund(tx, &wanted, &wish, &actor)?;
            Ok(Reply::see(paths::admin::order(&wanted)).notice(words))
        });
        match refunded.await {
            Ok(reply) => return Ok(reply),
            Err(Error::SentBefore) if order.can_be_paid_back() => fields.refuse("", SENT_BEFORE),
            Err(Error::Conflict | Error::SentBefore) => return Ok(too_late(&number)),
            Err(Error::Invalid { field, message }) => {
                // What is wrong with the whole stands beside the first line.
                let first = ids.first().map_or_else(String::new, |id| format!("refund_quantity_{id}"));
                let field = if field == "refund" { first } else { field.into_owned() };
                // Where nothing is left to be paid back the page has no fields.
                fields.refuse(if order.can_be_paid_back() { &field } else { "" }, message);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(shown(&staff, number, Typed { refund: fields, ..Typed::default() }).await?.retry())
}

/// Asks the provider again after it refused.
///
/// # Errors
/// `NotFound`.
pub async fn retry(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, order) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.once, move |tx| {
        Repayment::retry(tx, id, &actor)?;
        Ok(Reply::see(paths::admin::order(&order)).notice("The payment provider is asked again."))
    });
    match done.await {
        Err(Error::Conflict) => Ok(too_late(&number)),
        answered => answered,
    }
}
