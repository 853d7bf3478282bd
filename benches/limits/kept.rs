//! Pages from memory, for guests and for somebody signed in with a cart, beside a handler that returns the same bytes.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{App, HttpResponse, HttpServer, web};

use super::Outcome;
use super::client;
use super::load::{Asked, Server, compare};
use super::shop::{self, BROWSER, PRODUCT, Shop};
use super::table::Goal;

const ROUNDS: usize = 15;

/// Measures both rows, each in turns with the bytes it sends, and prints them.
pub fn rows() -> Outcome<()> {
    let shop = Shop::make()?;
    let server = shop.serve()?;
    let guest = Asked::of(PRODUCT).with(BROWSER);
    row("page from memory for a guest, CPU-ms a request", Goal::Most(1.5, 1.1), &shop, &server, &guest)?;
    let cookies = format!("cookie: {}; {}", shop::owner(server.address())?, shop::cart(server.address())?);
    row("the same signed in, with a cart", Goal::Most(3.5, 1.5), &shop, &server, &guest.with(&cookies))?;
    Ok(())
}

fn row(what: &str, goal: Goal, shop: &Shop, server: &Server, asked: &Asked) -> Outcome<()> {
    let (head, bytes) = client::settled(server.address(), PRODUCT, &asked.headers)?;
    let file = format!("{}/bytes", shop.data()?);
    std::fs::write(&file, &bytes)?;
    let coding = client::header(&head, "content-encoding").ok_or("not packed")?;
    let bare = Server::bare(&["bare-bytes", &file, coding])?;
    let compared = compare((server, &bare), (asked, asked), ROUNDS)?;
    drop(bare);
    compared.print(&format!("{what} ({} bytes, {coding})", bytes.len()), goal);
    Ok(())
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
            App::new().route(PRODUCT, web::get().to(handler))
        })
        .bind("127.0.0.1:0")?;
        println!("bare at http://{}/", server.addrs().first().ok_or_else(|| std::io::Error::other("no address"))?);
        server.run().await
    })?;
    Ok(())
}
