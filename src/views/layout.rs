//! The frame around a page: the public one, and the bare one for places where nothing should distract.

use askama::Template;
use serde_json::Value;

use crate::paths;
use crate::views::{Frame, Head, Link};

/// A public page: header, menu, the page's body, footer; for staff the owner bar.
#[derive(Template)]
#[template(path = "layout.html")]
pub struct Document<'a> {
    /// What surrounds the page.
    pub frame: &'a Frame,
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
        full_title(self.title, &self.frame.site.name)
    }

    /// What the cart link says to those who cannot see it.
    fn cart_label(&self) -> String {
        match self.frame.cart_count {
            0 => "Cart, empty".to_owned(),
            1 => "Cart, 1 item".to_owned(),
            count => format!("Cart, {count} items"),
        }
    }

    /// Whether the page shown lies at or below an address.
    fn is_here(&self, href: &str) -> bool {
        let path = self.frame.path.as_str();
        path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether all products, and no single category, are shown.
    fn is_shop(&self) -> bool {
        self.frame.path == paths::shop() || self.frame.path.starts_with(&paths::product(""))
    }
}

/// A bare page: checkout, payment, login, setup, and errors when the database does not answer.
#[derive(Template)]
#[template(path = "plain_layout.html")]
pub struct PlainDocument<'a> {
    /// What surrounds the page.
    pub frame: &'a Frame,
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
        if self.frame.site.name.is_empty() { "Tradepost" } else { &self.frame.site.name }
    }

    /// The first start, when there is no front page yet.
    fn is_setup(&self) -> bool {
        self.frame.path == paths::setup()
    }

    /// The test provider's card page.
    fn is_test_payment(&self) -> bool {
        self.frame.path.starts_with(&paths::test_payment(""))
    }

    /// The checkout has a layout of its own; all other bare pages stand in the middle.
    fn is_checkout(&self) -> bool {
        self.frame.path == paths::checkout() || self.frame.path == paths::checkout_quote()
    }

    /// The way back.
    fn back(&self) -> Option<Link> {
        if self.is_checkout() {
            Some(Link { label: "Back to cart".to_owned(), href: paths::cart().to_owned() })
        } else if self.frame.path == paths::login() {
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
    absolute(value, origin).to_string().replace('<', "\\u003c")
}

/// The same data with whole addresses where paths stood.
fn absolute(value: &Value, origin: &str) -> Value {
    match value {
        Value::String(path) if path.starts_with('/') => Value::String(format!("{origin}{path}")),
        Value::Array(items) => items.iter().map(|item| absolute(item, origin)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), absolute(field, origin))).collect())
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
    fn titles_name_the_site_once() {
        assert_eq!(full_title("Cart", "Northbound"), "Cart · Northbound");
        assert_eq!(full_title("", "Northbound"), "Northbound");
        assert_eq!(full_title("Cart", ""), "Cart");
    }
}
