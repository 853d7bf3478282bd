//! Everything at once, with real processes: buyers who click twice, pay, come back or do not; staff who pay back
//! twice at the same second; a payment provider that loses its answers and repeats its messages in any order; and
//! servers that are killed. Afterwards the books must balance, on our side and on the provider's.
//!
//! `TEST_STORM_SECONDS` says how long (8 without it; `bin/ci` takes 60).

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tempfile::TempDir;
use tradepost::db::Conn;
use tradepost::schema::{jobs, orders, payment_attempts, repayments};
use tradepost::support::clock::Clock;

use crate::support::StripeStandIn;
use crate::support::builders::ADA;
use crate::support::database::{TestDatabase, server};
use crate::support::program::{Answer, Server, ask_from, ask_one_of, command, err, out, run, stocked, talk};
use crate::support::stripe::WEBHOOK_SECRET;

const BUYERS: u64 = 6;
const PASSWORD: &str = "violet kettle seven harbour";

/// A row of numbers that look random and are the same each time.
struct Dice(AtomicU64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(AtomicU64::new(0x9E37_79B9_7F4A_7C15 ^ (seed + 1)))
    }

    /// One of `sides`, counted from nought.
    fn roll(&self, sides: usize) -> usize {
        let mut x = self.0.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.store(x, Ordering::Relaxed);
        usize::try_from(x >> 33).unwrap() % sides
    }

    fn one_in(&self, chances: usize) -> bool {
        self.roll(chances) == 0
    }
}

/// The site: one process on SQLite, two on PostgreSQL, all under the first one's address.
struct Site {
    folder: TempDir,
    url: Option<String>,
    stripe: StripeStandIn,
    servers: Vec<Mutex<Option<Server>>>,
    addresses: Vec<SocketAddr>,
    variant: String,
    kills: AtomicUsize,
}

impl Site {
    fn start(url: Option<&str>) -> Site {
        let folder = TempDir::new().unwrap();
        let variant = stocked(folder.path(), url);
        let created = command(
            folder.path(),
            url,
            &[
                "account",
                "create",
                "--email",
                "owner@storm.example",
                "--name",
                "Olive Owner",
                "--role",
                "owner",
                "--password-stdin",
            ],
        );
        let created = run(created, &format!("{PASSWORD}\n"));
        assert!(created.status.success(), "{}", err(&created));
        let addresses: Vec<SocketAddr> = (0..if url.is_some() { 2 } else { 1 }).map(|_| free()).collect();
        let site = Site {
            folder,
            url: url.map(str::to_owned),
            stripe: stand_in(),
            servers: addresses.iter().map(|_| Mutex::new(None)).collect(),
            addresses,
            variant,
            kills: AtomicUsize::new(0),
        };
        (0..site.servers.len()).for_each(|at| site.restart(at));
        site
    }

    fn restart(&self, at: usize) {
        let mut place = self.servers[at].lock().unwrap();
        if let Some(mut server) = place.take() {
            server.kill();
        }
        let (bind, base) = (self.addresses[at].to_string(), format!("http://{}", self.addresses[0]));
        let arguments = [
            "--bind",
            &bind,
            "--base-url",
            &base,
            "--stripe-secret-key",
            "sk_test_stand_in",
            "--stripe-webhook-secret",
            WEBHOOK_SECRET,
            "--stripe-api-base",
            self.stripe.address(),
            "--trusted-proxies",
            "127.0.0.1/32",
            "--log",
            "off",
        ];
        *place = Some(Server::start(self.folder.path(), self.url.as_deref(), &arguments));
    }

    /// A request to one of the processes, under the site's name.
    fn ask(&self, dice: &Dice, method: &str, path: &str, cookie: &str, form: &[(&str, &str)]) -> io::Result<Answer> {
        ask_one_of(self.any(dice), self.addresses[0], method, path, cookie, form)
    }

    /// An order from an address elsewhere.
    fn order(&self, dice: &Dice, from: &str, cookie: &str, form: &[(&str, &str)]) -> io::Result<Answer> {
        ask_from(from, self.any(dice), self.addresses[0], "POST", "/checkout", cookie, form)
    }

    fn any(&self, dice: &Dice) -> SocketAddr {
        self.addresses[dice.roll(self.addresses.len())]
    }

