//! The metadata form of a picture.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin};

#[derive(Clone, Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct PictureForm {
    #[validate(length(max = 500, code = "picture_description_too_long"))]
    pub alt_text: String,
    #[validate(length(max = 500, code = "caption_too_long"))]
    pub caption: String,
    #[validate(length(max = 200, code = "credit_too_long"))]
    pub credit: String,
    #[serde(rename = "lock_version")]
    pub raw_lock_version: String,
    /// `raw_lock_version` parsed; 0 if missing.
    #[serde(skip)]
    pub lock_version: i64,
}

impl FormObject for PictureForm {
    type Output = PictureForm;

    fn into_output(self, _: &mut Fields) -> Option<PictureForm> {
        let trimmed = |text: String| text.trim().to_owned();
        Some(PictureForm {
            alt_text: trimmed(self.alt_text),
            caption: trimmed(self.caption),
            credit: trimmed(self.credit),
            lock_version: admin::parse_lock_version(&self.raw_lock_version),
            raw_lock_version: self.raw_lock_version,
        })
    }
}
