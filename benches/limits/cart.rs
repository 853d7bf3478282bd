//! Adding to a cart, durable, compared with a bare handler that writes the same rows through the same group
//! commits.

use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, SET_COOKIE};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use diesel::prelude::*;
use jiff::SignedDuration;
use tradepost::db::{Conn, Database, Tx};
use tradepost::error::Result;
use tradepost::schema::{cart_lines, carts};
use tradepost::support::ids::{CartId, VariantId};

use super::BenchResult;
use super::client::{form_headers, header};
use super::load::{Server, Workload, compare};
use super::report::Goal;
use super::shop::{self, Shop};

const ROUNDS: usize = 9;
/// Lines per cart.
const LINES: usize = 4;

/// Measures the row and prints it.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    let server = super::stocked_shop::serve_behind_proxy(&shop)?;
    let bare = Server::start_bare(&["bare-cart", shop.data_folder()?])?;
    let mut conn = Conn::open(&format!("sqlite://{}/tradepost.db", shop.data_folder()?), true)?;
    let variants = shop::stocked_variants(&mut conn)?;
    let ours = CartFiller::of(variants.iter().map(|(_, public)| public.clone()));
    let theirs = CartFiller::of(variants.iter().map(|(row, _)| row.to_string()));
    let compared = compare((&server, &bare), (&ours, &theirs), ROUNDS)?;
    drop(server);
    drop(bare);
    // Every line belongs to one of the two, and every full cart has four.
    let (carts, lines): (i64, i64) =
        (carts::table.count().get_result(&mut conn)?, cart_lines::table.count().get_result(&mut conn)?);
    if carts * 4 < lines || carts * 3 > lines {
        return Err(format!("not the rows that were to be written: {carts} carts, {lines} lines").into());
    }
    compared.print("add to cart, durable, CPU-ms a request", Goal::AtMost(2.0, 1.3));
    Ok(())
}

/// The network of the next cart, because new carts per network are limited.
fn next_network() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let [_, a, b, c] = (NEXT.fetch_add(1, Ordering::Relaxed) % 0xff_ffff).to_be_bytes();
    format!("{}.{b}.{c}.1", 11 + a % 64)
}

/// Fills carts in sequence.
#[derive(Clone)]
struct CartFiller {
    variants: Vec<String>,
    added: usize,
    network: String,
    cookie: String,
}

impl CartFiller {
    fn of(variants: impl Iterator<Item = String>) -> CartFiller {
        CartFiller { variants: variants.take(LINES).collect(), added: 0, network: String::new(), cookie: String::new() }
    }
}

impl Workload for CartFiller {
    fn next_request(&mut self, host: &str, _: &str) -> String {
        if self.added.is_multiple_of(LINES) {
            self.cookie.clear();
            self.network = next_network();
        }
        let variant = self.variants.get(self.added % LINES).map_or("", String::as_str);
        self.added += 1;
        let (body, cookie) = (format!("variant_id={variant}&quantity=1"), &self.cookie);
        let headers = format!("{}x-forwarded-for: {}\r\n", form_headers(&body), self.network);
        format!("POST /cart/lines HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\n{headers}{cookie}\r\n{body}")
    }

    fn check_response(&mut self, head: &str) -> BenchResult<()> {
        if !head.starts_with("HTTP/1.1 303") {
            return Err(format!("not added: {head}").into());
        }
        if let Some(cookie) = header(head, "set-cookie").and_then(|cookie| cookie.split(';').next()) {
            self.cookie = format!("cookie: {cookie}\r\n");
        }
        if self.cookie.is_empty() { Err(format!("no cart: {head}").into()) } else { Ok(()) }
    }
}

/// The form of the bare server, with row ids, so that nothing is looked up.
#[derive(serde::Deserialize)]
struct AddToCart {
    variant_id: VariantId,
    quantity: i64,
}

/// The bare server writes the rows of a cart only. Its cookie is the cart's row id.
pub fn serve_bare(data: &str) -> BenchResult<()> {
    let served = web::Data::new(shop::open_database(data)?);
    actix_web::rt::System::new().block_on(async move {
        let server =
            HttpServer::new(move || App::new().app_data(served.clone()).route("/cart/lines", web::post().to(add)))
                .bind("127.0.0.1:0")?;
        println!("bare at http://{}/", server.addrs().first().ok_or_else(|| std::io::Error::other("no address"))?);
        server.run().await
    })?;
    Ok(())
}

async fn add(db: web::Data<Database>, form: web::Form<AddToCart>, request: HttpRequest) -> HttpResponse {
    let cart = request.cookie("cart").and_then(|cookie| cookie.value().parse().ok());
    let written = db.write(move |tx| {
        let known = match cart {
            Some(cart) => touch(tx, cart)?,
            None => begin(tx)?,
        };
        let row = (
            cart_lines::cart_id.eq(known),
            cart_lines::variant_id.eq(form.variant_id),
            cart_lines::quantity.eq(form.quantity),
        );
        diesel::insert_into(cart_lines::table).values(row).execute(tx.conn())?;
        Ok(known)
    });
    match written.await {
        Ok(known) => HttpResponse::build(StatusCode::SEE_OTHER)
            .insert_header((LOCATION, "/cart"))
            .insert_header((SET_COOKIE, format!("cart={known}; Path=/; HttpOnly")))
            .finish(),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

fn begin(tx: &mut Tx<'_>) -> Result<CartId> {
    let now = tx.now();
    let row = (
        carts::token_hash.eq(tx.generate_public_id()?),
        carts::status.eq("open"),
        carts::version.eq(0),
        carts::updated_at.eq(now),
        carts::expires_at.eq(now.plus(SignedDuration::from_hours(24))),
    );
    Ok(diesel::insert_into(carts::table).values(row).returning(carts::id).get_result(tx.conn())?)
}

fn touch(tx: &mut Tx<'_>, cart: CartId) -> Result<CartId> {
    let now = tx.now();
    diesel::update(carts::table.find(cart))
        .set((
            carts::version.eq(carts::version + 1),
            carts::updated_at.eq(now),
            carts::expires_at.eq(now.plus(SignedDuration::from_hours(24))),
        ))
        .execute(tx.conn())?;
    Ok(cart)
}
