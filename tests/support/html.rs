//! A parsed page, queried by CSS selectors.

use actix_web::http::header::HeaderMap;
use scraper::{ElementRef, Html, Selector};

use super::browser::{Browser, Control, Form};

pub struct Page {
    pub status: u16,
    /// The final path, after redirects.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    browser: Browser,
    html: Html,
}

/// Collapses whitespace.
pub fn collapse_whitespace(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}

fn collapsed_text(element: ElementRef<'_>) -> String {
    collapse_whitespace(&element.text().collect::<String>())
}

impl Page {
    pub fn new(browser: Browser, status: u16, path: String, headers: HeaderMap, body: Vec<u8>) -> Page {
        let html = Html::parse_document(&String::from_utf8_lossy(&body));
        let page = Page { status, path, headers, body, browser, html };
        page.assert_summary_leads_somewhere();
        page
    }

    /// Asserts that each link of an error summary has a target.
    #[track_caller]
    fn assert_summary_leads_somewhere(&self) {
        for link in self.html.select(&selector(".problems a[href^='#']")) {
            let id = link.attr("href").unwrap_or_default().trim_start_matches('#');
            let target = self.html.select(&selector("[id]")).find(|element| element.attr("id") == Some(id));
            assert!(
                target.is_some(),
                "{} ({}): nothing has the id {id}: {}",
                self.path,
                self.status,
                collapsed_text(link)
            );
        }
    }

    /// The text of the first match.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        match self.html.select(&selector(css)).next() {
            Some(element) => collapsed_text(element),
            None => panic!("no {css} on {} ({}): {}", self.path, self.status, self.whole_text()),
        }
    }

    /// The text of each match.
    pub fn texts(&self, css: &str) -> Vec<String> {
        self.html.select(&selector(css)).map(collapsed_text).collect()
    }

    pub fn has(&self, css: &str) -> bool {
        self.html.select(&selector(css)).next().is_some()
    }

    pub fn attr(&self, css: &str, name: &str) -> Option<String> {
        self.html.select(&selector(css)).next()?.attr(name).map(str::to_owned)
    }

    /// The value of a form field.
    #[track_caller]
    pub fn field_value(&self, name: &str) -> String {
        let css = format!("input[name='{name}'], textarea[name='{name}'], select[name='{name}']");
        let element =
            self.html.select(&selector(&css)).next().unwrap_or_else(|| panic!("no field {name} on {}", self.path));
        match element.value().name() {
            "textarea" => element.text().collect::<String>().trim_start_matches('\n').to_owned(),
            "select" => {
                let chosen = element.select(&selector("option[selected]")).next();
                chosen.and_then(|option| option.attr("value")).unwrap_or("").to_owned()
            }
            _ => element.attr("value").unwrap_or("").to_owned(),
        }
    }

    /// The error of a field, which the field must reference.
    #[track_caller]
    pub fn field_error(&self, name: &str) -> String {
        let id = name.replace('_', "-");
        let message = self.text(&format!("#{id}-error"));
        let summary = self.texts(&format!("#problems a[href='#{id}']"));
        assert!(summary.contains(&message), "{name}: the summary has no link to it: {summary:?}");
        message
    }

    /// The amount in a row of the totals, as `<data value>` holds it.
    #[track_caller]
    pub fn total(&self, row: &str) -> String {
        let css = format!("[data-total='{row}'] data");
        self.attr(&css, "value").unwrap_or_else(|| panic!("no {row} among the totals of {}", self.path))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `Location` header.
    #[track_caller]
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("{} does not send anywhere: {}", self.path, self.whole_text()))
    }

    /// Follows the first link with this text.
    pub async fn click_link(&self, link: &str) -> Page {
        let found = self.html.select(&selector("a[href]")).find(|a| collapsed_text(*a) == link);
        let href =
            found.and_then(|a| a.attr("href")).unwrap_or_else(|| panic!("no link {link} on {}", self.path)).to_owned();
        self.browser.get(&href).await
    }

    /// The form with this button, with its current values.
    #[track_caller]
    pub fn form(&self, button: &str) -> Form {
        self.forms(button)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no button {button} on {} ({}): {}", self.path, self.status, self.whole_text()))
    }

    /// All forms with this button.
    pub fn forms(&self, button: &str) -> Vec<Form> {
        let mut found = Vec::new();
        for form in self.html.select(&selector("form")) {
            let pressed = form.select(&selector("button")).find(|b| {
                b.attr("type") != Some("button")
                    && (collapsed_text(*b) == button || collapsed_text(*b).starts_with(&format!("{button} ")))
            });
            let Some(pressed) = pressed else { continue };
            let controls = form.select(&selector("input[name], textarea[name], select[name]")).map(control).collect();
            found.push(Form {
                browser: self.browser.clone(),
                action: pressed.attr("formaction").or(form.attr("action")).unwrap_or(&self.path).to_owned(),
                multipart: form.attr("enctype") == Some("multipart/form-data"),
                submitter: pressed
                    .attr("name")
                    .map(|name| (name.to_owned(), pressed.attr("value").unwrap_or("").to_owned())),
                controls,
                files: Vec::new(),
            });
        }
        found
    }

    /// Everything that a person reads or hears: texts, and the attributes that are read out or shown. What people type
    /// into forms is left out.
    pub fn readable_texts(&self) -> Vec<String> {
        const SPOKEN: [&str; 4] = ["title", "aria-label", "alt", "placeholder"];
        let mut texts = Vec::new();
        for element in self.html.select(&selector("*:not(script):not(style):not(textarea):not(template)")) {
            texts.extend(element.children().filter_map(|child| Some(child.value().as_text()?.to_string())));
            texts.extend(SPOKEN.iter().filter_map(|name| Some(element.attr(name)?.to_owned())));
            let data = element.value().attrs().filter(|(name, _)| name.starts_with("data-text"));
            texts.extend(data.map(|(_, value)| value.to_owned()));
            if element.value().name() == "meta" && element.attr("name") == Some("description") {
                texts.extend(element.attr("content").map(str::to_owned));
            }
        }
        texts.retain(|text| !text.trim().is_empty());
        texts
    }

    /// The addresses of all links.
    pub fn links(&self) -> Vec<String> {
        self.html.select(&selector("a[href]")).filter_map(|link| link.attr("href")).map(str::to_owned).collect()
    }

    fn whole_text(&self) -> String {
        collapse_whitespace(&self.html.root_element().text().collect::<String>()).chars().take(1500).collect()
    }
}

fn control(element: ElementRef<'_>) -> Control {
    let name = element.attr("name").unwrap_or("").to_owned();
    let kind = element.attr("type").unwrap_or("").to_owned();
    let mut choices = Vec::new();
    let value = match (element.value().name(), kind.as_str()) {
        ("textarea", _) => Some(
            element
                .text()
                .collect::<String>()
                .strip_prefix('\n')
                .unwrap_or(&element.text().collect::<String>())
                .to_owned(),
        ),
        ("select", _) => {
            choices = element.select(&selector("option")).filter_map(|o| o.attr("value")).map(str::to_owned).collect();
            let chosen =
                element.select(&selector("option[selected]")).next().and_then(|o| o.attr("value")).map(str::to_owned);
            chosen.or_else(|| choices.first().cloned())
        }
        (_, "radio" | "checkbox") => {
            let value = element.attr("value").unwrap_or("on").to_owned();
            choices.push(value.clone());
            element.attr("checked").map(|_| value)
        }
        (_, "file") => None,
        _ => Some(element.attr("value").unwrap_or("").to_owned()),
    };
    Control { name, kind, value, options: choices }
}
