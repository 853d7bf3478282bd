//! The product page, uncached, beside six indexed reads in one transaction and one hop that render the same template.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use askama::Template;
use diesel::prelude::*;
use tradepost::db::{Conn, Database, Means};
use tradepost::forms::Fields;
use tradepost::schema::{categories, media, products, settings, stock_levels, variants};
use tradepost::support::clock::Clock;
use tradepost::support::token::{Random, SecretKey};
use tradepost::views::layout::Document;
use tradepost::views::layout::holes::{Holes, Person};
use tradepost::views::shop::products::Show;
use tradepost::views::{Amount, Picture, SiteFrame, View};

use super::{Outcome, median};

const CONNECTIONS: usize = 16;
/// Short ones, so that what else the machine does falls on both alike.
const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_secs(1);

/// Measures the row, the two in turns, and prints it.
pub fn row() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().to_str().ok_or("a path that is not text")?.to_owned();
    let mut product = Server::start(
        Command::new(env!("CARGO_BIN_EXE_tradepost")).args(["serve", "--demo"]).env("TRADEPOST_DATA", &data),
    )?;
    let mut bare = Server::start(Command::new(std::env::current_exe()?).args(["bare-page", &data]))?;
    let asked = (&Asked::anew("/products/las-nubes"), &Asked::of("/"));
    let Compared { ours, limit, ratio, rates } = compare((&mut product, &mut bare), asked, ROUNDS)?;
    println!(
        "| product page uncached, CPU-ms a request | {ours:.3} ({} /s) | {limit:.3} ({} /s) | {ratio:.2} × | ≤ 2.5 × |",
        rates.0, rates.1
    );
    product.stop();
    bare.stop();
    Ok(())
}

/// What two servers under load in turns cost.
pub struct Compared {
    /// CPU milliseconds a request of ours, the median.
    pub ours: f64,
    /// The same of the bare one.
    pub limit: f64,
    /// The median of each turn's ratio.
    pub ratio: f64,
    /// Requests a second of both, in the last turn.
    pub rates: (u64, u64),
}

/// Loads two servers in turns: ours and the bare one, each with what it is asked for.
pub fn compare(
    (ours, bare): (&mut Server, &mut Server),
    (asked, asked_bare): (&Asked, &Asked),
    rounds: usize,
) -> Outcome<Compared> {
    let (mut costs, mut limits, mut ratios, mut rates) = (Vec::new(), Vec::new(), Vec::new(), (0, 0));
    for _ in 0..rounds {
        let (cost, count) = ours.load(asked)?;
        let (limit, count_bare) = bare.load(asked_bare)?;
        costs.push(cost);
        limits.push(limit);
        ratios.push(cost / limit);
        rates = (count, count_bare);
    }
    Ok(Compared { ours: median(costs), limit: median(limits), ratio: median(ratios), rates })
}

/// A server in a process of its own.
pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts a server that prints its address, and waits for it.
    pub fn start(command: &mut Command) -> Outcome<Server> {
        let mut process = command
            .env("TRADEPOST_BIND", "127.0.0.1:0")
            .env("TRADEPOST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let line = lines.next().ok_or("the server did not start")??;
        let address = line.split("http://").nth(1).ok_or("no address")?.trim_end_matches('/').to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Server { process, address })
    }

    /// CPU milliseconds a request, and requests a second, at sixteen connections.
    fn load(&mut self, asked: &Asked) -> Outcome<(f64, u64)> {
        let before = self.cpu_ms()?;
        let until = Instant::now() + ROUND;
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                let (address, asked) = (self.address.clone(), asked.clone());
                std::thread::spawn(move || ask(&address, &asked, connection, until))
            })
            .collect();
        let mut done = 0;
        for thread in threads {
            done += thread.join().map_err(|_| "a client panicked")??;
        }
        let spent = self.cpu_ms()? - before;
        Ok((spent / done as f64, done / ROUND.as_secs()))
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// User and system time so far, in milliseconds.
    pub fn cpu_ms(&self) -> Outcome<f64> {
        cpu_ms(self.process.id())
    }

    /// Ends it.
    pub fn stop(&mut self) {
        // It has served its purpose; that it is gone already would be fine.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// User and system time of a process in milliseconds (proc(5)).
fn cpu_ms(pid: u32) -> Outcome<f64> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))?;
    let after = stat.rsplit_once(')').ok_or("stat")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| -> Outcome<f64> { Ok(fields.get(at).ok_or("stat")?.parse()?) };
    // Linux counts in hundredths of a second on every machine that matters here.
    Ok((ticks(11)? + ticks(12)?) * 10.0)
}

/// What is asked for.
#[derive(Clone)]
pub struct Asked {
    path: String,
    /// More headers, each with its line end.
    pub headers: String,
    /// Each time under another address, so that no copy that is kept can answer.
    anew: bool,
}

