//! A client that fills in forms.

use std::io::{Read, Write};
use std::net::TcpStream;

use scraper::{Html, Selector};

use super::Outcome;

/// An answer that was read whole.
pub struct Answer {
    /// Status line and headers.
    pub head: String,
    /// What follows.
    pub body: String,
}

impl Answer {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> Outcome<String> {
        let input = Selector::parse(&format!("input[name={name}]")).map_err(|error| error.to_string())?;
        let html = Html::parse_document(&self.body);
        let value = html.select(&input).next().and_then(|input| input.attr("value"));
        Ok(value.ok_or_else(|| format!("no field {name}"))?.to_owned())
    }
}

/// Sends a request, and a form with it.
pub fn ask(shop: &str, method: &str, path: &str, cookie: &str, form: &[(&str, &str)]) -> Outcome<Answer> {
    let body = serde_html_form::to_string(form)?;
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nhost: {shop}\r\norigin: http://{shop}\r\nconnection: close\r\n");
    if !cookie.is_empty() {
        head.push_str(&format!("cookie: {cookie}\r\n"));
    }
    if method == "POST" {
        let length = body.len();
        head.push_str(&format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n"));
    }
    let mut stream = TcpStream::connect(shop)?;
    stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("half an answer")?;
    Ok(Answer { head: head.to_owned(), body: body.to_owned() })
}
