//! Issues an invoice when an order is paid, and a credit note when an invoiced amount is refunded.

use diesel::prelude::*;

use super::refunds::Refund;
use super::{Address, Order, OrderDetails, OrderLine};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::setting::Settings;
use crate::models::sales::invoice::{
    Invoice, InvoiceKind, InvoiceLine, InvoiceLineKind, InvoiceSnapshot, InvoiceTax, Seller,
};
use crate::schema::{order_addresses, order_taxes, refund_lines};
use crate::support::country::Country;
use crate::support::i18n::Locale;
use crate::support::ids::{OrderId, OrderLineId};
use crate::support::money::{allocate, prorate};
use crate::support::subdivision;

/// A tax on an order line, or on shipping if `line` is `None`.
struct LineTax {
    line: Option<OrderLineId>,
    tax: InvoiceTax,
}

impl Order {
    /// Issues the order's invoice, at most once. The caller has locked the order.
    pub fn issue_invoice(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
        if Invoice::find_for_order(tx.conn(), order)?.is_some() {
            return Ok(());
        }
        let settings = Settings::load(tx.conn())?;
        let details = Order::get(tx.conn(), order)?.load_details(tx.conn())?;
        let taxes = list_taxes(tx.conn(), &details.order)?;
        let mut snapshot = new_snapshot(tx.conn(), &settings, &details)?;
        let line = |line: &OrderLine| InvoiceLine {
            kind: InvoiceLineKind::Product,
            title: line.name(),
            sku: line.sku.clone(),
            quantity: Some(line.quantity),
            unit_minor: Some(line.unit_minor),
            total_minor: line.goods_minor(),
        };
        snapshot.lines = details.lines.iter().map(line).collect();
        snapshot.discount_minor = details.order.totals.discount_minor;
        snapshot.shipping_minor = details.order.totals.shipping_minor;
        snapshot.shipping_name = details.delivery.shipping_name.clone();
        snapshot.taxes = sum_by_rate(taxes.into_iter().map(|line| line.tax));
        snapshot.total_minor = details.order.totals.total_minor;
        snapshot.gift_card_minor = details.order.totals.gift_card_minor;
        Invoice::create(tx, InvoiceKind::Invoice, order, None, &snapshot)
    }

    pub fn issue_invoice_if_nothing_is_due(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
        let order = Order::lock(tx, order)?;
        if order.state.is_confirmed() && order.due_minor() == 0 { Order::issue_invoice(tx, order.id) } else { Ok(()) }
    }

    /// Issues a credit note for a refund if the order has an invoice. The caller has locked the order.
    pub fn issue_credit_note(tx: &mut Tx<'_>, refund: &Refund) -> Result<()> {
        let order = refund.order_id;
        let Some(invoice) = Invoice::find_for_order(tx.conn(), order)? else { return Ok(()) };
        let left = find_uncredited(tx.conn(), &invoice)?;
        let lines = list_refunded_lines(tx.conn(), refund)?;
        // A failed refund has its credit note already, and more can be refunded than was invoiced: credit notes never
        // exceed the invoice.
        let credited = refund.amount_minor.min(left.total_minor);
        let is_sum = (lines.is_empty() && refund.shipping_minor == 0) || credited < refund.amount_minor;
        if credited <= 0 {
            return Ok(());
        }
        let settings = Settings::load(tx.conn())?;
        let details = Order::get(tx.conn(), order)?.load_details(tx.conn())?;
        let mut snapshot = new_snapshot(tx.conn(), &settings, &details)?;
        // A refund is the amount that the buyer paid, so it includes tax that was added to net prices.
        snapshot.prices_include_tax = true;
        snapshot.corrects = invoice.label();
        snapshot.refund_cause = refund.cause;
        snapshot.reason = refund.reason.clone();
        snapshot.total_minor = credited;
        if is_sum {
            let kind = if refund.automatic { InvoiceLineKind::CancelledOrder } else { InvoiceLineKind::RefundedOrder };
            snapshot.lines = vec![line_without_quantity(kind, snapshot.order_number.clone(), credited)];
            snapshot.taxes = left.part(credited)?;
        } else {
            fill_refund(tx.conn(), &mut snapshot, &details, refund, lines)?;
        }
        Invoice::create(tx, InvoiceKind::CreditNote, order, Some(refund.id), &snapshot)
    }
}

