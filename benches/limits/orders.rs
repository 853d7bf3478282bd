//! Placing orders, durable and with the stock checked, beside a bare writer that puts the same rows through the same
//! grouped commits.

use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;
use tradepost::db::{Conn, Database, Means, Tx, migrations};
use tradepost::error::Result;
use tradepost::jobs::reactions;
use tradepost::models::cart::Cart;
use tradepost::models::fact::Actor;
use tradepost::models::gate::Caller;
use tradepost::models::order::placing::{Buyer, Offer, Wish};
use tradepost::models::order::{Address, Order, PaymentMethod};
use tradepost::models::product::editing::Wanted;
use tradepost::models::product::{Product, Status, TaxClass};
use tradepost::models::setting::Settings;
use tradepost::models::tax_rate::Place;
use tradepost::models::{shipping_method, tax_rate};
use tradepost::schema::{stock_levels, variants};
use tradepost::support::clock::Clock;
use tradepost::support::money::{Currency, Money};
use tradepost::support::token::{Random, SecretKey};

use super::Outcome;
use super::bare_order::{self, Goods};

const BUYERS: usize = 16;
const ORDERS: usize = 200;

/// Measures the row and prints it.
pub fn row() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("bench.db").display());
    migrations::run(&mut Conn::open(&url, false)?)?;
    let means =
        Means { clock: Clock::System, random: Random::System, key: SecretKey::new([7; 32]), react: reactions::react };
    let db = Database::open(&url, 4, means)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(db))
}

async fn measure(db: Database) -> Outcome<()> {
    let (goods, wishes) = db.write(|tx| prepare(tx, BUYERS * ORDERS)).await?;
    let at_first = db.read(bare_order::rows).await?;
    let wishes = Arc::new(wishes);
    let begun = Instant::now();
    let buyers: Vec<_> = (0..BUYERS)
        .map(|buyer| {
            let (db, wishes) = (db.clone(), wishes.clone());
            tokio::spawn(async move {
                for wish in wishes.iter().skip(buyer).step_by(BUYERS) {
                    let wish = wish.clone();
                    db.write(move |tx| Order::place(tx, &wish)).await?;
                }
                Ok::<(), tradepost::error::Error>(())
            })
        })
        .collect();
    for buyer in buyers {
        buyer.await??;
    }
    let placed = wishes.len() as f64 / begun.elapsed().as_secs_f64();
    let between = db.read(bare_order::rows).await?;
    let carts = db.write(|tx| empty_carts(tx, BUYERS * ORDERS)).await?;
    let carts = Arc::new(carts);
    let begun = Instant::now();
    let writers: Vec<_> = (0..BUYERS)
        .map(|writer| {
            let (db, carts) = (db.clone(), carts.clone());
            tokio::spawn(async move {
                for cart in carts.iter().copied().skip(writer).step_by(BUYERS) {
                    db.write(move |tx| bare_order::write(tx, goods, cart)).await?;
                }
                Ok::<(), tradepost::error::Error>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await??;
    }
    let bare = (BUYERS * ORDERS) as f64 / begun.elapsed().as_secs_f64();
    let at_last = db.read(bare_order::rows).await?;
    let more = |from: [i64; 9], to: [i64; 9]| -> Vec<i64> { to.iter().zip(from).map(|(to, from)| to - from).collect() };
    if more(at_first, between) != more(between, at_last) {
        return Err(format!("not the same rows: {:?}, {:?}", more(at_first, between), more(between, at_last)).into());
    }
    println!(
        "| place order, durable, orders a second | {placed:.0} | {bare:.0} | {:.0} % | ≥ 40 % |",
        placed / bare * 100.0
    );
    Ok(())
}

fn empty_carts(tx: &mut Tx<'_>, count: usize) -> Result<Vec<i64>> {
    (0..count).map(|_| Ok(Cart::ensure(tx, None)?.0.id)).collect()
}

/// A shop with one product, and a full cart for every order.
fn prepare(tx: &mut Tx<'_>, count: usize) -> Result<(Goods, Vec<Wish>)> {
    let settings = Settings { is_set_up: true, ..Settings::default() };
    settings.save(tx)?;
    tax_rate::begin_with(tx, "DE")?;
    shipping_method::begin_with(tx, "DE", Currency::EUR)?;
    let wanted = Wanted {
        title: "Mug".into(),
        slug: "mug".into(),
        description_md: String::new(),
        facts: String::new(),
        status: Status::Active,
        tax_class: TaxClass::Standard,
        gift_card: false,
        featured: false,
        price: Money::new(1200, Currency::EUR),
        compare_at: None,
        sku: "MUG".into(),
        barcode: String::new(),
        weight_g: 300,
        stock: 1_000_000,
        stock_was: 0,
        categories: Vec::new(),
        pictures: Vec::new(),
        published_at: None,
    };
    Product::create(tx, &wanted, &Actor::System)?;
    let (row, variant): (i64, String) = variants::table.select((variants::id, variants::public_id)).first(tx.conn())?;
    let level: i64 = stock_levels::table.select(stock_levels::id).first(tx.conn())?;
    let mut wishes = Vec::new();
    for number in 0..count {
        let (cart, token) = Cart::ensure(tx, None)?;
        let token = token.unwrap_or_default();
        cart.add(tx, &variant, 1)?;
        let (cart, _) = Cart::ensure(tx, Some(&token))?;
        let buyer = Buyer { place: Place::country("DE"), ..Buyer::default() };
        let now = tx.now();
        let offer = Offer::of(tx.conn(), &settings, &cart, &buyer, now)?;
        let method = offer.quotes.first().map(|(method, _)| method.public_id.clone()).unwrap_or_default();
        wishes.push(Wish {
            cart_token: token,
            cart_version: cart.version,
            quote: offer.seal(),
            email: format!("buyer{number}@example.com"),
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
            note: String::new(),
            caller: Some(Caller { network: Some(format!("network {number}")), proof: String::new() }),
        });
    }
    Ok((Goods { variant: row, level }, wishes))
}
