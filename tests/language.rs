//! No text outside the message catalogue: every page in the pseudo-locale, whose words have accents.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use tradepost::models::people::account::roles::Role;
use tradepost::routes::table;
use tradepost::support::i18n::Locale;

use crate::routes::fill_parameters;
use crate::support::browser::Form;
use crate::support::html::collapse_whitespace;
use crate::support::pictures::png;
use crate::support::{Browser, Page, TestShop, fill_checkout};

/// What people typed in the pages of this test, and names that are the same in all languages.
const TYPED: &str = "Kestrel support Ada Lovelace Berlin IBAN BIC Owner Standard parcel fine The owner writer To TO November Nov \
    Tradepost Stripe Europe Markdown PostgreSQL SQLite VIES Atom EUR DHL SKU EAN Deutsch English kg UTC ISO";

/// Words with an unaccented vowel, which no message of the pseudo-locale has.
fn foreign_words(text: &str) -> Vec<&str> {
    text.split(|character: char| !(character.is_alphanumeric() || "@/._-=:".contains(character)))
        // Addresses, file names, codes and numbers with letters.
        .filter(|word| {
            !word.contains(['@', '/', '_', '=']) && !word.contains(|character: char| character.is_ascii_digit())
        })
        .flat_map(|word| word.split(['.', '-', ':']))
        .filter(|word| {
            word.len() > 1 && word.is_ascii() && word.contains(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U'])
        })
        // Codes of currencies.
        .filter(|word| word.len() != 3 || word.contains(|letter: char| letter.is_ascii_lowercase()))
        .filter(|word| !TYPED.split_whitespace().any(|typed| typed == *word))
        .collect()
}

/// Texts that are not in the catalogue, each with its location.
#[derive(Default)]
struct Findings {
    /// Lines of emails that were written in English before the language was changed, the longest first.
    earlier: Vec<String>,
    texts: BTreeMap<String, String>,
}

impl Findings {
    fn check(&mut self, place: &str, text: &str) {
        let text = collapse_whitespace(text);
        let is_zone = jiff::tz::db().get(&text.replace(' ', "_")).is_ok();
        let new = self.earlier.iter().fold(text.clone(), |rest, line| rest.replace(line, ""));
        if !foreign_words(&new).is_empty() && !is_zone {
            self.texts.entry(text).or_insert_with(|| place.to_owned());
        }
    }

    fn check_page(&mut self, page: &Page) {
        for text in page.readable_texts() {
            self.check(&format!("{} ({})", page.path, page.status), &text);
        }
    }

    fn assert_none(&self) {
        let lines: Vec<String> = self.texts.iter().map(|(text, place)| format!("{place}: {text}")).collect();
        assert!(lines.is_empty(), "not in the catalogue:\n{}", lines.join("\n"));
    }
}

/// Opens every page that links lead to; three pages stand for all whose addresses differ in digits only. Returns the
/// number of pages.
async fn crawl(browser: &Browser, start: &[&str], findings: &mut Findings) -> usize {
    let mut waiting: VecDeque<String> = start.iter().map(|path| (*path).to_owned()).collect();
    let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    while let Some(link) = waiting.pop_front() {
        let path = link.split('#').next().unwrap_or_default().to_owned();
        let is_page = path.starts_with('/') && !path.starts_with("//") && path != "/logout";
        if !is_page || path.contains("/media/") || path.contains(".pdf") || !seen.insert(path.clone()) {
            continue;
        }
        let shape: String =
            path.chars().map(|character| if character.is_ascii_digit() { '9' } else { character }).collect();
        let count = shapes.entry(shape).or_default();
        *count += 1;
        if *count > 3 {
            continue;
        }
        let page = browser.get(&path).await;
        assert!(page.status < 500, "{path}: {}", page.status);
        if page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            findings.check_page(&page);
            waiting.extend(page.links());
        }
    }
    seen.len()
}

fn field_named(form: &Form, start: &str) -> String {
    let control = form.controls.iter().find(|control| control.name.starts_with(start));
    control.unwrap_or_else(|| panic!("no field {start}")).name.clone()
}

