//! Issues an invoice when an order is paid, and a credit note when an invoiced amount is refunded.

use diesel::prelude::*;

use super::refunds::Refund;
use super::{Address, Order, OrderDetails, OrderLine, OrderState};
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
struct Part {
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
        let dossier = Order::get(tx.conn(), order)?.load_details(tx.conn())?;
        let parts = parts(tx.conn(), &dossier.order)?;
        let mut paper = blank(tx.conn(), &settings, &dossier)?;
        let line = |line: &OrderLine| InvoiceLine {
            kind: InvoiceLineKind::Product,
            title: line.name(),
            sku: line.sku.clone(),
            quantity: Some(line.quantity),
            unit_minor: Some(line.unit_minor),
            total_minor: line.goods_minor(),
        };
        paper.lines = dossier.lines.iter().map(line).collect();
        paper.discount_minor = dossier.order.discount_minor;
        paper.shipping_minor = dossier.order.shipping_minor;
        paper.shipping_name = dossier.order.shipping_name.clone();
        paper.taxes = by_rate(parts.into_iter().map(|part| part.tax));
        paper.total_minor = dossier.order.total_minor;
        paper.gift_card_minor = dossier.order.gift_card_minor;
        Invoice::create(tx, InvoiceKind::Invoice, order, None, &paper)
    }

    /// Issues the invoice of an order that was placed with nothing due; does nothing for other orders.
    pub fn issue_invoice_if_nothing_is_due(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
        let order = Order::lock(tx, order)?;
        let holds = matches!(order.state, OrderState::Placed | OrderState::Completed);
        if holds && order.due_minor() == 0 { Order::issue_invoice(tx, order.id) } else { Ok(()) }
    }

    /// Issues a credit note for a refund if the order has an invoice. The caller has locked the order.
    pub fn issue_credit_note(tx: &mut Tx<'_>, refund: &Refund) -> Result<()> {
        let order = refund.order_id;
        let Some(invoice) = Invoice::find_for_order(tx.conn(), order)? else { return Ok(()) };
        let left = left_of(tx.conn(), &invoice)?;
        let lines = lines_of_refund(tx.conn(), refund)?;
        // A failed refund has its credit note already, and more can be refunded than was invoiced: credit notes never
        // exceed the invoice.
        let credited = refund.amount_minor.min(left.total_minor);
        let is_sum = (lines.is_empty() && refund.shipping_minor == 0) || credited < refund.amount_minor;
        if credited <= 0 {
            return Ok(());
        }
        let settings = Settings::load(tx.conn())?;
        let dossier = Order::get(tx.conn(), order)?.load_details(tx.conn())?;
        let mut paper = blank(tx.conn(), &settings, &dossier)?;
        // A refund is the amount that the buyer paid, so it includes tax that was added to net prices.
        paper.prices_include_tax = true;
        paper.corrects = invoice.label();
        paper.refund_cause = refund.cause;
        paper.reason = refund.reason.clone();
        paper.total_minor = credited;
        if is_sum {
            let kind = if refund.automatic { InvoiceLineKind::CancelledOrder } else { InvoiceLineKind::RefundedOrder };
            paper.lines = vec![uncounted(kind, paper.order_number.clone(), credited)];
            paper.taxes = left.part(credited)?;
        } else {
            fill(tx.conn(), &mut paper, &dossier, refund, lines)?;
        }
        Invoice::create(tx, InvoiceKind::CreditNote, order, Some(refund.id), &paper)
    }
}

