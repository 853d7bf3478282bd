//! Records of erasures. They name nobody: addresses are hashed with the site's key, and the rest are public ids. With
//! them an erasure is repeated in an older copy of the database, after a restore.

use std::collections::HashSet;

use diesel::dsl::exists;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::person::Person;
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::schema::{accounts, customers, erasures, orders};
use crate::support::clock::Utc;
use crate::support::email_address::normalise;
use crate::support::ids::{AccountId, CustomerId, OrderId};
use crate::support::token::SecretKey;

/// An erasure, as a row and as a line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRecord {
    pub id: String,
    /// Microseconds since the Unix epoch.
    pub erased_at: i64,
    #[serde(flatten)]
    pub identifiers: PersonIdentifiers,
}

/// By what a person is found in an older copy of the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonIdentifiers {
    /// Keyed hashes of the addresses.
    pub addresses: Vec<String>,
    /// Public ids.
    pub customers: Vec<String>,
    pub accounts: Vec<String>,
    pub orders: Vec<String>,
}

#[derive(Insertable)]
#[diesel(table_name = erasures, treat_none_as_default_value = false)]
struct NewErasure<'a> {
    public_id: &'a str,
    identifiers: String,
    erased_at: Utc,
}

impl ErasureRecord {
    pub(super) fn new(tx: &mut Tx<'_>, person: &Person) -> Result<ErasureRecord> {
        let key = tx.secret_key().clone();
        let customers = id_in(customers::id, &person.customer_ids());
        let accounts = id_in(accounts::id, &person.account_ids());
        let orders = id_in(orders::id, &person.order_ids());
        let conn = tx.conn();
        let identifiers = PersonIdentifiers {
            addresses: person.addresses.iter().map(|address| hash_address(&key, address)).collect(),
            customers: customers::table.filter(customers).select(customers::public_id).load(conn)?,
            accounts: accounts::table.filter(accounts).select(accounts::public_id).load(conn)?,
            orders: orders::table.filter(orders).select(orders::public_id).load(conn)?,
        };
        Ok(ErasureRecord { id: tx.generate_public_id()?, erased_at: tx.now().micros(), identifiers })
    }

    pub(super) fn insert(&self, tx: &mut Tx<'_>) -> Result<()> {
        let row = NewErasure {
            public_id: &self.id,
            identifiers: serde_json::to_string(&self.identifiers)?,
            erased_at: Utc::from_micros(self.erased_at),
        };
        diesel::insert_into(erasures::table).values(row).execute(tx.conn())?;
        Ok(())
    }

    /// All records, the oldest first.
    pub fn list(conn: &mut Conn) -> Result<Vec<ErasureRecord>> {
        let rows: Vec<(String, String, Utc)> = erasures::table
            .order(erasures::id)
            .select((erasures::public_id, erasures::identifiers, erasures::erased_at))
            .load(conn)?;
        rows.into_iter()
            .map(|(id, identifiers, erased_at)| {
                let identifiers = serde_json::from_str(&identifiers)?;
                Ok(ErasureRecord { id, erased_at: erased_at.micros(), identifiers })
            })
            .collect()
    }

    pub(super) fn is_stored(&self, conn: &mut Conn) -> Result<bool> {
        let stored = erasures::table.filter(erasures::public_id.eq(&self.id));
        Ok(diesel::select(exists(stored)).get_result(conn)?)
    }

    /// What the record identifies in this database.
    pub(super) fn find_person(&self, tx: &mut Tx<'_>) -> Result<Person> {
        let key = tx.secret_key().clone();
        let conn = tx.conn();
        let PersonIdentifiers { addresses, customers, accounts, orders } = &self.identifiers;
        let hashes: HashSet<&str> = addresses.iter().map(String::as_str).collect();
        let is_theirs = |address: &str| hashes.contains(hash_address(&key, address).as_str());
        let mut person = Person::default();
        let accounts = accounts::table.filter(accounts::public_id.eq_any(accounts)).select(accounts::id);
        person.accounts.extend(accounts.load::<AccountId>(conn)?);
        let orders = orders::table.filter(orders::public_id.eq_any(orders)).select(orders::id);
        person.orders.extend(orders.load::<OrderId>(conn)?);
        let known: Vec<(CustomerId, String, String)> =
            customers::table.select((customers::id, customers::public_id, customers::email_normal)).load(conn)?;
        for (id, public_id, address) in known {
            if customers.contains(&public_id) || is_theirs(&address) {
                person.customers.insert(id);
            }
        }
        // Orders get their customer with their number.
        let unnumbered = orders::table.filter(orders::customer_id.is_null()).select((orders::id, orders::email));
        for (id, email) in unnumbered.load::<(OrderId, String)>(conn)? {
            let address = normalise(&email);
            if is_theirs(&address) {
                person.orders.insert(id);
                person.addresses.insert(address);
            }
        }
        Ok(person)
    }
}

fn hash_address(key: &SecretKey, address: &str) -> String {
    key.token("erased address", address)
}