#[actix_web::test]
async fn every_text_of_every_page_is_in_the_catalogue() {
    let shop = TestShop::new().await;
    shop.update_settings(|settings| {
        settings.business_address = "Ω 1\n10115 Ω".to_owned();
        settings.vat_number = "DE136695976".to_owned();
    })
    .await;
    let owner = shop.log_in_as(Role::Owner).await;
    let (ada, guest) = (shop.visitor(), shop.visitor());
    let mug = shop.product("Ψ 1").stock(10).create().await;
    let shirt = shop.product("Ψ 2").option("Φ", &["1", "2"]).variant("S-1", 900, 3).variant("S-2", 1_200, 0);
    let shirt = shirt.create().await;
    shop.set_sale_price(&mug, 500).await;
    shop.product("Ψ 3").stock(0).create().await;
    shop.product("Ψ 4").gift_card().create().await;
    shop.create_percent_coupon("10", 10).await;
    let (_, code) = shop.issue_gift_card(300).await;
    let post = [("title", "Ω 1"), ("body", "Ω\n\n## Ω 2\n\n- [ ] Ω"), ("tags", "Ω")];
    owner.get("/admin/posts/new").await.form("Publish").fill_all(&post).submit().await;
    shop.create_published_page("Ω 3", "Ω").await;
    let page = owner.get("/admin/pictures").await;
    page.form("Upload").attach_file("files", "1.png", &png(160, 200)).submit().await;

    // A completed order, a pending one, a cancelled one, and a cart.
    ada.add_to_cart(&mug, 2).await;
    ada.get("/cart").await.form("Apply").fill("code", &code).submit().await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let admin = format!("/admin/orders/{}", TestShop::order_number(&order));
    let page = owner.get(&admin).await.form("Mark as paid").submit().await;
    let page = page.form("Fulfil").fill("carrier", "DHL").fill("tracking_number", "1").submit().await;
    page.form("Add note").fill("note", "Ω").submit().await;
    shop.run_jobs().await;
    let form = ada.get(&order.path).await.click_link("Request a return").await.form("Request return");
    let field = field_named(&form, "return_quantity_");
    form.fill(&field, "1").fill("reason", "Ω").submit().await;
    let form = owner.get(&admin).await.form("Refund");
    let field = field_named(&form, "refund_quantity_");
    form.fill(&field, "1").fill("reason", "Ω").submit().await;
    let grace = shop.visitor();
    grace.add_to_cart(&mug, 1).await;
    let waiting = fill_checkout(&grace, "bank_transfer").await.submit().await;
    let hedy = shop.visitor();
    hedy.add_to_cart(&shirt, 1).await;
    let cancelled = fill_checkout(&hedy, "bank_transfer").await.submit().await;
    let page = owner.get(&format!("/admin/orders/{}", TestShop::order_number(&cancelled))).await;
    page.form("Cancel order").submit().await;
    shop.run_jobs().await;
    ada.add_to_cart(&mug, 1).await;

    let english = shop.emails().await;
    shop.update_settings(|settings| settings.locale = Locale::Pseudo).await;
    let mut findings = Findings::default();
    for email in &english {
        let lines = email.body_text.lines().chain([email.subject.as_str()]);
        findings.earlier.extend(lines.map(collapse_whitespace).filter(|line| !line.is_empty()));
    }
    findings.earlier.sort_by_key(|line| std::cmp::Reverse(line.len()));
    let public = ["/", "/shop", "/blog", "/search?q=1", "/search", "/cart", "/login", "/password-reset", "/nowhere"];
    let start: Vec<&str> = public.into_iter().chain(["/checkout", order.path.as_str()]).collect();
    let pages = crawl(&ada, &start, &mut findings).await;
    let (customer, _) = shop.log_in_as_customer().await;
    let address =
        [("name", "Ada Lovelace"), ("line1", "1"), ("postcode", "10115"), ("city", "Berlin"), ("country", "DE")];
    customer.post("/account/addresses/new", &address).await;
    customer.post("/account/privacy", &[("marketing", "1")]).await;
    for path in ["/register", "/password/forgot", "/login/code", "/login/code/confirm", "/orders/find"] {
        findings.check_page(&guest.get(path).await);
    }
    let pages_of_account =
        crawl(&customer, &["/account", "/account/privacy/data", "/account/delete"], &mut findings).await;
    assert!(pages_of_account > 15, "{pages_of_account} pages of the account");
    for line in table().iter().filter(|line| line.method == "POST" && line.access.starts_with("account")) {
        // The session stays, and the account too.
        if line.path.contains("sessions") || line.path == "/account/delete" {
            continue;
        }
        for fields in [&[][..], &[("email", "x"), ("name", ""), ("country", "DE"), ("password", "x")]] {
            findings.check_page(&customer.post(&fill_parameters(line.path), fields).await);
        }
    }
    findings.check_page(&customer.post("/account/delete", &[("password", "x")]).await);
    assert!(pages > 15, "{pages} pages of the shop");
    crawl(&grace, &[&waiting.path], &mut findings).await;
    crawl(&hedy, &[&cancelled.path], &mut findings).await;
    crawl(&guest, &["/cart", "/checkout"], &mut findings).await;
    let start = ["/admin", "/admin/settings", "/admin/attention", "/admin/emails", "/admin/webhooks", "/admin/staff"];
    let pages = crawl(&owner, &start, &mut findings).await;
    assert!(pages > 60, "{pages} pages of the admin");

    // The errors of each form.
    // The owner stays logged in.
    let ends_session = |path: &str| path == "/logout" || path == "/account/security/sessions/end";
    for line in table().iter().filter(|line| line.method == "POST" && !ends_session(line.path)) {
        let path = fill_parameters(line.path).replace("/admin/orders/nothing", &admin);
        let wrong =
            [("title", ""), ("quantity", "-1"), ("email", "x"), ("amount", "x"), ("price", "x"), ("stock", "x")];
        for fields in [&[][..], &wrong] {
            findings.check_page(&owner.post(&path, fields).await);
        }
    }

    // Emails of another order.
    let number = TestShop::order_number(&waiting);
    for (step, fields) in [("payments", &[][..]), ("fulfilments", &[("carrier", "DHL"), ("tracking_number", "2")])] {
        let page = owner.post(&format!("/admin/orders/{number}/{step}"), fields).await;
        findings.check_page(&owner.follow_redirects(page).await);
    }
    shop.run_jobs().await;
    let emails = shop.emails().await;
    assert!(emails.len() > english.len(), "emails were written in the pseudo-locale");
    for email in emails.iter().skip(english.len()) {
        findings.check("the subject of an email", &email.subject);
        for line in email.body_text.lines() {
            findings.check(&format!("the email {:?}", email.subject), line);
        }
    }
    findings.assert_none();
}

