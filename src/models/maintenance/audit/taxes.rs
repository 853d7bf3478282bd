//! Recalculates the tax of each order from the values frozen on it: lines, rates, rounding mode, and whether prices
//! include tax (TAX.md T4, T5, T7, T10 and T11).

use diesel::prelude::*;

use super::{AuditReport, group_by_key};
use crate::db::Conn;
use crate::error::Result;
use crate::models::platform::setting::Rounding;
use crate::schema::{order_lines, order_taxes, orders};
use crate::support::ids::{OrderId, OrderLineId};
use crate::support::money::{PPM, allocate, apply_rate, divide_rounded};

/// The tax columns of an order. Minor units.
#[derive(Queryable)]
struct TaxedOrder {
    id: OrderId,
    prices_include_tax: bool,
    rounding: Rounding,
    shipping_minor: i64,
    tax_minor: i64,
    tax_added_minor: i64,
}

/// Minor units.
#[derive(Clone, Queryable)]
struct Line {
    id: OrderLineId,
    order_id: OrderId,
    tax_class: String,
    unit_minor: i64,
    quantity: i64,
    discount_minor: i64,
    total_minor: i64,
    tax_minor: i64,
    gift_card: bool,
}

/// A tax on a line, or on shipping. Minor units.
#[derive(Clone, Queryable)]
struct Row {
    order_id: OrderId,
    line: Option<OrderLineId>,
    country: String,
    region: String,
    name: String,
    rate_ppm: i64,
    base_minor: i64,
    net_minor: i64,
    tax_minor: i64,
    reason: String,
}

impl Row {
    fn rate(&self) -> (&str, &str, &str, i64, &str) {
        (&self.country, &self.region, &self.name, self.rate_ppm, &self.reason)
    }

    fn is_untaxed(&self) -> bool {
        matches!(self.reason.as_str(), "export" | "reverse_charge" | "intra_eu" | "out_of_scope" | "voucher" | "exempt")
    }
}

struct Part<'a> {
    amount: i64,
    class: &'a str,
    rows: Vec<&'a Row>,
}

pub(super) fn check(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    let all: Vec<TaxedOrder> = orders::table
        .select((
            orders::id,
            orders::prices_include_tax,
            orders::rounding,
            orders::shipping_minor,
            orders::tax_minor,
            orders::tax_added_minor,
        ))
        .order(orders::id)
        .load(conn)?;
    let lines: Vec<Line> = order_lines::table
        .order(order_lines::position)
        .select((
            order_lines::id,
            order_lines::order_id,
            order_lines::tax_class,
            order_lines::unit_minor,
            order_lines::quantity,
            order_lines::discount_minor,
            order_lines::total_minor,
            order_lines::tax_minor,
            order_lines::gift_card,
        ))
        .load(conn)?;
    let rows: Vec<Row> = order_taxes::table
        .order(order_taxes::id)
        .select((
            order_taxes::order_id,
            order_taxes::order_line_id,
            order_taxes::country,
            order_taxes::region,
            order_taxes::name,
            order_taxes::rate_ppm,
            order_taxes::base_minor,
            order_taxes::net_minor,
            order_taxes::tax_minor,
            order_taxes::reason,
        ))
        .load(conn)?;
    report.record_checked("order taxes", rows.len());
    let lines = group_by_key(lines.into_iter().map(|line| (line.order_id, line)));
    let rows = group_by_key(rows.into_iter().map(|row| (row.order_id, row)));
    let none = (Vec::new(), Vec::new());
    for order in &all {
        let lines = lines.get(&order.id).unwrap_or(&none.0);
        let rows = rows.get(&order.id).unwrap_or(&none.1);
        let mut violations = Vec::new();
        check_order(order, lines, rows, &mut violations);
        for words in violations {
            report.add_violation(format!("order {}: {words}", order.id));
        }
    }
    Ok(())
}

