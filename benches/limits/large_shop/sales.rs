//! Orders in bulk, as the verbs of orders would have left them: with lines, taxes, reservations, ledger, payments,
//! papers and parcels, so that the audit holds. Written many rows at a time, as a hundred thousand take too long singly.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::{DAYS_OPEN, SeededRandom};
use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::catalog::product::options::variant_name;
use tradepost::models::checkout::tax_rate::{TaxLocation, TaxRate};
use tradepost::models::platform::email::Email;
use tradepost::models::platform::search;
use tradepost::models::platform::setting::Settings;
use tradepost::models::sales::invoice::{self, InvoiceKind, InvoiceSnapshot, InvoiceTax, Seller};
use tradepost::models::sales::order::{Order, OrderFulfilmentState, OrderState, PaymentMethod, PaymentState};
use tradepost::models::sales::payment::{PaymentAttemptState, ProviderName, TransactionKind};
use tradepost::on_backend;
use tradepost::schema::{
    emails, fulfilment_lines, fulfilments, invoices, order_addresses, order_events, order_lines, order_taxes,
    order_words, orders, payment_attempts, payment_transactions, reservations, sequences, stock_ledger, stock_levels,
    variants,
};
use tradepost::support::clock::Utc;
use tradepost::support::money::{PPM, prorate};
use tradepost::support::{slug, token};

/// Orders written at once: SQLite takes 32,766 values in a statement.
const BATCH: u64 = 500;
/// What sending costs, minor units.
const SHIPPING: i64 = 490;

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

/// A variant as orders need it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = variants)]
pub(super) struct SaleVariant {
    #[diesel(column_name = id)]
    variant: i64,
    sku: String,
    price_minor: i64,
    weight_g: i64,
    title: String,
    options: String,
    #[diesel(select_expression = stock_levels::id)]
    pub(super) stock_level_id: i64,
}

/// Pieces of a variant that orders took.
#[derive(Clone, Copy, Default)]
pub(super) struct SoldQuantity {
    /// They have left the house.
    pub(super) shipped: i64,
    /// They are set aside.
    pub(super) reserved: i64,
}

/// What became of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    ToPack,
    ToPay,
    Cancelled,
}

impl Fate {
    fn is_paid(self) -> bool {
        matches!(self, Fate::Done | Fate::ToPack)
    }
}

/// An order before it is written.
struct Sale {
    fate: Fate,
    customer: u64,
    /// Which of the goods, and how many.
    lines: Vec<(usize, i64)>,
}

/// How much is sold.
#[derive(Clone, Copy)]
pub(super) struct SalesPlan {
    pub(super) orders: u64,
    pub(super) variants: u64,
    pub(super) customers: u64,
}

impl SalesPlan {
    /// The order of a number, from 0; the last ones are still to do.
    fn sale(&self, number: u64) -> Result<Sale> {
        let mut dice = SeededRandom::new(3, number);
        let is_late = number + self.orders / 100 >= self.orders;
        let fate = match (dice.next_below(100)?, is_late) {
            (0..3, _) => Fate::Cancelled,
            (3..40, true) => Fate::ToPay,
            (_, true) => Fate::ToPack,
            (3, false) => Fate::ToPay,
            _ => Fate::Done,
        };
        let mut lines: Vec<(usize, i64)> = Vec::new();
        for _ in 0..1 + dice.next_below(3)? {
            // Some things sell better than others.
            let reach = dice.next_below(self.variants)? + 1;
            let at = usize::try_from(dice.next_below(reach)?).unwrap_or(0);
            let pieces = i64::try_from(1 + dice.next_below(2)?).unwrap_or(1);
            if lines.iter().all(|(known, _)| *known != at) {
                lines.push((at, pieces));
            }
        }
        Ok(Sale { fate, customer: dice.next_below(self.customers)?, lines })
    }

