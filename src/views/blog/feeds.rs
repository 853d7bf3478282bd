//! The Atom feed (RFC 4287) with full texts, absolute URLs and permanent ids.

use askama::Template;

#[derive(Template)]
#[template(path = "blog/feeds/atom.xml")]
pub struct Atom {
    /// Permanent id, independent of the site's URL: `urn:uuid:…`.
    pub id: String,
    pub title: String,
    pub subtitle: String,
    /// BCP 47 language tag.
    pub lang: String,
    pub self_url: String,
    pub home_url: String,
    pub updated: String,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub id: String,
    pub title: String,
    pub url: String,
    pub published: String,
    pub updated: String,
    pub author: String,
    pub summary: String,
    /// The full text as sanitised HTML with absolute URLs.
    pub content_html: String,
    pub tags: Vec<String>,
}
