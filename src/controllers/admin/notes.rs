//! Notes of staff on orders.

use actix_web::web::Path;

use super::orders::{Typed, shown};
use crate::error::{Error, Result, SENT_BEFORE};
use crate::forms::Fields;
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
    let (number, mut fields) = (number.into_inner(), form.fields);
    let Some(note) = fields.check::<NoteForm>() else { return again(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let noted = staff.write_once(&form.once, move |tx| {
        let order = Order::by_number(tx.conn(), &wanted)?;
        Order::note(tx, order.id, "note", &actor, &note, false)?;
        Ok(Reply::see(paths::admin::order(&wanted)).notice("Note added."))
    });
    match noted.await {
        Err(Error::SentBefore) => {
            fields.refuse("note", SENT_BEFORE);
            again(&staff, number, fields).await
        }
        answered => answered,
    }
}

async fn again(staff: &Staff<needs::Orders>, number: String, note: Fields) -> Result<Reply> {
    Ok(shown(staff, number, Typed { note, ..Typed::default() }).await?.retry())
}
