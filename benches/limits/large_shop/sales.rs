//! Bulk orders as the models would write them: with lines, taxes, reservations, ledger, payments,
//! invoices and fulfilments, so that the audit passes. Rows are inserted in batches, for speed.

use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::json;

use super::{DAYS_OPEN, SeededRandom};
use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::catalog::product::options::variant_name;
use tradepost::models::checkout::tax_rate::{TaxLocation, TaxRate};
use tradepost::models::people::account::AccountStatus;
use tradepost::models::platform::email::Email;
use tradepost::models::platform::search;
use tradepost::models::platform::setting::Settings;
use tradepost::models::sales::invoice::{self, InvoiceKind, InvoiceLineKind, InvoiceSnapshot, InvoiceTax, Seller};
use tradepost::models::sales::order::{Order, OrderFulfilmentState, OrderState, PaymentState};
use tradepost::models::sales::payment::{PaymentAttemptState, ProviderName, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::on_backend;
use tradepost::schema::{
    accounts, customers, emails, events, fulfilment_lines, fulfilments, invoices, order_addresses, order_deliveries,
    order_lines, order_taxes, order_words, orders, payment_attempts, payment_transactions, reservations, sequences,
    stock_ledger, stock_levels, variants,
};
use tradepost::support::clock::Utc;
use tradepost::support::ids::{
    AccountId, CustomerId, FulfilmentId, OrderId, OrderLineId, PaymentAttemptId, StockLevelId, VariantId,
};
use tradepost::support::money::{PPM, prorate};
use tradepost::support::{slug, token};

/// Orders written at once: SQLite takes 32,766 values in a statement.
const BATCH: u64 = 500;
/// Shipping price in minor units.
const SHIPPING_MINOR: i64 = 490;

const FIRST: [&str; 24] = [
    "Anna", "Ben", "Clara", "David", "Elif", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Katja", "Luis", "Mia", "Noah",
    "Olga", "Paul", "Quirin", "Rosa", "Sofie", "Theo", "Ulla", "Vera", "Wim", "Zoë",
];
const LAST: [&str; 24] = [
    "Albrecht",
    "Becker",
    "Çelik",
    "Dörr",
    "Engel",
    "Fischer",
    "Gruber",
    "Hahn",
    "Ivanova",
    "Jung",
    "Keller",
    "Lang",
    "Müller",
    "Neumann",
    "Otto",
    "Petersen",
    "Quandt",
    "Richter",
    "Schäfer",
    "Thoma",
    "Ulrich",
    "Vogt",
    "Winter",
    "Zimmermann",
];
const TOWNS: [(&str, &str); 8] = [
    ("10115", "Berlin"),
    ("20095", "Hamburg"),
    ("80331", "München"),
    ("50667", "Köln"),
    ("04109", "Leipzig"),
    ("01067", "Dresden"),
    ("28195", "Bremen"),
    ("90402", "Nürnberg"),
];

/// A variant with what orders copy of it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = variants)]
pub(super) struct SaleVariant {
    #[diesel(column_name = id)]
    variant: VariantId,
    sku: String,
    price_minor: i64,
    weight_g: i64,
    title: String,
    options: String,
    #[diesel(select_expression = stock_levels::id)]
    pub(super) stock_level_id: StockLevelId,
}

/// Quantities of a variant in orders.
#[derive(Clone, Copy, Default)]
pub(super) struct SoldQuantity {
    /// Fulfilled.
    pub(super) shipped: i64,
    /// Reserved.
    pub(super) reserved: i64,
}

/// The outcome of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    ToPack,
    ToPay,
    Cancelled,
}

impl Outcome {
    fn is_paid(self) -> bool {
        matches!(self, Outcome::Done | Outcome::ToPack)
    }
}

/// An order before it is written.
struct Sale {
    outcome: Outcome,
    customer: u64,
    /// Indices of variants, with quantities.
    lines: Vec<(usize, i64)>,
}

/// Parameters of the orders.
#[derive(Clone, Copy)]
pub(super) struct SalesPlan {
    pub(super) orders: u64,
    pub(super) variants: u64,
    pub(super) customers: u64,
}

