//! Placing orders, durable and with stock checks, compared with a bare writer of the same rows through the same
//! grouped commits.

use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;
use tradepost::db::{Conn, Database, Tx, WriteContext, migrations};
use tradepost::error::Result;
use tradepost::jobs::event_handler;
use tradepost::models::catalog::product::edit::{ProductInput, VariantInput};
use tradepost::models::catalog::product::{Product, ProductStatus, TaxClass};
use tradepost::models::checkout::cart::Cart;
use tradepost::models::checkout::shipping_method;
use tradepost::models::checkout::tax_rate;
use tradepost::models::checkout::tax_rate::TaxLocation;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::setting::Settings;
use tradepost::models::sales::order::checkout_throttle::Client;
use tradepost::models::sales::order::placement::{Buyer, CartQuote, CheckoutRequest};
use tradepost::models::sales::order::{Address, BuyerNotes, Order};
use tradepost::models::sales::payment_method::CardOptions;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::schema::{stock_levels, variants};
use tradepost::support::clock::Clock;
use tradepost::support::ids::CartId;
use tradepost::support::markdown::MarkdownText;
use tradepost::support::money::{Currency, Money};
use tradepost::support::token::{Random, SecretKey};

use super::BenchResult;
use super::bare_order::{self, StockedVariant};
use super::median;
use super::report::{Goal, Row};

const BUYERS: usize = 16;
const ORDERS: usize = 60;
const ROUNDS: usize = 5;

/// Measures the row and prints it.
pub fn run() -> BenchResult<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("bench.db").display());
    migrations::run(&mut Conn::open(&url, false)?)?;
    let means = WriteContext {
        clock: Clock::System,
        random: Random::System,
        secret_key: SecretKey::new([7; 32]),
        event_handler: event_handler::handle_event,
    };
    let db = Database::open(&url, 4, means)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(db))
}

async fn measure(db: Database) -> BenchResult<()> {
    let variant = db.write(create_shop).await?;
    let (mut placed, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let at_first = db.read(bare_order::count_rows).await?;
        let requests = db.write(move |tx| fill_carts(tx, variant, round)).await?;
        let ours = run_concurrently(&db, requests, |tx, request| Order::place(tx, request).map(drop)).await?;
        let between = db.read(bare_order::count_rows).await?;
        let carts = db.write(empty_carts).await?;
        let limit = run_concurrently(&db, carts, move |tx, cart| bare_order::insert_rows(tx, variant, *cart)).await?;
        let at_last = db.read(bare_order::count_rows).await?;
        let more =
            |from: [i64; 11], to: [i64; 11]| -> Vec<i64> { to.iter().zip(from).map(|(to, from)| to - from).collect() };
        if more(at_first, between) != more(between, at_last) {
            return Err(
                format!("not the same rows: {:?}, {:?}", more(at_first, between), more(between, at_last)).into()
            );
        }
        placed.push(ours);
        bare.push(limit);
        ratios.push(ours / limit * 100.0);
    }
    Row {
        label: "place order, durable, orders a second",
        ours: format!("{:.0}", median(placed)),
        limit: format!("{:.0}", median(bare)),
        latency: None,
        value: median(ratios),
        unit: "%",
        goal: Goal::AtLeast(45.0, 65.0),
    }
    .print();
    Ok(())
}

/// Runs the work on sixteen concurrent tasks; returns the rate per second.
async fn run_concurrently<T: Clone + Send + Sync + 'static>(
    db: &Database,
    work: Vec<T>,
    write: impl Fn(&mut Tx<'_>, &T) -> Result<()> + Clone + Send + Sync + 'static,
) -> BenchResult<f64> {
    let work = Arc::new(work);
    let started = Instant::now();
    let buyers: Vec<_> = (0..BUYERS)
        .map(|buyer| {
            let (db, work, write) = (db.clone(), work.clone(), write.clone());
            tokio::spawn(async move {
                for one in work.iter().skip(buyer).step_by(BUYERS) {
                    let (one, write) = (one.clone(), write.clone());
                    db.write(move |tx| write(tx, &one)).await?;
                }
                Ok::<(), tradepost::error::Error>(())
            })
        })
        .collect();
    for buyer in buyers {
        buyer.await??;
    }
    Ok(work.len() as f64 / started.elapsed().as_secs_f64())
}

fn empty_carts(tx: &mut Tx<'_>) -> Result<Vec<CartId>> {
    (0..BUYERS * ORDERS).map(|_| Ok(Cart::find_or_create(tx, None)?.0.id)).collect()
}

/// A shop with one product.
fn create_shop(tx: &mut Tx<'_>) -> Result<StockedVariant> {
    let settings = Settings { is_set_up: true, bank_account: "IBAN DE02".to_owned(), ..Settings::default() };
    settings.save(tx)?;
    tax_rate::create_defaults(tx, "DE", settings.locale)?;
    shipping_method::create_defaults(tx, "DE", Currency::EUR, settings.locale)?;
    let wanted = ProductInput {
        title: "Mug".into(),
        slug: "mug".into(),
        description: MarkdownText::default(),
        attributes: String::new(),
        status: ProductStatus::Active,
        tax_class: TaxClass::Standard,
        gift_card: false,
        featured: false,
        base_variant: VariantInput {
            sku: "MUG".into(),
            weight_g: 300,
            stock: 1_000_000,
            ..VariantInput::from_price(Money::new(1200, Currency::EUR))
        },
        options: Vec::new(),
        variants: Vec::new(),
        categories: Vec::new(),
        pictures: Vec::new(),
        published_at: None,
    };
    Product::create(tx, &wanted, &Actor::System)?;
    Ok(StockedVariant {
        variant: variants::table.select(variants::id).first(tx.conn())?,
        level: stock_levels::table.select(stock_levels::id).first(tx.conn())?,
    })
}

/// Fills a cart for each order of a round.
fn fill_carts(tx: &mut Tx<'_>, goods: StockedVariant, round: usize) -> Result<Vec<CheckoutRequest>> {
    let settings = Settings::load(tx.conn())?;
    let variant: String = variants::table.find(goods.variant).select(variants::public_id).first(tx.conn())?;
    let mut requests = Vec::new();
    for number in 0..BUYERS * ORDERS {
        let (cart, token) = Cart::find_or_create(tx, None)?;
        let token = token.unwrap_or_default();
        cart.add(tx, &variant, 1)?;
        let (cart, _) = Cart::find_or_create(tx, Some(&token))?;
        let buyer = Buyer { place: TaxLocation::from_country("DE"), ..Buyer::default() };
        let now = tx.now();
        let offer = CartQuote::calculate(tx.conn(), &settings, &cart, &buyer, now)?;
        let method = offer.quotes.first().map(|(method, _)| method.public_id.clone()).unwrap_or_default();
        requests.push(CheckoutRequest {
            cart_token: token,
            cart_version: cart.version,
            quote_fingerprint: offer.fingerprint(),
            email: format!("buyer{number}-{round}@example.com"),
            address: Address {
                name: "Buyer".into(),
                line1: "Street 1".into(),
                postcode: "10115".into(),
                city: "Berlin".into(),
                country: "DE".into(),
                ..Address::default()
            },
            shipping_method: method,
            payment_method: PaymentMethod::BankTransfer,
            card_options: CardOptions::default(),
            notes: BuyerNotes::default(),
            client: Some(Client { network: Some(format!("network {round} {number}")), wait_proof: String::new() }),
        });
    }
    Ok(requests)
}
