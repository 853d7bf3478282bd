//! `tradepost audit`: checks the invariants of money, stock and orders against the rows of the database.

mod duplicate_submissions;
mod gift_cards;
mod invoices;
mod products;
mod provider_amounts;
mod returns;
mod taxes;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use diesel::prelude::*;

use crate::db::Conn;
use crate::error::Result;
use crate::models::catalog::variant::stock::ReservationState;
use crate::models::checkout::cart::CartStatus;
use crate::models::platform::email::Email;
use crate::models::sales::order::Order;
use crate::models::sales::order::refund_transactions::RefundTransactionState;
use crate::models::sales::payment::{PaymentAttempt, TransactionKind};
use crate::schema::{
    carts, coupon_customer_uses, coupon_redemptions, coupons, emails, order_lines, order_taxes, orders,
    payment_attempts, payment_transactions, refund_transactions, reservations, sequences, stock_ledger, stock_levels,
};
use crate::support::ids::{CartId, CouponId, OrderId, OrderLineId, PaymentAttemptId, StockLevelId};

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct AuditReport {
    /// A sentence for each violated invariant.
    pub violations: Vec<String>,
    pub checked: std::collections::BTreeMap<&'static str, usize>,
}

impl AuditReport {
    fn record_checked(&mut self, name: &'static str, rows: usize) {
        self.checked.insert(name, rows);
    }

    fn add_violation(&mut self, words: String) {
        self.violations.push(words);
    }
}

fn group_by_key<K: Eq + Hash, T>(rows: impl Iterator<Item = (K, T)>) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for (key, row) in rows {
        groups.entry(key).or_default().push(row);
    }
    groups
}

fn sum_by_key<K: Copy + Eq + Hash>(rows: &[(K, i64)]) -> HashMap<K, i64> {
    let mut sums = HashMap::new();
    for (key, amount) in rows {
        *sums.entry(*key).or_insert(0) += amount;
    }
    sums
}

/// Runs all checks; the caller provides the read transaction.
pub fn run(conn: &mut Conn) -> Result<AuditReport> {
    let mut report = AuditReport::default();
    products::check(conn, &mut report)?;
    stock(conn, &mut report)?;
    totals(conn, &mut report)?;
    taxes::check(conn, &mut report)?;
    discounts(conn, &mut report)?;
    money(conn, &mut report)?;
    provider_amounts::check(conn, &mut report)?;
    gift_cards::check(conn, &mut report)?;
    numbers(conn, &mut report)?;
    confirmations(conn, &mut report)?;
    invoices::check(conn, &mut report)?;
    returns::check(conn, &mut report)?;
    duplicate_submissions::check(conn, &mut report)?;
    Ok(report)
}

/// Stock counters equal the sums of their ledger, and reserved quantities equal the open reservations.
fn stock(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let levels: Vec<(StockLevelId, i64, i64)> =
        stock_levels::table.select((stock_levels::id, stock_levels::on_hand, stock_levels::reserved)).load(conn)?;
    let ledger: Vec<(StockLevelId, i64, i64)> = stock_ledger::table
        .select((stock_ledger::stock_level_id, stock_ledger::on_hand_delta, stock_ledger::reserved_delta))
        .load(conn)?;
    let on_hand = sum_by_key(&ledger.iter().map(|(level, on_hand, _)| (*level, *on_hand)).collect::<Vec<_>>());
    let reserved = sum_by_key(&ledger.iter().map(|(level, _, reserved)| (*level, *reserved)).collect::<Vec<_>>());
    let held: Vec<(StockLevelId, i64, i64)> = reservations::table
        .filter(reservations::state.eq_any([ReservationState::Active, ReservationState::Committed]))
        .select((reservations::stock_level_id, reservations::quantity, reservations::shipped))
        .load(conn)?;
    let held =
        sum_by_key(&held.iter().map(|(level, quantity, shipped)| (*level, quantity - shipped)).collect::<Vec<_>>());
    let sum_of = |sums: &HashMap<StockLevelId, i64>, level: StockLevelId| sums.get(&level).copied().unwrap_or(0);
    for (level, counted_on_hand, counted_reserved) in &levels {
        if *counted_on_hand != sum_of(&on_hand, *level) {
            report.add_violation(format!(
                "stock level {level}: {counted_on_hand} on hand, the ledger says {}",
                sum_of(&on_hand, *level)
            ));
        }
        if *counted_reserved != sum_of(&reserved, *level) || *counted_reserved != sum_of(&held, *level) {
            let (ledger, rows) = (sum_of(&reserved, *level), sum_of(&held, *level));
            report.add_violation(format!(
                "stock level {level}: {counted_reserved} reserved, the ledger says {ledger}, reservations say {rows}"
            ));
        }
        if counted_on_hand - counted_reserved < 0 {
            report.add_violation(format!("stock level {level}: more is reserved than on hand"));
        }
    }
    report.record_checked("stock levels", levels.len());
    Ok(())
}

