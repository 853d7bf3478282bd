//! First setup: one form creates the owner and opens the site. It needs the key that the server printed, or a local
//! request.

use crate::db::Conn;
use crate::demo;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{MIN_STAFF_PASSWORD_LENGTH, SetupForm};
use crate::http::{ClientLocation, Context, Form, Layout, Reply, Visitor};
use crate::models::maintenance::site::{NewOwner, NewSite, Site};
use crate::models::people::account::Account;
use crate::models::people::session::{AuthLevel, SessionKind};
use crate::models::platform::event::Actor;
use crate::paths;
use crate::presenters::platform::country::country_options;
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::support::money::Currency;
use crate::support::password;
use crate::views::SelectOption;
use crate::views::account::setups::New;

pub async fn new(visitor: Visitor, location: ClientLocation) -> Result<Reply> {
    let key = visitor.query_param("key").unwrap_or_default();
    let form = Fields::from_pairs([("country", "DE".to_owned()), ("currency", "EUR".to_owned())]);
    let page = visitor.render_page(Layout::Plain, move |conn, cx| {
        check_access(conn, location, &key, cx.now)?;
        Ok(build_page(cx, form, key))
    });
    page.await.map_err(|error| limit_wrong_key(&visitor, error))
}

pub async fn create(visitor: Visitor, location: ClientLocation, form: Form) -> Result<Reply> {
    if let Some(owner) = visitor.find_kept_result::<(AccountId, i64)>(&form.token, String::new()).await? {
        return sign_in_owner(&visitor, owner).await;
    }
    let key = form.fields.value("key").to_owned();
    check_request(&visitor, location, &key).await?;
    let (typed, form_token) = (form.fields.clone(), form.token.clone());
    let data = match form.check::<SetupForm>() {
        Ok(data) => data,
        Err(fields) => return Ok(render_form(&visitor, fields, key).await?.unprocessable()),
    };
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&data.site_name, host, &data.name, &data.email.mailbox]);
    let password_hash = match visitor.app().hash_new_password(data.password, MIN_STAFF_PASSWORD_LENGTH, context).await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            let mut fields = typed;
            fields.add_error(&field, message);
            return Ok(render_form(&visitor, fields, key).await?.unprocessable());
        }
        Err(error) => return Err(error),
    };
    if data.demo {
        demo::load_if_empty(visitor.app()).await?;
    }
    let site = NewSite {
        site_name: data.site_name,
        country: data.country,
        currency: data.currency,
        locale: visitor.preferred_locale(),
    };
    let owner = NewOwner { email: data.email, name: data.name, password_hash };
    let actor = Actor::without_account(&owner.name);
    let (setup_key, origin) = (key.clone(), visitor.sign_in_origin());
    let set_up = visitor
        .keep_once(&form_token, String::new(), move |tx| {
            tx.set_origin(origin.clone());
            // The key may have expired or been used since the check above.
            if location == ClientLocation::Remote {
                Site::consume_setup_key(tx, &setup_key)?;
            }
            let id = Site::set_up(tx, Some(&site), &owner, &actor)?;
            Account::record_sign_in(tx, id)?;
            Ok((id, Account::get(tx.conn(), id)?.auth_epoch))
        })
        .await;
    match set_up {
        Ok(owner) => sign_in_owner(&visitor, owner).await,
        Err(Error::Invalid { field, message }) => {
            let mut fields = typed;
            fields.add_error(&field, message);
            Ok(render_form(&visitor, fields, key).await?.unprocessable())
        }
        // Another request set the site up first, or the key has just expired.
        Err(error @ (Error::Conflict | Error::LinkExpired)) => {
            check_request(&visitor, location, &key).await?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

/// Signs the owner in unless the password was changed since `epoch`.
async fn sign_in_owner(visitor: &Visitor, (id, epoch): (AccountId, i64)) -> Result<Reply> {
    let owner = visitor.read(move |conn| Account::find_member(conn, id, epoch)).await?.ok_or(Error::NotFound)?;
    visitor.sign_in(&owner.account, SessionKind::Staff, AuthLevel::One)?;
    Ok(Reply::redirect(paths::home()).notice(Message::SiteOpened))
}

async fn check_request(visitor: &Visitor, location: ClientLocation, key: &str) -> Result<()> {
    let (key, now) = (key.to_owned(), visitor.app().clock().now());
    let checked = visitor.read(move |conn| check_access(conn, location, &key, now)).await;
    checked.map_err(|error| limit_wrong_key(visitor, error))
}

/// `NotFound` once the site has an owner; `Forbidden` without a valid key unless the client is on the server itself.
fn check_access(conn: &mut Conn, location: ClientLocation, key: &str, now: Utc) -> Result<()> {
    if Account::has_owner(conn)? {
        return Err(Error::NotFound);
    }
    if location == ClientLocation::SameMachine || Site::is_setup_key_valid(conn, key, now)? {
        return Ok(());
    }
    Err(Error::Forbidden(Message::SetupKeyMissing))
}

fn limit_wrong_key(visitor: &Visitor, error: Error) -> Error {
    match error {
        Error::Forbidden(_) => visitor.limit_link_attempts(error),
        error => error,
    }
}

async fn render_form(visitor: &Visitor, form: Fields, key: String) -> Result<Reply> {
    visitor.render_page(Layout::Plain, move |_, cx| Ok(build_page(cx, form, key))).await
}

fn build_page(cx: &Context, form: Fields, key: String) -> New {
    let t = cx.locale();
    let currencies = Currency::OFFERED.iter().filter_map(|code| Currency::from_code(code));
    let option =
        |currency: Currency| SelectOption::new(currency.code(), format!("{} ({})", currency.name(t), currency.code()));
    New { t, form, key, currencies: currencies.map(option).collect(), countries: country_options(t) }
}
