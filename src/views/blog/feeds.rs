//! The Atom feed (RFC 4287): whole texts, whole addresses, ids that never change.

use askama::Template;

/// The feed of posts.
#[derive(Template)]
#[template(path = "blog/feeds/atom.xml")]
pub struct Atom {
    /// Its own name for ever, wherever the site lives: `urn:uuid:…`.
    pub id: String,
    /// The site's name.
    pub title: String,
    /// A line about it; may be empty.
    pub subtitle: String,
    /// Language of the posts, BCP 47.
    pub lang: String,
    /// Whole address of the feed.
    pub self_url: String,
    /// Whole address of the blog.
    pub home_url: String,
    /// When anything last changed, RFC 3339.
    pub updated: String,
    /// The posts, newest first.
    pub entries: Vec<Entry>,
}

/// A post in the feed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its own name for ever: `urn:uuid:…`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its whole address.
    pub url: String,
    /// When it came out, RFC 3339.
    pub published: String,
    /// When it was last changed, RFC 3339.
    pub updated: String,
    /// Who wrote it; may be empty.
    pub author: String,
    /// One or two sentences; may be empty.
    pub summary: String,
    /// The whole text, cleaned, with whole addresses.
    pub content_html: String,
    /// Its tags.
    pub tags: Vec<String>,
}
