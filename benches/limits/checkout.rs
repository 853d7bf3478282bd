//! A whole checkout: its CPU time, including emails and jobs.

use std::time::Duration;

use diesel::prelude::*;
use tradepost::db::Conn;
use tradepost::schema::stock_levels;

use super::BenchResult;
use super::client::send_request;
use super::report::{Goal, Row};
use super::shop::Shop;

const CHECKOUTS: u32 = 200;
/// Time for the queue to write the emails of the last order.
const QUEUE_TIME: Duration = Duration::from_secs(3);

/// Measures the row and prints it.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    let mut conn = Conn::open(&format!("sqlite://{}/tradepost.db", shop.data_folder()?), false)?;
    diesel::update(stock_levels::table).set(stock_levels::on_hand.eq(1_000_000)).execute(&mut conn)?;
    drop(conn);
    let server = shop.serve()?;
    check_out(server.address(), 0)?;
    let before = server.cpu_ms()?;
    for number in 1..=CHECKOUTS {
        check_out(server.address(), number)?;
    }
    std::thread::sleep(QUEUE_TIME);
    let each = (server.cpu_ms()? - before) / f64::from(CHECKOUTS);
    Row::absolute("whole checkout by a script", each, "CPU-ms", Goal::AtMost(5.0, 2.5)).print();
    Ok(())
}

/// Product, cart, checkout, order: six requests.
fn check_out(shop: &str, number: u32) -> BenchResult<()> {
    let product = send_request(shop, "GET", "/products/las-nubes", "", &[])?;
    let variant = product.field_value("variant_id")?;
    let added = send_request(shop, "POST", "/cart/lines", "", &[("variant_id", &variant), ("quantity", "1")])?;
    let cookie = added.header("set-cookie").and_then(|cookie| cookie.split(';').next()).ok_or("no cart")?.to_owned();
    send_request(shop, "GET", "/cart", &cookie, &[])?;
    let checkout = send_request(shop, "GET", "/checkout", &cookie, &[])?;
    let form = [
        ("email", format!("buyer{number}@example.com")),
        ("name", "Buyer".to_owned()),
        ("line1", "Street 1".to_owned()),
        ("postcode", "10115".to_owned()),
        ("city", "Berlin".to_owned()),
        ("country", "DE".to_owned()),
        ("payment_method", "bank_transfer".to_owned()),
        ("shipping_method", checkout.field_value("shipping_method")?),
        ("cart_version", checkout.field_value("cart_version")?),
        ("quote", checkout.field_value("quote")?),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let placed = send_request(shop, "POST", "/checkout", &cookie, &form)?;
    let order = placed.header("location").ok_or_else(|| format!("no order: {}", placed.head))?.to_owned();
    let thanks = send_request(shop, "GET", &order, &cookie, &[])?;
    if thanks.body.contains("data-order-number") { Ok(()) } else { Err("no order number".into()) }
}
