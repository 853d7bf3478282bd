//! The frame around a page: the public one, and the bare one for places where nothing should distract.

pub mod holes;

use askama::Template;
use serde_json::Value;

use self::holes::{Hole, Holes};
use crate::paths;
use crate::views::{Flash, Head, Link, SiteFrame};

/// A public page: header, menu, the page's body, footer; for staff the owner bar.
#[derive(Template)]
#[template(path = "layout.html")]
pub struct Document<'a> {
    /// The site.
    pub site: &'a SiteFrame,
    /// The path of the page itself.
    pub path: &'a str,
    /// What depends on who looks.
    pub holes: Holes<'a>,
    /// Whether the page loads its scripts: a preview's frame runs none.
    pub scripts: bool,
    /// The subject; empty on the front page.
    pub title: &'a str,
    /// What the head says beyond the title.
    pub head: &'a Head,
    /// The rendered page.
    pub body: &'a str,
}

impl Document<'_> {
    /// The browser's title.
    fn full_title(&self) -> String {
        full_title(self.title, &self.site.name)
    }

    /// What stands in a place that depends on who looks, or its mark.
    fn hole(&self, hole: Hole) -> askama::Result<String> {
        match self.holes {
            Holes::Filled(person) => hole.fill(person),
            Holes::Cut(secret) => Ok(hole.mark(secret)),
        }
    }

    /// Whether the page shown lies at or below an address.
    fn is_here(&self, href: &str) -> bool {
        let path = self.path;
        path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether all products, and no single category, are shown.
    fn is_shop(&self) -> bool {
        self.path == paths::shop() || self.path.starts_with(&paths::product(""))
    }
}

/// A bare page: checkout, payment, login, setup, and errors when the database does not answer.
#[derive(Template)]
#[template(path = "plain_layout.html")]
pub struct PlainDocument<'a> {
    /// The site.
    pub site: &'a SiteFrame,
    /// The path of the page itself.
    pub path: &'a str,
    /// A message to show once.
    pub flash: Option<&'a Flash>,
    /// The subject.
    pub title: &'a str,
    /// What the head says beyond the title.
    pub head: &'a Head,
    /// The rendered page.
    pub body: &'a str,
}

impl PlainDocument<'_> {
    /// The browser's title.
    fn full_title(&self) -> String {
        full_title(self.title, self.site_name())
    }

    /// The site's name, or the program's before there is a site.
    fn site_name(&self) -> &str {
        if self.site.name.is_empty() { "Tradepost" } else { &self.site.name }
    }

    /// The first start, when there is no front page yet.
    fn is_setup(&self) -> bool {
        self.path == paths::setup()
    }

    /// The test provider's card page.
    fn is_test_payment(&self) -> bool {
        self.path.starts_with(&paths::test_payment(""))
    }

    /// The checkout has a layout of its own; all other bare pages stand in the middle.
    fn is_checkout(&self) -> bool {
        self.path == paths::checkout() || self.path == paths::checkout_quote()
    }

    /// The way back.
    fn back(&self) -> Option<Link> {
        if self.is_checkout() {
            Some(Link { label: "Back to cart".to_owned(), href: paths::cart().to_owned() })
        } else if self.path == paths::login() {
            Some(Link { label: "Back to the shop".to_owned(), href: paths::home().to_owned() })
        } else {
            None
        }
    }
}

/// "subject · site", or the site alone.
fn full_title(subject: &str, site: &str) -> String {
    match (subject.is_empty(), site.is_empty()) {
        (true, _) => site.to_owned(),
        (_, true) => subject.to_owned(),
        (false, false) => format!("{subject} · {site}"),
    }
}

/// schema.org data, safe inside `<script>`: paths become whole addresses, and nothing in it can end the element.
#[must_use]
pub fn json_ld(value: &Value, origin: &str) -> String {
    absolute(value, origin, false).to_string().replace('<', "\\u003c")
}

/// Properties of schema.org whose values are addresses. Words in all others may begin with a slash too.
const ADDRESSES: &[&str] = &["@id", "url", "image", "logo", "item", "mainEntityOfPage", "thumbnailUrl", "contentUrl"];

/// The same data with whole addresses where paths stood.
fn absolute(value: &Value, origin: &str, is_address: bool) -> Value {
    match value {
        Value::String(path) if is_address && path.starts_with('/') && !path.starts_with("//") => {
            Value::String(format!("{origin}{path}"))
        }
        Value::Array(items) => items.iter().map(|item| absolute(item, origin, is_address)).collect(),
        Value::Object(fields) => {
            let field = |name: &str, field| absolute(field, origin, ADDRESSES.contains(&name));
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), field(name, value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_ld_cannot_end_its_script() {
        let text = json_ld(&json!({"name": "</script><b>", "url": "/products/mug"}), "https://shop.example");
        assert!(!text.contains('<'));
        assert!(text.contains("https://shop.example/products/mug"));
    }

    #[test]
    fn only_addresses_become_whole() {
        let data = json!({
            "headline": "/r/coffee is the best forum",
            "name": "/dev/null mug",
            "description": "/ a slash",
            "url": "/blog/x",
            "image": ["/media/a.webp", "https://cdn.example/b.webp"],
            "offers": { "url": "/products/x", "name": "/dev/null mug, M", "sku": "/1" },
        });
        let text = json_ld(&data, "https://shop.example");
        assert_eq!(text.matches("https://shop.example").count(), 3, "{text}");
        for whole in ["shop.example/blog/x\"", "shop.example/media/a.webp\"", "shop.example/products/x\""] {
            assert!(text.contains(whole), "{text}");
        }
    }

    #[test]
    fn titles_name_the_site_once() {
        assert_eq!(full_title("Cart", "Northbound"), "Cart · Northbound");
        assert_eq!(full_title("", "Northbound"), "Northbound");
        assert_eq!(full_title("Cart", ""), "Cart");
    }
}
