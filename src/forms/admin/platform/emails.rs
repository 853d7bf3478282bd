//! The form to send an email to another address.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject};
use crate::support::email_address::EmailAddress;

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct RecipientForm {
    email: String,
    correct_order: String,
}

#[derive(Clone, Debug)]
pub struct NewRecipient {
    pub email: EmailAddress,
    pub correct_order: bool,
}

impl FormObject for RecipientForm {
    type Output = NewRecipient;

    fn into_output(self, fields: &mut Fields) -> Option<NewRecipient> {
        match EmailAddress::try_parse(&self.email) {
            Ok(email) => Some(NewRecipient { email, correct_order: !self.correct_order.is_empty() }),
            Err(error) => {
                fields.add_error("email", error.message());
                None
            }
        }
    }
}
