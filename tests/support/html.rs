//! A page as a test looks at it: by CSS selectors and words.

use actix_web::http::header::HeaderMap;
use scraper::{ElementRef, Html, Selector};

use super::browser::{Browser, Control, Form};

pub struct Page {
    pub status: u16,
    /// Where it was found, after redirects.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    browser: Browser,
    html: Html,
}

/// Words with single blanks between them.
pub fn collapse_whitespace(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css}: {error}"))
}

fn words(element: ElementRef<'_>) -> String {
    collapse_whitespace(&element.text().collect::<String>())
}

impl Page {
    pub fn new(browser: Browser, status: u16, path: String, headers: HeaderMap, body: Vec<u8>) -> Page {
        let html = Html::parse_document(&String::from_utf8_lossy(&body));
        let page = Page { status, path, headers, body, browser, html };
        page.assert_summary_leads_somewhere();
        page
    }

    /// Each link of a summary of what is wrong leads to something on the page.
    #[track_caller]
    fn assert_summary_leads_somewhere(&self) {
        for link in self.html.select(&selector(".problems a[href^='#']")) {
            let id = link.attr("href").unwrap_or_default().trim_start_matches('#');
            let target = self.html.select(&selector("[id]")).find(|element| element.attr("id") == Some(id));
            assert!(target.is_some(), "{} ({}): nothing has the id {id}: {}", self.path, self.status, words(link));
        }
    }

    /// The words inside the first element.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        match self.html.select(&selector(css)).next() {
            Some(element) => words(element),
            None => panic!("no {css} on {} ({}): {}", self.path, self.status, self.everything()),
        }
    }

    /// The words inside each element.
    pub fn texts(&self, css: &str) -> Vec<String> {
        self.html.select(&selector(css)).map(words).collect()
    }

    pub fn has(&self, css: &str) -> bool {
        self.html.select(&selector(css)).next().is_some()
    }

    pub fn attr(&self, css: &str, name: &str) -> Option<String> {
        self.html.select(&selector(css)).next()?.attr(name).map(str::to_owned)
    }

    /// What a field of a form holds.
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

    /// What the page says is wrong with a field; the field says so too.
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

    /// Where it sends the browser.
    #[track_caller]
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("{} does not send anywhere: {}", self.path, self.everything()))
    }

    /// Follows the first link with these words.
    pub async fn click_link(&self, link: &str) -> Page {
        let found = self.html.select(&selector("a[href]")).find(|a| words(*a) == link);
        let href =
            found.and_then(|a| a.attr("href")).unwrap_or_else(|| panic!("no link {link} on {}", self.path)).to_owned();
        self.browser.get(&href).await
    }

    /// The form with a button of these words, filled in as it stands, to be sent with this button.
    #[track_caller]
    pub fn form(&self, button: &str) -> Form {
        self.forms(button)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no button {button} on {} ({}): {}", self.path, self.status, self.everything()))
    }

    /// All forms with such a button.
    pub fn forms(&self, button: &str) -> Vec<Form> {
        let mut found = Vec::new();
        for form in self.html.select(&selector("form")) {
            let pressed = form.select(&selector("button")).find(|b| {
                b.attr("type") != Some("button")
                    && (words(*b) == button || words(*b).starts_with(&format!("{button} ")))
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

    fn everything(&self) -> String {
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
