//! The editor of posts.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};

/// What the editor sends.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct PostForm {
    #[validate(length(max = 200, message = "A title has at most 200 characters. Please shorten it."))]
    title: String,
    #[validate(length(max = 1_048_576, message = "This text is longer than a million characters. Please split it."))]
    body: String,
    slug: String,
    #[validate(length(max = 1000, message = "A summary has at most 1000 characters. Please shorten it."))]
    excerpt: String,
    #[validate(length(max = 500, message = "These are too many tags. Please keep the best."))]
    tags: String,
    #[validate(length(max = 500, message = "Describe the picture in at most 500 characters."))]
    cover_alt: String,
    cover_alt_was: Option<String>,
    cover_id: String,
    cover_remove: String,
    lock_version: String,
    then: String,
}

/// A post as somebody wants it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Title.
    pub title: String,
    /// Text in Markdown.
    pub body: String,
    /// Address; empty to make one from the title.
    pub slug: String,
    /// A few sentences.
    pub excerpt: String,
    /// Names separated by commas.
    pub tags: String,
    /// The cover: public id; empty for none.
    pub cover: String,
    /// What the cover shows.
    pub cover_alt: String,
    /// Whether somebody has described the cover here, or only left what was there.
    pub describes_cover: bool,
    /// The state that was changed.
    pub lock_version: i64,
    /// Publish it at once.
    pub publish: bool,
}

impl Checked for PostForm {
    type Output = Typed;

    fn checked(self, fields: &mut Fields) -> Option<Typed> {
        let title = super::titled(fields, &self.title);
        let slug = super::address(fields, &self.slug);
        let body = super::tidy(&self.body);
        if body.len() > 1_048_576 {
            fields.refuse("body", "This text is larger than 1 MB. Please split it into several posts.");
        }
        let tags: Vec<&str> = self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect();
        Some(Typed {
            describes_cover: self.cover_alt_was.is_none_or(|was| was.trim() != self.cover_alt.trim()),
            title,
            body,
            slug: slug?,
            excerpt: super::tidy(&self.excerpt).trim().to_owned(),
            tags: tags.join(", "),
            cover: if self.cover_remove == "1" { String::new() } else { self.cover_id },
            cover_alt: self.cover_alt.trim().to_owned(),
            lock_version: self.lock_version.trim().parse().unwrap_or(0),
            publish: self.then == "publish",
        })
    }
}
