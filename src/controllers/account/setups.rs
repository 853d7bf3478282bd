//! The first start: one form makes the owner. Only the holder of the printed key, or somebody at the machine itself,
//! may use it.

use std::net::IpAddr;

use subtle::ConstantTimeEq;

use crate::demo;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{STAFF_PASSWORD, SetUp};
use crate::http::page::Layout;
use crate::http::{Form, Reply, Visitor};
use crate::models::account::Account;
use crate::models::account::roles::Role;
use crate::models::fact::{Actor, Fact};
use crate::models::setting::Settings;
use crate::models::tax_rate;
use crate::paths;
use crate::support::country;
use crate::support::money::Currency;
use crate::support::password;
use crate::views::account::setups::New;

/// Shows the form.
pub async fn new(visitor: Visitor) -> Result<Reply> {
    check_open(&visitor).await?;
    let key = visitor.parameter("key").unwrap_or_default();
    check_key(&visitor, &key).map_err(|error| visitor.wrong_link(error))?;
    let mut form = Fields::default();
    form.set("country", "DE".to_owned());
    form.set("currency", "EUR".to_owned());
    form_page(&visitor, form, key).await
}

/// Makes the owner and opens the site.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    if let Some(owner) = visitor.kept::<(i64, i64)>(&form.once, String::new()).await? {
        return opened(&visitor, owner).await;
    }
    check_open(&visitor).await?;
    let key = form.fields.value("key").to_owned();
    check_key(&visitor, &key).map_err(|error| visitor.wrong_link(error))?;
    let (typed, once) = (form.fields.clone(), form.once.clone());
    let site = match form.check::<SetUp>() {
        Ok(site) => site,
        Err(fields) => return Ok(form_page(&visitor, fields, key).await?.retry()),
    };
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&site.site_name, host, &site.name, &site.email.typed]);
    let hash = match visitor.app().hash_new_password(site.password.clone(), STAFF_PASSWORD, context).await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            let mut fields = typed;
            fields.refuse(&field, message);
            return Ok(form_page(&visitor, fields, key).await?.retry());
        }
        Err(error) => return Err(error),
    };
    if site.demo {
        demo::load_if_empty(visitor.app()).await?;
    }
    let made = visitor
        .keep_once(&once, String::new(), move |tx| {
            let mut settings = Settings::load(tx.conn())?;
            let was_empty = !settings.is_set_up;
            settings.is_set_up = true;
            settings.site_name = site.site_name.clone();
            if was_empty {
                settings.country = site.country.code.to_owned();
                settings.time_zone = site.country.time_zone().to_owned();
                settings.currency = site.currency;
                tax_rate::begin_with(tx, site.country.code)?;
                crate::models::shipping_method::begin_with(tx, site.country.code, site.currency)?;
            }
            settings.contact_email = site.email.typed.clone();
            settings.save(tx)?;
            let owner = Actor::Staff(site.name.clone());
            let id = Account::create(tx, &site.email, &site.name, &hash, Role::Owner, &owner)?;
            Fact::SiteSetUp.record(tx, &owner)?;
            Ok((id, Account::get(tx.conn(), id)?.auth_epoch))
        })
        .await;
    match made {
        Ok(owner) => {
            if let Ok(mut key) = visitor.app().setup_key.lock() {
                *key = None;
            }
            opened(&visitor, owner).await
        }
        Err(Error::Invalid { field, message }) => {
            let mut fields = typed;
            fields.refuse(&field, message);
            Ok(form_page(&visitor, fields, key).await?.retry())
        }
        Err(error) => Err(error),
    }
}

/// Signs the owner in, by row and epoch; not with a password that has been changed since.
async fn opened(visitor: &Visitor, (id, epoch): (i64, i64)) -> Result<Reply> {
    let owner = visitor.read(move |conn| Account::member(conn, id, epoch)).await?.ok_or(Error::NotFound)?;
    visitor.sign_in(&owner.account)?;
    Ok(Reply::see(paths::home()).notice("Your site is open. This is what visitors see."))
}

/// A site that has an owner has no setup page.
async fn check_open(visitor: &Visitor) -> Result<()> {
    if visitor.read(Account::owner_exists).await? { Err(Error::NotFound) } else { Ok(()) }
}

fn check_key(visitor: &Visitor, given: &str) -> Result<()> {
    let expected = visitor.app().setup_key.lock().ok().and_then(|key| key.clone());
    let matches = expected.is_some_and(|key| bool::from(key.as_bytes().ct_eq(given.as_bytes())));
    if matches || visitor.client().is_some_and(|ip: IpAddr| ip.is_loopback()) {
        return Ok(());
    }
    Err(Error::NotAllowed("Open the setup address that Tradepost printed when it started: it carries a key."))
}

async fn form_page(visitor: &Visitor, form: Fields, key: String) -> Result<Reply> {
    visitor
        .page_in(Layout::Plain, move |_, _| {
            let countries = country::ALL.iter().map(|c| (c.code.to_owned(), c.name.to_owned())).collect();
            let currencies = Currency::OFFERED
                .iter()
                .filter_map(|code| Currency::from_code(code))
                .map(|currency| (currency.code().to_owned(), format!("{} ({})", currency.name(), currency.code())))
                .collect();
            Ok(New { form, key, currencies, countries })
        })
        .await
}
