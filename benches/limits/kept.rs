//! Pages from memory, for guests and for somebody signed in with a cart, beside a handler that returns the same bytes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{App, HttpResponse, HttpServer, web};

use super::Outcome;
use super::client::ask;
use super::page::{Asked, Compared, Server, compare};

const ROUNDS: usize = 15;
const PAGE: &str = "/products/las-nubes";
const OWNER: &str = "owner@example.com";
const PASSWORD: &str = "four wandering teapots";

/// Measures both rows, each in turns with the bytes it sends, and prints them.
pub fn rows() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().to_str().ok_or("a path that is not text")?.to_owned();
    sample_shop(&data)?;
    let mut shop =
        Server::start(Command::new(env!("CARGO_BIN_EXE_tradepost")).arg("serve").env("TRADEPOST_DATA", &data))?;
    let guest = Asked::of(PAGE).with("accept-encoding: gzip, deflate, br\r\n".to_owned());
    row("page from memory for a guest, CPU-ms a request", "≤ 2 ×", &mut shop, &guest, &data)?;
    let cookies = signed_in_with_a_cart(shop.address())?;
    let known = Asked::of(PAGE).with(format!("{}cookie: {cookies}\r\n", guest.headers));
    row("the same signed in, with a cart, CPU-ms a request", "≤ 4 ×", &mut shop, &known, &data)?;
    shop.stop();
    Ok(())
}

fn row(what: &str, gate: &str, shop: &mut Server, asked: &Asked, data: &str) -> Outcome<()> {
    let bytes = body(shop.address(), asked)?;
    let file = format!("{data}/bytes");
    std::fs::write(&file, &bytes)?;
    let coding = if bytes.starts_with(&[0x1f, 0x8b]) { "gzip" } else { "br" };
    let mut bare = Server::start(Command::new(std::env::current_exe()?).args(["bare-bytes", &file, coding]))?;
    let Compared { ours, limit, ratio, rates } = compare((shop, &mut bare), (asked, asked), ROUNDS)?;
    bare.stop();
    let length = bytes.len();
    println!(
        "| {what} ({length} bytes, {coding}) | {ours:.4} ({} /s) | {limit:.4} ({} /s) | {ratio:.2} × | {gate} |",
        rates.0, rates.1
    );
    Ok(())
}

fn sample_shop(data: &str) -> Outcome<()> {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_tradepost"));
    demo.args(["demo", "--owner-email", OWNER, "--owner-password-stdin"]).env("TRADEPOST_DATA", data);
    let mut demo = demo.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    writeln!(demo.stdin.take().ok_or("no input")?, "{PASSWORD}")?;
    if demo.wait()?.success() { Ok(()) } else { Err("no sample shop".into()) }
}

/// The cookies of somebody who is signed in and has something in the cart.
fn signed_in_with_a_cart(shop: &str) -> Outcome<String> {
    let mut cookies = Vec::new();
    let variant = ask(shop, "GET", PAGE, "", &[])?.field("variant_id")?;
    for (path, form) in [
        ("/login", [("email", OWNER), ("password", PASSWORD)]),
        ("/cart/lines", [("variant_id", variant.as_str()), ("quantity", "2")]),
    ] {
        let answer = ask(shop, "POST", path, "", &form)?;
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        cookies.push(cookie.ok_or_else(|| format!("no cookie: {}", answer.head))?.to_owned());
    }
    Ok(cookies.join("; "))
}

/// The bytes of a page as they travel.
fn body(shop: &str, asked: &Asked) -> Outcome<Vec<u8>> {
    let mut stream = TcpStream::connect(shop)?;
    let Asked { headers, .. } = asked;
    write!(stream, "GET {PAGE} HTTP/1.1\r\nhost: {shop}\r\nconnection: close\r\n{headers}\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("half an answer")?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err(String::from_utf8_lossy(answer.get(..end).ok_or("head")?).into_owned().into());
    }
    Ok(answer.split_off(end + 4))
}

/// The bare server: bytes from memory, nothing else.
pub fn serve_bytes(arguments: &[String]) -> Outcome<()> {
    let file = arguments.get(2).ok_or("no file")?;
    let coding = arguments.get(3).ok_or("no coding")?.clone();
    let bytes = web::Bytes::from(std::fs::read(file)?);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            let (bytes, coding) = (bytes.clone(), coding.clone());
            let handler = move || {
                let (bytes, coding) = (bytes.clone(), coding.clone());
                async move {
                    HttpResponse::Ok()
                        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
                        .insert_header((CONTENT_ENCODING, coding))
                        .body(bytes)
                }
            };
            App::new().route(PAGE, web::get().to(handler))
        })
        .bind("127.0.0.1:0")?;
        println!("bare at http://{}/", server.addrs().first().ok_or_else(|| std::io::Error::other("no address"))?);
        server.run().await
    })?;
    Ok(())
}
