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
use tradepost::models::order::payment_methods::CardOptions;
use tradepost::models::order::placing::{Buyer, Offer, Wish};
use tradepost::models::order::{Address, Order, PaymentMethod};
use tradepost::models::product::editing::{Wanted, WantedVariant};
use tradepost::models::product::{Product, Status, TaxClass};
use tradepost::models::setting::Settings;
use tradepost::models::tax_rate::Place;
use tradepost::models::{shipping_method, tax_rate};
use tradepost::schema::{stock_levels, variants};
use tradepost::support::clock::Clock;
use tradepost::support::markdown::Text;
use tradepost::support::money::{Currency, Money};
use tradepost::support::token::{Random, SecretKey};

use super::Outcome;
use super::bare_order::{self, Goods};
use super::median;
use super::table::{Goal, Row};

const BUYERS: usize = 16;
const ORDERS: usize = 60;
const ROUNDS: usize = 5;

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
    let goods = db.write(open_shop).await?;
    let (mut placed, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let at_first = db.read(bare_order::rows).await?;
        let wishes = db.write(move |tx| fill_carts(tx, goods, round)).await?;
        let ours = at_once(&db, wishes, |tx, wish| Order::place(tx, wish).map(drop)).await?;
        let between = db.read(bare_order::rows).await?;
        let carts = db.write(empty_carts).await?;
        let limit = at_once(&db, carts, move |tx, cart| bare_order::write(tx, goods, *cart)).await?;
        let at_last = db.read(bare_order::rows).await?;
        let more =
            |from: [i64; 10], to: [i64; 10]| -> Vec<i64> { to.iter().zip(from).map(|(to, from)| to - from).collect() };
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
        what: "place order, durable, orders a second",
        ours: format!("{:.0}", median(placed)),
        limit: format!("{:.0}", median(bare)),
        waits: None,
        figure: median(ratios),
        unit: "%",
        goal: Goal::Least(45.0, 65.0),
    }
    .print();
    Ok(())
}

/// Sixteen at once, each with their share of the work, one after the other: how many a second.
async fn at_once<T: Clone + Send + Sync + 'static>(
    db: &Database,
    work: Vec<T>,
    write: impl Fn(&mut Tx<'_>, &T) -> Result<()> + Clone + Send + Sync + 'static,
) -> Outcome<f64> {
    let work = Arc::new(work);
    let begun = Instant::now();
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
    Ok(work.len() as f64 / begun.elapsed().as_secs_f64())
}

fn empty_carts(tx: &mut Tx<'_>) -> Result<Vec<i64>> {
    (0..BUYERS * ORDERS).map(|_| Ok(Cart::ensure(tx, None)?.0.id)).collect()
}

/// A shop with one product.
fn open_shop(tx: &mut Tx<'_>) -> Result<Goods> {
    let settings = Settings { is_set_up: true, bank_account: "IBAN DE02".to_owned(), ..Settings::default() };
    settings.save(tx)?;
    tax_rate::begin_with(tx, "DE")?;
    shipping_method::begin_with(tx, "DE", Currency::EUR)?;
    let wanted = Wanted {
        title: "Mug".into(),
        slug: "mug".into(),
        description: Text::default(),
        facts: String::new(),
        status: Status::Active,
        tax_class: TaxClass::Standard,
        gift_card: false,
        featured: false,
        first: WantedVariant {
            sku: "MUG".into(),
            weight_g: 300,
            stock: 1_000_000,
            ..WantedVariant::at(Money::new(1200, Currency::EUR))
        },
        options: Vec::new(),
        variants: Vec::new(),
        categories: Vec::new(),
        pictures: Vec::new(),
        published_at: None,
    };
    Product::create(tx, &wanted, &Actor::System)?;
    Ok(Goods {
        variant: variants::table.select(variants::id).first(tx.conn())?,
        level: stock_levels::table.select(stock_levels::id).first(tx.conn())?,
    })
}

/// A full cart for every order of a round.
fn fill_carts(tx: &mut Tx<'_>, goods: Goods, round: usize) -> Result<Vec<Wish>> {
    let settings = Settings::load(tx.conn())?;
    let variant: String = variants::table.find(goods.variant).select(variants::public_id).first(tx.conn())?;
    let mut wishes = Vec::new();
    for number in 0..BUYERS * ORDERS {
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
            cards: CardOptions::default(),
            note: String::new(),
            caller: Some(Caller { network: Some(format!("network {round} {number}")), proof: String::new() }),
        });
    }
    Ok(wishes)
}
