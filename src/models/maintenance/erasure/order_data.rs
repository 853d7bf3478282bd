//! Empties the orders of a person. Amounts, lines, taxes, states and the country stay, so that the books still agree.

use diesel::prelude::*;

use super::person::Person;
use crate::db::Tx;
use crate::db::ids::id_in;
use crate::error::Result;
use crate::models::checkout::coupon::redemption;
use crate::models::platform::email::{Email, EmailState};
use crate::models::platform::event::StoredEvent;
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::platform::job::QueuedJob;
use crate::models::sales::order::checkout_throttle;
use crate::models::sales::order::customer_orders::lower;
use crate::schema::{
    emails, fulfilments, gift_card_ledger, gift_cards, order_addresses, order_deliveries, order_lines, order_words,
    orders, payment_attempts, refund_transactions, refunds, returns, test_payments,
};
use crate::support::ids::{AccountId, CustomerId, EmailId, GiftCardId, OrderId, OrderLineId};

pub(super) fn erase(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    let ids = person.order_ids();
    redemption::pseudonymise(tx, &ids)?;
    checkout_throttle::delete_for_buyer(tx, &ids, &person.address_list())?;
    empty_payments(tx, &ids)?;
    empty_gift_cards(tx, person)?;
    empty_emails(tx, &ids)?;
    StoredEvent::erase_personal_texts(tx, &ids)?;
    empty_orders(tx, person)
}

fn empty_orders(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    let ids = person.order_ids();
    let addresses = order_addresses::table.filter(id_in(order_addresses::order_id, &ids));
    diesel::update(addresses)
        .set((
            order_addresses::name.eq(""),
            order_addresses::company.eq(""),
            order_addresses::line1.eq(""),
            order_addresses::line2.eq(""),
            order_addresses::postcode.eq(""),
            order_addresses::city.eq(""),
            order_addresses::region.eq(""),
            order_addresses::phone.eq(""),
            order_addresses::vat_number.eq(""),
        ))
        .execute(tx.conn())?;
    let deliveries = order_deliveries::table.filter(id_in(order_deliveries::order_id, &ids));
    diesel::update(deliveries).set(order_deliveries::note.eq("")).execute(tx.conn())?;
    diesel::delete(order_words::table.filter(id_in(order_words::rowid, &ids))).execute(tx.conn())?;
    // A tracking number leads to the address at the carrier.
    diesel::update(fulfilments::table.filter(id_in(fulfilments::order_id, &ids)))
        .set((fulfilments::tracking_number.eq(""), fulfilments::tracking_url.eq("")))
        .execute(tx.conn())?;
    diesel::update(returns::table.filter(id_in(returns::order_id, &ids)))
        .set((returns::reason.eq(""), returns::answer.eq("")))
        .execute(tx.conn())?;
    diesel::update(refunds::table.filter(id_in(refunds::order_id, &ids)))
        .set(refunds::reason.eq(""))
        .execute(tx.conn())?;
    let of_account = id_in(orders::id, &ids).and(id_in(orders::account_id, &person.account_ids()));
    diesel::update(orders::table.filter(of_account))
        .set(orders::account_id.eq(None::<AccountId>))
        .execute(tx.conn())?;
    for (id, reason) in list_review_reasons(tx, &ids)? {
        let reason = reason.without_personal_texts();
        diesel::update(orders::table.find(id)).set(orders::review_reason.eq(&reason)).execute(tx.conn())?;
    }
    let now = tx.now();
    diesel::update(orders::table.filter(id_in(orders::id, &ids)))
        .set((orders::email.eq(""), orders::customer_id.eq(None::<CustomerId>), orders::erased_at.eq(now)))
        .execute(tx.conn())?;
    Ok(())
}

fn list_review_reasons(tx: &mut Tx<'_>, ids: &[OrderId]) -> Result<Vec<(OrderId, ReviewReason)>> {
    let rows: Vec<(OrderId, Option<ReviewReason>)> = orders::table
        .filter(id_in(orders::id, ids).and(orders::review_reason.is_not_null()))
        .select((orders::id, orders::review_reason))
        .load(tx.conn())?;
    Ok(rows.into_iter().filter_map(|(id, reason)| Some((id, reason?))).collect())
}

/// Addresses of payment pages and messages of providers; references and amounts stay.
fn empty_payments(tx: &mut Tx<'_>, ids: &[OrderId]) -> Result<()> {
    let attempts = payment_attempts::table.filter(id_in(payment_attempts::order_id, ids));
    let references: Vec<Option<String>> = attempts.select(payment_attempts::provider_ref).load(tx.conn())?;
    let references: Vec<String> = references.into_iter().flatten().collect();
    diesel::update(test_payments::table.filter(test_payments::reference.eq_any(references)))
        .set((test_payments::label.eq(""), test_payments::return_path.eq("")))
        .execute(tx.conn())?;
    diesel::update(payment_attempts::table.filter(id_in(payment_attempts::order_id, ids)))
        .set((payment_attempts::redirect_url.eq(None::<String>), payment_attempts::last_error.eq("")))
        .execute(tx.conn())?;
    let of_orders = refunds::table.filter(id_in(refunds::order_id, ids)).select(refunds::id);
    diesel::update(refund_transactions::table.filter(refund_transactions::refund_id.eq_any(of_orders)))
        .set(refund_transactions::last_error.eq(""))
        .execute(tx.conn())?;
    Ok(())
}

/// The recipient of cards that were sent to the person, and notes on those and on cards that the person has bought or
/// used. Balances stay: a card pays for whoever has its code.
fn empty_gift_cards(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    let ids = person.order_ids();
    let lines: Vec<OrderLineId> =
        order_lines::table.filter(id_in(order_lines::order_id, &ids)).select(order_lines::id).load(tx.conn())?;
    let is_theirs = id_in(gift_cards::order_line_id, &lines).or(lower(gift_cards::email).eq_any(person.address_list()));
    let cards: Vec<GiftCardId> = gift_cards::table.filter(is_theirs).select(gift_cards::id).load(tx.conn())?;
    diesel::update(gift_cards::table.filter(id_in(gift_cards::id, &cards)))
        .set(gift_cards::email.eq(""))
        .execute(tx.conn())?;
    let entries = id_in(gift_card_ledger::gift_card_id, &cards).or(id_in(gift_card_ledger::order_id, &ids));
    diesel::update(gift_card_ledger::table.filter(entries)).set(gift_card_ledger::note.eq("")).execute(tx.conn())?;
    Ok(())
}

/// That an email was written stays known; nothing is sent any more.
fn empty_emails(tx: &mut Tx<'_>, ids: &[OrderId]) -> Result<()> {
    let of_orders = || emails::table.filter(id_in(emails::order_id, ids));
    let queued: Vec<EmailId> =
        of_orders().filter(emails::state.eq(EmailState::Queued)).select(emails::id).load(tx.conn())?;
    for id in queued {
        QueuedJob::cancel(tx, &Email::job_key(id))?;
    }
    diesel::update(of_orders().filter(emails::state.ne(EmailState::Sent)))
        .set(emails::state.eq(EmailState::Unsent))
        .execute(tx.conn())?;
    diesel::update(of_orders())
        .set((
            emails::recipient.eq(""),
            emails::reply_to.eq(""),
            emails::subject.eq(""),
            emails::html.eq(""),
            emails::body_text.eq(""),
            emails::state_reason.eq(""),
        ))
        .execute(tx.conn())?;
    Ok(())
}
