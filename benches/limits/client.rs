//! A client that fills in forms.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use scraper::{Html, Selector};

use super::BenchResult;

/// A complete response.
pub struct Response {
    /// Status line and headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Response {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The value of a hidden field.
    pub fn field_value(&self, name: &str) -> BenchResult<String> {
        let input = Selector::parse(&format!("input[name={name}]")).map_err(|error| error.to_string())?;
        let html = Html::parse_document(&self.body);
        let value = html.select(&input).next().and_then(|input| input.attr("value"));
        Ok(value.ok_or_else(|| format!("no field {name}"))?.to_owned())
    }
}

/// A header of a response head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Sends a request, and a form with it.
pub fn send_request(
    shop: &str,
    method: &str,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> BenchResult<Response> {
    let body = serde_html_form::to_string(form)?;
    let mut headers = format!("origin: http://{shop}\r\n");
    if !cookie.is_empty() {
        headers.push_str(&format!("cookie: {cookie}\r\n"));
    }
    if method == "POST" {
        headers.push_str(&form_headers(&body));
    }
    let (head, body) = exchange(shop, &format!("{method} {path}"), &headers, &body)?;
    Ok(Response { head, body: String::from_utf8(body)? })
}

/// The headers of a form.
pub fn form_headers(body: &str) -> String {
    format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n", body.len())
}

/// The head of a page and its encoded body; `headers` include their line ends.
pub fn get_page(shop: &str, path: &str, headers: &str) -> BenchResult<(String, Vec<u8>)> {
    let (head, bytes) = exchange(shop, &format!("GET {path}"), headers, "")?;
    if head.starts_with("HTTP/1.1 200") { Ok((head, bytes)) } else { Err(head.into()) }
}

/// As [`get_page`], after the page has been recompressed.
pub fn get_recompressed(shop: &str, path: &str, headers: &str) -> BenchResult<(String, Vec<u8>)> {
    let (mut head, mut packed) = get_page(shop, path, headers)?;
    for _ in 0..50 {
        let is_loose = header(&head, "etag").is_some_and(|tag| tag.ends_with("-br\""));
        if !is_loose {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
        (head, packed) = get_page(shop, path, headers)?;
    }
    Ok((head, packed))
}

fn exchange(shop: &str, what: &str, headers: &str, body: &str) -> BenchResult<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(shop)?;
    write!(stream, "{what} HTTP/1.1\r\nhost: {shop}\r\nconnection: close\r\n{headers}\r\n{body}")?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    let end = response.windows(4).position(|four| four == b"\r\n\r\n").ok_or("half an answer")?;
    let bytes = response.split_off(end + 4);
    let head = String::from_utf8(response)?;
    let bytes = if head.contains("transfer-encoding: chunked") { decode_chunks(&bytes)? } else { bytes };
    Ok((head, bytes))
}

/// Decodes a chunked body (RFC 9112, 7.1).
fn decode_chunks(mut rest: &[u8]) -> BenchResult<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").ok_or("half a piece")?;
        let length = usize::from_str_radix(std::str::from_utf8(rest.get(..line).ok_or("half a piece")?)?, 16)?;
        if length == 0 {
            return Ok(whole);
        }
        whole.extend_from_slice(rest.get(line + 2..line + 2 + length).ok_or("half a piece")?);
        rest = rest.get(line + 2 + length + 2..).ok_or("half a piece")?;
    }
}