impl SalesPlan {
    /// The order with a number, from 0; the last ones are unfulfilled.
    fn sale(&self, number: u64) -> Result<Sale> {
        let mut rng = SeededRandom::new(3, number);
        let is_late = number + self.orders / 100 >= self.orders;
        let outcome = match (rng.next_below(100)?, is_late) {
            (0..3, _) => Outcome::Cancelled,
            (3..40, true) => Outcome::ToPay,
            (_, true) => Outcome::ToPack,
            (3, false) => Outcome::ToPay,
            _ => Outcome::Done,
        };
        let mut lines: Vec<(usize, i64)> = Vec::new();
        for _ in 0..1 + rng.next_below(3)? {
            // Some products sell better than others.
            let reach = rng.next_below(self.variants)? + 1;
            let at = usize::try_from(rng.next_below(reach)?).unwrap_or(0);
            let quantity = i64::try_from(1 + rng.next_below(2)?).unwrap_or(1);
            if lines.iter().all(|(known, _)| *known != at) {
                lines.push((at, quantity));
            }
        }
        Ok(Sale { outcome, customer: rng.next_below(self.customers)?, lines })
    }

    /// The quantities of each variant in all orders.
    pub(super) fn sold_quantities(&self) -> Result<Vec<SoldQuantity>> {
        let mut all = vec![SoldQuantity::default(); usize::try_from(self.variants).unwrap_or(0)];
        for number in 0..self.orders {
            let sale = self.sale(number)?;
            for (at, quantity) in &sale.lines {
                let Some(variant) = all.get_mut(*at) else { continue };
                match sale.outcome {
                    Outcome::Done => variant.shipped += quantity,
                    Outcome::ToPack | Outcome::ToPay => variant.reserved += quantity,
                    Outcome::Cancelled => {}
                }
            }
        }
        Ok(all)
    }

    /// Writes all orders, the oldest first.
    pub(super) fn write_orders(
        &self,
        tx: &mut Tx<'_>,
        settings: &Settings,
        variants: &[SaleVariant],
        now: Utc,
    ) -> Result<()> {
        let day = now.format_in(&settings.time_zone, "%Y-%m-%d");
        let rates = TaxRate::all(tx.conn())?;
        let rates = TaxRate::select_applicable(&rates, &TaxLocation::from_country(&settings.country), &day);
        let rate = rates.into_iter().find(|rate| rate.tax_class == TaxClass::Standard);
        let rate = rate.ok_or(Error::bug("the sample shop has no tax rate"))?;
        let start = now.minus(SignedDuration::from_hours(24 * DAYS_OPEN));
        let step =
            SignedDuration::from_secs(DAYS_OPEN * 24 * 3600) / i32::try_from(self.orders.max(1)).unwrap_or(i32::MAX);
        tx.set_now(start);
        let buyers = write_buyers(tx, self.customers)?;
        let mut writer = OrderWriter { settings, rate, variants, buyers, number: 0, invoice: 0 };
        writer.number = sequences::table.find("order").select(sequences::value).first(tx.conn())?;
        writer.invoice =
            sequences::table.find(InvoiceKind::Invoice.as_str()).select(sequences::value).first(tx.conn())?;
        let mut done = 0;
        while done < self.orders {
            let until = (done + BATCH).min(self.orders);
            let mut orders = Vec::new();
            for number in done..until {
                let at = start.plus(step * i32::try_from(number).unwrap_or(i32::MAX));
                tx.set_now(at);
                orders.push(writer.plan_order(tx, self.sale(number)?, at)?);
            }
            writer.write(tx, orders)?;
            done = until;
        }
        for (name, value) in [("order", writer.number), (InvoiceKind::Invoice.as_str(), writer.invoice)] {
            diesel::update(sequences::table.find(name)).set(sequences::value.eq(value)).execute(tx.conn())?;
        }
        Ok(())
    }
}

/// Inserts rows of a table at once.
macro_rules! insert_rows {
    ($tx:ident, $table:ident, $rows:expr) => {{
        let rows: Vec<_> = $rows.collect();
        let conn = $tx.conn();
        if !rows.is_empty() {
            on_backend!(conn => diesel::insert_into($table::table).values(&rows).execute(conn))?;
        }
    }};
}