    /// What all orders take of each of the goods.
    pub(super) fn sold_quantities(&self) -> Result<Vec<SoldQuantity>> {
        let mut all = vec![SoldQuantity::default(); usize::try_from(self.variants).unwrap_or(0)];
        for number in 0..self.orders {
            let sale = self.sale(number)?;
            for (at, pieces) in &sale.lines {
                let Some(good) = all.get_mut(*at) else { continue };
                match sale.fate {
                    Fate::Done => good.shipped += pieces,
                    Fate::ToPack | Fate::ToPay => good.reserved += pieces,
                    Fate::Cancelled => {}
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
        goods: &[SaleVariant],
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
        let mut book = Book { settings, rate, goods, number: 0, invoice: 0 };
        book.number = sequences::table.find("order").select(sequences::value).first(tx.conn())?;
        book.invoice =
            sequences::table.find(InvoiceKind::Invoice.as_str()).select(sequences::value).first(tx.conn())?;
        let mut done = 0;
        while done < self.orders {
            let until = (done + BATCH).min(self.orders);
            let mut deals = Vec::new();
            for number in done..until {
                let at = start.plus(step * i32::try_from(number).unwrap_or(i32::MAX));
                tx.set_now(at);
                deals.push(book.deal(tx, self.sale(number)?, at)?);
            }
            book.write(tx, deals)?;
            done = until;
        }
        for (name, value) in [("order", book.number), (InvoiceKind::Invoice.as_str(), book.invoice)] {
            diesel::update(sequences::table.find(name)).set(sequences::value.eq(value)).execute(tx.conn())?;
        }
        Ok(())
    }
}

/// An order with all that its rows need.
struct NewOrder {
    sale: Sale,
    at: Utc,
    public_id: String,
    access_hash: String,
    number: i64,
    name: String,
    email: String,
    town: (&'static str, &'static str),
    goods_minor: i64,
    tax_minor: i64,
}

impl NewOrder {
    fn total_minor(&self) -> i64 {
        self.goods_minor + SHIPPING
    }

    fn paid_at(&self) -> Utc {
        self.at.plus(SignedDuration::from_hours(20))
    }

    fn sent_at(&self) -> Utc {
        self.at.plus(SignedDuration::from_hours(44))
    }
}

/// A line with the rows it belongs to.
struct Entry<'a> {
    deal: &'a NewOrder,
    order: i64,
    position: i64,
    good: &'a SaleVariant,
    pieces: i64,
}

impl Entry<'_> {
    fn total_minor(&self) -> i64 {
        self.good.price_minor * self.pieces
    }
}

/// Where the orders are written down.
struct Book<'a> {
    settings: &'a Settings,
    rate: TaxRate,
    goods: &'a [SaleVariant],
    number: i64,
    invoice: i64,
}

/// Writes rows of a table at once.
macro_rules! put {
    ($tx:ident, $table:ident, $rows:expr) => {{
        let rows: Vec<_> = $rows.collect();
        let conn = $tx.conn();
        if !rows.is_empty() {
            on_backend!(conn => diesel::insert_into($table::table).values(&rows).execute(conn))?;
        }
    }};
}

/// The same, and their ids in order.
macro_rules! put_for_ids {
    ($tx:ident, $table:ident, $rows:expr) => {{
        let rows: Vec<_> = $rows.collect();
        let conn = $tx.conn();
        let mut ids: Vec<i64> = on_backend!(conn =>
            diesel::insert_into($table::table).values(&rows).returning($table::id).get_results(conn))?;
        ids.sort_unstable();
        ids
    }};
}

