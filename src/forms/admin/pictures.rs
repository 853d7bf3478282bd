//! The words that go with a picture.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};

/// What the form sends, and what it means.
#[derive(Clone, Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct PictureForm {
    /// What it shows.
    #[validate(length(max = 500, message = "Describe the picture in at most 500 characters."))]
    pub alt_text: String,
    /// Words below it.
    #[validate(length(max = 500, message = "A caption has at most 500 characters."))]
    pub caption: String,
    /// Whose it is.
    #[validate(length(max = 200, message = "The credit has at most 200 characters."))]
    pub credit: String,
    /// The version the form was opened with.
    #[serde(rename = "lock_version")]
    pub typed_version: String,
    /// The same as a number; 0 when it was not said.
    #[serde(skip)]
    pub lock_version: i64,
}

impl Checked for PictureForm {
    type Output = PictureForm;

    fn checked(self, _: &mut Fields) -> Option<PictureForm> {
        let trimmed = |text: String| text.trim().to_owned();
        Some(PictureForm {
            alt_text: trimmed(self.alt_text),
            caption: trimmed(self.caption),
            credit: trimmed(self.credit),
            lock_version: super::lock_version(&self.typed_version),
            typed_version: self.typed_version,
        })
    }
}