/// As `insert_rows`; returns their ids in order.
macro_rules! insert_rows_returning_ids {
    ($tx:ident, $table:ident, $id:ty, $rows:expr) => {{
        let rows: Vec<_> = $rows.collect();
        let conn = $tx.conn();
        let mut ids: Vec<$id> = on_backend!(conn =>
            diesel::insert_into($table::table).values(&rows).returning($table::id).get_results(conn))?;
        ids.sort_unstable();
        ids
    }};
}

/// A customer with an account.
struct Buyer {
    account: AccountId,
    customer: CustomerId,
    name: String,
    email: String,
    town: (&'static str, &'static str),
}

/// Name, email address and town (postcode and name) of a customer, from 0.
pub(super) fn describe_customer(number: u64) -> Result<(String, String, (&'static str, &'static str))> {
    let mut rng = SeededRandom::new(4, number);
    let (first, last, town) = (rng.choose(&FIRST)?, rng.choose(&LAST)?, *rng.choose(&TOWNS)?);
    let name = format!("{first} {last}");
    let email = format!("{}{number}@example.com", slug::search_words(&name).join("."));
    Ok((name, email, town))
}

/// Writes the accounts of all customers, who have the owner's password, if there is an owner.
fn write_buyers(tx: &mut Tx<'_>, count: u64) -> Result<Vec<Buyer>> {
    let now = tx.now();
    let hash = accounts::table.select(accounts::password_hash).first::<Option<String>>(tx.conn());
    let owner_hash = hash.optional()?.flatten();
    let mut buyers = Vec::new();
    let mut done = 0;
    while done < count {
        let until = (done + BATCH).min(count);
        let mut people = Vec::new();
        for number in done..until {
            let (name, email, town) = describe_customer(number)?;
            people.push((tx.generate_public_id()?, name, email, town));
        }
        let ids = insert_rows_returning_ids!(
            tx,
            accounts,
            AccountId,
            people.iter().map(|(public_id, name, email, _)| (
                accounts::public_id.eq(public_id),
                accounts::email.eq(email),
                accounts::email_normal.eq(email),
                accounts::name.eq(name),
                accounts::status.eq(AccountStatus::Active),
                accounts::password_hash.eq(&owner_hash),
                accounts::auth_epoch.eq(0),
                accounts::created_at.eq(now),
            ))
        );
        let (Some(least), Some(most)) = (ids.first(), ids.last()) else { break };
        // A trigger adds a customer for each account.
        let customers: Vec<CustomerId> = customers::table
            .filter(customers::account_id.between(Some(*least), Some(*most)))
            .order(customers::account_id)
            .select(customers::id)
            .load(tx.conn())?;
        for ((account, customer), (_, name, email, town)) in ids.into_iter().zip(customers).zip(people) {
            buyers.push(Buyer { account, customer, name, email, town });
        }
        done = until;
    }
    Ok(buyers)
}

/// An order with all values of its rows.
struct NewOrder {
    sale: Sale,
    at: Utc,
    public_id: String,
    access_hash: String,
    number: i64,
    account: AccountId,
    customer: CustomerId,
    name: String,
    email: String,
    town: (&'static str, &'static str),
    goods_minor: i64,
    tax_minor: i64,
}

impl NewOrder {
    fn total_minor(&self) -> i64 {
        self.goods_minor + SHIPPING_MINOR
    }

    fn paid_at(&self) -> Utc {
        self.at.plus(SignedDuration::from_hours(20))
    }

    fn sent_at(&self) -> Utc {
        self.at.plus(SignedDuration::from_hours(44))
    }
}

/// A line with its order and variant.
struct Entry<'a> {
    new_order: &'a NewOrder,
    order: OrderId,
    position: i64,
    variant: &'a SaleVariant,
    quantity: i64,
}

impl Entry<'_> {
    fn total_minor(&self) -> i64 {
        self.variant.price_minor * self.quantity
    }
}

