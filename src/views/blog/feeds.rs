//! The Atom feed (RFC 4287) with full texts, absolute URLs and permanent ids.

use askama::Template;

#[derive(Template)]
#[template(path = "blog/feeds/atom.xml")]
pub struct Atom {
    /// Permanent id, independent of the site's URL: `urn:uuid:…`.
    pub id: String,
    pub title: String,
    /// May be empty.
    pub subtitle: String,
    /// BCP 47 language tag.
    pub lang: String,
    /// Absolute URL.
    pub self_url: String,
    /// Absolute URL of the blog.
    pub home_url: String,
    /// RFC 3339.
    pub updated: String,
    /// Newest first.
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    /// Permanent id: `urn:uuid:…`.
    pub id: String,
    pub title: String,
    /// Absolute URL.
    pub url: String,
    /// RFC 3339.
    pub published: String,
    /// RFC 3339.
    pub updated: String,
    pub author: String,
    pub summary: String,
    /// The full text as sanitised HTML with absolute URLs.
    pub content_html: String,
    pub tags: Vec<String>,
}
