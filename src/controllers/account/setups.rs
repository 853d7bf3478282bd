//! The first start: one form makes the owner and opens the site. Only the holder of the printed key, or somebody at
//! the machine itself, may use it.

use crate::demo;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{STAFF_PASSWORD, SetUp};
use crate::http::page::Layout;
use crate::http::{Form, Local, Reply, Visitor};
use crate::models::account::Account;
use crate::models::fact::Actor;
use crate::models::site::{NewOwner, NewSite, Site};
use crate::paths;
use crate::support::country;
use crate::support::money::Currency;
use crate::support::password;
use crate::views::account::setups::New;

/// Shows the form.
pub async fn new(visitor: Visitor, local: Local) -> Result<Reply> {
    let key = visitor.parameter("key").unwrap_or_default();
    check(&visitor, local, &key).await?;
    let mut form = Fields::default();
    form.set("country", "DE".to_owned());
    form.set("currency", "EUR".to_owned());
    form_page(&visitor, form, key).await
}

/// Makes the owner and opens the site.
pub async fn create(visitor: Visitor, local: Local, form: Form) -> Result<Reply> {
    if let Some(owner) = visitor.kept::<(i64, i64)>(&form.once, String::new()).await? {
        return opened(&visitor, owner).await;
    }
    let key = form.fields.value("key").to_owned();
    check(&visitor, local, &key).await?;
    let (typed, once) = (form.fields.clone(), form.once.clone());
    let wanted = match form.check::<SetUp>() {
        Ok(wanted) => wanted,
        Err(fields) => return Ok(form_page(&visitor, fields, key).await?.retry()),
    };
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&wanted.site_name, host, &wanted.name, &wanted.email.typed]);
    let password_hash = match visitor.app().hash_new_password(wanted.password, STAFF_PASSWORD, context).await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            let mut fields = typed;
            fields.refuse(&field, message);
            return Ok(form_page(&visitor, fields, key).await?.retry());
        }
        Err(error) => return Err(error),
    };
    if wanted.demo {
        demo::load_if_empty(visitor.app()).await?;
    }
    let site = NewSite { site_name: wanted.site_name, country: wanted.country, currency: wanted.currency };
    let owner = NewOwner { email: wanted.email, name: wanted.name, password_hash };
    let by = Actor::Staff(owner.name.clone());
    let used = key.clone();
    let made = visitor
        .keep_once(&once, String::new(), move |tx| {
            // What was checked before may be over by now.
            if !local.0 {
                Site::use_setup_key(tx, &used)?;
            }
            let id = Site::set_up(tx, Some(&site), &owner, &by)?;
            Account::signed_in(tx, id)?;
            Ok((id, Account::get(tx.conn(), id)?.auth_epoch))
        })
        .await;
    match made {
        Ok(owner) => opened(&visitor, owner).await,
        Err(Error::Invalid { field, message }) => {
            let mut fields = typed;
            fields.refuse(&field, message);
            Ok(form_page(&visitor, fields, key).await?.retry())
        }
        // Somebody else was quicker, or the key's time is up just now.
        Err(error @ (Error::Conflict | Error::Void)) => {
            check(&visitor, local, &key).await?;
            Err(error)
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

/// A site that has an owner has no setup page; without a key that works it opens only at the machine itself.
async fn check(visitor: &Visitor, local: Local, key: &str) -> Result<()> {
    let (key, now) = (key.to_owned(), visitor.app().clock().now());
    let (has_owner, key_works) =
        visitor.read(move |conn| Ok((Account::owner_exists(conn)?, Site::setup_key_works(conn, &key, now)?))).await?;
    match (has_owner, key_works || local.0) {
        (true, _) => Err(Error::NotFound),
        (false, true) => Ok(()),
        (false, false) => Err(visitor.wrong_link(Error::NotAllowed(
            "Open the setup address that Tradepost printed: it carries a key, which works once and for 30 minutes. The \
             newest one is the last in the log; a restart prints another.",
        ))),
    }
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
