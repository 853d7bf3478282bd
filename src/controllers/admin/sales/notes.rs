//! Staff notes on orders.

use actix_web::web::Path;

use super::orders::{OrderPageForms, render_order};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::NoteForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::platform::event::Event;
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;

pub async fn create(staff: Staff<needs::Orders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (number, mut fields) = (number.into_inner(), form.fields);
    let Some(note) = fields.check::<NoteForm>() else { return render_form(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let noted = staff.write_once(&form.token, move |tx| {
        let order = Order::find_by_number(tx.conn(), &wanted)?;
        Event::NoteAdded { order: order.id, note: note.clone() }.record(tx, &actor)?;
        Ok(Reply::redirect(paths::admin::order(&wanted)).notice(Message::NoteAdded))
    });
    match noted.await {
        Err(Error::AlreadySubmitted) => {
            fields.add_error("note", Message::AlreadySubmitted);
            render_form(&staff, number, fields).await
        }
        answered => answered,
    }
}

async fn render_form(staff: &Staff<needs::Orders>, number: String, note: Fields) -> Result<Reply> {
    Ok(render_order(staff, number, OrderPageForms { note, ..OrderPageForms::default() }).await?.unprocessable())
}