/// The messages of a file by id, each on one line.
fn messages(path: &Path) -> BTreeMap<String, String> {
    let mut messages = BTreeMap::new();
    let mut id = String::new();
    for line in fs::read_to_string(path).unwrap().lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let text = match line.split_once(" =") {
            Some((start, text)) if !line.starts_with([' ', '}']) => {
                id = start.to_owned();
                text
            }
            _ => line,
        };
        messages.entry(id.clone()).or_insert_with(String::new).push_str(text.trim());
    }
    messages
}

/// The words of a message without its arguments and tags.
fn words(message: &str) -> String {
    let (mut words, mut depth) = (String::new(), 0);
    for character in message.chars() {
        match character {
            '{' | '<' => depth += 1,
            '}' | '>' => depth -= 1,
            _ if depth == 0 => words.push(if character.is_alphabetic() { character } else { ' ' }),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn german_messages_are_german() {
    const SAME: &[&str] = &[
        "Barcode", "Blog", "Code", "Details", "Feed", "In", "Limits", "Markdown", "Name", "Option", "PDF", "Position",
        "Region", "Shop", "Status", "Stripe", "Test", "Text", "Webhooks", "optional",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
    let (mut same, mut count) = (Vec::new(), 0);
    for entry in fs::read_dir(root.join("en")).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().filter(|_| path.is_file()) else { continue };
        let german = messages(&root.join("de").join(name));
        for (id, text) in messages(&path) {
            count += 1;
            let words = words(&text);
            if !words.is_empty() && german.get(&id) == Some(&text) && !SAME.contains(&words.as_str()) {
                same.push(format!("{}: {id} = {text}", name.to_string_lossy()));
            }
        }
    }
    assert!(count > 1_000, "{count} messages");
    assert!(same.is_empty(), "the same in both languages:\n{}", same.join("\n"));
}