/// Writes the orders.
struct OrderWriter<'a> {
    settings: &'a Settings,
    rate: TaxRate,
    variants: &'a [SaleVariant],
    buyers: Vec<Buyer>,
    number: i64,
    invoice: i64,
}

impl OrderWriter<'_> {
    /// The tax included in an amount.
    fn tax_in(&self, minor: i64) -> i64 {
        prorate(minor, self.rate.rate_ppm, PPM + self.rate.rate_ppm).unwrap_or(0)
    }

    fn sale_variant(&self, at: usize) -> Result<&SaleVariant> {
        self.variants.get(at).ok_or(Error::bug("a sample order of nothing"))
    }

    fn plan_order(&mut self, tx: &Tx<'_>, sale: Sale, at: Utc) -> Result<NewOrder> {
        let public_id = tx.generate_public_id()?;
        let (mut goods_minor, mut tax_minor) = (0, self.tax_in(SHIPPING_MINOR));
        for (product, quantity) in &sale.lines {
            let total = self.sale_variant(*product)?.price_minor * quantity;
            goods_minor += total;
            tax_minor += self.tax_in(total);
        }
        self.number += 1;
        let at_buyer = usize::try_from(sale.customer).unwrap_or(0);
        let buyer = self.buyers.get(at_buyer).ok_or(Error::bug("a sample order of nobody"))?;
        Ok(NewOrder {
            access_hash: token::sha256_hex(Order::access_token(tx.secret_key(), &public_id)),
            number: self.number,
            account: buyer.account,
            customer: buyer.customer,
            name: buyer.name.clone(),
            email: buyer.email.clone(),
            public_id,
            sale,
            at,
            town: buyer.town,
            goods_minor,
            tax_minor,
        })
    }

    fn write(&mut self, tx: &mut Tx<'_>, orders: Vec<NewOrder>) -> Result<()> {
        let ids = self.write_orders(tx, &orders)?;
        let mut entries = Vec::new();
        for (order, new_order) in ids.iter().copied().zip(&orders) {
            for ((at, quantity), position) in new_order.sale.lines.iter().zip(0..) {
                entries.push(Entry {
                    new_order,
                    order,
                    position,
                    variant: self.sale_variant(*at)?,
                    quantity: *quantity,
                });
            }
        }
        let lines = self.write_lines(tx, &entries)?;
        self.write_taxes(tx, &orders, &ids, &entries, &lines)?;
        write_stock(tx, &entries, &lines)?;
        write_payments(tx, &orders, &ids, self.settings)?;
        write_fulfilments(tx, &orders, &ids, &entries, &lines)?;
        self.write_order_words(tx, &orders, &ids)?;
        write_emails(tx, &orders, &ids)?;
        write_events(tx, &orders, &ids, self.settings)?;
        let invoices = self.plan_invoices(&orders, &ids)?;
        insert_rows!(
            tx,
            invoices,
            invoices.iter().map(|(number, order, new_order, snapshot)| (
                invoices::series.eq(InvoiceKind::Invoice.series()),
                invoices::number.eq(number),
                invoices::kind.eq(InvoiceKind::Invoice),
                invoices::order_id.eq(order),
                invoices::snapshot.eq(snapshot),
                invoices::issued_at.eq(new_order.paid_at()),
            ))
        );
        Ok(())
    }

    fn write_orders(&self, tx: &mut Tx<'_>, orders: &[NewOrder]) -> Result<Vec<OrderId>> {
        let ids = insert_rows_returning_ids!(
            tx,
            orders,
            OrderId,
            orders.iter().map(|new_order| {
                let (state, payment, fulfil) = match new_order.sale.outcome {
                    Outcome::Done => (OrderState::Completed, PaymentState::Paid, OrderFulfilmentState::Fulfilled),
                    Outcome::ToPack => (OrderState::Placed, PaymentState::Paid, OrderFulfilmentState::Unfulfilled),
                    Outcome::ToPay => (OrderState::Placed, PaymentState::Unpaid, OrderFulfilmentState::Unfulfilled),
                    Outcome::Cancelled => {
                        (OrderState::Cancelled, PaymentState::Unpaid, OrderFulfilmentState::Unfulfilled)
                    }
                };
                (
                    (
                        orders::public_id.eq(&new_order.public_id),
                        orders::number.eq(new_order.number.to_string()),
                        orders::email.eq(&new_order.email),
                        orders::access_hash.eq(&new_order.access_hash),
                        orders::state.eq(state),
                        orders::payment_state.eq(payment),
                        orders::fulfilment_state.eq(fulfil),
                        orders::currency.eq(self.settings.currency.code()),
                        orders::prices_include_tax.eq(true),
                        orders::rounding.eq("line"),
                        orders::goods_minor.eq(new_order.goods_minor),
                        orders::discount_minor.eq(0),
                        orders::shipping_minor.eq(SHIPPING_MINOR),
                        orders::tax_minor.eq(new_order.tax_minor),
                        orders::tax_added_minor.eq(0),
                    ),
                    (
                        orders::total_minor.eq(new_order.total_minor()),
                        orders::captured_minor.eq(if new_order.sale.outcome.is_paid() {
                            new_order.total_minor()
                        } else {
                            0
                        }),
                        orders::payment_method.eq(PaymentMethod::BankTransfer),
                        orders::placed_at.eq(new_order.at),
                        orders::cancelled_at
                            .eq((new_order.sale.outcome == Outcome::Cancelled).then(|| new_order.paid_at())),
                        orders::created_at.eq(new_order.at),
                        orders::account_id.eq(new_order.account),
                        orders::customer_id.eq(new_order.customer),
                    ),
                )
            })
        );
        insert_rows!(
            tx,
            order_deliveries,
            ids.iter().map(|order| (
                order_deliveries::order_id.eq(order),
                order_deliveries::shipping_name.eq("Standard parcel, 2–3 days"),
                order_deliveries::pickup.eq(false),
                order_deliveries::note.eq(""),
            ))
        );
        insert_rows!(
            tx,
            order_addresses,
            ids.iter().zip(orders).map(|(order, new_order)| (
                order_addresses::order_id.eq(order),
                order_addresses::kind.eq("shipping"),
                order_addresses::name.eq(&new_order.name),
                order_addresses::company.eq(""),
                order_addresses::line1.eq(format!("Hauptstraße {}", 1 + new_order.sale.customer % 90)),
                order_addresses::line2.eq(""),
                order_addresses::postcode.eq(new_order.town.0),
                order_addresses::city.eq(new_order.town.1),
                order_addresses::region.eq(""),
                order_addresses::country.eq(&self.settings.country),
                order_addresses::phone.eq(""),
                order_addresses::vat_number.eq(""),
            ))
        );
        Ok(ids)
    }

    fn write_lines(&self, tx: &mut Tx<'_>, entries: &[Entry<'_>]) -> Result<Vec<OrderLineId>> {
        Ok(insert_rows_returning_ids!(
            tx,
            order_lines,
            OrderLineId,
            entries.iter().map(|entry| {
                let outcome = entry.new_order.sale.outcome;
                (
                    order_lines::order_id.eq(entry.order),
                    order_lines::position.eq(entry.position),
                    order_lines::variant_id.eq(entry.variant.variant),
                    order_lines::title.eq(&entry.variant.title),
                    order_lines::options.eq(&entry.variant.options),
                    order_lines::sku.eq(&entry.variant.sku),
                    order_lines::tax_class.eq(TaxClass::Standard.as_str()),
                    order_lines::weight_g.eq(entry.variant.weight_g),
                    order_lines::unit_minor.eq(entry.variant.price_minor),
                    order_lines::quantity.eq(entry.quantity),
                    order_lines::total_minor.eq(entry.total_minor()),
                    order_lines::tax_minor.eq(self.tax_in(entry.total_minor())),
                    order_lines::gift_card.eq(false),
                    order_lines::fulfilled.eq(if outcome == Outcome::Done { entry.quantity } else { 0 }),
                )
            })
        ))
    }

    fn write_taxes(
        &self,
        tx: &mut Tx<'_>,
        orders: &[NewOrder],
        ids: &[OrderId],
        entries: &[Entry<'_>],
        lines: &[OrderLineId],
    ) -> Result<()> {
        let of_lines = entries.iter().zip(lines).map(|(entry, line)| (entry.order, Some(*line), entry.total_minor()));
        let of_shipping = ids.iter().zip(orders).map(|(order, _)| (*order, None, SHIPPING_MINOR));
        insert_rows!(
            tx,
            order_taxes,
            of_lines.chain(of_shipping).map(|(order, line, total)| {
                let tax = self.tax_in(total);
                (
                    order_taxes::order_id.eq(order),
                    order_taxes::order_line_id.eq(line),
                    order_taxes::country.eq(&self.settings.country),
                    order_taxes::region.eq(""),
                    order_taxes::name.eq(&self.rate.name),
                    order_taxes::rate_ppm.eq(self.rate.rate_ppm),
                    order_taxes::base_minor.eq(total),
                    order_taxes::net_minor.eq(total - tax),
                    order_taxes::tax_minor.eq(tax),
                    order_taxes::reason.eq("standard"),
                )
            })
        );
        Ok(())
    }

    fn write_order_words(&self, tx: &mut Tx<'_>, orders: &[NewOrder], ids: &[OrderId]) -> Result<()> {
        let mut rows = Vec::new();
        for (order, new_order) in ids.iter().zip(orders) {
            let mut search_text = format!("{} {} {}", new_order.email, new_order.name, new_order.town.1);
            for (at, _) in &new_order.sale.lines {
                search_text = format!("{search_text} {}", self.sale_variant(*at)?.sku);
            }
            rows.push((*order, search::order_search_text(&search_text)));
        }
        insert_rows!(
            tx,
            order_words,
            rows.iter().map(|(order, words)| (order_words::rowid.eq(order), order_words::words.eq(words)))
        );
        Ok(())
    }

    /// The invoices of paid orders: number, order, and snapshot.
    fn plan_invoices<'d>(
        &mut self,
        orders: &'d [NewOrder],
        ids: &[OrderId],
    ) -> Result<Vec<(i64, OrderId, &'d NewOrder, String)>> {
        let mut invoices = Vec::new();
        for (order, new_order) in ids.iter().zip(orders).filter(|(_, new_order)| new_order.sale.outcome.is_paid()) {
            let mut lines = Vec::new();
            for (at, quantity) in &new_order.sale.lines {
                let variant = self.sale_variant(*at)?;
                lines.push(invoice::InvoiceLine {
                    kind: InvoiceLineKind::Product,
                    title: variant_name(&variant.title, &variant.options),
                    sku: variant.sku.clone(),
                    quantity: Some(*quantity),
                    unit_minor: Some(variant.price_minor),
                    total_minor: variant.price_minor * quantity,
                });
            }
            let snapshot = InvoiceSnapshot {
                seller: Seller {
                    name: self.settings.site_name.clone(),
                    address: Vec::new(),
                    vat_number: String::new(),
                    email: self.settings.contact_email.clone(),
                },
                buyer: vec![new_order.name.clone(), format!("{} {}", new_order.town.0, new_order.town.1)],
                buyer_vat_number: String::new(),
                order_number: new_order.number.to_string(),
                ordered_at: new_order.at.micros(),
                corrects: String::new(),
                refund_cause: None,
                reason: String::new(),
                currency: self.settings.currency,
                locale: self.settings.locale,
                time_zone: self.settings.time_zone.clone(),
                prices_include_tax: true,
                lines,
                discount_minor: 0,
                shipping_minor: SHIPPING_MINOR,
                shipping_name: "Standard parcel, 2–3 days".to_owned(),
                taxes: vec![InvoiceTax {
                    name: self.rate.name.clone(),
                    rate_ppm: self.rate.rate_ppm,
                    reason: String::new(),
                    net_minor: new_order.total_minor() - new_order.tax_minor,
                    tax_minor: new_order.tax_minor,
                }],
                total_minor: new_order.total_minor(),
                gift_card_minor: 0,
                payment_method: PaymentMethod::BankTransfer,
            };
            self.invoice += 1;
            invoices.push((self.invoice, *order, new_order, serde_json::to_string(&snapshot)?));
        }
        Ok(invoices)
    }
}

