//! The addresses of an account. Each is looked up through its account, so nobody reaches another person's.

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::AddressForm;
use crate::http::resource_path::AccountAddressPath;
use crate::http::{AccountRequest, Context, Form, Reply, SignedIn};
use crate::models::people::account::addresses::AccountAddress;
use crate::paths;
use crate::presenters::platform::country::country_options;
use crate::presenters::sales::account_pages::address_card;
use crate::support::i18n::Message;
use crate::support::subdivision;
use crate::views::account::addresses::{Edit, Index};

pub async fn index(request: AccountRequest) -> Result<Reply> {
    request
        .render_page(|conn, cx| {
            let id = cx.require_member()?.account.id;
            let (t, home) = (cx.locale(), cx.settings.country.clone());
            let addresses = AccountAddress::list(conn, id)?;
            Ok(Index { t, addresses: addresses.iter().map(|address| address_card(address, &home, t)).collect() })
        })
        .await
}

pub async fn new(request: AccountRequest) -> Result<Reply> {
    request
        .render_page(|_, cx| {
            let mut form = Fields::default();
            form.set("name", cx.require_member()?.account.name.clone());
            form.set("country", cx.settings.country.clone());
            Ok(build_page(cx, None, form))
        })
        .await
}

pub async fn create(signed_in: SignedIn, form: Form) -> Result<Reply> {
    let (token, typed, account) = (form.token.clone(), form.fields.clone(), signed_in.member.account.clone());
    let (address, defaults) = match form.check::<AddressForm>() {
        Ok(data) => data,
        Err(fields) => return render_form(&signed_in, None, fields).await,
    };
    let saved = signed_in.write_once(&token, move |tx| {
        AccountAddress::create(tx, &account, &address, defaults)?;
        Ok(Reply::redirect(paths::account::addresses()).notice(Message::AddressSaved))
    });
    match saved.await {
        Err(error) => render_error(&signed_in, None, typed, error).await,
        reply => reply,
    }
}

pub async fn edit(request: AccountRequest, path: AccountAddressPath) -> Result<Reply> {
    request
        .render_page(move |conn, cx| {
            let id = cx.require_member()?.account.id;
            let address = AccountAddress::find(conn, id, &path.id)?;
            Ok(build_page(cx, Some(path.id), to_fields(&address)))
        })
        .await
}

pub async fn update(signed_in: SignedIn, path: AccountAddressPath, form: Form) -> Result<Reply> {
    let (token, typed, account) = (form.token.clone(), form.fields.clone(), signed_in.member.account.clone());
    let (address, defaults) = match form.check::<AddressForm>() {
        Ok(data) => data,
        Err(fields) => return render_form(&signed_in, Some(path.id), fields).await,
    };
    let id = path.id.clone();
    let saved = signed_in.write_once(&token, move |tx| {
        AccountAddress::update(tx, &account, &id, &address, defaults)?;
        Ok(Reply::redirect(paths::account::addresses()).notice(Message::AddressSaved))
    });
    match saved.await {
        Err(error) => render_error(&signed_in, Some(path.id), typed, error).await,
        reply => reply,
    }
}

pub async fn destroy(signed_in: SignedIn, path: AccountAddressPath, form: Form) -> Result<Reply> {
    let account = signed_in.member.account.clone();
    let deleted = signed_in.write_once(&form.token, move |tx| {
        AccountAddress::delete(tx, &account, &path.id)?;
        Ok(Reply::redirect(paths::account::addresses()).notice(Message::AddressDeleted))
    });
    deleted.await
}

fn to_fields(address: &AccountAddress) -> Fields {
    let (postal, defaults) = (&address.address, address.defaults);
    let checked = |is_default: bool| if is_default { "1".to_owned() } else { String::new() };
    Fields::from_pairs([
        ("country", postal.country.clone()),
        ("name", postal.name.clone()),
        ("company", postal.company.clone()),
        ("vat_number", postal.vat_number.clone()),
        ("line1", postal.line1.clone()),
        ("line2", postal.line2.clone()),
        ("postcode", postal.postcode.clone()),
        ("city", postal.city.clone()),
        ("region", subdivision::display_name(&postal.country, &postal.region)),
        ("phone", postal.phone.clone()),
        ("is_delivery_default", checked(defaults.is_delivery_default)),
        ("is_billing_default", checked(defaults.is_billing_default)),
    ])
}

async fn render_error(signed_in: &SignedIn, id: Option<String>, mut typed: Fields, error: Error) -> Result<Reply> {
    match error {
        Error::Invalid { field, message } => typed.add_error(&field, message),
        Error::AlreadySubmitted => typed.add_error("", Message::AlreadySubmitted),
        error => return Err(error),
    }
    render_form(signed_in, id, typed).await
}

async fn render_form(signed_in: &SignedIn, id: Option<String>, form: Fields) -> Result<Reply> {
    Ok(signed_in.render_page(move |_, cx| Ok(build_page(cx, id, form))).await?.unprocessable())
}

fn build_page(cx: &Context, id: Option<String>, form: Fields) -> Edit {
    let t = cx.locale();
    let action = match &id {
        Some(id) => paths::account::address(id),
        None => paths::account::new_address().to_owned(),
    };
    Edit { t, id, form, countries: country_options(t), action }
}
