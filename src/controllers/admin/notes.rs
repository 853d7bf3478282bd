//! Notes of staff on orders.

use actix_web::web::Path;

use super::orders::{Typed, shown};
use crate::error::Result;
use crate::forms::admin::orders::NoteForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::order::Order;
use crate::paths;

/// Notes something that only staff see.
///
/// # Errors
/// `NotFound`.
pub async fn create(staff: Staff<needs::Orders>, number: Path<String>, form: Form) -> Result<Reply> {
    let number = number.into_inner();
    let note = match form.check::<NoteForm>() {
        Ok(note) => note,
        Err(fields) => return Ok(shown(&staff, number, Typed { note: fields, ..Typed::default() }).await?.retry()),
    };
    let (actor, wanted) = (staff.actor(), number.clone());
    let noted = staff.write(move |tx| {
        let order = Order::by_number(tx.conn(), &wanted)?;
        Order::note(tx, order.id, "note", &actor, &note, false)
    });
    noted.await?;
    Ok(Reply::see(paths::admin::order(&number)).notice("Note added."))
}