/// Lines, shipping and tax add up to the total, and every line is fully reserved.
fn totals(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let lines: Vec<(OrderId, i64, i64)> = order_lines::table
        .select((order_lines::order_id, order_lines::total_minor, order_lines::discount_minor))
        .load(conn)?;
    let goods = sum_by_key(
        &lines.iter().map(|(order, total, line_discount)| (*order, total + line_discount)).collect::<Vec<_>>(),
    );
    let discounts =
        sum_by_key(&lines.iter().map(|(order, _, line_discount)| (*order, *line_discount)).collect::<Vec<_>>());
    let taxes: Vec<(OrderId, i64)> =
        order_taxes::table.select((order_taxes::order_id, order_taxes::tax_minor)).load(conn)?;
    let taxes = sum_by_key(&taxes);
    let all: Vec<(OrderId, i64, i64, i64, i64, i64, i64)> = orders::table
        .select((
            orders::id,
            orders::goods_minor,
            orders::discount_minor,
            orders::shipping_minor,
            orders::tax_minor,
            orders::tax_added_minor,
            orders::total_minor,
        ))
        .load(conn)?;
    for (order, goods_minor, discount, shipping, tax, added, total) in &all {
        if goods.get(order).copied().unwrap_or(0) != *goods_minor {
            report.add_violation(format!("order {order}: its lines do not add up to its goods"));
        }
        if discounts.get(order).copied().unwrap_or(0) != *discount {
            report.add_violation(format!("order {order}: the discounts of its lines do not add up to its own"));
        }
        if taxes.get(order).copied().unwrap_or(0) != *tax {
            report.add_violation(format!("order {order}: its taxes do not add up"));
        }
        if goods_minor - discount + shipping + added != *total {
            report.add_violation(format!("order {order}: its total does not add up"));
        }
    }
    report.record_checked("orders", all.len());
    let open_lines: Vec<(OrderLineId, i64)> = order_lines::table
        .filter(order_lines::cancelled.lt(order_lines::quantity))
        .select((order_lines::id, order_lines::quantity - order_lines::cancelled))
        .load(conn)?;
    let reserved: Vec<(OrderLineId, i64)> =
        reservations::table.select((reservations::order_line_id, reservations::quantity)).load(conn)?;
    let reserved = sum_by_key(&reserved);
    for (line, quantity) in &open_lines {
        if reserved.get(line).copied().unwrap_or(0) != *quantity {
            report.add_violation(format!("order line {line}: ordered and reserved quantities differ"));
        }
    }
    report.record_checked("order lines", open_lines.len());
    Ok(())
}