/// What invoices and credit notes have in common; lines, taxes and totals are left empty.
fn blank(conn: &mut Conn, settings: &Settings, dossier: &OrderDetails) -> Result<InvoiceSnapshot> {
    let order = &dossier.order;
    let (address, vat_number) = buyer(conn, dossier)?;
    Ok(InvoiceSnapshot {
        seller: Seller {
            name: settings.site_name.clone(),
            address: settings.business_address.lines().map(str::to_owned).collect(),
            vat_number: settings.vat_number.clone(),
            email: settings.contact_email.clone(),
        },
        buyer: lines_of(&address, settings.locale),
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
fn buyer(conn: &mut Conn, dossier: &OrderDetails) -> Result<(Address, String)> {
    let billing: Option<(Address, String)> = order_addresses::table
        .filter(order_addresses::order_id.eq(dossier.order.id))
        .order(order_addresses::kind)
        .select((Address::as_select(), order_addresses::vat_number))
        .first(conn)
        .optional()?;
    Ok(billing.unwrap_or_else(|| (dossier.address.clone(), String::new())))
}

/// The address as printed lines, with the country's name.
fn lines_of(address: &Address, locale: Locale) -> Vec<String> {
    let town = format!("{} {}", address.postcode, address.city);
    let country = Country::find(&address.country).map_or(address.country.as_str(), |country| country.name(locale));
    let region = subdivision::display_name(&address.country, &address.region);
    let all = [&address.company, &address.name, &address.line1, &address.line2, town.trim(), &region, country];
    all.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn uncounted(kind: InvoiceLineKind, title: String, total_minor: i64) -> InvoiceLine {
    InvoiceLine { kind, title, sku: String::new(), quantity: None, unit_minor: None, total_minor }
}

/// The taxes of an order, in the order they were calculated.
fn parts(conn: &mut Conn, order: &Order) -> Result<Vec<Part>> {
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
    let part = |(line, name, rate_ppm, reason, net_minor, tax_minor)| Part {
        line,
        tax: InvoiceTax { name, rate_ppm, reason, net_minor, tax_minor },
    };
    Ok(rows.into_iter().map(part).collect())
}

fn by_rate(taxes: impl Iterator<Item = InvoiceTax>) -> Vec<InvoiceTax> {
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
type Piece = (OrderLineId, i64, i64, i64);

fn lines_of_refund(conn: &mut Conn, refund: &Refund) -> Result<Vec<Piece>> {
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

/// Adds the lines and taxes of a refund to a credit note.
fn fill(
    conn: &mut Conn,
    paper: &mut InvoiceSnapshot,
    dossier: &OrderDetails,
    refund: &Refund,
    lines: Vec<Piece>,
) -> Result<()> {
    let parts = parts(conn, &dossier.order)?;
    let mut taxes = Vec::new();
    for (id, quantity, amount, tax) in lines {
        let sold = dossier.lines.iter().find(|line| line.id == id).ok_or(Error::NotFound)?;
        let mut line = uncounted(InvoiceLineKind::Product, sold.name(), amount);
        line.sku = sold.sku.clone();
        line.quantity = Some(quantity);
        paper.lines.push(line);
        taxes.extend(shares(&parts, id, amount - tax, tax));
    }
    if refund.shipping_minor > 0 {
        let method = dossier.order.shipping_name.clone();
        paper.lines.push(uncounted(InvoiceLineKind::Shipping, method, refund.shipping_minor));
        taxes.extend(parts.into_iter().filter(|part| part.line.is_none()).map(|part| part.tax));
    }
    paper.taxes = by_rate(taxes.into_iter());
    Ok(())
}

/// Splits net and tax of a part of a line over the line's rates; the last rate takes the rounding remainder.
fn shares(parts: &[Part], line: OrderLineId, net: i64, tax: i64) -> Vec<InvoiceTax> {
    let mine: Vec<&InvoiceTax> = parts.iter().filter(|part| part.line == Some(line)).map(|part| &part.tax).collect();
    let all: i64 = mine.iter().map(|rate| rate.tax_minor).sum();
    let mut left = tax;
    let last = mine.len();
    let share = |(at, rate): (usize, &&InvoiceTax)| {
        let own = if at + 1 == last { left } else { prorate(tax, rate.tax_minor, all.max(1)).unwrap_or(0) };
        left -= own;
        InvoiceTax { net_minor: net, tax_minor: own, ..(*rate).clone() }
    };
    mine.iter().enumerate().map(share).collect()
}

/// The part of an invoice that no credit note has credited.
struct Left {
    total_minor: i64,
    taxes: Vec<InvoiceTax>,
}

impl Left {
    /// The taxes included in a part of it (minor units), in proportion to each rate's share.
    fn part(self, minor: i64) -> Result<Vec<InvoiceTax>> {
        if minor == self.total_minor {
            return Ok(self.taxes);
        }
        let gross: Vec<i64> = self.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).collect();
        let of = |whole: i64| prorate(whole, minor, self.total_minor).ok_or(Error::bug("a refund is too large"));
        let grosses = allocate(of(gross.iter().sum())?, &gross);
        let part = |(tax, gross): (&InvoiceTax, i64)| -> Result<InvoiceTax> {
            let tax_minor = of(tax.tax_minor)?;
            Ok(InvoiceTax { net_minor: gross - tax_minor, tax_minor, ..tax.clone() })
        };
        self.taxes.iter().zip(grosses).map(part).collect()
    }
}

fn left_of(conn: &mut Conn, invoice: &Invoice) -> Result<Left> {
    let said = invoice.parse_snapshot()?;
    let mut left = Left { total_minor: said.total_minor, taxes: said.taxes };
    for paper in
        Invoice::list_for_order(conn, invoice.order_id)?.iter().filter(|paper| paper.kind == InvoiceKind::CreditNote)
    {
        let back = paper.parse_snapshot()?;
        left.total_minor -= back.total_minor;
        let back = back.taxes.into_iter();
        let back = back.map(|tax| InvoiceTax { net_minor: -tax.net_minor, tax_minor: -tax.tax_minor, ..tax });
        left.taxes = by_rate(left.taxes.into_iter().chain(back));
    }
    left.taxes.retain(|tax| tax.net_minor != 0 || tax.tax_minor != 0);
    Ok(left)
}
