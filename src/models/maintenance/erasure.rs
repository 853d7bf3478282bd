//! Erasure of a customer (GDPR, article 17), with or without an account. Invoices keep the buyer as long as the law
//! demands; everything else that names the person is deleted or emptied. `docs/PERSONAL_DATA.md` lists every column.

mod account_data;
pub mod invoices;
mod order_data;
mod person;
pub mod records;
mod stored_texts;

use diesel::prelude::*;

use self::person::Person;
use self::records::ErasureRecord;
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::people::account::Account;
use crate::models::people::customer::Customer;
use crate::models::platform::event::{Actor, Event};
use crate::models::sales::order::refund_transactions::RefundTransactionState;
use crate::models::sales::order::returns::ReturnState;
use crate::models::sales::order::vat_check::VatCheck;
use crate::models::sales::order::{FulfilmentState, Order, OrderState, PaymentState};
use crate::schema::{fulfilments, order_addresses, orders, refund_transactions, refunds, returns};
use crate::support::i18n::Message;
use crate::support::ids::OrderId;

/// Deletes the customer's account and everything that names the person, except for invoices.
///
/// # Errors
/// `Forbidden` for a staff account; `Invalid` on no field while an order still needs the person.
pub fn erase_customer(tx: &mut Tx<'_>, customer: &Customer, by: &Actor) -> Result<()> {
    if let Some(id) = customer.account_id
        && Account::get(tx.conn(), id)?.is_staff(tx.conn())?
    {
        return Err(Error::Forbidden(Message::StaffCannotBeErased));
    }
    let mut person = Person::default();
    person.customers.insert(customer.id);
    let person = person.complete(tx.conn())?;
    // Locked in one order, so that concurrent transactions cannot deadlock.
    for order in &person.orders {
        Order::lock(tx, *order)?;
    }
    refuse_unfinished_orders(tx.conn(), &person.order_ids())?;
    let record = ErasureRecord::new(tx, &person)?;
    erase(tx, &person)?;
    record.insert(tx)?;
    let orders = i64::try_from(person.orders.len()).unwrap_or(i64::MAX);
    Event::CustomerErased { customer: customer.id, orders }.record(tx, by)
}

/// Repeats an erasure in an older copy of the database, whatever state the orders had in it; does nothing if it is known.
pub fn repeat_erasure(tx: &mut Tx<'_>, record: &ErasureRecord) -> Result<()> {
    if record.is_stored(tx.conn())? {
        return Ok(());
    }
    let person = record.find_person(tx)?.complete(tx.conn())?.without_staff(tx.conn())?;
    for order in &person.orders {
        Order::lock(tx, *order)?;
    }
    erase(tx, &person)?;
    record.insert(tx)?;
    let orders = i64::try_from(person.orders.len()).unwrap_or(i64::MAX);
    match person.customers.first() {
        Some(customer) => Event::CustomerErased { customer: *customer, orders }.record(tx, &Actor::System),
        None => Ok(()),
    }
}

fn erase(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    for order in &person.orders {
        // The invoice has to name the buyer.
        Order::issue_invoice_if_nothing_is_due(tx, *order)?;
    }
    let references = stored_texts::PersonalReferences::load(tx.conn(), person)?;
    order_data::erase(tx, person)?;
    stored_texts::erase(tx, person, &references)?;
    account_data::erase(tx, person)
}

/// `Invalid` if one of the orders is unpaid, unfulfilled, disputed, flagged for review, or has an open return or refund.
fn refuse_unfinished_orders(conn: &mut Conn, ids: &[OrderId]) -> Result<()> {
    let all: Vec<Order> = Order::query().filter(id_in(orders::id, ids)).order(orders::id).load(conn)?;
    if all.iter().any(|order| order.state == OrderState::Pending) {
        return Err(Error::invalid("", Message::CustomerIsPaying));
    }
    let mut open: Vec<OrderId> = all.iter().filter(|order| is_unfinished(order)).map(|order| order.id).collect();
    open.extend(list_orders_in_progress(conn, ids)?);
    let numbers: Vec<&str> =
        all.iter().filter(|order| open.contains(&order.id)).map(|order| order.url_param()).collect();
    match numbers.is_empty() {
        true => Ok(()),
        false => Err(Error::invalid("", Message::CustomerHasUnfinishedOrders { orders: numbers.join(", ") })),
    }
}

fn is_unfinished(order: &Order) -> bool {
    let is_money_open = matches!(
        order.payment_state,
        PaymentState::Processing | PaymentState::Authorized | PaymentState::Overpaid | PaymentState::Disputed
    );
    order.state == OrderState::Placed || is_money_open || order.review_reason.is_some()
}

/// Orders with an open return or refund, a shipment that came back, or a VAT number that is not checked.
fn list_orders_in_progress(conn: &mut Conn, ids: &[OrderId]) -> Result<Vec<OrderId>> {
    let open_returns = id_in(returns::order_id, ids).and(returns::state.eq_any(ReturnState::OPEN));
    let mut open: Vec<OrderId> = returns::table.filter(open_returns).select(returns::order_id).load(conn)?;
    let open_refunds = id_in(refunds::order_id, ids)
        .and(refund_transactions::state.eq_any([RefundTransactionState::Requested, RefundTransactionState::Sent]));
    open.extend(
        refund_transactions::table
            .inner_join(refunds::table)
            .filter(open_refunds)
            .select(refunds::order_id)
            .load::<OrderId>(conn)?,
    );
    let failed = id_in(fulfilments::order_id, ids).and(fulfilments::state.eq(FulfilmentState::Failed));
    open.extend(fulfilments::table.filter(failed).select(fulfilments::order_id).load::<OrderId>(conn)?);
    let is_confirmed = orders::state.eq_any([OrderState::Placed, OrderState::Completed]);
    let unchecked = id_in(orders::id, ids).and(order_addresses::vat_check.eq(VatCheck::Unchecked)).and(is_confirmed);
    let unchecked = order_addresses::table.inner_join(orders::table).filter(unchecked);
    open.extend(unchecked.select(orders::id).load::<OrderId>(conn)?);
    Ok(open)
}
