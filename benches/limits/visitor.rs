//! A visitor on one keep-alive connection, which is reopened when the server closes it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::BenchResult;
use super::client::Response;
use super::shop::PRODUCT_PATH;

/// Timeout of a request; one that takes longer counts as lost.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A visitor with cookies.
pub struct Visitor {
    site: String,
    /// The client address in `X-Forwarded-For`.
    from: String,
    stream: Option<TcpStream>,
    cookies: Vec<(String, String)>,
}

impl Visitor {
    /// A new visitor; `number` selects the network.
    pub fn new(site: &str, number: usize) -> Visitor {
        // A network per visitor, because the checkout throttle counts by network.
        let from = format!("{}.{}.{}.1", 11 + number / 65_536, number / 256 % 256, number % 256);
        Visitor { site: site.to_owned(), from, stream: None, cookies: Vec::new() }
    }

    /// Drops the connection; the next request opens another one.
    pub fn disconnect(&mut self) {
        self.stream = None;
    }

    /// One of four requests in turn, sometimes with a new cart, because carts are limited.
    pub async fn visit_next(&mut self, step: usize, variant: &str) -> BenchResult<()> {
        if step.is_multiple_of(100) {
            self.cookies.clear();
        }
        match step % 4 {
            0 => self.add_to_cart(variant).await,
            1 => self.request_ok("GET", "/cart", &[]).await.map(drop),
            2 => self.request_ok("GET", "/", &[]).await.map(drop),
            _ => self.request_ok("GET", PRODUCT_PATH, &[]).await.map(drop),
        }
    }

    /// Sends a request and reads the whole response.
    pub async fn request(&mut self, method: &str, path: &str, form: &[(&str, &str)]) -> BenchResult<Response> {
        tokio::time::timeout(TIMEOUT, self.exchange(method, path, form)).await?
    }

    async fn exchange(&mut self, method: &str, path: &str, form: &[(&str, &str)]) -> BenchResult<Response> {
        let Visitor { site, from, .. } = self;
        let body = serde_html_form::to_string(form)?;
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: {site}\r\norigin: http://{site}\r\nx-forwarded-for: {from}\r\n");
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.push_str(&format!("cookie: {}\r\n", pairs.join("; ")));
        }
        if method == "POST" {
            let length = body.len();
            request
                .push_str(&format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n"));
        }
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.site.as_str()).await?,
        };
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).await?;
        let mut got = Vec::with_capacity(32 * 1024);
        loop {
            if stream.read_buf(&mut got).await? == 0 {
                return Err("half an answer".into());
            }
            let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(got.get(..end).ok_or("head")?).into_owned();
            let response = Response { head, body: String::new() };
            let length: usize = response.header("content-length").map_or(Ok(0), str::parse)?;
            let Some(body) = got.get(end + 4..end + 4 + length) else { continue };
            for cookie in response.head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
                let (name, value) =
                    cookie.split(';').next().and_then(|pair| pair.split_once('=')).ok_or("a cookie without a name")?;
                self.cookies.retain(|(known, _)| known != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
            if response.header("connection") != Some("close") {
                self.stream = Some(stream);
            }
            return Ok(Response { body: String::from_utf8_lossy(body).into_owned(), ..response });
        }
    }

    /// Sends a request and expects one of two statuses.
    pub async fn request_ok(&mut self, method: &str, path: &str, form: &[(&str, &str)]) -> BenchResult<Response> {
        let response = self.request(method, path, form).await?;
        match response.head.split(' ').nth(1) {
            Some("200" | "303") => Ok(response),
            _ => Err(format!("{method} {path}: {}", response.head.lines().next().unwrap_or_default()).into()),
        }
    }

    /// Adds a variant to the cart.
    pub async fn add_to_cart(&mut self, variant: &str) -> BenchResult<()> {
        self.request_ok("POST", "/cart/lines", &[("variant_id", variant), ("quantity", "1")]).await.map(drop)
    }

    /// Orders what is in the cart.
    pub async fn check_out(&mut self) -> BenchResult<()> {
        let checkout = self.request_ok("GET", "/checkout", &[]).await?;
        let (method, version) = (checkout.field_value("shipping_method")?, checkout.field_value("cart_version")?);
        let (quote, email) = (checkout.field_value("quote")?, format!("buyer-{}@example.com", self.from));
        let form = [
            ("email", email.as_str()),
            ("name", "Buyer"),
            ("line1", "Street 1"),
            ("postcode", "10115"),
            ("city", "Berlin"),
            ("country", "DE"),
            ("payment_method", "bank_transfer"),
            ("shipping_method", method.as_str()),
            ("cart_version", version.as_str()),
            ("quote", quote.as_str()),
        ];
        let placed = self.request_ok("POST", "/checkout", &form).await?;
        let order = placed.header("location").ok_or("no order")?.to_owned();
        let thanks = self.request_ok("GET", &order, &[]).await?;
        if thanks.body.contains("data-order-number") { Ok(()) } else { Err("no order number".into()) }
    }
}
