//! The bare writes of an order: the same rows, without reads, checks or calculations.

use diesel::prelude::*;
use tradepost::db::{Conn, Tx};
use tradepost::error::Result;
use tradepost::on_backend;
use tradepost::schema::{
    carts, checkout_throttle_hits, customers, events, jobs, order_addresses, order_deliveries, order_lines,
    order_taxes, order_words, orders, reservations, sequences, stock_ledger, stock_levels,
};
use tradepost::support::ids::{CartId, StockLevelId, VariantId};

/// What an order refers to.
#[derive(Clone, Copy)]
pub struct StockedVariant {
    /// The variant's row.
    pub variant: VariantId,
    /// Its stock's row.
    pub level: StockLevelId,
}

/// How many rows there are in each table that an order writes to.
pub fn count_rows(conn: &mut Conn) -> Result<[i64; 11]> {
    Ok([
        orders::table.count().get_result(conn)?,
        order_addresses::table.count().get_result(conn)?,
        order_deliveries::table.count().get_result(conn)?,
        order_lines::table.count().get_result(conn)?,
        order_taxes::table.count().get_result(conn)?,
        reservations::table.count().get_result(conn)?,
        stock_ledger::table.count().get_result(conn)?,
        events::table.count().get_result(conn)?,
        checkout_throttle_hits::table.count().get_result(conn)?,
        jobs::table.count().get_result(conn)?,
        customers::table.count().get_result(conn)?,
    ])
}