fn check_order(order: &TaxedOrder, lines: &[Line], rows: &[Row], violations: &mut Vec<String>) {
    let added_minor = if order.prices_include_tax { 0 } else { order.tax_minor };
    if order.tax_added_minor != added_minor {
        violations.push("the added tax is not the tax on net prices".to_owned());
    }
    let mut parts = Vec::new();
    for line in lines {
        let of_line: Vec<&Row> = rows.iter().filter(|row| row.line == Some(line.id)).collect();
        check_line(order, line, &of_line, violations);
        parts.push(Part { amount: line.total_minor, class: &line.tax_class, rows: of_line });
    }
    let shipping_rows: Vec<&Row> = rows.iter().filter(|row| row.line.is_none()).collect();
    let shipping = shipping_parts(order.prices_include_tax, &shipping_rows);
    // Parts of the shipping cannot be distinguished if several taxes were added to net prices.
    let is_plain = order.prices_include_tax || parts.iter().all(|part| part.rows.len() <= 1);
    if is_plain && shipping.iter().map(|part| part.amount).sum::<i64>() != order.shipping_minor {
        violations.push("the taxes of its shipping are not on the shipping".to_owned());
    }
    for row in rows {
        if row.is_untaxed() && (row.rate_ppm != 0 || row.tax_minor != 0) {
            violations.push(format!("{} is taxed though the reason is {}", row.name, row.reason));
        }
        if row.net_minor > row.base_minor {
            violations.push(format!("{}: more is taxed without the tax than with it", row.name));
        }
    }
    parts.extend(shipping);
    match (order.prices_include_tax, order.rounding) {
        (true, Rounding::Line) => parts.iter().for_each(|part| included(&[part], violations)),
        (false, Rounding::Line) => rows.iter().for_each(|row| added(&[row], 1, violations)),
        (true, Rounding::RateGroup) => {
            for group in group_by_rates(&parts) {
                included(&group, violations);
            }
        }
        (false, Rounding::RateGroup) => {
            for (rate, group) in group_by_rate(rows) {
                let taxed = |part: &&Part<'_>| part.rows.iter().any(|row| row.rate() == rate);
                added(&group, classes(parts.iter().filter(taxed)), violations);
            }
        }
    }
}

fn check_line(order: &TaxedOrder, line: &Line, rows: &[&Row], violations: &mut Vec<String>) {
    let id = line.id;
    let goods = line.unit_minor.checked_mul(line.quantity);
    let difference = goods.and_then(|goods| goods.checked_sub(line.discount_minor)?.checked_sub(line.total_minor));
    // The unit price is rounded from the net line total, by at most half a minor unit for each item.
    if difference
        .and_then(|difference| difference.checked_abs()?.checked_mul(2))
        .is_none_or(|difference| difference > line.quantity)
    {
        violations.push(format!("line {id}: its price does not make its total"));
    }
    if rows.iter().map(|row| row.tax_minor).sum::<i64>() != line.tax_minor {
        violations.push(format!("line {id}: its taxes do not make its tax"));
    }
    if rows.is_empty() {
        violations.push(format!("line {id}: it has no tax rows"));
    }
    if line.gift_card && rows.iter().any(|row| row.reason != "voucher") {
        violations.push(format!("line {id}: a gift card is taxed when it is used, not when it is bought"));
    }
    let mut earlier = 0;
    for row in rows {
        // The base of a compound rate includes the earlier taxes.
        let on_top = line.total_minor + if order.prices_include_tax { 0 } else { earlier };
        if row.base_minor != line.total_minor && row.base_minor != on_top {
            violations.push(format!("line {id}: {} is not on the line total", row.name));
        }
        earlier += row.tax_minor;
    }
}

/// Groups the tax rows of shipping into parts: consecutive rows with equal base and net belong to one part if a single
/// row does not explain the difference of base and net.
fn shipping_parts<'a>(includes: bool, rows: &[&'a Row]) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for row in rows {
        let alone = !includes || row.base_minor - row.net_minor == row.tax_minor;
        let same = |part: &&mut Part<'a>| {
            let tax: i64 = part.rows.iter().map(|row| row.tax_minor).sum();
            part.amount == row.base_minor
                && part.rows.last().is_some_and(|last| last.net_minor == row.net_minor)
                && row.base_minor - row.net_minor > tax
        };
        match parts.last_mut().filter(same) {
            Some(part) if !alone => part.rows.push(row),
            _ => parts.push(Part { amount: row.base_minor, class: "", rows: vec![row] }),
        }
    }
    parts
}