/// Reservations, and the stock ledger.
fn write_stock(tx: &mut Tx<'_>, entries: &[Entry<'_>], lines: &[OrderLineId]) -> Result<()> {
    insert_rows!(
        tx,
        reservations,
        entries.iter().zip(lines).map(|(entry, line)| {
            let (shipped, state) = match entry.new_order.sale.outcome {
                Outcome::Done => (entry.quantity, "shipped"),
                Outcome::ToPack | Outcome::ToPay => (0, "committed"),
                Outcome::Cancelled => (0, "released"),
            };
            (
                reservations::order_line_id.eq(line),
                reservations::stock_level_id.eq(entry.variant.stock_level_id),
                reservations::quantity.eq(entry.quantity),
                reservations::shipped.eq(shipped),
                reservations::state.eq(state),
            )
        })
    );
    let taken = entries.iter().map(|entry| (entry, "reserve", 0, entry.quantity, "checkout", entry.new_order.at));
    let after = entries.iter().filter_map(|entry| match entry.new_order.sale.outcome {
        Outcome::Done => Some((entry, "ship", -entry.quantity, -entry.quantity, "system", entry.new_order.sent_at())),
        Outcome::Cancelled => Some((entry, "release", 0, -entry.quantity, "system", entry.new_order.paid_at())),
        Outcome::ToPack | Outcome::ToPay => None,
    });
    insert_rows!(
        tx,
        stock_ledger,
        taken.chain(after).map(|(entry, kind, on_hand, reserved, actor, at)| (
            stock_ledger::stock_level_id.eq(entry.variant.stock_level_id),
            stock_ledger::kind.eq(kind),
            stock_ledger::on_hand_delta.eq(on_hand),
            stock_ledger::reserved_delta.eq(reserved),
            stock_ledger::reference.eq(format!("order:{}", entry.new_order.public_id)),
            stock_ledger::actor.eq(actor),
            stock_ledger::note.eq(""),
            stock_ledger::at.eq(at),
        ))
    );
    Ok(())
}

