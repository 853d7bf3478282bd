//! The large shop of the benchmarks: its bulk rows must equal what the models would write.

use diesel::prelude::*;
use tradepost::models::maintenance::audit;
use tradepost::models::people::customer::Customer;
use tradepost::schema::{orders, products};

use crate::support::TestShop;

#[path = "../../benches/limits/large_shop.rs"]
mod data;

#[actix_web::test]
async fn the_large_shop_passes_the_audit() {
    let shop = TestShop::before_setup().await;
    tradepost::demo::load(&shop.app).await.unwrap();
    shop.app.db.write_unbounded(|tx| data::fill_shop(tx, 1)).await.unwrap();
    let report = shop.read(audit::run).await;
    assert_eq!(report.violations, Vec::<String>::new());
    let count = |conn: &mut tradepost::db::Conn| {
        let products: i64 = products::table.count().get_result(conn)?;
        let orders: i64 = orders::table.count().get_result(conn)?;
        Ok((products, orders))
    };
    let (products, orders) = shop.read(count).await;
    assert!(products > 1_000 && orders > 4_000, "{products} {orders}");
    let customer = data::customer_email(77).unwrap();
    let listed = shop.read(move |conn| Customer::find_by_email(conn, &customer)).await;
    assert!(listed.is_some_and(|customer| customer.account_id.is_some()));
    shop.discard_picture_jobs().await;
    shop.run_jobs().await;
}
