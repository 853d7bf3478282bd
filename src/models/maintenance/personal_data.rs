//! Everything that the site knows of a customer, for their own copy (GDPR, articles 15 and 20).

use diesel::prelude::*;

use crate::db::Conn;
use crate::error::Result;
use crate::models::checkout::cart::{Cart, CartLine, CartStatus};
use crate::models::people::account::Account;
use crate::models::people::account::addresses::AccountAddress;
use crate::models::people::account::consents::Consent;
use crate::models::people::identity_provider::account_identity::AccountIdentity;
use crate::models::people::session::{self, SessionListing};
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::{Order, OrderDetails};
use crate::schema::{accounts, carts, customers, emails};
use crate::support::clock::Utc;

/// Orders in one copy.
const MAX_ORDERS: i64 = 1_000;
/// Emails in one copy, the latest.
const MAX_EMAILS: i64 = 1_000;

/// An email that was written to the customer: when, and its subject.
pub type WrittenEmail = (Utc, String);

pub struct PersonalData {
    pub account: Account,
    pub registered_at: Utc,
    pub addresses: Vec<AccountAddress>,
    pub consents: Vec<Consent>,
    /// Who logs in at an identity provider.
    pub identities: Vec<AccountIdentity>,
    pub sessions: Vec<SessionListing>,
    pub cart: Vec<CartLine>,
    /// Each with its invoices and credit notes, the newest first.
    pub orders: Vec<(OrderDetails, Vec<Invoice>)>,
    pub emails: Vec<WrittenEmail>,
    /// What staff have written about the customer; empty for nothing.
    pub staff_note: String,
}

impl PersonalData {
    pub fn load(conn: &mut Conn, account: &Account, now: Utc) -> Result<PersonalData> {
        let id = account.id;
        let mut orders = Vec::new();
        for order in Order::list_for_account(conn, id, MAX_ORDERS)? {
            let invoices = Invoice::list_for_order(conn, order.id)?;
            orders.push((order.load_details(conn)?, invoices));
        }
        let open = carts::account_id.eq(id).and(carts::status.eq(CartStatus::Open));
        let cart: Option<Cart> = Cart::query().filter(open).first(conn).optional()?;
        let notes = customers::table.filter(customers::account_id.eq(id)).select(customers::staff_note);
        let staff_note: Option<String> = notes.first(conn).optional()?;
        Ok(PersonalData {
            account: account.clone(),
            registered_at: accounts::table.find(id).select(accounts::created_at).first(conn)?,
            addresses: AccountAddress::list(conn, id)?,
            consents: Consent::list(conn, id)?,
            identities: AccountIdentity::list(conn, id)?,
            sessions: session::list_for_account(conn, id, now)?,
            cart: cart.map_or(Ok(Vec::new()), |cart| cart.lines(conn))?,
            orders,
            staff_note: staff_note.unwrap_or_default(),
            emails: emails::table
                .filter(emails::recipient.eq(&account.email))
                .order(emails::id.desc())
                .select((emails::created_at, emails::subject))
                .limit(MAX_EMAILS)
                .load(conn)?,
        })
    }
}
