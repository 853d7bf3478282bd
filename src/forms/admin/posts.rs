//! The editor of posts.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::tag;

/// Most tags of a post.
const MOST_TAGS: usize = 30;

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
    tags: String,
    #[validate(length(max = 500, message = "Describe the picture in at most 500 characters."))]
    cover_alt: String,
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
    /// Names separated by commas, each tag once.
    pub tags: String,
    /// Names that were left out, because another one is the same tag.
    pub doubled_tags: Vec<String>,
    /// The cover: public id; empty for none.
    pub cover: String,
    /// What the cover shows.
    pub cover_alt: String,
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
        let (tags, doubled_tags) = tags(fields, &self.tags);
        Some(Typed {
            title,
            body,
            slug: slug?,
            excerpt: super::tidy(&self.excerpt).trim().to_owned(),
            tags,
            doubled_tags,
            cover: if self.cover_remove == "1" { String::new() } else { self.cover_id },
            cover_alt: self.cover_alt.trim().to_owned(),
            lock_version: self.lock_version.trim().parse().unwrap_or(0),
            publish: self.then == "publish",
        })
    }
}

/// Each tag once, in the order typed, and the names that were left out.
fn tags(fields: &mut Fields, typed: &str) -> (String, Vec<String>) {
    let mut kept: Vec<(String, &str)> = Vec::new();
    let mut doubled = Vec::new();
    for name in tag::names(typed) {
        let (folded, length) = (tag::fold(name), name.chars().count());
        if super::is_invisible(name) {
            continue;
        }
        if length > tag::LONGEST {
            let start: String = name.chars().take(20).collect();
            let words = format!("A tag has at most {} letters; {start}… has {length}.", tag::LONGEST);
            fields.refuse("tags", words);
        } else if kept.iter().any(|(known, _)| *known == folded) {
            doubled.push(name.to_owned());
        } else {
            kept.push((folded, name));
        }
    }
    if kept.len() > MOST_TAGS {
        let words = format!("A post has at most {MOST_TAGS} tags; these are {}. Please keep the best.", kept.len());
        fields.refuse("tags", words);
    }
    (kept.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", "), doubled)
}
