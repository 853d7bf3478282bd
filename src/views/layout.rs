//! The public layouts: the full one, and a plain one without navigation for checkout, log-in and setup.

pub mod fragments;

use askama::Template;
use serde_json::Value;

use self::fragments::{Fragment, FragmentMode, ImpersonationBar};
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Flash, Head, Link, SiteInfo};

#[derive(Template)]
#[template(path = "layout.html")]
pub struct Document<'a> {
    pub t: Locale,
    pub site: &'a SiteInfo,
    pub path: &'a str,
    pub fragments: FragmentMode<'a>,
    pub scripts: bool,
    /// Empty on the front page.
    pub title: &'a str,
    pub head: &'a Head,
    pub body: &'a str,
}

impl Document<'_> {
    fn full_title(&self) -> String {
        full_title(self.title, &self.site.name)
    }

    fn fragment(&self, fragment: Fragment) -> askama::Result<String> {
        match self.fragments {
            FragmentMode::Render(person) => fragment.render(person, self.t),
            FragmentMode::Placeholder(secret) => Ok(fragment.placeholder(secret)),
        }
    }

    /// Whether the current path is `href` or below it.
    fn is_here(&self, href: &str) -> bool {
        let path = self.path;
        path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The product list or a product page, but no category.
    fn is_shop(&self) -> bool {
        self.path == paths::shop() || self.path.starts_with(&paths::product(""))
    }
}

/// The plain layout: checkout, payment, log-in, setup, and errors when the database is unavailable.
#[derive(Template)]
#[template(path = "plain_layout.html")]
pub struct PlainDocument<'a> {
    pub t: Locale,
    pub site: &'a SiteInfo,
    pub path: &'a str,
    pub flash: Option<&'a Flash>,
    /// The customer as whom a staff member uses the site.
    pub impersonated: Option<&'a str>,
    pub title: &'a str,
    pub head: &'a Head,
    pub body: &'a str,
}

impl PlainDocument<'_> {
    fn impersonation_bar(&self, name: &str) -> askama::Result<String> {
        ImpersonationBar { t: self.t, name }.render()
    }

    fn full_title(&self) -> String {
        full_title(self.title, self.site_name())
    }

    fn site_name(&self) -> &str {
        if self.site.name.is_empty() { "Tradepost" } else { &self.site.name }
    }

    fn is_setup(&self) -> bool {
        self.path == paths::setup()
    }

    fn is_test_payment(&self) -> bool {
        self.path.starts_with(&paths::test_payment(""))
    }

    /// The checkout has its own layout; other plain pages are centred.
    fn is_checkout(&self) -> bool {
        self.path == paths::checkout() || self.path == paths::checkout_quote()
    }

    fn back(&self) -> Option<Link> {
        if self.is_checkout() {
            Some(Link { label: self.t.layout_back_to_cart().to_owned(), href: paths::cart().to_owned() })
        } else if [paths::login(), paths::account::register(), paths::account::password_forgot()].contains(&self.path) {
            Some(Link { label: self.t.layout_back_to_shop().to_owned(), href: paths::home().to_owned() })
        } else {
            None
        }
    }
}

/// "subject · site", or whichever is not empty.
fn full_title(subject: &str, site: &str) -> String {
    match (subject.is_empty(), site.is_empty()) {
        (true, _) => site.to_owned(),
        (_, true) => subject.to_owned(),
        (false, false) => format!("{subject} · {site}"),
    }
}

/// JSON-LD for `<script>`: paths become absolute URLs, and `<` is escaped so that no value can close the element.
#[must_use]
pub fn json_ld(value: &Value, origin: &str) -> String {
    absolute(value, origin, false).to_string().replace('<', "\\u003c")
}

/// schema.org properties whose values are URLs. Text in other properties may begin with a slash too.
const ADDRESSES: &[&str] = &["@id", "url", "image", "logo", "item", "mainEntityOfPage", "thumbnailUrl", "contentUrl"];

/// Prefixes paths with the origin, recursively.
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
    fn r5_json_ld_cannot_end_its_script() {
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
