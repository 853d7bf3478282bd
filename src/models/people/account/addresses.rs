//! The addresses that a customer keeps, of which one each is the default for deliveries and for bills.

use diesel::prelude::*;

use super::{Account, Event};
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::schema::account_addresses;
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{AccountAddressId, AccountId};

/// Addresses of one account.
const MAX_ADDRESSES: i64 = 20;

/// An address as the checkout asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = account_addresses, check_for_backend(AnyBackend))]
pub struct PostalAddress {
    pub name: String,
    pub company: String,
    pub line1: String,
    pub line2: String,
    pub postcode: String,
    pub city: String,
    /// An ISO 3166-2 code if the country has subdivisions.
    pub region: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub phone: String,
    pub vat_number: String,
}

/// What an address is the default for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = account_addresses, check_for_backend(AnyBackend))]
pub struct AddressDefaults {
    pub is_delivery_default: bool,
    pub is_billing_default: bool,
}

/// An address of an account.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = account_addresses, check_for_backend(AnyBackend))]
pub struct AccountAddress {
    pub id: AccountAddressId,
    pub public_id: String,
    #[diesel(embed)]
    pub address: PostalAddress,
    #[diesel(embed)]
    pub defaults: AddressDefaults,
}

#[derive(Insertable)]
#[diesel(table_name = account_addresses, treat_none_as_default_value = false)]
struct NewAccountAddress {
    public_id: String,
    account_id: AccountId,
    #[diesel(embed)]
    address: PostalAddress,
    #[diesel(embed)]
    defaults: AddressDefaults,
    created_at: Utc,
    updated_at: Utc,
}

impl AccountAddress {
    /// The addresses of an account, the oldest first.
    pub fn list(conn: &mut Conn, account: AccountId) -> Result<Vec<AccountAddress>> {
        let mine = AccountAddress::query().filter(account_addresses::account_id.eq(account));
        Ok(mine.order(account_addresses::id).load(conn)?)
    }

    /// An address by its public id, if it is the account's.
    pub fn find(conn: &mut Conn, account: AccountId, public_id: &str) -> Result<AccountAddress> {
        let mine = account_addresses::account_id.eq(account).and(account_addresses::public_id.eq(public_id));
        Ok(AccountAddress::query().filter(mine).first(conn)?)
    }

    /// The default for deliveries.
    pub fn find_delivery_default(conn: &mut Conn, account: AccountId) -> Result<Option<AccountAddress>> {
        let mine = account_addresses::account_id.eq(account).and(account_addresses::is_delivery_default.eq(true));
        Ok(AccountAddress::query().filter(mine).first(conn).optional()?)
    }

    /// Adds an address; the first one is the default for everything.
    ///
    /// # Errors
    /// `Invalid` on the form as a whole when the account has too many.
    pub fn create(
        tx: &mut Tx<'_>,
        account: &Account,
        address: &PostalAddress,
        defaults: AddressDefaults,
    ) -> Result<()> {
        let mine = account_addresses::account_id.eq(account.id);
        let count: i64 = account_addresses::table.filter(mine).count().get_result(tx.conn())?;
        if count >= MAX_ADDRESSES {
            return Err(Error::invalid("", Message::TooManyAddresses { max: MAX_ADDRESSES }));
        }
        let defaults = match count {
            0 => AddressDefaults { is_delivery_default: true, is_billing_default: true },
            _ => defaults,
        };
        clear_defaults(tx, account.id, defaults)?;
        let now = tx.now();
        let row = NewAccountAddress {
            public_id: tx.generate_public_id()?,
            account_id: account.id,
            address: address.clone(),
            defaults,
            created_at: now,
            updated_at: now,
        };
        diesel::insert_into(account_addresses::table).values(row).execute(tx.conn())?;
        record_change(tx, account)
    }

    /// Changes an address of the account. A default stays one until another address becomes it.
    ///
    /// # Errors
    /// `NotFound` if the account has no such address.
    pub fn update(
        tx: &mut Tx<'_>,
        account: &Account,
        public_id: &str,
        address: &PostalAddress,
        defaults: AddressDefaults,
    ) -> Result<()> {
        let before = AccountAddress::find(tx.conn(), account.id, public_id)?;
        let defaults = AddressDefaults {
            is_delivery_default: defaults.is_delivery_default || before.defaults.is_delivery_default,
            is_billing_default: defaults.is_billing_default || before.defaults.is_billing_default,
        };
        clear_defaults(tx, account.id, defaults)?;
        let now = tx.now();
        diesel::update(account_addresses::table.find(before.id))
            .set((address, defaults, account_addresses::updated_at.eq(now)))
            .execute(tx.conn())?;
        record_change(tx, account)
    }

    /// Deletes an address of the account; the oldest of the others takes its place as the default.
    ///
    /// # Errors
    /// `NotFound` if the account has no such address.
    pub fn delete(tx: &mut Tx<'_>, account: &Account, public_id: &str) -> Result<()> {
        let before = AccountAddress::find(tx.conn(), account.id, public_id)?;
        diesel::delete(account_addresses::table.find(before.id)).execute(tx.conn())?;
        if let Some(next) = AccountAddress::list(tx.conn(), account.id)?.into_iter().next() {
            let defaults = AddressDefaults {
                is_delivery_default: next.defaults.is_delivery_default || before.defaults.is_delivery_default,
                is_billing_default: next.defaults.is_billing_default || before.defaults.is_billing_default,
            };
            diesel::update(account_addresses::table.find(next.id)).set(defaults).execute(tx.conn())?;
        }
        record_change(tx, account)
    }
}

/// Makes room for another default.
fn clear_defaults(tx: &mut Tx<'_>, account: AccountId, defaults: AddressDefaults) -> Result<()> {
    let mine = || account_addresses::table.filter(account_addresses::account_id.eq(account));
    if defaults.is_delivery_default {
        diesel::update(mine()).set(account_addresses::is_delivery_default.eq(false)).execute(tx.conn())?;
    }
    if defaults.is_billing_default {
        diesel::update(mine()).set(account_addresses::is_billing_default.eq(false)).execute(tx.conn())?;
    }
    Ok(())
}

fn record_change(tx: &mut Tx<'_>, account: &Account) -> Result<()> {
    let actor = account.actor(tx.conn())?;
    Event::AccountUpdated { account: account.id, group: "addresses".to_owned() }.record(tx, &actor)
}
