//! Checks in VIES the VAT numbers for which orders were placed without tax.

use crate::app::App;
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::support::ids::OrderId;
use crate::support::vat_number::VatNumber;

/// Attempts before the number is left for staff to check.
const MAX_TRIES: i64 = 5;

/// Checks the VAT number of an order; after `MAX_TRIES` attempts without an answer it stays unchecked.
pub async fn check(app: &App, order: OrderId, attempts: i64) -> Result<()> {
    let (settings, address) =
        app.db.read(move |conn| Ok((Settings::load(conn)?, Order::find_unchecked_vat_address(conn, order)?))).await?;
    let (Some(address), true, true) = (address, settings.check_vat_numbers, app.vat_register.is_enabled()) else {
        return Ok(());
    };
    let Some(number) = VatNumber::parse(&address.vat_number, &address.country) else { return Ok(()) };
    let record = match app.vat_register.look_up(&number.text).await {
        Ok(record) => record,
        Err(error) if attempts >= MAX_TRIES => {
            tracing::warn!(order = i64::from(order), %error, "cannot look up a VAT number; leaving it to staff");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let write = move |tx: &mut crate::db::Tx<'_>| {
        Order::record_vat_check(tx, order, record.is_valid, &record.name, &Actor::Register("vies".to_owned()))
    };
    match app.db.write(write).await {
        // Staff have recorded a result meanwhile.
        Err(Error::Conflict) => Ok(()),
        done => done,
    }
}