impl Asked {
    /// With more headers, each with its line end.
    pub fn with(self, headers: String) -> Asked {
        Asked { headers, ..self }
    }

    /// The same address each time.
    pub fn of(path: &str) -> Asked {
        Asked { path: path.to_owned(), headers: String::new(), anew: false }
    }

    fn anew(path: &str) -> Asked {
        Asked { anew: true, ..Asked::of(path) }
    }
}

/// Asks for a page again and again over one connection.
fn ask(address: &str, asked: &Asked, connection: usize, until: Instant) -> Outcome<u64> {
    let mut stream = TcpStream::connect(address)?;
    let Asked { path, headers, anew } = asked;
    let begun = std::time::UNIX_EPOCH.elapsed()?.as_micros();
    let (mut done, mut buffer) = (0, vec![0; 256 * 1024]);
    while Instant::now() < until {
        let query = if *anew { format!("?page={connection}{done}{begun}") } else { String::new() };
        let request = format!("GET {path}{query} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n");
        stream.write_all(request.as_bytes())?;
        let mut have = 0;
        loop {
            have += stream.read(buffer.get_mut(have..).ok_or("a page too large")?)?;
            let text = buffer.get(..have).ok_or("read")?;
            let Some(end) = text.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(text.get(..end).ok_or("head")?).to_lowercase();
            if !head.starts_with("http/1.1 200") {
                return Err(format!("not a page: {head}").into());
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).ok_or("length")?;
            if have >= end + 4 + length.trim().parse::<usize>()? {
                break;
            }
        }
        done += 1;
    }
    Ok(done)
}

/// The bare server: six reads, one hop, the same template, nothing else.
pub fn serve_bare(data: &str) -> Outcome<()> {
    let key = SecretKey::new([0; 32]);
    let means = Means { clock: Clock::System, random: Random::System, key, react: |_, _| Ok(()) };
    let db = Database::open(&format!("sqlite://{data}/tradepost.db"), 8, means)?;
    let served = web::Data::new(db);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new().app_data(served.clone()).route(
                "/",
                web::get().to(|db: web::Data<Database>| async move {
                    match db.read(six_reads).await {
                        Ok(html) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html),
                        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
                    }
                }),
            )
        })
        .bind("127.0.0.1:0")?;
        println!("bare at http://{}/", server.addrs().first().ok_or_else(|| std::io::Error::other("no address"))?);
        server.run().await
    })?;
    Ok(())
}

fn six_reads(conn: &mut Conn) -> tradepost::error::Result<String> {
    let site: Vec<(String, String)> = settings::table.select((settings::name, settings::value)).load(conn)?;
    let (id, title, html): (i64, String, String) = products::table
        .filter(products::slug.eq("las-nubes"))
        .select((products::id, products::title, products::description_html))
        .first(conn)?;
    let (variant, public, price): (i64, String, i64) = variants::table
        .filter(variants::product_id.eq(id))
        .select((variants::id, variants::public_id, variants::price_minor))
        .first(conn)?;
    let left: i64 =
        stock_levels::table.filter(stock_levels::variant_id.eq(variant)).select(stock_levels::on_hand).first(conn)?;
    let menu: Vec<(String, String)> = categories::table.select((categories::title, categories::path)).load(conn)?;
    let pictures: Vec<String> = media::table.order(media::id).limit(2).select(media::sha256).load(conn)?;
    let amount = Amount { value: price.to_string(), text: price.to_string() };
    let gallery = pictures.into_iter().map(|src| Picture {
        srcset: src.clone(),
        src,
        width: 1200,
        height: 1500,
        alt: String::new(),
    });
    let page = Show {
        slug: "las-nubes".into(),
        tagline: String::new(),
        gallery: gallery.collect(),
        price: amount,
        currency: "EUR".into(),
        compare_at: None,
        low_30_days: None,
        discount_percent: None,
        is_new: false,
        stock_left: None,
        most: i32::try_from(left).unwrap_or(1),
        sold_out: false,
        variant_id: public,
        tax_note: "incl. VAT".into(),
        shipping_note: String::new(),
        description_html: html,
        summary: title.clone(),
        facts: menu.iter().take(6).cloned().collect(),
        crumbs: Vec::new(),
        related: Vec::new(),
        form: Fields::default(),
        title,
    };
    let name = site.into_iter().find(|(name, _)| name == "site_name").map(|(_, value)| value).unwrap_or_default();
    let site = &SiteFrame { name, ..SiteFrame::default() };
    let (body, title, head) = (&page.render()?, &page.title(), &page.head());
    let holes = Holes::Filled(&Person::default());
    Ok(Document { site, path: "/products/las-nubes", holes, title, head, body }.render()?)
}
