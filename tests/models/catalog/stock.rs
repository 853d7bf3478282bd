//! Stock counters equal their ledger after any sequence of operations.

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tradepost::error::Error;
use tradepost::models::catalog::variant::stock;
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refunds::RefundRequest;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::schema::{stock_ledger, stock_levels};
use tradepost::support::ids::{OrderLineId, VariantId};

use crate::support::TestShop;

/// An operation of a shop.
#[derive(Clone, Copy, Debug)]
enum Step {
    Order(i64),
    Cancel(u8),
    Pay(u8),
    Ship(u8, i64),
    Count(i64),
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_i64..4).prop_map(Step::Order),
        1 => any::<u8>().prop_map(Step::Cancel),
        1 => any::<u8>().prop_map(Step::Pay),
        2 => (any::<u8>(), 1_i64..4).prop_map(|(order, quantity)| Step::Ship(order, quantity)),
        1 => (-6_i64..6).prop_map(Step::Count),
    ];
    prop::collection::vec(step, 1..25)
}

async fn apply_step(shop: &TestShop, product: &crate::support::TestProduct, step: Step, orders: &mut Vec<String>) {
    let number = |pick: u8, orders: &[String]| orders.get(usize::from(pick) % orders.len().max(1)).cloned();
    match step {
        Step::Order(quantity) => {
            let left = shop.stock(product).await.0;
            if left < quantity {
                return;
            }
            let request = shop.checkout_request(product, quantity, PaymentMethod::BankTransfer).await;
            let placed = shop.write(move |tx| Order::place(tx, &request)).await;
            orders.push(placed.order.number.unwrap());
        }
        Step::Cancel(pick) => {
            let Some(number) = number(pick, orders) else { return };
            let done = shop.app.db.write(move |tx| Order::cancel(tx, &number, &Actor::System)).await;
            assert!(matches!(done, Ok(_) | Err(Error::Conflict)), "{done:?}");
        }
        Step::Pay(pick) => {
            let Some(number) = number(pick, orders) else { return };
            let done = shop.app.db.write(move |tx| Order::mark_paid(tx, &number, &Actor::System)).await;
            assert!(matches!(done, Ok(_) | Err(Error::Conflict)), "{done:?}");
        }
        Step::Ship(pick, quantity) => {
            let Some(number) = number(pick, orders) else { return };
            let done = shop
                .app
                .db
                .write(move |tx| {
                    let line = Order::find_by_number(tx.conn(), &number)?.lines(tx.conn())?.remove(0).id;
                    let packing = FulfilmentRequest {
                        carrier: String::new(),
                        tracking_number: String::new(),
                        tracking_url: String::new(),
                        line_quantities: vec![(line, quantity)],
                    };
                    Order::ship(tx, &number, &packing, &Actor::System)
                })
                .await;
            assert!(matches!(done, Ok(_) | Err(Error::Conflict | Error::Invalid { .. })), "{done:?}");
        }
        Step::Count(by) => {
            let variant = product.variant.id;
            let done = shop.app.db.write(move |tx| stock::adjust(tx, variant, by, &Actor::System)).await;
            assert!(matches!(done, Ok(()) | Err(Error::Invalid { .. })), "{done:?}");
        }
    }
}

#[test]
fn the_audit_passes_after_random_operations() {
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    runner
        .run(&any_steps(), |steps| {
            actix_web::rt::System::new().block_on(async {
                let shop = TestShop::new().await;
                let mug = shop.product("Mug").stock(6).create().await;
                let mut orders = Vec::new();
                for step in steps {
                    apply_step(&shop, &mug, step, &mut orders).await;
                    let (left, reserved) = shop.stock(&mug).await;
                    assert!(left >= 0 && reserved >= 0, "{left} left, {reserved} reserved");
                }
                shop.run_jobs().await;
                shop.assert_audit_passes().await;
            });
            Ok(())
        })
        .unwrap();
}

#[actix_web::test]
async fn reserved_stock_cannot_be_counted_away() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(3).create().await;
    let request = shop.checkout_request(&mug, 2, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
    let variant = mug.variant.id;
    let fewer = shop.app.db.write(move |tx| stock::adjust(tx, variant, -2, &Actor::System)).await;
    assert!(matches!(fewer, Err(Error::Invalid { field, .. }) if field == "stock"));
    shop.write(move |tx| stock::adjust(tx, variant, -1, &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (0, 2));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// The variants with ledger entries of a kind, in the order of writing.
async fn list_touched_variants(shop: &TestShop, kind: &'static str) -> Vec<VariantId> {
    shop.read(move |conn| {
        Ok(stock_ledger::table
            .inner_join(stock_levels::table.on(stock_levels::id.eq(stock_ledger::stock_level_id)))
            .filter(stock_ledger::kind.eq(kind))
            .order(stock_ledger::id)
            .select(stock_levels::variant_id)
            .load(conn)?)
    })
    .await
}

#[actix_web::test]
async fn stock_rows_are_locked_in_one_order() {
    let shop = TestShop::new().await;
    let (first, second) = (shop.product("First").create().await, shop.product("Second").create().await);
    let card = |title: &'static str| shop.product(title).gift_card();
    let (third, fourth) = (card("Third").create().await, card("Fourth").create().await);
    let product = [(&fourth, 1), (&second, 2), (&third, 1), (&first, 2)];
    let request = shop.checkout_request_with_code(&product, "", PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &request)).await.order;
    let lines: Vec<OrderLineId> =
        shop.read(move |conn| Ok(order.lines(conn)?.into_iter().map(|line| line.id).collect())).await;
    let of_goods = vec![(lines[1], 1), (lines[3], 1)];
    let (product, cards) = ([&first, &second].map(|of| of.variant.id), [&third, &fourth].map(|of| of.variant.id));
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
    assert_eq!(list_touched_variants(&shop, "ship").await, cards, "gift cards are made");
    let packing = FulfilmentRequest {
        carrier: String::new(),
        tracking_number: String::new(),
        tracking_url: String::new(),
        line_quantities: of_goods.clone(),
    };
    shop.write(move |tx| Order::ship(tx, "1001", &packing, &Actor::System)).await;
    assert_eq!(list_touched_variants(&shop, "ship").await, [cards, product].concat(), "a fulfilment ships");
    let request = RefundRequest { line_quantities: of_goods, restock: true, ..RefundRequest::default() };
    let again = request.clone();
    shop.write(move |tx| Order::refund(tx, "1001", &request, &Actor::System)).await;
    assert_eq!(list_touched_variants(&shop, "release").await, product, "unsent items are cancelled");
    shop.write(move |tx| Order::refund(tx, "1001", &again, &Actor::System)).await;
    assert_eq!(list_touched_variants(&shop, "return").await, product, "what was sent is put back");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}
