//! The site as real processes, and the questions that the harnesses ask of it afterwards.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tempfile::TempDir;
use tradepost::db::Conn;
use tradepost::schema::{jobs, orders, payment_attempts, refund_transactions};
use tradepost::support::clock::Clock;

use crate::support::FakeStripe;
use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{
    Response, Server, command, run_with_input, seed_stocked_shop, send_raw, send_request_from, stderr_of, stdout_of,
};
use crate::support::stripe::WEBHOOK_SECRET;

const OWNER: &str = "owner@storm.example";
const PASSWORD: &str = "violet kettle seven harbour";

/// A row of numbers that look random and are the same each time.
pub struct SeededRng(AtomicU64);

impl SeededRng {
    pub fn new(seed: u64) -> SeededRng {
        SeededRng(AtomicU64::new(0x9E37_79B9_7F4A_7C15 ^ (seed + 1)))
    }

    /// One of `sides`, counted from nought.
    pub fn below(&self, sides: usize) -> usize {
        let mut x = self.0.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.store(x, Ordering::Relaxed);
        usize::try_from(x >> 33).unwrap() % sides
    }

    pub fn one_in(&self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

/// The site: a process or two, all under the first one's address, with a provider to pay at.
pub struct Site {
    folder: TempDir,
    database: Option<TestDatabase>,
    pub stripe: FakeStripe,
    /// Where its mail server is, if it has one.
    smtp_url: Option<String>,
    servers: Vec<Mutex<Option<Server>>>,
    addresses: Vec<SocketAddr>,
    pub variant: String,
    pub kill_count: AtomicUsize,
}

impl Site {
    /// As many processes as the database is good for: one on SQLite, two on PostgreSQL.
    pub fn start() -> Site {
        let site = Site::of(if postgres_url().is_some() { 2 } else { 1 });
        (0..site.servers.len()).for_each(|at| site.restart(at));
        site
    }

    /// As [`Site::open`], with a mail server.
    pub fn with_mail_server(smtp_url: String) -> Site {
        let site = Site { smtp_url: Some(smtp_url), ..Site::of(if postgres_url().is_some() { 2 } else { 1 }) };
        (0..site.servers.len()).for_each(|at| site.restart(at));
        site
    }

    /// One process, which does not run yet.
    pub fn stopped() -> Site {
        Site::of(1)
    }

    fn of(processes: usize) -> Site {
        let folder = TempDir::new().unwrap();
        let database = postgres_url().map(|_| TestDatabase::new());
        let url = database.as_ref().map(|database| database.url.as_str());
        let variant = seed_stocked_shop(folder.path(), url);
        let owner = ["--email", OWNER, "--name", "Olive Owner", "--role", "owner", "--password-stdin"];
        let created = command(folder.path(), url, &[&["account", "create"], &owner[..]].concat());
        let created = run_with_input(created, &format!("{PASSWORD}\n"));
        assert!(created.status.success(), "{}", stderr_of(&created));
        Site {
            folder,
            database,
            stripe: stand_in(),
            smtp_url: None,
            servers: (0..processes).map(|_| Mutex::new(None)).collect(),
            addresses: (0..processes).map(|_| free()).collect(),
            variant,
            kill_count: AtomicUsize::new(0),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(self.folder.path(), self.database.as_ref().map(|database| database.url.as_str()), arguments)
    }

    fn serve(&self, at: usize) -> Command {
        let (bind, base) = (self.addresses[at].to_string(), format!("http://{}", self.addresses[0]));
        let mut command = self.command(&[
            "--bind",
            &bind,
            "--base-url",
            &base,
            "--stripe-secret-key",
            "sk_test_stand_in",
            "--stripe-webhook-secret",
            WEBHOOK_SECRET,
            "--stripe-api-base",
            self.stripe.base_url(),
            "--trusted-proxies",
            "127.0.0.1/32",
            "--log",
            "off",
        ]);
        if let Some(url) = &self.smtp_url {
            command.env("SMTP_URL", url);
        }
        command
    }

    /// Kills a process, if it runs, and starts it.
    pub fn restart(&self, at: usize) {
        let mut place = self.servers[at].lock().unwrap();
        if let Some(mut server) = place.take() {
            server.kill();
        }
        *place = Some(Server::spawn(&mut self.serve(at)).expect("the server listens"));
    }

    /// Starts the only process, to die at a point after so many passes.
    pub fn start_with_failpoint(&self, point: &str, passes: usize) {
        *self.servers[0].lock().unwrap() =
            Server::spawn(self.serve(0).env(format!("FAULT_{}", point.to_uppercase()), passes.to_string()));
    }

    /// Whether the only process is dead.
    pub fn has_exited(&self) -> bool {
        self.servers[0].lock().unwrap().as_mut().is_none_or(Server::has_exited)
    }

    /// Kills all processes.
    pub fn kill_all(&self) {
        for server in &self.servers {
            server.lock().unwrap().take();
        }
        // Nobody is left to hold a job. Its lease would run out by itself; here nobody waits two minutes for that.
        let lease = jobs::lease_until.eq(Clock::System.now());
        let held = jobs::table.filter(jobs::state.eq("running"));
        diesel::update(held).set(lease).execute(&mut self.connect()).unwrap();
    }

    /// A request to one of the processes, under the site's name.
    pub fn request(
        &self,
        dice: &SeededRng,
        method: &str,
        path: &str,
        cookie: &str,
        form: &[(&str, &str)],
    ) -> io::Result<Response> {
        send_request_from("", self.any(dice), self.addresses[0], method, path, cookie, form)
    }

    /// An order from an address elsewhere.
    pub fn post_checkout(
        &self,
        dice: &SeededRng,
        from: &str,
        cookie: &str,
        form: &[(&str, &str)],
    ) -> io::Result<Response> {
        send_request_from(from, self.any(dice), self.addresses[0], "POST", "/checkout", cookie, form)
    }

    /// How many processes.
    pub fn process_count(&self) -> usize {
        self.servers.len()
    }

    /// One of the processes.
    fn any(&self, dice: &SeededRng) -> SocketAddr {
        self.addresses[dice.below(self.addresses.len())]
    }

    /// A message of the provider's.
    pub fn deliver_event(&self, dice: &SeededRng, event: &str) -> io::Result<Response> {
        let signature = FakeStripe::sign_event(event, Clock::System.now().seconds(), WEBHOOK_SECRET);
        let site = self.addresses[0];
        let head = format!("POST /webhooks/stripe HTTP/1.1\r\nhost: {site}\r\nstripe-signature: {signature}\r\n");
        send_raw(self.any(dice), &head, event)
    }

    /// A connection past the processes.
    pub fn connect(&self) -> Conn {
        let file = format!("sqlite://{}", self.folder.path().join("tradepost.db").display());
        Conn::open(self.database.as_ref().map_or(&file, |database| &database.url), false).unwrap()
    }

    /// The owner's cookie.
    pub fn log_in(&self) -> String {
        let form = [("email", OWNER), ("password", PASSWORD)];
        let answer = self.request(&SeededRng::new(99), "POST", "/login", "", &form).unwrap();
        answer.cookie().unwrap_or_else(|| panic!("no log-in: {}", answer.text()))
    }

    /// The provider delivers what it could not deliver before, and the queue runs dry.
    pub fn drain_queue(&self) {
        let dice = SeededRng::new(77);
        self.stripe.set_unreliable(false);
        self.kill_all();
        // What failed often waits long for its next try; here nobody waits for that, either.
        let failed = jobs::table.filter(jobs::attempts.gt(0).and(jobs::state.eq("queued")));
        diesel::update(failed).set(jobs::run_at.eq(Clock::System.now())).execute(&mut self.connect()).unwrap();
        (0..self.servers.len()).for_each(|at| self.restart(at));
        for seen in self.stripe.sessions().into_iter().filter(|seen| seen.amount_received > 0) {
            let event = self.stripe.session_event("checkout.session.completed", &seen.id);
            assert_eq!(self.deliver_event(&dice, &event).unwrap().status, 200);
        }
        let (mut least, mut patience) = (usize::MAX, Instant::now());
        loop {
            // Pages that nobody has paid on are looked at later, and that is all that may wait.
            let left: Vec<(String, Option<String>)> = jobs::table
                .filter(jobs::kind.ne("sync_payment").and(jobs::state.ne("dead")))
                .select((jobs::kind, jobs::last_error))
                .load(&mut self.connect())
                .unwrap();
            if left.is_empty() {
                return;
            }
            // After a long storm there is much to do: what counts is that it becomes less.
            if left.len() < least {
                (least, patience) = (left.len(), Instant::now() + Duration::from_secs(240));
            }
            assert!(Instant::now() < patience, "the queue does not run dry: {left:?}");
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Everything that does not add up, here and at the provider.
    pub fn find_violations(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let audit = run_with_input(self.command(&["audit"]), "");
        if !audit.status.success() {
            wrong.push(stdout_of(&audit));
        }
        let conn = &mut self.connect();
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
        let sessions = self.stripe.sessions();
        for (attempt, captured, order) in &attempts {
            let pages: Vec<_> = sessions.iter().filter(|seen| seen.attempt_id == *attempt).collect();
            if pages.len() > 1 {
                wrong.push(format!("attempt {attempt} has {} pages to pay on", pages.len()));
            }
            let came: i64 = pages.iter().map(|seen| seen.amount_received).sum();
            if !pages.is_empty() && came != *captured {
                wrong.push(format!("attempt {attempt}: the provider took {came}, we know of {captured}"));
            }
            let (state, kept) = &states[order];
            if came > 0 && !matches!(state.as_str(), "placed" | "completed") && *kept != 0 {
                wrong.push(format!("order {order} is {state} and its money is kept"));
            }
        }
        let unknown =
            sessions.iter().filter(|seen| attempts.iter().all(|(known, ..)| *known != seen.attempt_id)).count();
        if unknown > 0 {
            wrong.push(format!("{unknown} pages are of no attempt of ours"));
        }
        let ours: Vec<i64> = refund_transactions::table
            .filter(refund_transactions::state.eq("succeeded").and(refund_transactions::provider_ref.is_not_null()))
            .select(refund_transactions::amount_minor)
            .load(conn)
            .unwrap();
        let theirs: i64 = self.stripe.refunds().iter().map(|(_, amount)| amount).sum();
        if ours.iter().sum::<i64>() != theirs {
            wrong.push(format!("the provider paid back {theirs}, we know of {}", ours.iter().sum::<i64>()));
        }
        let placed = states.values().filter(|(state, _)| state == "placed" || state == "completed").count();
        eprintln!(
            "{} orders, {placed} of them hold, {} pages, {} refunds, {} kills",
            states.len(),
            sessions.len(),
            self.stripe.refunds().len(),
            self.kill_count.load(Ordering::Relaxed),
        );
        wrong
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn stand_in() -> FakeStripe {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            tell.send(FakeStripe::start()).unwrap_or_default();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}
