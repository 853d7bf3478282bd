//! The form of the own profile. The controller turns `picture`, a public id, into a row id.

use jiff::tz::TimeZone;
use serde::Deserialize;
use validator::Validate;

use crate::forms::account::limits::NAME;
use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::people::account::staff_profile::StaffProfile;
use crate::support::i18n::{Locale, Message};

/// Maximum characters of fields, for validation and `maxlength`.
pub mod limits {
    pub const NAME: u64 = crate::forms::account::limits::NAME;
    pub const BIO: u64 = 1000;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ProfileForm {
    #[validate(length(max = NAME, code = "name_too_long"))]
    #[validate(custom(function = rules::visible, code = "own_name_missing"))]
    name: String,
    #[validate(length(max = limits::BIO, code = "text_too_long"))]
    bio: String,
    time_zone: String,
    locale: String,
    lock_version: String,
}

impl FormObject for ProfileForm {
    type Output = StaffProfile;

    fn into_output(self, fields: &mut Fields) -> Option<StaffProfile> {
        if !self.time_zone.is_empty() && TimeZone::get(&self.time_zone).is_err() {
            fields.add_error("time_zone", Message::TimeZoneMissing);
        }
        let is_offered = Locale::OFFERED.iter().any(|locale| locale.code() == self.locale);
        if !is_offered && !self.locale.is_empty() {
            fields.add_error("locale", Message::ChoiceMissing);
        }
        Some(StaffProfile {
            name: self.name.trim().to_owned(),
            bio: admin::normalise(&self.bio),
            picture_id: None,
            time_zone: self.time_zone,
            locale: self.locale,
            lock_version: admin::parse_lock_version(&self.lock_version),
        })
    }
}