impl Book<'_> {
    /// Tax that is in an amount.
    fn tax_in(&self, minor: i64) -> i64 {
        prorate(minor, self.rate.rate_ppm, PPM + self.rate.rate_ppm).unwrap_or(0)
    }

    fn good(&self, at: usize) -> Result<&SaleVariant> {
        self.goods.get(at).ok_or(Error::bug("a sample order of nothing"))
    }

    fn deal(&mut self, tx: &Tx<'_>, sale: Sale, at: Utc) -> Result<NewOrder> {
        let mut dice = SeededRandom::new(4, sale.customer);
        let (first, last, town) = (dice.choose(&FIRST)?, dice.choose(&LAST)?, *dice.choose(&TOWNS)?);
        let public_id = tx.generate_public_id()?;
        let (mut goods_minor, mut tax_minor) = (0, self.tax_in(SHIPPING));
        for (product, pieces) in &sale.lines {
            let total = self.good(*product)?.price_minor * pieces;
            goods_minor += total;
            tax_minor += self.tax_in(total);
        }
        self.number += 1;
        Ok(NewOrder {
            access_hash: token::sha256_hex(Order::access_token(tx.secret_key(), &public_id)),
            number: self.number,
            name: format!("{first} {last}"),
            email: format!("{}{}@example.com", slug::search_words(&format!("{first} {last}")).join("."), sale.customer),
            public_id,
            sale,
            at,
            town,
            goods_minor,
            tax_minor,
        })
    }

    fn write(&mut self, tx: &mut Tx<'_>, deals: Vec<NewOrder>) -> Result<()> {
        let ids = self.write_orders(tx, &deals)?;
        let mut entries = Vec::new();
        for (order, deal) in ids.iter().copied().zip(&deals) {
            for ((at, pieces), position) in deal.sale.lines.iter().zip(0..) {
                entries.push(Entry { deal, order, position, good: self.good(*at)?, pieces: *pieces });
            }
        }
        let lines = self.write_lines(tx, &entries)?;
        self.write_taxes(tx, &deals, &ids, &entries, &lines)?;
        write_stock(tx, &entries, &lines)?;
        write_payments(tx, &deals, &ids, self.settings)?;
        write_parcels(tx, &deals, &ids, &entries, &lines)?;
        self.write_words(tx, &deals, &ids)?;
        write_letters(tx, &deals, &ids)?;
        write_events(tx, &deals, &ids)?;
        let papers = self.papers(&deals, &ids)?;
        put!(
            tx,
            invoices,
            papers.iter().map(|(number, order, deal, snapshot)| (
                invoices::series.eq(InvoiceKind::Invoice.series()),
                invoices::number.eq(number),
                invoices::kind.eq(InvoiceKind::Invoice),
                invoices::order_id.eq(order),
                invoices::snapshot.eq(snapshot),
                invoices::issued_at.eq(deal.paid_at()),
            ))
        );
        Ok(())
    }

    fn write_orders(&self, tx: &mut Tx<'_>, deals: &[NewOrder]) -> Result<Vec<i64>> {
        let ids = put_for_ids!(
            tx,
            orders,
            deals.iter().map(|deal| {
                let (state, payment, fulfil) = match deal.sale.fate {
                    Fate::Done => (OrderState::Completed, PaymentState::Paid, OrderFulfilmentState::Fulfilled),
                    Fate::ToPack => (OrderState::Placed, PaymentState::Paid, OrderFulfilmentState::Unfulfilled),
                    Fate::ToPay => (OrderState::Placed, PaymentState::Unpaid, OrderFulfilmentState::Unfulfilled),
                    Fate::Cancelled => (OrderState::Cancelled, PaymentState::Unpaid, OrderFulfilmentState::Unfulfilled),
                };
                (
                    (
                        orders::public_id.eq(&deal.public_id),
                        orders::number.eq(deal.number.to_string()),
                        orders::email.eq(&deal.email),
                        orders::access_hash.eq(&deal.access_hash),
                        orders::state.eq(state),
                        orders::payment_state.eq(payment),
                        orders::fulfilment_state.eq(fulfil),
                        orders::currency.eq(self.settings.currency.code()),
                        orders::prices_include_tax.eq(true),
                        orders::rounding.eq("line"),
                        orders::goods_minor.eq(deal.goods_minor),
                        orders::discount_minor.eq(0),
                        orders::shipping_minor.eq(SHIPPING),
                        orders::tax_minor.eq(deal.tax_minor),
                        orders::tax_added_minor.eq(0),
                    ),
                    (
                        orders::total_minor.eq(deal.total_minor()),
                        orders::captured_minor.eq(if deal.sale.fate.is_paid() { deal.total_minor() } else { 0 }),
                        orders::payment_method.eq(PaymentMethod::BankTransfer),
                        orders::shipping_name.eq("Standard parcel, 2–3 days"),
                        orders::pickup.eq(false),
                        orders::note.eq(""),
                        orders::placed_at.eq(deal.at),
                        orders::cancelled_at.eq((deal.sale.fate == Fate::Cancelled).then(|| deal.paid_at())),
                        orders::created_at.eq(deal.at),
                    ),
                )
            })
        );
        put!(
            tx,
            order_addresses,
            ids.iter().zip(deals).map(|(order, deal)| (
                order_addresses::order_id.eq(order),
                order_addresses::kind.eq("shipping"),
                order_addresses::name.eq(&deal.name),
                order_addresses::company.eq(""),
                order_addresses::line1.eq(format!("Hauptstraße {}", 1 + deal.sale.customer % 90)),
                order_addresses::line2.eq(""),
                order_addresses::postcode.eq(deal.town.0),
                order_addresses::city.eq(deal.town.1),
                order_addresses::region.eq(""),
                order_addresses::country.eq(&self.settings.country),
                order_addresses::phone.eq(""),
                order_addresses::vat_number.eq(""),
            ))
        );
        Ok(ids)
    }

    fn write_lines(&self, tx: &mut Tx<'_>, entries: &[Entry<'_>]) -> Result<Vec<i64>> {
        Ok(put_for_ids!(
            tx,
            order_lines,
            entries.iter().map(|entry| {
                let fate = entry.deal.sale.fate;
                (
                    order_lines::order_id.eq(entry.order),
                    order_lines::position.eq(entry.position),
                    order_lines::variant_id.eq(entry.good.variant),
                    order_lines::title.eq(&entry.good.title),
                    order_lines::options.eq(&entry.good.options),
                    order_lines::sku.eq(&entry.good.sku),
                    order_lines::tax_class.eq(TaxClass::Standard.as_str()),
                    order_lines::weight_g.eq(entry.good.weight_g),
                    order_lines::unit_minor.eq(entry.good.price_minor),
                    order_lines::quantity.eq(entry.pieces),
                    order_lines::total_minor.eq(entry.total_minor()),
                    order_lines::tax_minor.eq(self.tax_in(entry.total_minor())),
                    order_lines::gift_card.eq(false),
                    order_lines::fulfilled.eq(if fate == Fate::Done { entry.pieces } else { 0 }),
                )
            })
        ))
    }

    fn write_taxes(
        &self,
        tx: &mut Tx<'_>,
        deals: &[NewOrder],
        ids: &[i64],
        entries: &[Entry<'_>],
        lines: &[i64],
    ) -> Result<()> {
        let of_lines = entries.iter().zip(lines).map(|(entry, line)| (entry.order, Some(*line), entry.total_minor()));
        let of_shipping = ids.iter().zip(deals).map(|(order, _)| (*order, None, SHIPPING));
        put!(
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

    fn write_words(&self, tx: &mut Tx<'_>, deals: &[NewOrder], ids: &[i64]) -> Result<()> {
        let mut rows = Vec::new();
        for (order, deal) in ids.iter().zip(deals) {
            let mut searched = format!("{} {} {}", deal.email, deal.name, deal.town.1);
            for (at, _) in &deal.sale.lines {
                searched = format!("{searched} {}", self.good(*at)?.sku);
            }
            rows.push((*order, search::order_search_text(&searched)));
        }
        put!(
            tx,
            order_words,
            rows.iter().map(|(order, words)| (order_words::rowid.eq(order), order_words::words.eq(words)))
        );
        Ok(())
    }

    /// The invoices of what is paid: number, order, and what stands on it.
    fn papers<'d>(&mut self, deals: &'d [NewOrder], ids: &[i64]) -> Result<Vec<(i64, i64, &'d NewOrder, String)>> {
        let mut papers = Vec::new();
        for (order, deal) in ids.iter().zip(deals).filter(|(_, deal)| deal.sale.fate.is_paid()) {
            let mut lines = Vec::new();
            for (at, pieces) in &deal.sale.lines {
                let good = self.good(*at)?;
                lines.push(invoice::InvoiceLine {
                    title: variant_name(&good.title, &good.options),
                    sku: good.sku.clone(),
                    quantity: Some(*pieces),
                    unit_minor: Some(good.price_minor),
                    total_minor: good.price_minor * pieces,
                });
            }
            let snapshot = InvoiceSnapshot {
                seller: Seller {
                    name: self.settings.site_name.clone(),
                    address: Vec::new(),
                    vat_number: String::new(),
                    email: self.settings.contact_email.clone(),
                },
                buyer: vec![deal.name.clone(), format!("{} {}", deal.town.0, deal.town.1)],
                buyer_vat_number: String::new(),
                order_number: deal.number.to_string(),
                ordered_at: deal.at.micros(),
                corrects: String::new(),
                reason: String::new(),
                currency: self.settings.currency.code().to_owned(),
                locale: self.settings.locale.clone(),
                time_zone: self.settings.time_zone.clone(),
                prices_include_tax: true,
                lines,
                discount_minor: 0,
                shipping_minor: SHIPPING,
                shipping_name: "Standard parcel, 2–3 days".to_owned(),
                taxes: vec![InvoiceTax {
                    name: self.rate.name.clone(),
                    rate_ppm: self.rate.rate_ppm,
                    reason: String::new(),
                    net_minor: deal.total_minor() - deal.tax_minor,
                    tax_minor: deal.tax_minor,
                }],
                total_minor: deal.total_minor(),
                gift_card_minor: 0,
                payment: "Paid by bank transfer".to_owned(),
            };
            self.invoice += 1;
            papers.push((self.invoice, *order, deal, serde_json::to_string(&snapshot)?));
        }
        Ok(papers)
    }
}

/// Reservations, and the ledger of the shelves they were taken from.
fn write_stock(tx: &mut Tx<'_>, entries: &[Entry<'_>], lines: &[i64]) -> Result<()> {
    put!(
        tx,
        reservations,
        entries.iter().zip(lines).map(|(entry, line)| {
            let (shipped, state) = match entry.deal.sale.fate {
                Fate::Done => (entry.pieces, "shipped"),
                Fate::ToPack | Fate::ToPay => (0, "committed"),
                Fate::Cancelled => (0, "released"),
            };
            (
                reservations::order_line_id.eq(line),
                reservations::stock_level_id.eq(entry.good.stock_level_id),
                reservations::quantity.eq(entry.pieces),
                reservations::shipped.eq(shipped),
                reservations::state.eq(state),
            )
        })
    );
    let taken = entries.iter().map(|entry| (entry, "reserve", 0, entry.pieces, "Customer", entry.deal.at));
    let after = entries.iter().filter_map(|entry| match entry.deal.sale.fate {
        Fate::Done => Some((entry, "ship", -entry.pieces, -entry.pieces, "Shop", entry.deal.sent_at())),
        Fate::Cancelled => Some((entry, "release", 0, -entry.pieces, "Shop", entry.deal.paid_at())),
        Fate::ToPack | Fate::ToPay => None,
    });
    put!(
        tx,
        stock_ledger,
        taken.chain(after).map(|(entry, kind, on_hand, reserved, actor, at)| (
            stock_ledger::stock_level_id.eq(entry.good.stock_level_id),
            stock_ledger::kind.eq(kind),
            stock_ledger::on_hand_delta.eq(on_hand),
            stock_ledger::reserved_delta.eq(reserved),
            stock_ledger::reference.eq(format!("order {}", entry.deal.public_id)),
            stock_ledger::actor.eq(actor),
            stock_ledger::note.eq(""),
            stock_ledger::at.eq(at),
        ))
    );
    Ok(())
}

