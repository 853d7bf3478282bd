//! The form of an identity provider. The issuer of one that exists is overwritten by the controller.

use serde::Deserialize;
use validator::Validate;

use crate::forms::account::limits;
use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::people::identity_provider::{IdentityProviderInput, IdentityProviderStatus};
use crate::support::i18n::Message;

/// Longest issuer, client id and client secret, in characters.
pub const MAX_VALUE: u64 = 2_000;

#[derive(Default, Deserialize, Validate)]
#[serde(default)]
pub struct IdentityProviderForm {
    #[validate(length(max = limits::NAME, code = "name_too_long"))]
    #[validate(custom(function = rules::visible, code = "name_missing"))]
    name: String,
    #[validate(length(max = MAX_VALUE, code = "text_too_long"))]
    #[validate(custom(function = rules::present, code = "issuer_missing"))]
    issuer: String,
    #[validate(length(max = MAX_VALUE, code = "text_too_long"))]
    #[validate(custom(function = rules::present, code = "client_id_missing"))]
    client_id: String,
    #[validate(length(max = MAX_VALUE, code = "text_too_long"))]
    client_secret: String,
    status: String,
    lock_version: String,
}

impl FormObject for IdentityProviderForm {
    type Output = IdentityProviderInput;

    fn into_output(self, fields: &mut Fields) -> Option<IdentityProviderInput> {
        let status = admin::require_choice(fields, "status", IdentityProviderStatus::parse(&self.status));
        let issuer = self.issuer.trim();
        if !issuer.is_empty() && url::Url::parse(issuer).is_err() {
            fields.add_error("issuer", Message::IssuerRefused);
        }
        let client_secret = self.client_secret.trim();
        Some(IdentityProviderInput {
            name: self.name.trim().to_owned(),
            issuer: issuer.to_owned(),
            client_id: self.client_id.trim().to_owned(),
            client_secret: Some(client_secret.to_owned()).filter(|secret| !secret.is_empty()),
            status: status?,
            lock_version: admin::parse_lock_version(&self.lock_version),
        })
    }
}
