//! A whole checkout by a script: what it costs the program in CPU time, letters and all that follows included.

use std::process::Command;
use std::time::Duration;

use diesel::prelude::*;
use tradepost::db::Conn;
use tradepost::schema::stock_levels;

use super::Outcome;
use super::client::ask;
use super::page::Server;

const CHECKOUTS: u32 = 200;
/// The queue writes the letters of the last order meanwhile.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// Measures the row and prints it.
pub fn row() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().to_str().ok_or("a path that is not text")?.to_owned();
    let mut shop = Server::start(
        Command::new(env!("CARGO_BIN_EXE_tradepost")).args(["serve", "--demo"]).env("TRADEPOST_DATA", &data),
    )?;
    let mut conn = Conn::open(&format!("sqlite://{data}/tradepost.db"), false)?;
    diesel::update(stock_levels::table).set(stock_levels::on_hand.eq(1_000_000)).execute(&mut conn)?;
    drop(conn);
    check_out(shop.address(), 0)?;
    let before = shop.cpu_ms()?;
    for number in 1..=CHECKOUTS {
        check_out(shop.address(), number)?;
    }
    std::thread::sleep(AFTERWARDS);
    let each = (shop.cpu_ms()? - before) / f64::from(CHECKOUTS);
    println!("| whole checkout by a script, CPU-ms | {each:.2} | – | – | ≤ 5 |");
    shop.stop();
    Ok(())
}

/// Product, cart, checkout, order: six requests.
fn check_out(shop: &str, number: u32) -> Outcome<()> {
    let product = ask(shop, "GET", "/products/las-nubes", "", &[])?;
    let variant = product.field("variant_id")?;
    let added = ask(shop, "POST", "/cart/lines", "", &[("variant_id", &variant), ("quantity", "1")])?;
    let cookie = added.header("set-cookie").and_then(|cookie| cookie.split(';').next()).ok_or("no cart")?.to_owned();
    ask(shop, "GET", "/cart", &cookie, &[])?;
    let checkout = ask(shop, "GET", "/checkout", &cookie, &[])?;
    let form = [
        ("email", format!("buyer{number}@example.com")),
        ("name", "Buyer".to_owned()),
        ("line1", "Street 1".to_owned()),
        ("postcode", "10115".to_owned()),
        ("city", "Berlin".to_owned()),
        ("country", "DE".to_owned()),
        ("payment_method", "bank_transfer".to_owned()),
        ("shipping_method", checkout.field("shipping_method")?),
        ("cart_version", checkout.field("cart_version")?),
        ("quote", checkout.field("quote")?),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let placed = ask(shop, "POST", "/checkout", &cookie, &form)?;
    let order = placed.header("location").ok_or_else(|| format!("no order: {}", placed.head))?.to_owned();
    let thanks = ask(shop, "GET", &order, &cookie, &[])?;
    if thanks.body.contains("data-order-number") { Ok(()) } else { Err("no order number".into()) }
}