fn write_payments(tx: &mut Tx<'_>, deals: &[NewOrder], ids: &[i64], settings: &Settings) -> Result<()> {
    let paid: Vec<_> = ids.iter().zip(deals).filter(|(_, deal)| deal.sale.fate.is_paid()).collect();
    if paid.is_empty() {
        return Ok(());
    }
    let key = |deal: &NewOrder| format!("attempt-{}", deal.public_id);
    let attempts = put_for_ids!(
        tx,
        payment_attempts,
        paid.iter().map(|(order, deal)| (
            payment_attempts::public_id.eq(&deal.public_id),
            payment_attempts::order_id.eq(*order),
            payment_attempts::provider.eq(ProviderName::Manual),
            payment_attempts::idempotency_key.eq(key(deal)),
            payment_attempts::amount_minor.eq(deal.total_minor()),
            payment_attempts::currency.eq(settings.currency.code()),
            payment_attempts::state.eq(PaymentAttemptState::Captured),
            payment_attempts::captured_minor.eq(deal.total_minor()),
            payment_attempts::expires_at.eq(deal.paid_at()),
            payment_attempts::created_at.eq(deal.paid_at()),
        ))
    );
    put!(
        tx,
        payment_transactions,
        attempts.iter().zip(&paid).map(|(attempt, (_, deal))| (
            payment_transactions::attempt_id.eq(attempt),
            payment_transactions::provider.eq(ProviderName::Manual),
            payment_transactions::provider_ref.eq(key(deal)),
            payment_transactions::kind.eq(TransactionKind::Capture),
            payment_transactions::amount_minor.eq(deal.total_minor()),
            payment_transactions::currency.eq(settings.currency.code()),
            payment_transactions::at.eq(deal.paid_at()),
        ))
    );
    Ok(())
}

