//! Cached pages, for guests and for a logged-in visitor with a cart, compared with a handler that returns
//! the same bytes.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{App, HttpResponse, HttpServer, web};

use super::BenchResult;
use super::client;
use super::load::{PageRequest, Server, compare};
use super::report::Goal;
use super::shop::{self, ACCEPT_ENCODING, PRODUCT_PATH, Shop};

const ROUNDS: usize = 15;

/// Measures both rows, each alternating with the bare server, and prints them.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    let server = shop.serve()?;
    let guest = PageRequest::new(PRODUCT_PATH).with_header(ACCEPT_ENCODING);
    row("page from memory for a guest, CPU-ms a request", Goal::AtMost(1.5, 1.1), &shop, &server, &guest)?;
    let cookies =
        format!("cookie: {}; {}", shop::log_in_owner(server.address())?, shop::create_cart(server.address())?);
    row("the same signed in, with a cart", Goal::AtMost(3.5, 1.5), &shop, &server, &guest.with_header(&cookies))?;
    Ok(())
}

fn row(what: &str, goal: Goal, shop: &Shop, server: &Server, request: &PageRequest) -> BenchResult<()> {
    let (head, bytes) = client::get_recompressed(server.address(), PRODUCT_PATH, &request.headers)?;
    let file = format!("{}/bytes", shop.data_folder()?);
    std::fs::write(&file, &bytes)?;
    let coding = client::header(&head, "content-encoding").ok_or("not packed")?;
    let bare = Server::start_bare(&["bare-bytes", &file, coding])?;
    let compared = compare((server, &bare), (request, request), ROUNDS)?;
    drop(bare);
    compared.print(&format!("{what} ({} bytes, {coding})", bytes.len()), goal);
    Ok(())
}

/// The bare server: bytes from memory, nothing else.
pub fn serve_bytes(arguments: &[String]) -> BenchResult<()> {
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
            App::new().route(PRODUCT_PATH, web::get().to(handler))
        })
        .bind("127.0.0.1:0")?;
        println!("bare at http://{}/", server.addrs().first().ok_or_else(|| std::io::Error::other("no address"))?);
        server.run().await
    })?;
    Ok(())
}