fn write_payments(tx: &mut Tx<'_>, orders: &[NewOrder], ids: &[OrderId], settings: &Settings) -> Result<()> {
    let paid: Vec<_> = ids.iter().zip(orders).filter(|(_, new_order)| new_order.sale.outcome.is_paid()).collect();
    if paid.is_empty() {
        return Ok(());
    }
    let key = |new_order: &NewOrder| format!("attempt-{}", new_order.public_id);
    let attempts = insert_rows_returning_ids!(
        tx,
        payment_attempts,
        PaymentAttemptId,
        paid.iter().map(|(order, new_order)| (
            payment_attempts::public_id.eq(&new_order.public_id),
            payment_attempts::order_id.eq(*order),
            payment_attempts::provider.eq(ProviderName::Manual),
            payment_attempts::idempotency_key.eq(key(new_order)),
            payment_attempts::amount_minor.eq(new_order.total_minor()),
            payment_attempts::currency.eq(settings.currency.code()),
            payment_attempts::state.eq(PaymentAttemptState::Captured),
            payment_attempts::captured_minor.eq(new_order.total_minor()),
            payment_attempts::expires_at.eq(new_order.paid_at()),
            payment_attempts::created_at.eq(new_order.paid_at()),
        ))
    );
    insert_rows!(
        tx,
        payment_transactions,
        attempts.iter().zip(&paid).map(|(attempt, (_, new_order))| (
            payment_transactions::attempt_id.eq(attempt),
            payment_transactions::provider.eq(ProviderName::Manual),
            payment_transactions::provider_ref.eq(key(new_order)),
            payment_transactions::kind.eq(TransactionKind::Capture),
            payment_transactions::amount_minor.eq(new_order.total_minor()),
            payment_transactions::currency.eq(settings.currency.code()),
            payment_transactions::at.eq(new_order.paid_at()),
        ))
    );
    Ok(())
}

