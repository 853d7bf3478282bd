//! Staff notes on orders.

use super::orders::{OrderPageForms, render_order_form};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::NoteForm;
use crate::http::guards::needs;
use crate::http::resource_path::OrderPath;
use crate::http::{Form, Reply, Staff};
use crate::models::platform::event::Event;
use crate::paths;
use crate::support::i18n::Message;

pub async fn create(staff: Staff<needs::Orders>, path: OrderPath, form: Form) -> Result<Reply> {
    let mut fields = form.fields;
    let Some(note) = fields.check::<NoteForm>() else { return render_form(&staff, path, fields).await };
    let (actor, order_path) = (staff.actor(), path.clone());
    let added = staff.write_once(&form.token, move |tx| {
        let order = order_path.load(tx.conn())?.id;
        Event::NoteAdded { order, note: note.clone() }.record(tx, &actor)?;
        Ok(Reply::redirect(paths::admin::order(&order_path.number)).notice(Message::NoteAdded))
    });
    match added.await {
        Err(Error::AlreadySubmitted) => {
            fields.add_error("note", Message::AlreadySubmitted);
            render_form(&staff, path, fields).await
        }
        reply => reply,
    }
}

async fn render_form(staff: &Staff<needs::Orders>, path: OrderPath, note: Fields) -> Result<Reply> {
    render_order_form(staff, path, OrderPageForms { note, ..OrderPageForms::default() }).await
}