/// Usage counters of discount codes equal their redemptions, and so does each order's discount.
fn discounts(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let rows: Vec<(CouponId, OrderId, String, i64, String)> = coupon_redemptions::table
        .select((
            coupon_redemptions::coupon_id,
            coupon_redemptions::order_id,
            coupon_redemptions::customer_key,
            coupon_redemptions::amount_minor,
            coupon_redemptions::state,
        ))
        .load(conn)?;
    let mut by_coupon: HashMap<CouponId, i64> = HashMap::new();
    let mut by_customer: HashMap<(CouponId, &str), i64> = HashMap::new();
    for (coupon, _, customer, _, state) in &rows {
        let use_count = i64::from(state != "released");
        *by_coupon.entry(*coupon).or_insert(0) += use_count;
        *by_customer.entry((*coupon, customer.as_str())).or_insert(0) += use_count;
    }
    let coupon_uses: Vec<(CouponId, i64)> = coupons::table.select((coupons::id, coupons::used)).load(conn)?;
    for (coupon, used) in &coupon_uses {
        if by_coupon.get(coupon).copied().unwrap_or(0) != *used {
            report.add_violation(format!("discount code {coupon}: used {used} times, orders say otherwise"));
        }
    }
    let customer_uses: Vec<(CouponId, String, i64)> = coupon_customer_uses::table
        .select((coupon_customer_uses::coupon_id, coupon_customer_uses::customer_key, coupon_customer_uses::used))
        .load(conn)?;
    for (coupon, customer, used) in &customer_uses {
        if by_customer.get(&(*coupon, customer.as_str())).copied().unwrap_or(0) != *used {
            report.add_violation(format!("discount code {coupon}: a customer's uses differ from their orders"));
        }
    }
    let orders: Vec<(OrderId, i64, String)> =
        orders::table.select((orders::id, orders::discount_minor, orders::state)).load(conn)?;
    for (order, discount, state) in &orders {
        let redemption = rows.iter().find(|row| row.1 == *order);
        if redemption.map_or(0, |(_, _, _, amount, _)| *amount) != *discount {
            report.add_violation(format!("order {order}: its discount differs from its code's"));
        }
        let expected = match state.as_str() {
            "pending" => "held",
            "placed" | "completed" => "used",
            _ => "released",
        };
        if redemption.is_some_and(|(.., state)| state != expected) {
            report.add_violation(format!("order {order}: its discount code should be {expected}"));
        }
    }
    report.record_checked("discount codes", coupon_uses.len());
    Ok(())
}

/// Captured and refunded amounts equal the transactions. No order that a provider collects for is placed unpaid, and no
/// money of an expired or cancelled order is kept.
fn money(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let transactions: Vec<(PaymentAttemptId, i64, TransactionKind, String)> = payment_transactions::table
        .select((
            payment_transactions::attempt_id,
            payment_transactions::amount_minor,
            payment_transactions::kind,
            payment_transactions::currency,
        ))
        .load(conn)?;
    let attempts: Vec<PaymentAttempt> = payment_attempts::table.select(PaymentAttempt::as_select()).load(conn)?;
    let refund_rows: Vec<(Option<PaymentAttemptId>, i64, RefundTransactionState)> = refund_transactions::table
        .select((refund_transactions::attempt_id, refund_transactions::amount_minor, refund_transactions::state))
        .load(conn)?;
    let transactions =
        group_by_key(transactions.into_iter().map(|(id, amount, kind, currency)| (id, (amount, kind, currency))));
    let refunds = group_by_key(refund_rows.iter().filter_map(|(id, amount, state)| Some(((*id)?, (*amount, *state)))));
    for attempt in &attempts {
        let transactions = transactions.get(&attempt.id).map_or(&[][..], Vec::as_slice);
        let refunds = refunds.get(&attempt.id).map_or(&[][..], Vec::as_slice);
        let sum_of = |kind| -> i64 {
            let matching =
                transactions.iter().filter(|(_, is, currency)| *is == kind && *currency == attempt.currency.code());
            matching.map(|(amount, ..)| amount).sum()
        };
        let sum_refunds = |states: &[RefundTransactionState]| -> i64 {
            refunds.iter().filter(|(_, state)| states.contains(state)).map(|(amount, _)| amount).sum()
        };
        if sum_of(TransactionKind::Capture) != attempt.captured_minor {
            report.add_violation(format!("payment attempt {}: captured differs from its transactions", attempt.id));
        }
        let open = [RefundTransactionState::Requested, RefundTransactionState::Sent, RefundTransactionState::Succeeded];
        if sum_refunds(&open) != attempt.refund_reserved_minor {
            report.add_violation(format!(
                "payment attempt {}: its refund reserve differs from its refund transactions",
                attempt.id
            ));
        }
        if sum_refunds(&[RefundTransactionState::Succeeded])
            != sum_of(TransactionKind::Refund) - sum_of(TransactionKind::RefundFailed)
        {
            report.add_violation(format!("payment attempt {}: refunded differs from its transactions", attempt.id));
        }
        if attempt.refund_reserved_minor > attempt.captured_minor {
            report.add_violation(format!("payment attempt {}: more is to be refunded than was captured", attempt.id));
        }
    }
    let captured =
        sum_by_key(&attempts.iter().map(|attempt| (attempt.order_id, attempt.captured_minor)).collect::<Vec<_>>());
    let reserved = sum_by_key(
        &attempts.iter().map(|attempt| (attempt.order_id, attempt.refund_reserved_minor)).collect::<Vec<_>>(),
    );
    let sum_of = |sums: &HashMap<OrderId, i64>, order: OrderId| sums.get(&order).copied().unwrap_or(0);
    let all: Vec<Order> = orders::table.select(Order::as_select()).load(conn)?;
    for order in &all {
        let id = order.id;
        if sum_of(&captured, id) != order.totals.captured_minor {
            report.add_violation(format!("order {id}: captured differs from its payments"));
        }
        if sum_of(&reserved, id) > order.totals.refunded_minor {
            report.add_violation(format!("order {id}: refunded differs from its payments"));
        }
        if order.state.is_confirmed() && order.payment_method.provider().is_some() && order.due_minor() > 0 {
            report.add_violation(format!("order {id}: placed without payment"));
        }
        if order.state.is_cancelled_or_expired() && order.net_payment_minor() != 0 && order.review_reason.is_none() {
            report.add_violation(format!("order {id}: expired or cancelled, and its payment was not refunded"));
        }
    }
    report.record_checked("payment attempts", attempts.len());
    report.record_checked("repayments", refund_rows.len());
    Ok(())
}

