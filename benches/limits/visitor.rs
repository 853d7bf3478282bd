//! Somebody who walks through the shop on one connection, as browsers do, and opens another when the shop closes it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::BenchResult;
use super::client::Response;
use super::shop::PRODUCT_PATH;

/// Long enough for any answer; one that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// A visitor, and the cookies they were given.
pub struct Visitor {
    site: String,
    /// The address they seem to come from.
    from: String,
    stream: Option<TcpStream>,
    cookies: Vec<(String, String)>,
}

impl Visitor {
    /// Somebody new, by a number of their own.
    pub fn new(site: &str, number: usize) -> Visitor {
        // A network of their own: orders of one network are counted together.
        let from = format!("{}.{}.{}.1", 11 + number / 65_536, number / 256 % 256, number % 256);
        Visitor { site: site.to_owned(), from, stream: None, cookies: Vec::new() }
    }

    /// Forgets the connection: the next request opens one.
    pub fn disconnect(&mut self) {
        self.stream = None;
    }

    /// One of four requests in turns; now and then with a new cart, as carts hold only so much.
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

    /// Sends a request and reads the whole answer.
    pub async fn request(&mut self, method: &str, path: &str, form: &[(&str, &str)]) -> BenchResult<Response> {
        tokio::time::timeout(PATIENCE, self.talk(method, path, form)).await?
    }

    async fn talk(&mut self, method: &str, path: &str, form: &[(&str, &str)]) -> BenchResult<Response> {
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
            let answer = Response { head, body: String::new() };
            let length: usize = answer.header("content-length").map_or(Ok(0), str::parse)?;
            let Some(body) = got.get(end + 4..end + 4 + length) else { continue };
            for cookie in answer.head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
                let (name, value) =
                    cookie.split(';').next().and_then(|pair| pair.split_once('=')).ok_or("a cookie without a name")?;
                self.cookies.retain(|(known, _)| known != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
            if answer.header("connection") != Some("close") {
                self.stream = Some(stream);
            }
            return Ok(Response { body: String::from_utf8_lossy(body).into_owned(), ..answer });
        }
    }

    /// Asks, and wants one of two answers.
    pub async fn request_ok(&mut self, method: &str, path: &str, form: &[(&str, &str)]) -> BenchResult<Response> {
        let answer = self.request(method, path, form).await?;
        match answer.head.split(' ').nth(1) {
            Some("200" | "303") => Ok(answer),
            _ => Err(format!("{method} {path}: {}", answer.head.lines().next().unwrap_or_default()).into()),
        }
    }

    /// Puts one of the goods into the cart.
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
