//! Forms for staff accounts and invitations.

use serde::Deserialize;
use validator::Validate;

use crate::forms::account::limits;
use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::people::account::AccountStatus;
use crate::models::people::account::roles::Role;
use crate::models::people::invitation::NewInvitation;
use crate::models::people::staff::StaffChange;
use crate::support::email_address::EmailAddress;

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct InvitationForm {
    #[validate(length(max = limits::NAME, code = "name_too_long"))]
    #[validate(custom(function = rules::visible, code = "name_missing"))]
    name: String,
    email: String,
    role: String,
}

impl FormObject for InvitationForm {
    type Output = NewInvitation;

    fn into_output(self, fields: &mut Fields) -> Option<NewInvitation> {
        let email =
            EmailAddress::try_parse(&self.email).map_err(|error| fields.add_error("email", error.message())).ok();
        let role = admin::require_choice(fields, "role", Role::parse(&self.role));
        Some(NewInvitation { email: email?, name: self.name.trim().to_owned(), role: role? })
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct StaffForm {
    role: String,
    status: String,
    lock_version: String,
}

impl FormObject for StaffForm {
    type Output = StaffChange;

    fn into_output(self, fields: &mut Fields) -> Option<StaffChange> {
        let role = admin::require_choice(fields, "role", Role::parse(&self.role));
        let status = admin::require_choice(fields, "status", AccountStatus::parse(&self.status));
        Some(StaffChange { role: role?, status: status?, lock_version: admin::parse_lock_version(&self.lock_version) })
    }
}
