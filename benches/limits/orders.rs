//! Placing orders, durable and with the stock checked, beside a bare writer that puts as many rows of the same shape
//! through the same grouped commits.

use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;
use tradepost::db::{Conn, Database, Means, Tx, migrations};
use tradepost::error::Result;
use tradepost::jobs::reactions;
use tradepost::models::cart::Cart;
use tradepost::models::fact::Actor;
use tradepost::models::order::placing::{Buyer, Offer, Wish};
use tradepost::models::order::{Address, Order, PaymentMethod};
use tradepost::models::product::editing::Wanted;
use tradepost::models::product::{Product, Status, TaxClass};
use tradepost::models::setting::Settings;
use tradepost::models::tax_rate::Place;
use tradepost::models::{shipping_method, tax_rate};
use tradepost::schema::{facts, variants};
use tradepost::support::clock::Clock;
use tradepost::support::money::{Currency, Money};
use tradepost::support::token::{Random, SecretKey};

use super::Outcome;

const BUYERS: usize = 16;
const ORDERS: usize = 100;
const ROWS: usize = 8;

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
    let wishes = db.write(prepare).await?;
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
    let begun = Instant::now();
    let writers: Vec<_> = (0..BUYERS)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..ORDERS {
                    db.write(eight_rows).await?;
                }
                Ok::<(), tradepost::error::Error>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await??;
    }
    let bare = (BUYERS * ORDERS) as f64 / begun.elapsed().as_secs_f64();
    println!(
        "| place order, durable, orders a second | {placed:.0} | {bare:.0} | {:.0} % | ≥ 40 % |",
        placed / bare * 100.0
    );
    Ok(())
}

fn eight_rows(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now();
    for _ in 0..ROWS {
        let row = (
            facts::kind.eq("bench"),
            facts::subject.eq("order:1"),
            facts::actor.eq("Bench"),
            facts::data.eq("{}"),
            facts::at.eq(now),
        );
        diesel::insert_into(facts::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// A shop with one product and a cart for every order.
fn prepare(tx: &mut Tx<'_>) -> Result<Vec<Wish>> {
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
    let variant: String = variants::table.select(variants::public_id).first(tx.conn())?;
    let mut wishes = Vec::new();
    for _ in 0..BUYERS * ORDERS {
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
            email: "buyer@example.com".into(),
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
        });
    }
    Ok(wishes)
}
