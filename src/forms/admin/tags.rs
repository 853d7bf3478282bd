//! The form of a tag.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::tag;

/// What the form sends.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct TagForm {
    name: String,
    merge_into: String,
}

/// A tag as somebody wants it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Its name.
    pub name: String,
    /// If another tag has this name, the two become one.
    pub merge: bool,
}

impl Checked for TagForm {
    type Output = Typed;

    fn checked(self, fields: &mut Fields) -> Option<Typed> {
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if super::is_invisible(&name) {
            fields.refuse("name", "Give the tag a name.");
        }
        // Agreed to for this name, not for one that was typed afterwards.
        let merge = !self.merge_into.is_empty() && tag::fold(&self.merge_into) == tag::fold(&name);
        Some(Typed { name, merge })
    }
}
