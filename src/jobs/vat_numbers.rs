//! Looking up VAT numbers that took the tax off an order.

use crate::app::App;
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::models::order::Order;
use crate::models::setting::Settings;
use crate::support::vat_number::VatNumber;

/// Tries before the number is left to staff.
const TRIES: i64 = 5;

/// Looks up the number of an order. That the register does not answer leaves it unchecked.
///
/// # Errors
/// When the register or the database does not answer, and it is worth trying again.
pub async fn check(app: &App, order: i64, attempts: i64) -> Result<()> {
    let (settings, address) =
        app.db.read(move |conn| Ok((Settings::load(conn)?, Order::address_to_check(conn, order)?))).await?;
    let (Some(address), true, true) = (address, settings.check_vat_numbers, app.vat_register.is_on()) else {
        return Ok(());
    };
    let Some(number) = VatNumber::parse(&address.vat_number, &address.country) else { return Ok(()) };
    let record = match app.vat_register.look_up(&number.text).await {
        Ok(record) => record,
        Err(error) if attempts >= TRIES => {
            tracing::warn!(order, %error, "a VAT number was left to staff");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let write = move |tx: &mut crate::db::Tx<'_>| {
        Order::record_vat_check(tx, order, record.is_valid, &record.name, &Actor::Register("VIES"))
    };
    match app.db.write(write).await {
        // Staff were quicker.
        Err(Error::Conflict) => Ok(()),
        done => done,
    }
}