fn write_parcels(tx: &mut Tx<'_>, deals: &[NewOrder], ids: &[i64], entries: &[Entry<'_>], lines: &[i64]) -> Result<()> {
    let sent: Vec<_> = ids.iter().zip(deals).filter(|(_, deal)| deal.sale.fate == Fate::Done).collect();
    if sent.is_empty() {
        return Ok(());
    }
    let mut public_ids = Vec::new();
    for _ in &sent {
        public_ids.push(tx.generate_public_id()?);
    }
    let parcels = put_for_ids!(
        tx,
        fulfilments,
        sent.iter().zip(&public_ids).map(|((order, deal), public_id)| (
            fulfilments::public_id.eq(public_id),
            fulfilments::order_id.eq(*order),
            fulfilments::carrier.eq("DHL"),
            fulfilments::tracking_number.eq(format!("00340434{:012}", deal.number)),
            fulfilments::tracking_url.eq(""),
            fulfilments::shipped_at.eq(deal.sent_at()),
        ))
    );
    let parcel_of = |order: i64| {
        let at = sent.binary_search_by_key(&order, |(id, _)| **id).ok()?;
        parcels.get(at).copied()
    };
    put!(
        tx,
        fulfilment_lines,
        entries.iter().zip(lines).filter_map(|(entry, line)| {
            Some((
                fulfilment_lines::fulfilment_id.eq(parcel_of(entry.order)?),
                fulfilment_lines::order_line_id.eq(line),
                fulfilment_lines::quantity.eq(entry.pieces),
            ))
        })
    );
    Ok(())
}