/// The fields that invoices and credit notes share; lines, taxes and totals are empty.
fn new_snapshot(conn: &mut Conn, settings: &Settings, details: &OrderDetails) -> Result<InvoiceSnapshot> {
    let order = &details.order;
    let (address, vat_number) = find_billing_address(conn, details)?;
    Ok(InvoiceSnapshot {
        seller: Seller {
            name: settings.site_name.clone(),
            address: settings.business_address.lines().map(str::to_owned).collect(),
            vat_number: settings.vat_number.clone(),
            email: settings.contact_email.clone(),
        },
        buyer: address_lines(&address, settings.locale),
        buyer_vat_number: vat_number,
        order_number: order.number.clone().unwrap_or_default(),
        ordered_at: order.placed_at.unwrap_or(order.created_at).micros(),
        corrects: String::new(),
        refund_cause: None,
        reason: String::new(),
        currency: order.currency,
        locale: settings.locale,
        time_zone: settings.time_zone.clone(),
        prices_include_tax: order.prices_include_tax,
        lines: Vec::new(),
        discount_minor: 0,
        shipping_minor: 0,
        shipping_name: String::new(),
        taxes: Vec::new(),
        total_minor: 0,
        gift_card_minor: 0,
        payment_method: order.payment_method,
    })
}

/// The billing address with its VAT number, or the shipping address if there is none.
fn find_billing_address(conn: &mut Conn, details: &OrderDetails) -> Result<(Address, String)> {
    let billing: Option<(Address, String)> = order_addresses::table
        .filter(order_addresses::order_id.eq(details.order.id))
        .order(order_addresses::kind)
        .select((Address::as_select(), order_addresses::vat_number))
        .first(conn)
        .optional()?;
    Ok(billing.unwrap_or_else(|| (details.address.clone(), String::new())))
}

