//! First setup: one form creates the owner and opens the site. It needs the key that the server printed, or a local
//! request.

use crate::demo;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{MIN_STAFF_PASSWORD_LENGTH, SetupForm};
use crate::http::page::Layout;
use crate::http::{Form, LocalRequest, Reply, Visitor};
use crate::models::maintenance::site::{NewOwner, NewSite, Site};
use crate::models::people::account::Account;
use crate::models::platform::event::Actor;
use crate::paths;
use crate::presenters::platform::country::country_options;
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::support::money::Currency;
use crate::support::password;
use crate::views::SelectOption;
use crate::views::account::setups::New;

pub async fn new(visitor: Visitor, local: LocalRequest) -> Result<Reply> {
    let key = visitor.query_param("key").unwrap_or_default();
    check(&visitor, local, &key).await?;
    let mut form = Fields::default();
    form.set("country", "DE".to_owned());
    form.set("currency", "EUR".to_owned());
    form_page(&visitor, form, key).await
}

pub async fn create(visitor: Visitor, local: LocalRequest, form: Form) -> Result<Reply> {
    if let Some(owner) = visitor.find_kept_result::<(AccountId, i64)>(&form.token, String::new()).await? {
        return opened(&visitor, owner).await;
    }
    let key = form.fields.value("key").to_owned();
    check(&visitor, local, &key).await?;
    let (typed, once) = (form.fields.clone(), form.token.clone());
    let wanted = match form.check::<SetupForm>() {
        Ok(wanted) => wanted,
        Err(fields) => return Ok(form_page(&visitor, fields, key).await?.unprocessable()),
    };
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&wanted.site_name, host, &wanted.name, &wanted.email.mailbox]);
    let password_hash = match visitor.app().hash_new_password(wanted.password, MIN_STAFF_PASSWORD_LENGTH, context).await
    {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            let mut fields = typed;
            fields.add_error(&field, message);
            return Ok(form_page(&visitor, fields, key).await?.unprocessable());
        }
        Err(error) => return Err(error),
    };
    if wanted.demo {
        demo::load_if_empty(visitor.app()).await?;
    }
    let site = NewSite {
        site_name: wanted.site_name,
        country: wanted.country,
        currency: wanted.currency,
        locale: visitor.preferred_locale(),
    };
    let owner = NewOwner { email: wanted.email, name: wanted.name, password_hash };
    let by = Actor::without_account(&owner.name);
    let used = key.clone();
    let made = visitor
        .keep_once(&once, String::new(), move |tx| {
            // The key may have expired or been used since the check above.
            if !local.0 {
                Site::consume_setup_key(tx, &used)?;
            }
            let id = Site::set_up(tx, Some(&site), &owner, &by)?;
            Account::record_sign_in(tx, id)?;
            Ok((id, Account::get(tx.conn(), id)?.auth_epoch))
        })
        .await;
    match made {
        Ok(owner) => opened(&visitor, owner).await,
        Err(Error::Invalid { field, message }) => {
            let mut fields = typed;
            fields.add_error(&field, message);
            Ok(form_page(&visitor, fields, key).await?.unprocessable())
        }
        // Another request set the site up first, or the key has just expired.
        Err(error @ (Error::Conflict | Error::LinkExpired)) => {
            check(&visitor, local, &key).await?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

/// Signs the owner in unless the password was changed since `epoch`.
async fn opened(visitor: &Visitor, (id, epoch): (AccountId, i64)) -> Result<Reply> {
    let owner = visitor.read(move |conn| Account::find_member(conn, id, epoch)).await?.ok_or(Error::NotFound)?;
    visitor.sign_in(&owner.account)?;
    Ok(Reply::redirect(paths::home()).notice(Message::SiteOpened))
}

/// `NotFound` once the site has an owner; `Forbidden` without a valid key unless the request is local.
async fn check(visitor: &Visitor, local: LocalRequest, key: &str) -> Result<()> {
    let (key, now) = (key.to_owned(), visitor.app().clock().now());
    let (has_owner, key_works) =
        visitor.read(move |conn| Ok((Account::has_owner(conn)?, Site::is_setup_key_valid(conn, &key, now)?))).await?;
    match (has_owner, key_works || local.0) {
        (true, _) => Err(Error::NotFound),
        (false, true) => Ok(()),
        (false, false) => Err(visitor.limit_link_attempts(Error::Forbidden(Message::SetupKeyMissing))),
    }
}

async fn form_page(visitor: &Visitor, form: Fields, key: String) -> Result<Reply> {
    visitor
        .render_page(Layout::Plain, move |_, cx| {
            let t = cx.locale();
            let currencies = Currency::OFFERED.iter().filter_map(|code| Currency::from_code(code));
            let option =
                |known: Currency| SelectOption::new(known.code(), format!("{} ({})", known.name(t), known.code()));
            Ok(New { t, form, key, currencies: currencies.map(option).collect(), countries: country_options(t) })
        })
        .await
}
