//! A guest has lost the link to an order: number and address get it by email, and nothing on the page says whether they
//! belong together.

use crate::controllers::email_requests;
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::shop::FindOrderForm;
use crate::http::{Form, Layout, Reply, Visitor};
use crate::models::people::email_request::EmailRequest;
use crate::models::platform::job::JobKind;
use crate::paths;
use crate::support::i18n::Message;
use crate::views::shop::order_lookups::New;

pub async fn new(visitor: Visitor) -> Result<Reply> {
    render_form(&visitor, Fields::default()).await
}

pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let (token, typed, network) = (form.token.clone(), form.fields.clone(), visitor.network());
    let (number, email) = match form.check::<FindOrderForm>() {
        Ok(data) => data,
        Err(fields) => return Ok(render_form(&visitor, fields).await?.unprocessable()),
    };
    let requested = visitor.write_once(&token, move |tx| {
        let request = EmailRequest { order_number: number.clone(), ..EmailRequest::new(tx, &email)? };
        request.submit(tx, JobKind::OrderLinkEmail, network)?;
        Ok(Reply::redirect(paths::account::find_order()).notice(Message::OrderLinkSent))
    });
    let render = async |typed| render_form(&visitor, typed).await;
    email_requests::reply(&visitor, requested.await, "order link", typed, render).await
}

async fn render_form(visitor: &Visitor, form: Fields) -> Result<Reply> {
    visitor.render_page(Layout::Private, move |_, cx| Ok(New { t: cx.locale(), form })).await
}