fn write_fulfilments(
    tx: &mut Tx<'_>,
    orders: &[NewOrder],
    ids: &[OrderId],
    entries: &[Entry<'_>],
    lines: &[OrderLineId],
) -> Result<()> {
    let sent: Vec<_> =
        ids.iter().zip(orders).filter(|(_, new_order)| new_order.sale.outcome == Outcome::Done).collect();
    if sent.is_empty() {
        return Ok(());
    }
    let mut public_ids = Vec::new();
    for _ in &sent {
        public_ids.push(tx.generate_public_id()?);
    }
    let fulfilments = insert_rows_returning_ids!(
        tx,
        fulfilments,
        FulfilmentId,
        sent.iter().zip(&public_ids).map(|((order, new_order), public_id)| (
            fulfilments::public_id.eq(public_id),
            fulfilments::order_id.eq(*order),
            fulfilments::carrier.eq("DHL"),
            fulfilments::tracking_number.eq(format!("00340434{:012}", new_order.number)),
            fulfilments::tracking_url.eq(""),
            fulfilments::shipped_at.eq(new_order.sent_at()),
        ))
    );
    let parcel_of = |order: OrderId| {
        let at = sent.binary_search_by_key(&order, |(id, _)| **id).ok()?;
        fulfilments.get(at).copied()
    };
    insert_rows!(
        tx,
        fulfilment_lines,
        entries.iter().zip(lines).filter_map(|(entry, line)| {
            Some((
                fulfilment_lines::fulfilment_id.eq(parcel_of(entry.order)?),
                fulfilment_lines::order_line_id.eq(line),
                fulfilment_lines::quantity.eq(entry.quantity),
            ))
        })
    );
    Ok(())
}

fn write_emails(tx: &mut Tx<'_>, orders: &[NewOrder], ids: &[OrderId]) -> Result<()> {
    insert_rows!(
        tx,
        emails,
        ids.iter().zip(orders).map(|(order, new_order)| {
            let words = format!("Thank you, {}. We have your order {}.", new_order.name, new_order.number);
            (
                emails::dedupe_key.eq(Email::dedupe_key("order-placed", *order)),
                emails::message_id.eq(format!("<{}@example.com>", new_order.public_id)),
                emails::recipient.eq(&new_order.email),
                emails::subject.eq(format!("Your order {}", new_order.number)),
                emails::html.eq(format!("<p>{words}</p>")),
                emails::body_text.eq(words),
                emails::state.eq("kept"),
                emails::order_id.eq(order),
                emails::created_at.eq(new_order.at),
            )
        })
    );
    Ok(())
}

fn write_events(tx: &mut Tx<'_>, orders: &[NewOrder], ids: &[OrderId], settings: &Settings) -> Result<()> {
    let currency = settings.currency.code();
    let mut rows = Vec::new();
    for (order, new_order) in ids.iter().zip(orders) {
        let (id, total) = (*order, new_order.total_minor());
        rows.push((id, "order_placed", json!({"order": id, "total_minor": total, "currency": currency}), new_order.at));
        if new_order.sale.outcome.is_paid() {
            let paid = json!({"order": id, "amount_minor": total, "currency": currency});
            rows.push((id, "payment_received", paid, new_order.paid_at()));
        }
        match new_order.sale.outcome {
            Outcome::Done => {
                let shipped = json!({"order": id, "fulfilment": 0, "carrier": "", "tracking_number": "", "lines": []});
                rows.push((id, "fulfilment_shipped", shipped, new_order.sent_at()));
            }
            Outcome::Cancelled => rows.push((id, "order_cancelled", json!({"order": id}), new_order.paid_at())),
            Outcome::ToPack | Outcome::ToPay => {}
        }
    }
    insert_rows!(
        tx,
        events,
        rows.iter().map(|(order, kind, data, at)| (
            events::kind.eq(*kind),
            events::order_id.eq(*order),
            events::subject_type.eq("order"),
            events::subject_id.eq(*order),
            events::actor_kind.eq("system"),
            events::actor_name.eq(""),
            events::data.eq(data.to_string()),
            events::at.eq(*at),
        ))
    );
    Ok(())
}