/// Groups of parts with the same rates, which are rounded together.
fn group_by_rates<'a, 'b>(parts: &'b [Part<'a>]) -> Vec<Vec<&'b Part<'a>>> {
    let key = |part: &Part<'a>| part.rows.iter().map(|row| row.rate()).collect::<Vec<_>>();
    let mut groups: Vec<(Vec<_>, Vec<&Part<'a>>)> = Vec::new();
    for part in parts {
        let own_rates = key(part);
        match groups.iter_mut().find(|(rates, _)| *rates == own_rates) {
            Some((_, group)) => group.push(part),
            None => groups.push((own_rates, vec![part])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

type Rate<'a> = (&'a str, &'a str, &'a str, i64, &'a str);

fn group_by_rate(rows: &[Row]) -> Vec<(Rate<'_>, Vec<&Row>)> {
    let mut groups: Vec<(Rate<'_>, Vec<&Row>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(rate, _)| *rate == row.rate()) {
            Some((_, group)) => group.push(row),
            None => groups.push((row.rate(), vec![row])),
        }
    }
    groups
}

/// Counts tax classes: rates of two classes with equal name and percentage are rounded separately.
fn classes<'a: 'b, 'b>(parts: impl Iterator<Item = &'b Part<'a>>) -> i64 {
    let mut seen: Vec<&str> = parts.map(|part| part.class).filter(|class| !class.is_empty()).collect();
    seen.sort_unstable();
    seen.dedup();
    i64::try_from(seen.len()).unwrap_or(1).max(1)
}

/// Checks tax included in prices: rounded once on the sum and allocated to the parts. Whether a rate was compound is
/// not stored, so each possibility is tried.
fn included(group: &[&Part<'_>], violations: &mut Vec<String>) {
    let Some(first) = group.first() else { return };
    let amounts: Vec<i64> = group.iter().map(|part| part.amount).collect();
    let taxes: Vec<i64> = group.iter().map(|part| part.rows.iter().map(|row| row.tax_minor).sum()).collect();
    let (amount, tax): (i64, i64) = (amounts.iter().sum(), taxes.iter().sum());
    let rates: Vec<i64> = first.rows.iter().map(|row| row.rate_ppm).collect();
    let several = classes(group.iter().copied()) - 1;
    let expected = |rate: &(i128, i128)| divide_rounded(i128::from(amount) * rate.0, rate.1 + rate.0);
    let possible: Vec<i64> = possible_rate_sums(&rates).iter().filter_map(expected).collect();
    let Some(nearest) = possible.iter().copied().min_by_key(|expected| (expected - tax).abs()) else { return };
    let name = first.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(" and ");
    if (nearest - tax).abs() > several {
        violations.push(format!("{name} of {amount} is {tax}, and by its rate {nearest}"));
    } else if several == 0 && taxes != allocate(tax, &amounts) {
        violations.push(format!("{name} is not split as its amounts are"));
    }
}

/// The possible sums of the rates, each simple or compound: numerators with their denominators.
fn possible_rate_sums(rates: &[i64]) -> Vec<(i128, i128)> {
    let unit = i128::from(PPM);
    let mut all: Vec<(i128, i128)> = vec![(0, 1)];
    for rate in rates {
        let rate = i128::from(*rate);
        // The first rate has no tax before it, so both are equal.
        let add_simple =
            |(numerator, denominator): &(i128, i128)| (numerator * unit + rate * denominator, denominator * unit);
        let add_compound = |(numerator, denominator): &(i128, i128)| {
            (numerator * unit + rate * (denominator + numerator), denominator * unit)
        };
        let mut next: Vec<(i128, i128)> = all.iter().map(add_simple).collect();
        next.extend(all.iter().map(add_compound));
        next.dedup();
        all = next;
    }
    all
}

/// Checks tax added to prices: rounded once on the sum of the bases and allocated to them.
fn added(group: &[&Row], classes: i64, violations: &mut Vec<String>) {
    let Some(first) = group.first() else { return };
    let bases: Vec<i64> = group.iter().map(|row| row.base_minor).collect();
    let taxes: Vec<i64> = group.iter().map(|row| row.tax_minor).collect();
    let (base, tax): (i64, i64) = (bases.iter().sum(), taxes.iter().sum());
    let Some(expected) = apply_rate(base, first.rate_ppm) else { return };
    let name = &first.name;
    if (expected - tax).abs() > classes - 1 {
        violations.push(format!("{name} on {base} is {tax}, and by its rate {expected}"));
    } else if classes == 1 && taxes != allocate(tax, &bases) {
        violations.push(format!("{name} is not split as its amounts are"));
    }
}
