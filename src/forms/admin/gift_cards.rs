//! The forms of a gift card. The controller sets the fields `currency` and `time_zone`, whatever is sent.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::gift_card::editing::Change;
use crate::models::gift_card::issuing::Wanted;
use crate::support::clock::{Utc, day};
use crate::support::money::{Currency, Money};

/// A new card.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct GiftCardForm {
    amount: String,
    expires_on: String,
    email: String,
    currency: String,
    time_zone: String,
}

impl Checked for GiftCardForm {
    type Output = Wanted;

    fn checked(self, fields: &mut Fields) -> Option<Wanted> {
        let amount = super::amount(fields, "amount", &self.amount, &self.currency);
        if amount.is_some_and(|amount| amount.minor <= 0) {
            fields.refuse("amount", "Type an amount above zero.");
        }
        let expires_at = end_of(fields, &self.expires_on, &self.time_zone);
        let email = super::email_or_empty(fields, "email", &self.email);
        Some(Wanted { amount: amount?, expires_at: expires_at?, email: email? })
    }
}

/// Another balance. The controller sets `currency` to the card's.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct BalanceForm {
    balance: String,
    balance_was: String,
    #[validate(length(max = 500, message = "A reason has at most 500 characters."))]
    reason: String,
    currency: String,
}

impl Checked for BalanceForm {
    type Output = Change;

    fn checked(self, fields: &mut Fields) -> Option<Change> {
        let balance = super::amount(fields, "balance", &self.balance, &self.currency);
        let reason = super::tidy(&self.reason).trim().to_owned();
        if reason.is_empty() {
            fields.refuse("reason", "Say why, for whoever looks at it in a year.");
        }
        let was = Currency::from_code(&self.currency).and_then(|currency| Money::parse(&self.balance_was, currency));
        if was.is_none() {
            fields.refuse("balance", "Please open the card again: what was on it is not known.");
        }
        Some(Change { balance_minor: balance?.minor, balance_was: was?.minor, reason })
    }
}

/// Until when a card can be used.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ExpiryForm {
    expires_on: String,
    time_zone: String,
}

impl Checked for ExpiryForm {
    type Output = Option<Utc>;

    fn checked(self, fields: &mut Fields) -> Option<Option<Utc>> {
        end_of(fields, &self.expires_on, &self.time_zone)
    }
}

/// The end of a day that may be left empty: `Some(None)` then.
fn end_of(fields: &mut Fields, typed: &str, zone: &str) -> Option<Option<Utc>> {
    if typed.trim().is_empty() {
        return Some(None);
    }
    let end = day(typed).and_then(|day| Utc::parse_in(zone, &format!("{day}T23:59:59")));
    if end.is_none() {
        fields.refuse("expires_on", "Type a date, such as 2029-12-31, or leave it empty.");
    }
    end.map(Some)
}