/// Order numbers have no gaps, and each converted cart has exactly one order.
fn numbers(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let numbers: Vec<Option<String>> =
        orders::table.filter(orders::number.is_not_null()).select(orders::number).load(conn)?;
    let mut numbers: Vec<i64> = numbers.iter().flatten().filter_map(|number| number.parse().ok()).collect();
    numbers.sort_unstable();
    for pair in numbers.windows(2) {
        if let [number, next] = pair
            && next - number != 1
        {
            report.add_violation(format!("order numbers: {next} follows {number}"));
        }
    }
    let last: i64 = sequences::table.find("order").select(sequences::value).first(conn)?;
    if numbers.last().is_some_and(|number| *number > last) {
        report.add_violation("order numbers: one is past the sequence".to_owned());
    }
    report.record_checked("order numbers", numbers.len());
    let converted: Vec<CartId> =
        carts::table.filter(carts::status.eq(CartStatus::Converted)).select(carts::id).load(conn)?;
    let carts_of_orders: Vec<Option<CartId>> = orders::table.select(orders::cart_id).load(conn)?;
    let mut orders_of: HashMap<CartId, usize> = HashMap::new();
    for cart in carts_of_orders.into_iter().flatten() {
        *orders_of.entry(cart).or_default() += 1;
    }
    for (cart, several) in orders_of.iter().filter(|(_, count)| **count > 1) {
        report.add_violation(format!("cart {cart}: {several} orders of one cart"));
    }
    for cart in converted.iter().filter(|cart| !orders_of.contains_key(cart)) {
        report.add_violation(format!("cart {cart}: converted without an order"));
    }
    report.record_checked("converted carts", converted.len());
    Ok(())
}

/// Each placed order has one confirmation email, written or enqueued.
fn confirmations(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    use crate::schema::jobs;
    let placed: Vec<OrderId> = orders::table.filter(orders::number.is_not_null()).select(orders::id).load(conn)?;
    let written: Vec<String> =
        emails::table.filter(emails::dedupe_key.like("order-placed:%")).select(emails::dedupe_key).load(conn)?;
    let waiting: Vec<Option<String>> =
        jobs::table.filter(jobs::dedupe_key.like("order-placed:%")).select(jobs::dedupe_key).load(conn)?;
    let keys: HashSet<String> = written.iter().cloned().chain(waiting.into_iter().flatten()).collect();
    for order in &placed {
        let key = Email::dedupe_key("order-placed", *order);
        if !keys.contains(&key) {
            report.add_violation(format!("order {order}: no confirmation email was created"));
        }
    }
    report.record_checked("confirmations", written.len());
    Ok(())
}
