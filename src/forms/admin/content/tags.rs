//! The tag form.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, rules};
use crate::models::content::tag;

pub mod limits {
    pub const NAME: usize = crate::models::content::tag::MAX_NAME_LENGTH;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct TagForm {
    #[validate(custom(function = rules::visible, code = "name_missing"))]
    name: String,
    merge_into: String,
}

#[derive(Clone, Debug)]
pub struct TagFormData {
    pub name: String,
    pub merge: bool,
}

impl FormObject for TagForm {
    type Output = TagFormData;

    fn into_output(self, _: &mut Fields) -> Option<TagFormData> {
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        // Consent to a merge counts only for the name it was given for.
        let merge = !self.merge_into.is_empty() && tag::normalise_name(&self.merge_into) == tag::normalise_name(&name);
        Some(TagFormData { name, merge })
    }
}
