//! What follows when a person has signed in: the notice of a new device, and for customers the guest's cart and orders.

use crate::db::Tx;
use crate::error::Result;
use crate::models::checkout::cart::Cart;
use crate::models::people::account::{Account, Member};
use crate::models::platform::event::Event;
use crate::models::sales::order::Order;

/// The browser with which a person signs in.
#[derive(Clone, Debug)]
pub struct SignInClient {
    /// Whether the account has signed in with it before.
    pub is_known: bool,
    pub user_agent: String,
    /// The token of the guest's cart, from its cookie.
    pub guest_cart: Option<String>,
}

/// Records that an account signs in. Returns the names of items of which the account's cart did not take all.
pub fn record_sign_in(tx: &mut Tx<'_>, member: &Member, client: &SignInClient) -> Result<Vec<String>> {
    let account = &member.account;
    Account::record_sign_in(tx, account.id)?;
    if !client.is_known && account.last_login_at.is_some() {
        let user_agent = client.user_agent.clone();
        Event::SignedInOnNewDevice { account: account.id, user_agent }.record(tx, &member.actor())?;
    }
    if member.is_staff() {
        return Ok(Vec::new());
    }
    Order::claim_guest_orders(tx, account)?;
    match &client.guest_cart {
        Some(token) => Cart::merge_into_account(tx, account.id, token),
        None => Ok(Vec::new()),
    }
}
