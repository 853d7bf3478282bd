//! The form of a letter that goes to another address.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::support::email_address::EmailAddress;

/// Another address.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct AddressForm {
    email: String,
    correct_order: String,
}

/// Where the letter goes instead.
#[derive(Clone, Debug)]
pub struct NewAddress {
    /// The address.
    pub email: EmailAddress,
    /// The order gets it as well.
    pub correct_order: bool,
}

impl Checked for AddressForm {
    type Output = NewAddress;

    fn checked(self, fields: &mut Fields) -> Option<NewAddress> {
        match EmailAddress::read(&self.email) {
            Ok(email) => Some(NewAddress { email, correct_order: !self.correct_order.is_empty() }),
            Err(why) => {
                fields.refuse("email", why.message());
                None
            }
        }
    }
}
