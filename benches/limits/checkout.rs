//! A whole checkout by a script: what it costs the program in CPU time, letters and all that follows included.

use std::time::Duration;

use diesel::prelude::*;
use tradepost::db::Conn;
use tradepost::schema::stock_levels;

use super::Outcome;
use super::client::ask;
use super::shop::Shop;
use super::table::{Goal, Row};

const CHECKOUTS: u32 = 200;
/// The queue writes the letters of the last order meanwhile.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// Measures the row and prints it.
pub fn row() -> Outcome<()> {
    let shop = Shop::make()?;
    let mut conn = Conn::open(&format!("sqlite://{}/tradepost.db", shop.data()?), false)?;
    diesel::update(stock_levels::table).set(stock_levels::on_hand.eq(1_000_000)).execute(&mut conn)?;
    drop(conn);
    let server = shop.serve()?;
    check_out(server.address(), 0)?;
    let before = server.cpu_ms()?;
    for number in 1..=CHECKOUTS {
        check_out(server.address(), number)?;
    }
    std::thread::sleep(AFTERWARDS);
    let each = (server.cpu_ms()? - before) / f64::from(CHECKOUTS);
    Row::absolute("whole checkout by a script", each, "CPU-ms", Goal::Most(5.0, 2.5)).print();
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
