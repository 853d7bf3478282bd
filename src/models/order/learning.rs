//! What a provider says about money that goes back: ours may not arrive after all, and the owner may pay back on the
//! provider's own pages.

use super::Order;
use super::refunding::Draft;
use super::repaying::{self, Repayment};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::models::invoice::Invoice;
use crate::models::payment::Attempt;
use crate::support::money::portion;

/// Money that goes back, as a provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundSeen {
    /// The provider's name for it.
    pub reference: String,
    /// The key we asked for it with; empty when somebody else did.
    pub key: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Why it did not arrive, if it did not.
    pub failed: Option<String>,
}

impl Order {
    /// Applies what a provider reports about refunds of an attempt; saying it twice changes nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn learn_refunds(tx: &mut Tx<'_>, attempt: i64, seen: &[RefundSeen], by: &Actor) -> Result<()> {
        let order = Attempt::get(tx.conn(), attempt)?.order_id;
        Order::lock(tx, order)?;
        for refund in seen {
            let known = Repayment::known(tx.conn(), attempt, &refund.reference, &refund.key)?;
            match (known, &refund.failed) {
                (Some(ours), None) => Repayment::succeeded(tx, ours.id, &refund.reference)?,
                (Some(ours), Some(why)) => {
                    Repayment::failed(tx, ours.id, why)?;
                    Repayment::failed_late(tx, ours.id, &refund.reference, why)?;
                }
                (None, None) => Order::paid_back_elsewhere(tx, attempt, refund, by)?,
                (None, Some(_)) => {}
            }
        }
        Ok(())
    }

    /// Somebody paid back at the provider. Which goods it was for, only staff know.
    fn paid_back_elsewhere(tx: &mut Tx<'_>, attempt: i64, seen: &RefundSeen, by: &Actor) -> Result<()> {
        let attempt = Attempt::get(tx.conn(), attempt)?;
        let order = Order::get(tx.conn(), attempt.order_id)?;
        let amount = seen.amount_minor;
        // We have promised the same money ourselves: the provider refuses that, and then this is looked at again.
        let is_free = amount > 0 && amount <= attempt.captured_minor - attempt.refund_reserved_minor;
        if !is_free || seen.currency != attempt.currency {
            return Ok(());
        }
        let tax = portion(order.tax_minor, amount.min(order.total_minor), order.total_minor.max(1));
        let tax = tax.ok_or(Error::broken("a refund is too large"))?;
        let refund = Draft { amount, tax, shipping: 0, reason: "", automatic: false }.insert(tx, &order, by)?;
        Repayment::insert_done(tx, refund.id, &attempt, amount, &seen.reference)?;
        repaying::count_back(tx, order.id, amount)?;
        let money = order.money(amount).text("en");
        Order::note(tx, order.id, "refunded", by, &format!("{money} paid back"), true)?;
        let goods = if order.state.holds() { " Please look what becomes of the goods." } else { "" };
        order.ask_for_attention(tx, &format!("{money} was paid back at {}.{goods}", by.label()))?;
        Fact::RefundMade { order: order.id, refund: refund.id }.record(tx, by)?;
        Order::recount(tx, order.id)?;
        Invoice::credit(tx, &refund)
    }
}
