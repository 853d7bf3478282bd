//! Forms of a customer's page.

use std::collections::BTreeSet;

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::people::account::AccountStatus;
use crate::models::people::customer::CustomerChange;
use crate::support::email_address::EmailAddress;

/// Maximum characters of fields, for validation and `maxlength`.
pub mod limits {
    pub const NOTE: u64 = 5000;
    pub const TAGS: u64 = 500;
    pub const REASON: u64 = 500;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct CustomerForm {
    #[validate(length(max = limits::NOTE, code = "note_too_long"))]
    staff_note: String,
    #[validate(length(max = limits::TAGS))]
    tags: String,
    lock_version: String,
}

impl FormObject for CustomerForm {
    type Output = CustomerChange;

    fn into_output(self, _: &mut Fields) -> Option<CustomerChange> {
        let tags = self.tags.split(',').map(|tag| tag.split_whitespace().collect::<Vec<_>>().join(" "));
        Some(CustomerChange {
            staff_note: admin::normalise(&self.staff_note),
            tags: tags.filter(|tag| !tag.is_empty()).collect::<BTreeSet<_>>().into_iter().collect(),
            lock_version: admin::parse_lock_version(&self.lock_version),
        })
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct CustomerStatusForm {
    status: String,
    lock_version: String,
}

impl FormObject for CustomerStatusForm {
    /// The status, and the version of the account that the form was opened with.
    type Output = (AccountStatus, i64);

    fn into_output(self, fields: &mut Fields) -> Option<(AccountStatus, i64)> {
        let status = admin::require_choice(fields, "status", AccountStatus::parse(&self.status));
        Some((status?, admin::parse_lock_version(&self.lock_version)))
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct MergeForm {
    email: String,
}

impl FormObject for MergeForm {
    type Output = EmailAddress;

    fn into_output(self, fields: &mut Fields) -> Option<EmailAddress> {
        EmailAddress::try_parse(&self.email).map_err(|error| fields.add_error("email", error.message())).ok()
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ImpersonationForm {
    #[validate(length(max = limits::REASON, code = "reason_too_long"))]
    #[validate(custom(function = rules::present, code = "impersonation_reason_missing"))]
    reason: String,
}

impl FormObject for ImpersonationForm {
    type Output = String;

    fn into_output(self, _: &mut Fields) -> Option<String> {
        Some(admin::normalise(&self.reason).trim().to_owned())
    }
}