    /// A message of the provider's.
    fn tell(&self, dice: &Dice, event: &str) -> io::Result<Answer> {
        let signature = StripeStandIn::signature(event, Clock::System.now().seconds(), WEBHOOK_SECRET);
        let site = self.addresses[0];
        let head = format!("POST /webhooks/stripe HTTP/1.1\r\nhost: {site}\r\nstripe-signature: {signature}\r\n");
        talk(self.any(dice), &head, event)
    }

    fn conn(&self, reader: bool) -> Conn {
        let file = format!("sqlite://{}", self.folder.path().join("tradepost.db").display());
        Conn::open(self.url.as_deref().unwrap_or(&file), reader).unwrap()
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn stand_in() -> StripeStandIn {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            tell.send(StripeStandIn::start()).unwrap_or_default();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

/// One buyer's way through the shop. An error is a connection that was cut off: nothing was promised on it.
fn buy(site: &Site, dice: &Dice) -> io::Result<()> {
    let pieces = (dice.roll(3) + 1).to_string();
    let added = site.ask(dice, "POST", "/cart/lines", "", &[("variant_id", &site.variant), ("quantity", &pieces)])?;
    let Some(cookie) = added.cookie() else { return Ok(()) };
    let page = site.ask(dice, "GET", "/checkout", &cookie, &[])?;
    let (method, version, quote) = (page.field("shipping_method"), page.field("cart_version"), page.field("quote"));
    // Each is somebody else, except for a crowd in one network whom the gate asks for patience.
    let from = match dice.one_in(8) {
        true => "10.0.0.1".to_owned(),
        false => format!("11.{}.{}.1", dice.roll(256), dice.roll(256)),
    };
    let email = format!("buyer{}.{}@example.com", dice.roll(1_000_000), dice.roll(1_000_000));
    let choices = [
        ("email", email.as_str()),
        ("shipping_method", method.as_str()),
        ("payment_method", if dice.one_in(4) { "bank_transfer" } else { "card" }),
        ("cart_version", version.as_str()),
        ("quote", quote.as_str()),
    ];
    let form = [&choices, &ADA[1..]].concat();
    // A double click, at one process or at two.
    let clicks = if dice.one_in(3) { 2 } else { 1 };
    let answers: Vec<io::Result<Answer>> = std::thread::scope(|scope| {
        let click = || scope.spawn(|| site.order(dice, &from, &cookie, &form));
        let clicks: Vec<_> = (0..clicks).map(|_| click()).collect();
        clicks.into_iter().map(|click| click.join().unwrap()).collect()
    });
    for answer in answers.into_iter().flatten() {
        let leads_to = answer.header("location").unwrap_or("").to_owned();
        assert!(matches!(answer.status, 303 | 409 | 422 | 429 | 500 | 503), "{} for an order", answer.status);
        let Some(session) = leads_to.strip_prefix("https://checkout.stripe.com/c/pay/") else { continue };
        if dice.one_in(4) {
            continue;
        }
        site.stripe.try_to_pay(session);
        if dice.one_in(2)
            && let Some(seen) = site.stripe.sessions().into_iter().find(|seen| seen.id == session)
            && let Some((_, back)) = seen.back.split_once("/orders/")
        {
            site.ask(dice, "GET", &format!("/orders/{back}"), &cookie, &[])?;
        }
    }
    Ok(())
}

/// What the provider sends: about any page, in any order, again and again.
fn chatter(site: &Site, dice: &Dice) -> io::Result<()> {
    let sessions = site.stripe.sessions();
    if sessions.is_empty() {
        return Ok(());
    }
    let seen = &sessions[dice.roll(sessions.len())];
    let kinds = ["checkout.session.completed", "charge.succeeded", "checkout.session.expired", "charge.refunded"];
    let event = site.stripe.event(kinds[dice.roll(kinds.len())], &seen.id);
    for _ in 0..=dice.roll(3) {
        site.tell(dice, &event)?;
    }
    std::thread::sleep(Duration::from_millis(15));
    Ok(())
}

/// A member of staff who pays back, calls off, sends and marks as paid, sometimes twice at the same second.
fn attend(site: &Site, dice: &Dice, cookie: &str) -> io::Result<()> {
    let list = site.ask(dice, "GET", "/admin/orders", cookie, &[])?;
    let links = list.values("table.list th a", "href");
    if links.is_empty() {
        std::thread::sleep(Duration::from_millis(100));
        return Ok(());
    }
    let order = &links[dice.roll(links.len())];
    let page = site.ask(dice, "GET", order, cookie, &[])?;
    let lines = page.values("input[name^=refund_quantity_]", "name");
    let (path, form): (String, Vec<(&str, &str)>) = match dice.roll(5) {
        0 => (format!("{order}/cancellation"), Vec::new()),
        1 => (format!("{order}/payment"), Vec::new()),
        2 => (format!("{order}/fulfilment"), Vec::new()),
        _ => {
            let mut form: Vec<(&str, &str)> = lines.iter().map(|name| (name.as_str(), "1")).collect();
            if dice.one_in(2) {
                form.push(("refund_shipping", "1"));
            }
            if dice.one_in(2) {
                form.push(("restock", "1"));
            }
            (format!("{order}/refund"), form)
        }
    };
    std::thread::scope(|scope| {
        let again = scope.spawn(|| site.ask(dice, "POST", &path, cookie, &form));
        let first = site.ask(dice, "POST", &path, cookie, &form);
        for answer in [first, again.join().unwrap()].into_iter().flatten() {
            assert!(matches!(answer.status, 303 | 422 | 503), "{} for {path}", answer.status);
        }
    });
    Ok(())
}

fn log_in(site: &Site, dice: &Dice) -> String {
    let form = [("email", "owner@storm.example"), ("password", PASSWORD)];
    let answer = site.ask(dice, "POST", "/login", "", &form).unwrap();
    answer.cookie().unwrap_or_else(|| panic!("no log-in: {}", answer.text()))
}

/// What a thread does over and over.
type Work = Box<dyn Fn(&Site, &Dice) + Send>;

/// Lets the storm blow, then waits for calm. Says what is wrong with the books.
fn blow(site: &Arc<Site>, seconds: u64) -> Vec<String> {
    let over = Arc::new(AtomicBool::new(false));
    let staff = log_in(site, &Dice::new(99));
    site.stripe.bad_weather(true);
    let mut threads = Vec::new();
    let mut each = |seed: u64, work: Work| {
        let (site, over) = (site.clone(), over.clone());
        threads.push(std::thread::spawn(move || {
            let dice = Dice::new(seed);
            while !over.load(Ordering::Relaxed) {
                work(&site, &dice);
            }
        }));
    };
    for seed in 0..BUYERS {
        each(seed, Box::new(|site, dice| drop(buy(site, dice))));
    }
    each(20, Box::new(|site, dice| drop(chatter(site, dice))));
    each(30, Box::new(move |site, dice| drop(attend(site, dice, &staff))));
    each(
        40,
        Box::new(|site, dice| {
            std::thread::sleep(Duration::from_millis(1_000 + u64::try_from(dice.roll(1_500)).unwrap()));
            site.kills.fetch_add(1, Ordering::Relaxed);
            site.restart(dice.roll(site.servers.len()));
        }),
    );
    std::thread::sleep(Duration::from_secs(seconds));
    over.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().unwrap();
    }
    calm(site);
    wrong(site)
}

/// The provider delivers what it could not deliver before, and the queue runs dry.
fn calm(site: &Site) {
    let dice = Dice::new(77);
    site.stripe.bad_weather(false);
    for server in &site.servers {
        server.lock().unwrap().take();
    }
    // Nobody is left to hold a job. Its lease would run out by itself; here nobody waits two minutes for that.
    let lease = jobs::lease_until.eq(Clock::System.now());
    diesel::update(jobs::table.filter(jobs::state.eq("running"))).set(lease).execute(&mut site.conn(false)).unwrap();
    (0..site.servers.len()).for_each(|at| site.restart(at));
    for seen in site.stripe.sessions().into_iter().filter(|seen| seen.received > 0) {
        let event = site.stripe.event("checkout.session.completed", &seen.id);
        assert_eq!(site.tell(&dice, &event).unwrap().status, 200);
    }
    let patience = Instant::now() + Duration::from_secs(240);
    loop {
        // Pages that nobody has paid on are looked at later, and that is all that may wait.
        let left: Vec<(String, Option<String>)> = jobs::table
            .filter(jobs::kind.ne("sync_payment").and(jobs::state.ne("dead")))
            .select((jobs::kind, jobs::last_error))
            .load(&mut site.conn(true))
            .unwrap();
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < patience, "the queue does not run dry: {left:?}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Everything that does not add up, here and at the provider.
fn wrong(site: &Site) -> Vec<String> {
    let mut wrong = Vec::new();
    let audit = run(command(site.folder.path(), site.url.as_deref(), &["audit"]), "");
    if !audit.status.success() {
        wrong.push(out(&audit));
    }
    let conn = &mut site.conn(true);
    let dead: i64 = jobs::table.filter(jobs::state.eq("dead")).count().get_result(conn).unwrap();
    if dead > 0 {
        wrong.push(format!("{dead} jobs were given up"));
    }
    let attempts: Vec<(String, i64, i64)> = payment_attempts::table
        .select((payment_attempts::public_id, payment_attempts::captured_minor, payment_attempts::order_id))
        .load(conn)
        .unwrap();
    let states: BTreeMap<i64, (String, i64)> = orders::table
        .select((orders::id, orders::state, orders::captured_minor - orders::refunded_minor))
        .load::<(i64, String, i64)>(conn)
        .unwrap()
        .into_iter()
        .map(|(id, state, kept)| (id, (state, kept)))
        .collect();
    let sessions = site.stripe.sessions();
    for (attempt, captured, order) in &attempts {
        let pages: Vec<_> = sessions.iter().filter(|seen| seen.attempt == *attempt).collect();
        if pages.len() > 1 {
            wrong.push(format!("attempt {attempt} has {} pages to pay on", pages.len()));
        }
        let came: i64 = pages.iter().map(|seen| seen.received).sum();
        if !pages.is_empty() && came != *captured {
            wrong.push(format!("attempt {attempt}: the provider took {came}, we know of {captured}"));
        }
        let (state, kept) = &states[order];
        if came > 0 && !matches!(state.as_str(), "placed" | "completed") && *kept != 0 {
            wrong.push(format!("order {order} is {state} and its money is kept"));
        }
    }
    let unknown = sessions.iter().filter(|seen| attempts.iter().all(|(known, ..)| *known != seen.attempt)).count();
    if unknown > 0 {
        wrong.push(format!("{unknown} pages are of no attempt of ours"));
    }
    let ours: Vec<i64> = repayments::table
        .filter(repayments::state.eq("succeeded").and(repayments::provider_ref.is_not_null()))
        .select(repayments::amount_minor)
        .load(conn)
        .unwrap();
    let theirs: i64 = site.stripe.refunds().iter().map(|(_, amount)| amount).sum();
    if ours.iter().sum::<i64>() != theirs {
        wrong.push(format!("the provider paid back {theirs}, we know of {}", ours.iter().sum::<i64>()));
    }
    let placed = states.values().filter(|(state, _)| state == "placed" || state == "completed").count();
    eprintln!(
        "{} orders, {placed} of them hold, {} pages, {} refunds, {} kills",
        states.len(),
        sessions.len(),
        site.stripe.refunds().len(),
        site.kills.load(Ordering::Relaxed),
    );
    wrong
}

fn seconds() -> u64 {
    std::env::var("TEST_STORM_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(8)
}

#[test]
fn the_books_balance_after_a_storm() {
    let database = server().map(|_| TestDatabase::new());
    let site = Arc::new(Site::start(database.as_ref().map(|database| database.url.as_str())));
    let wrong = blow(&site, seconds());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The harness itself: were a new key taken for each call, it would see that.
#[test]
fn a_storm_finds_calls_that_are_not_recognised_when_they_are_repeated() {
    let database = server().map(|_| TestDatabase::new());
    let site = Arc::new(Site::start(database.as_ref().map(|database| database.url.as_str())));
    site.stripe.forget_keys();
    let wrong = blow(&site, 8);
    assert!(wrong.iter().any(|wrong| wrong.contains("pages to pay on") || wrong.contains("paid back")), "{wrong:#?}");
}