/// Writes an order's rows for a cart.
pub fn insert_rows(tx: &mut Tx<'_>, variant: StockedVariant, cart: CartId) -> Result<()> {
    let now = tx.now();
    let public_id = tx.generate_public_id()?;
    let reference = format!("order:{public_id}");
    let conn = tx.conn();
    let number: i64 = diesel::update(sequences::table.find("order"))
        .set(sequences::value.eq(sequences::value + 1))
        .returning(sequences::value)
        .get_result(conn)?;
    diesel::update(carts::table.find(cart))
        .set((carts::status.eq("converted"), carts::version.eq(carts::version + 1)))
        .execute(conn)?;
    diesel::update(stock_levels::table.find(variant.level))
        .set(stock_levels::reserved.eq(stock_levels::reserved + 1))
        .execute(conn)?;
    let email = format!("{public_id}@example.com");
    let customer = (
        customers::public_id.eq(format!("order-{public_id}")),
        customers::email.eq(&email),
        customers::email_normal.eq(&email),
        customers::name.eq("Buyer"),
        customers::seen_at.eq(now),
        customers::created_at.eq(now),
    );
    let customer: i64 =
        diesel::insert_into(customers::table).values(customer).returning(customers::id).get_result(conn)?;
    let order = (
        (
            orders::public_id.eq(&public_id),
            orders::number.eq(number.to_string()),
            orders::cart_id.eq(cart),
            orders::email.eq("buyer@example.com"),
            orders::access_hash.eq(format!("{public_id}{public_id}")),
            orders::state.eq("placed"),
            orders::payment_state.eq("unpaid"),
            orders::fulfilment_state.eq("unfulfilled"),
            orders::currency.eq("EUR"),
            orders::prices_include_tax.eq(true),
            orders::rounding.eq("rate_group"),
            orders::goods_minor.eq(1200),
            orders::discount_minor.eq(0),
            orders::shipping_minor.eq(490),
            orders::tax_minor.eq(270),
        ),
        (
            orders::tax_added_minor.eq(0),
            orders::total_minor.eq(1690),
            orders::captured_minor.eq(0),
            orders::payment_method.eq("bank_transfer"),
            orders::customer_id.eq(customer),
            orders::placed_at.eq(now),
            orders::created_at.eq(now),
        ),
    );
    let id: i64 = diesel::insert_into(orders::table).values(order).returning(orders::id).get_result(conn)?;
    for bucket in ["email", "network"] {
        let hit = (
            checkout_throttle_hits::bucket.eq(bucket),
            checkout_throttle_hits::key_hash.eq(format!("{public_id}{cart:06}")),
            checkout_throttle_hits::order_id.eq(id),
            checkout_throttle_hits::at.eq(now),
        );
        diesel::insert_into(checkout_throttle_hits::table).values(hit).execute(conn)?;
    }
    let address = (
        order_addresses::order_id.eq(id),
        order_addresses::kind.eq("shipping"),
        order_addresses::name.eq("Buyer"),
        order_addresses::company.eq(""),
        order_addresses::line1.eq("Street 1"),
        order_addresses::line2.eq(""),
        order_addresses::postcode.eq("10115"),
        order_addresses::city.eq("Berlin"),
        order_addresses::region.eq(""),
        order_addresses::country.eq("DE"),
        order_addresses::phone.eq(""),
        order_addresses::vat_number.eq(""),
    );
    diesel::insert_into(order_addresses::table).values(address).execute(conn)?;
    let delivery = (
        order_deliveries::order_id.eq(id),
        order_deliveries::shipping_name.eq("Standard"),
        order_deliveries::pickup.eq(false),
        order_deliveries::note.eq(""),
    );
    diesel::insert_into(order_deliveries::table).values(delivery).execute(conn)?;
    let words = (order_words::rowid.eq(id), order_words::words.eq("buyer example com berlin mug"));
    diesel::insert_into(order_words::table).values(words).execute(conn)?;
    let line = (
        order_lines::order_id.eq(id),
        order_lines::position.eq(0),
        order_lines::variant_id.eq(variant.variant),
        order_lines::title.eq("Mug"),
        order_lines::sku.eq("MUG"),
        order_lines::tax_class.eq("standard"),
        order_lines::weight_g.eq(300),
        order_lines::unit_minor.eq(1200),
        order_lines::quantity.eq(1),
        order_lines::discount_minor.eq(0),
        order_lines::total_minor.eq(1200),
        order_lines::tax_minor.eq(192),
        order_lines::fulfilled.eq(0),
    );
    let line: i64 = diesel::insert_into(order_lines::table).values(line).returning(order_lines::id).get_result(conn)?;
    for of in [Some(line), None] {
        let tax = (
            order_taxes::order_id.eq(id),
            order_taxes::order_line_id.eq(of),
            order_taxes::country.eq("DE"),
            order_taxes::region.eq(""),
            order_taxes::name.eq("VAT"),
            order_taxes::rate_ppm.eq(190_000),
            order_taxes::base_minor.eq(1008),
            order_taxes::net_minor.eq(1008),
            order_taxes::tax_minor.eq(192),
            order_taxes::reason.eq("standard"),
        );
        diesel::insert_into(order_taxes::table).values(tax).execute(conn)?;
    }
    let reservation = (
        reservations::order_line_id.eq(line),
        reservations::stock_level_id.eq(variant.level),
        reservations::quantity.eq(1),
        reservations::shipped.eq(0),
        reservations::state.eq("committed"),
    );
    diesel::insert_into(reservations::table).values(reservation).execute(conn)?;
    let moved = (
        stock_ledger::stock_level_id.eq(variant.level),
        stock_ledger::kind.eq("reserve"),
        stock_ledger::on_hand_delta.eq(0),
        stock_ledger::reserved_delta.eq(1),
        stock_ledger::reference.eq(reference),
        stock_ledger::actor.eq("checkout"),
        stock_ledger::note.eq(""),
        stock_ledger::at.eq(now),
    );
    diesel::insert_into(stock_ledger::table).values(moved).execute(conn)?;
    let event = (
        events::kind.eq("order_placed"),
        events::order_id.eq(id),
        events::subject_type.eq("order"),
        events::subject_id.eq(id),
        events::actor_kind.eq("customer"),
        events::actor_name.eq(""),
        events::data.eq(format!("{{\"currency\":\"EUR\",\"order\":{id},\"total_minor\":1690}}")),
        events::at.eq(now),
    );
    diesel::insert_into(events::table).values(event).execute(conn)?;
    for kind in ["order-placed", "new-order"] {
        let job = (
            jobs::kind.eq(kind),
            jobs::queue.eq("emails"),
            jobs::payload.eq(id.to_string()),
            jobs::dedupe_key.eq(format!("{kind}:{id}")),
            jobs::state.eq("queued"),
            jobs::run_at.eq(now),
            jobs::attempts.eq(0),
            jobs::created_at.eq(now),
        );
        on_backend!(conn => diesel::insert_into(jobs::table).values(job).on_conflict(jobs::dedupe_key).do_nothing().execute(conn))?;
    }
    Ok(())
}