fn address_lines(address: &Address, locale: Locale) -> Vec<String> {
    let town = format!("{} {}", address.postcode, address.city);
    let country = Country::find(&address.country).map_or(address.country.as_str(), |country| country.name(locale));
    let region = subdivision::display_name(&address.country, &address.region);
    let all = [&address.company, &address.name, &address.line1, &address.line2, town.trim(), &region, country];
    all.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn line_without_quantity(kind: InvoiceLineKind, title: String, total_minor: i64) -> InvoiceLine {
    InvoiceLine { kind, title, sku: String::new(), quantity: None, unit_minor: None, total_minor }
}

/// The taxes of an order, in the order they were calculated.
fn list_taxes(conn: &mut Conn, order: &Order) -> Result<Vec<LineTax>> {
    let rows: Vec<(Option<OrderLineId>, String, i64, String, i64, i64)> = order_taxes::table
        .filter(order_taxes::order_id.eq(order.id))
        .order(order_taxes::id)
        .select((
            order_taxes::order_line_id,
            order_taxes::name,
            order_taxes::rate_ppm,
            order_taxes::reason,
            order_taxes::net_minor,
            order_taxes::tax_minor,
        ))
        .load(conn)?;
    let line_tax = |(line, name, rate_ppm, reason, net_minor, tax_minor)| LineTax {
        line,
        tax: InvoiceTax { name, rate_ppm, reason, net_minor, tax_minor },
    };
    Ok(rows.into_iter().map(line_tax).collect())
}

fn sum_by_rate(taxes: impl Iterator<Item = InvoiceTax>) -> Vec<InvoiceTax> {
    let mut sums: Vec<InvoiceTax> = Vec::new();
    for tax in taxes {
        let same =
            |sum: &&mut InvoiceTax| (&sum.name, sum.rate_ppm, &sum.reason) == (&tax.name, tax.rate_ppm, &tax.reason);
        match sums.iter_mut().find(same) {
            Some(sum) => {
                sum.net_minor += tax.net_minor;
                sum.tax_minor += tax.tax_minor;
            }
            None => sums.push(tax),
        }
    }
    sums
}

/// A refund line: order line id, quantity, amount and the tax in it, in minor units.
type RefundedLine = (OrderLineId, i64, i64, i64);

fn list_refunded_lines(conn: &mut Conn, refund: &Refund) -> Result<Vec<RefundedLine>> {
    Ok(refund_lines::table
        .filter(refund_lines::refund_id.eq(refund.id))
        .order(refund_lines::order_line_id)
        .select((
            refund_lines::order_line_id,
            refund_lines::quantity,
            refund_lines::amount_minor,
            refund_lines::tax_minor,
        ))
        .load(conn)?)
}

fn fill_refund(
    conn: &mut Conn,
    snapshot: &mut InvoiceSnapshot,
    details: &OrderDetails,
    refund: &Refund,
    lines: Vec<RefundedLine>,
) -> Result<()> {
    let order_taxes = list_taxes(conn, &details.order)?;
    let mut taxes = Vec::new();
    for (id, quantity, amount, tax) in lines {
        let sold = details.lines.iter().find(|line| line.id == id).ok_or(Error::NotFound)?;
        let mut line = line_without_quantity(InvoiceLineKind::Product, sold.name(), amount);
        line.sku = sold.sku.clone();
        line.quantity = Some(quantity);
        snapshot.lines.push(line);
        taxes.extend(prorate_taxes(&order_taxes, id, amount - tax, tax));
    }
    if refund.shipping_minor > 0 {
        let method = details.delivery.shipping_name.clone();
        snapshot.lines.push(line_without_quantity(InvoiceLineKind::Shipping, method, refund.shipping_minor));
        taxes.extend(order_taxes.into_iter().filter(|tax| tax.line.is_none()).map(|tax| tax.tax));
    }
    snapshot.taxes = sum_by_rate(taxes.into_iter());
    Ok(())
}

/// Splits net and tax of a part of a line over the line's rates; the last rate takes the rounding remainder.
fn prorate_taxes(taxes: &[LineTax], line: OrderLineId, net: i64, tax: i64) -> Vec<InvoiceTax> {
    let rates: Vec<&InvoiceTax> = taxes.iter().filter(|tax| tax.line == Some(line)).map(|tax| &tax.tax).collect();
    let all: i64 = rates.iter().map(|rate| rate.tax_minor).sum();
    let mut left = tax;
    let last = rates.len();
    let share = |(at, rate): (usize, &&InvoiceTax)| {
        let own = if at + 1 == last { left } else { prorate(tax, rate.tax_minor, all.max(1)).unwrap_or(0) };
        left -= own;
        InvoiceTax { net_minor: net, tax_minor: own, ..(*rate).clone() }
    };
    rates.iter().enumerate().map(share).collect()
}

/// The part of an invoice that no credit note has credited.
struct Uncredited {
    total_minor: i64,
    taxes: Vec<InvoiceTax>,
}

impl Uncredited {
    /// The taxes included in a part of it (minor units), in proportion to each rate's share.
    fn part(self, minor: i64) -> Result<Vec<InvoiceTax>> {
        if minor == self.total_minor {
            return Ok(self.taxes);
        }
        let gross: Vec<i64> = self.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).collect();
        let prorated = |whole: i64| prorate(whole, minor, self.total_minor).ok_or(Error::bug("a refund is too large"));
        let grosses = allocate(prorated(gross.iter().sum())?, &gross);
        let part = |(tax, gross): (&InvoiceTax, i64)| -> Result<InvoiceTax> {
            let tax_minor = prorated(tax.tax_minor)?;
            Ok(InvoiceTax { net_minor: gross - tax_minor, tax_minor, ..tax.clone() })
        };
        self.taxes.iter().zip(grosses).map(part).collect()
    }
}

fn find_uncredited(conn: &mut Conn, invoice: &Invoice) -> Result<Uncredited> {
    let snapshot = invoice.parse_snapshot()?;
    let mut left = Uncredited { total_minor: snapshot.total_minor, taxes: snapshot.taxes };
    let documents = Invoice::list_for_order(conn, invoice.order_id)?;
    for credit_note in documents.iter().filter(|document| document.kind == InvoiceKind::CreditNote) {
        let credited = credit_note.parse_snapshot()?;
        left.total_minor -= credited.total_minor;
        let credited = credited.taxes.into_iter();
        let credited = credited.map(|tax| InvoiceTax { net_minor: -tax.net_minor, tax_minor: -tax.tax_minor, ..tax });
        left.taxes = sum_by_rate(left.taxes.into_iter().chain(credited));
    }
    left.taxes.retain(|tax| tax.net_minor != 0 || tax.tax_minor != 0);
    Ok(left)
}
