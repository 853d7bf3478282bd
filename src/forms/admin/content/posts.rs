//! The post editor's form.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::content::tag;
use crate::support::i18n::Message;

const MAX_TAGS: usize = 30;

pub mod limits {
    pub const TITLE: u64 = 200;
    pub const EXCERPT: u64 = 1000;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct PostForm {
    #[validate(length(max = limits::TITLE, code = "title_too_long"))]
    #[validate(custom(function = rules::visible, code = "title_missing"))]
    title: String,
    #[validate(length(max = 1_048_576, code = "post_too_long"))]
    #[validate(custom(function = rules::within_a_megabyte, code = "post_too_large"))]
    body: String,
    slug: String,
    #[validate(length(max = limits::EXCERPT, code = "summary_too_long"))]
    excerpt: String,
    tags: String,
    #[validate(length(max = 500, code = "picture_description_too_long"))]
    cover_alt: String,
    cover_id: String,
    cover_remove: String,
    lock_version: String,
    then: String,
}

#[derive(Clone, Debug)]
pub struct PostFormData {
    pub title: String,
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
        let slug = admin::parse_slug(fields, &self.slug);
        let (tags, duplicate_tags) = parse_tags(fields, &self.tags);
        Some(PostFormData {
            title: self.title.trim().to_owned(),
            body: admin::normalise(&self.body),
            slug: slug?,
            excerpt: admin::normalise(&self.excerpt).trim().to_owned(),
            tags,
            duplicate_tags,
            cover: if self.cover_remove == "1" { String::new() } else { self.cover_id },
            cover_alt: self.cover_alt.trim().to_owned(),
            lock_version: self.lock_version.trim().parse().unwrap_or(0),
            publish: self.then == "publish",
        })
    }
}

fn parse_tags(fields: &mut Fields, text: &str) -> (String, Vec<String>) {
    let mut tags: Vec<(String, &str)> = Vec::new();
    let mut duplicates = Vec::new();
    let max = Message::count(tag::MAX_NAME_LENGTH);
    for name in tag::parse_names(text) {
        let (normalised, length) = (tag::normalise_name(name), Message::count(name.chars().count()));
        if admin::is_invisible(name) {
            continue;
        }
        if length > max {
            let start: String = name.chars().take(20).collect();
            fields.add_error("tags", Message::PostTagTooLong { max, start, length });
        } else if tags.iter().any(|(other, _)| *other == normalised) {
            duplicates.push(name.to_owned());
        } else {
            tags.push((normalised, name));
        }
    }
    if tags.len() > MAX_TAGS {
        let (max, count) = (Message::count(MAX_TAGS), Message::count(tags.len()));
        fields.add_error("tags", Message::TagsTooMany { max, count });
    }
    (tags.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", "), duplicates)
}
