//! The post editor's form.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject};
use crate::models::content::tag;

const MOST_TAGS: usize = 30;

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

/// A validated post.
#[derive(Clone, Debug)]
pub struct PostFormData {
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Empty: made from the title.
    pub slug: String,
    pub excerpt: String,
    /// Comma-separated, without duplicates.
    pub tags: String,
    /// Names left out because an earlier one is the same tag.
    pub duplicate_tags: Vec<String>,
    /// Public id of the cover picture; empty for none.
    pub cover: String,
    pub cover_alt: String,
    pub lock_version: i64,
    pub publish: bool,
}

impl FormObject for PostForm {
    type Output = PostFormData;

    fn into_output(self, fields: &mut Fields) -> Option<PostFormData> {
        let title = super::parse_title(fields, &self.title);
        let slug = super::parse_slug(fields, &self.slug);
        let body = super::normalise(&self.body);
        if body.len() > 1_048_576 {
            fields.add_error("body", "This text is larger than 1 MB. Please split it into several posts.");
        }
        let (tags, doubled_tags) = tags(fields, &self.tags);
        Some(PostFormData {
            title,
            body,
            slug: slug?,
            excerpt: super::normalise(&self.excerpt).trim().to_owned(),
            tags,
            duplicate_tags: doubled_tags,
            cover: if self.cover_remove == "1" { String::new() } else { self.cover_id },
            cover_alt: self.cover_alt.trim().to_owned(),
            lock_version: self.lock_version.trim().parse().unwrap_or(0),
            publish: self.then == "publish",
        })
    }
}

/// The tags in the order typed, without duplicates, and the names left out.
fn tags(fields: &mut Fields, typed: &str) -> (String, Vec<String>) {
    let mut kept: Vec<(String, &str)> = Vec::new();
    let mut doubled = Vec::new();
    for name in tag::parse_names(typed) {
        let (folded, length) = (tag::normalise_name(name), name.chars().count());
        if super::is_invisible(name) {
            continue;
        }
        if length > tag::MAX_NAME_LENGTH {
            let start: String = name.chars().take(20).collect();
            let words = format!("A tag has at most {} characters; {start}… has {length}.", tag::MAX_NAME_LENGTH);
            fields.add_error("tags", words);
        } else if kept.iter().any(|(known, _)| *known == folded) {
            doubled.push(name.to_owned());
        } else {
            kept.push((folded, name));
        }
    }
    if kept.len() > MOST_TAGS {
        let words = format!("A post has at most {MOST_TAGS} tags; these are {}. Please remove some.", kept.len());
        fields.add_error("tags", words);
    }
    (kept.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", "), doubled)
}
