//! Gift card forms. The controller overwrites `currency` and `time_zone`.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::checkout::gift_card::adjustment::BalanceChange;
use crate::models::checkout::gift_card::issuance::NewGiftCard;
use crate::support::clock::{Utc, parse_day};
use crate::support::i18n::Message;
use crate::support::money::{Currency, Money};

pub mod limits {
    pub const REASON: u64 = 500;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct GiftCardForm {
    amount: String,
    expires_on: String,
    email: String,
    currency: String,
    time_zone: String,
}

impl FormObject for GiftCardForm {
    type Output = NewGiftCard;

    fn into_output(self, fields: &mut Fields) -> Option<NewGiftCard> {
        let amount = admin::parse_amount(fields, "amount", &self.amount, &self.currency);
        if amount.is_some_and(|amount| amount.minor <= 0) {
            fields.add_error("amount", Message::AmountNotPositive);
        }
        let expires_at = parse_expiry(fields, &self.expires_on, &self.time_zone);
        let email = admin::parse_optional_email(fields, "email", &self.email);
        Some(NewGiftCard { amount: amount?, expires_at: expires_at?, email: email? })
    }
}

/// Adjusts a balance. `currency` is the card's; `balance_was` detects concurrent changes.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct BalanceForm {
    balance: String,
    balance_was: String,
    #[validate(length(max = limits::REASON, code = "reason_too_long"))]
    #[validate(custom(function = rules::present, code = "gift_card_reason_missing"))]
    reason: String,
    currency: String,
}

impl FormObject for BalanceForm {
    type Output = BalanceChange;

    fn into_output(self, fields: &mut Fields) -> Option<BalanceChange> {
        let balance = admin::parse_amount(fields, "balance", &self.balance, &self.currency);
        let reason = admin::normalise(&self.reason).trim().to_owned();
        let previous =
            Currency::from_code(&self.currency).and_then(|currency| Money::from_decimal(&self.balance_was, currency));
        if previous.is_none() {
            fields.add_error("balance", Message::GiftCardBalanceMissing);
        }
        Some(BalanceChange { balance_minor: balance?.minor, previous_balance_minor: previous?.minor, reason })
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ExpiryForm {
    expires_on: String,
    time_zone: String,
}

impl FormObject for ExpiryForm {
    type Output = Option<Utc>;

    fn into_output(self, fields: &mut Fields) -> Option<Option<Utc>> {
        parse_expiry(fields, &self.expires_on, &self.time_zone)
    }
}

/// The end of the last valid day in `zone`: `Some(None)` if empty, `None` if invalid.
fn parse_expiry(fields: &mut Fields, text: &str, zone: &str) -> Option<Option<Utc>> {
    if text.trim().is_empty() {
        return Some(None);
    }
    let end = parse_day(text).and_then(|day| Utc::parse_in(zone, &format!("{day}T23:59:59")));
    if end.is_none() {
        fields.add_error("expires_on", Message::GiftCardExpiryMalformed);
    }
    end.map(Some)
}
