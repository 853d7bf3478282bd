//! The tag form.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject};
use crate::models::content::tag;

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct TagForm {
    name: String,
    merge_into: String,
}

#[derive(Clone, Debug)]
pub struct TagFormData {
    pub name: String,
    /// Whether to merge with the tag that already has this name.
    pub merge: bool,
}

impl FormObject for TagForm {
    type Output = TagFormData;

    fn into_output(self, fields: &mut Fields) -> Option<TagFormData> {
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if super::is_invisible(&name) {
            fields.add_error("name", "Enter a name.");
        }
        // Consent to a merge counts only for the name it was given for.
        let merge = !self.merge_into.is_empty() && tag::normalise_name(&self.merge_into) == tag::normalise_name(&name);
        Some(TagFormData { name, merge })
    }
}
