//! Arbitrary bodies on every form, from anybody, a customer and the owner. The seed is fixed, so a failure repeats.

use actix_web::http::Method;
use tradepost::models::maintenance::audit;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::routes::table;
use tradepost::support::email_address::EmailAddress;

use super::ends_session;
use crate::controllers::arbitrary_input::{NAMES, NASTY};
use crate::routes::fill_parameters;
use crate::support::database_dump::{DatabaseDump, diff_dumps};
use crate::support::{Browser, TestShop, fill_checkout};

const ADA: &str = "ada@lovelace.example";
/// Bodies of each form from each sender.
const BODIES: usize = 7;
const OWN: (&str, &str) = ("origin", "http://127.0.0.1");
const FORM: &str = "application/x-www-form-urlencoded";
/// Tables in which a refused form may leave something: attempts are counted.
const COUNTED: &[&str] = &["auth_throttles"];

/// Numbers that are the same in each run (xorshift).
struct Numbers {
    state: u64,
}

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap() % limit
    }

    fn select<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn pairs(&mut self) -> Vec<(&'static str, &'static str)> {
        (0..1 + self.below(12)).map(|_| (self.select(NAMES), self.select(NASTY))).collect()
    }

    /// A body and its content type.
    fn body(&mut self, kind: usize) -> (&'static str, Vec<u8>) {
        let encoded = |pairs: &[(&str, &str)]| {
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
        };
        let pairs = self.pairs();
        match kind {
            0 => (FORM, encoded(&pairs)),
            // Each field twice.
            1 => (FORM, encoded(&[pairs.clone(), pairs].concat())),
            2 => (
                FORM,
                [&b"title=%FF%FE\xff\xfe&body=\xc3(&\x00=\x00&&&=&%&a=%ZZ&name="[..], encoded(&pairs).as_slice()]
                    .concat(),
            ),
            3 => ("multipart/form-data; boundary=x", multipart(&pairs, "--x--\r\n")),
            // Cut off within a part.
            4 => ("multipart/form-data; boundary=x", multipart(&pairs, "--x\r\nContent-Disp")),
            5 => ("multipart/form-data; boundary=x", self.noise()),
            _ => {
                let kinds = [
                    "application/json",
                    "text/plain",
                    "application/xml",
                    "multipart/form-data",
                    "multipart/form-data; boundary=",
                    "application/x-www-form-urlencoded; charset=utf-16",
                    "image/png",
                    "x",
                ];
                (kinds[self.below(kinds.len())], self.noise())
            }
        }
    }

    fn noise(&mut self) -> Vec<u8> {
        (0..self.below(300)).map(|_| u8::try_from(self.below(256)).unwrap()).collect()
    }
}

fn multipart(pairs: &[(&str, &str)], end: &str) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in pairs {
        body += &format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    (body + end).into_bytes()
}

/// A shop with records, and the paths of forms that are about them.
struct FilledShop {
    shop: TestShop,
    records: Vec<(&'static str, String)>,
}

impl FilledShop {
    async fn new(owner: &Browser, shop: TestShop) -> FilledShop {
        let mug = shop.product("Mug").stock(100).create().await;
        let post = shop.create_published_post("News", "New.").await;
        let coupon = shop.create_percent_coupon("SPRING", 10).await;
        let (card, _) = shop.issue_gift_card(50_00).await;
        let guest = shop.visitor();
        guest.add_to_cart(&mug, 1).await;
        let form = fill_checkout(&guest, "bank_transfer").await.fill("email", "guest@lovelace.example");
        let order = form.submit().await.path;
        shop.create_account("editor@kestrel.example", Role::Editor).await;
        shop.run_jobs().await;
        let address = EmailAddress::parse("editor@kestrel.example").unwrap();
        let editor = shop.read(move |conn| Account::find_by_email(conn, &address)).await.unwrap();
        let first_link = async |list: &str| owner.get(list).await.attr("tbody th a", "href").unwrap();
        let records = vec![
            ("/admin/posts/{id}", format!("/admin/posts/{}", post.public_id)),
            ("/admin/products/{id}", format!("/admin/products/{}", mug.product.public_id)),
            ("/admin/stock/{variant}", format!("/admin/stock/{}", mug.variant.public_id)),
            ("/admin/discounts/{id}", format!("/admin/discounts/{}", coupon.public_id)),
            ("/admin/gift-cards/{id}", format!("/admin/gift-cards/{}", card.public_id)),
            ("/admin/orders/{number}", "/admin/orders/1001".to_owned()),
            ("/admin/staff/{id}", format!("/admin/staff/{}", editor.public_id)),
            ("/admin/shipping/{id}", first_link("/admin/shipping").await),
            ("/admin/taxes/{id}", first_link("/admin/taxes").await),
            ("/admin/customers/{id}", first_link("/admin/customers?q=guest").await),
            ("/admin/outbox/{id}", first_link("/admin/outbox").await),
            ("/orders/{token}", order.split('?').next().unwrap().to_owned()),
        ];
        FilledShop { shop, records }
    }

    /// The address of a form, of a record if there is one.
    fn address(&self, pattern: &str) -> String {
        // The owner stays themselves.
        let record =
            self.records.iter().find(|(start, _)| pattern.starts_with(start) && !pattern.ends_with("/impersonate"));
        let path = record.map_or_else(|| pattern.to_owned(), |(start, path)| pattern.replacen(start, path, 1));
        fill_parameters(&path)
    }

    async fn dump(&self) -> DatabaseDump {
        let mut dump = self.shop.dump_database().await;
        dump.retain(|table, _| !COUNTED.contains(&table.as_str()));
        dump
    }
}

#[actix_web::test]
async fn r32_no_body_fails_a_form_and_refused_ones_change_nothing() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let owner = shop.log_in_as(Role::Owner).await;
    let senders =
        [("anybody", shop.visitor()), ("a customer", shop.log_in_customer(ADA).await), ("the owner", owner.clone())];
    let filled = FilledShop::new(&owner, shop).await;
    let mut numbers = Numbers { state: 0x9e37_79b9_7f4a_7c15 };
    let mut refused = 0;
    for (who, browser) in &senders {
        let mut before = filled.dump().await;
        // Links that open nothing are counted by network and minute.
        filled.shop.advance_clock(jiff::SignedDuration::from_mins(1));
        for line in table().iter().filter(|line| line.method == "POST") {
            if ends_session(line.path) && *who != "anybody" {
                continue;
            }
            let path = filled.address(line.path);
            let mut are_all_refused = true;
            for kind in 0..BODIES {
                let (content_type, body) = numbers.body(kind);
                let sent = String::from_utf8_lossy(&body).into_owned();
                let headers = [OWN, ("content-type", content_type)];
                let page = browser.send(Method::POST, &path, &headers, body).await;
                assert!(page.status < 500, "{path} by {who}: {} for {content_type}: {sent:?}", page.status);
                are_all_refused &= page.status >= 400;
                refused += usize::from(page.status >= 400);
            }
            let after = filled.dump().await;
            if are_all_refused {
                assert_eq!(diff_dumps(&before, &after), "", "{path} by {who}: a refused form changed something");
            }
            before = after;
        }
    }
    assert!(refused > 1_000, "only {refused} bodies were refused");
    assert!(owner.get("/").await.has(".staff-bar"), "the owner is still logged in");
    filled.shop.run_jobs().await;
    let report = filled.shop.read(audit::run).await;
    assert_eq!(report.violations, Vec::<String>::new());
}