fn write_letters(tx: &mut Tx<'_>, deals: &[NewOrder], ids: &[i64]) -> Result<()> {
    put!(
        tx,
        emails,
        ids.iter().zip(deals).map(|(order, deal)| {
            let words = format!("Thank you, {}. We have your order {}.", deal.name, deal.number);
            (
                emails::dedupe_key.eq(Email::dedupe_key("order-placed", *order)),
                emails::message_id.eq(format!("<{}@example.com>", deal.public_id)),
                emails::recipient.eq(&deal.email),
                emails::subject.eq(format!("Your order {}", deal.number)),
                emails::html.eq(format!("<p>{words}</p>")),
                emails::body_text.eq(words),
                emails::state.eq("kept"),
                emails::order_id.eq(order),
                emails::created_at.eq(deal.at),
            )
        })
    );
    Ok(())
}

fn write_events(tx: &mut Tx<'_>, deals: &[NewOrder], ids: &[i64]) -> Result<()> {
    let mut rows = Vec::new();
    for (order, deal) in ids.iter().zip(deals) {
        rows.push((*order, "placed", "Order placed", deal.at));
        if deal.sale.fate.is_paid() {
            rows.push((*order, "paid", "Payment received", deal.paid_at()));
        }
        match deal.sale.fate {
            Fate::Done => rows.push((*order, "shipped", "Parcel sent", deal.sent_at())),
            Fate::Cancelled => rows.push((*order, "cancelled", "Order cancelled", deal.paid_at())),
            Fate::ToPack | Fate::ToPay => {}
        }
    }
    put!(
        tx,
        order_events,
        rows.iter().map(|(order, kind, detail, at)| (
            order_events::order_id.eq(order),
            order_events::kind.eq(*kind),
            order_events::actor.eq("Shop"),
            order_events::detail.eq(*detail),
            order_events::public.eq(true),
            order_events::at.eq(*at),
        ))
    );
    Ok(())
}
