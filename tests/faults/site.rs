//! The site as real processes, with the checks that the fault tests run on it.

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

/// A seeded pseudo-random generator.
pub struct SeededRng(AtomicU64);

impl SeededRng {
    pub fn new(seed: u64) -> SeededRng {
        SeededRng(AtomicU64::new(0x9E37_79B9_7F4A_7C15 ^ (seed + 1)))
    }

    /// A number below `limit`.
    pub fn below(&self, limit: usize) -> usize {
        let mut x = self.0.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.store(x, Ordering::Relaxed);
        usize::try_from(x >> 33).unwrap() % limit
    }

    pub fn one_in(&self, odds: usize) -> bool {
        self.below(odds) == 0
    }
}

/// The site: one or two processes under the first one's address, with a fake payment provider.
pub struct Site {
    folder: TempDir,
    database: Option<TestDatabase>,
    pub stripe: FakeStripe,
    /// The URL of its mail server, if any.
    smtp_url: Option<String>,
    servers: Vec<Mutex<Option<Server>>>,
    addresses: Vec<SocketAddr>,
    pub variant: String,
    pub kill_count: AtomicUsize,
}

impl Site {
    /// Starts one process on SQLite, two on PostgreSQL.
    pub fn start() -> Site {
        let site = Site::of(if postgres_url().is_some() { 2 } else { 1 });
        (0..site.servers.len()).for_each(|at| site.restart(at));
        site
    }

    /// As [`Site::start`], with a mail server.
    pub fn with_mail_server(smtp_url: String) -> Site {
        let site = Site { smtp_url: Some(smtp_url), ..Site::of(if postgres_url().is_some() { 2 } else { 1 }) };
        (0..site.servers.len()).for_each(|at| site.restart(at));
        site
    }

    /// A site with one process that is not running.
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
            stripe: start_stripe(),
            smtp_url: None,
            servers: (0..processes).map(|_| Mutex::new(None)).collect(),
            addresses: (0..processes).map(|_| free_address()).collect(),
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
        // Some tests take guarantees out of the tables.
        command.env("FAULT_TABLES", "1");
        if let Some(url) = &self.smtp_url {
            command.env("SMTP_URL", url);
        }
        command
    }

    /// Restarts a process by `kill -9`.
    pub fn restart(&self, at: usize) {
        let mut place = self.servers[at].lock().unwrap();
        if let Some(mut server) = place.take() {
            server.kill();
        }
        *place = Some(Server::spawn(&mut self.serve(at)).expect("the server listens"));
    }

    /// Starts the only process; it crashes when it passes a fault point for the `passes`-th time.
    pub fn start_with_failpoint(&self, point: &str, passes: usize) {
        *self.servers[0].lock().unwrap() =
            Server::spawn(self.serve(0).env(format!("FAULT_{}", point.to_uppercase()), passes.to_string()));
    }

    /// Whether the only process has exited.
    pub fn has_exited(&self) -> bool {
        self.servers[0].lock().unwrap().as_mut().is_none_or(Server::has_exited)
    }

    /// Kills all processes.
    pub fn kill_all(&self) {
        for server in &self.servers {
            server.lock().unwrap().take();
        }
        // Ends the leases of jobs now instead of waiting two minutes.
        let lease = jobs::lease_until.eq(Clock::System.now());
        let running_jobs = jobs::table.filter(jobs::state.eq("running"));
        diesel::update(running_jobs).set(lease).execute(&mut self.connect()).unwrap();
    }

    /// Sends a request to a random process.
    pub fn request(
        &self,
        rng: &SeededRng,
        method: &str,
        path: &str,
        cookie: &str,
        form: &[(&str, &str)],
    ) -> io::Result<Response> {
        send_request_from("", self.pick_server(rng), self.addresses[0], method, path, cookie, form)
    }

    /// Sends the checkout form from a client address.
    pub fn post_checkout(
        &self,
        rng: &SeededRng,
        from: &str,
        cookie: &str,
        form: &[(&str, &str)],
    ) -> io::Result<Response> {
        send_request_from(from, self.pick_server(rng), self.addresses[0], "POST", "/checkout", cookie, form)
    }

    /// How many processes.
    pub fn process_count(&self) -> usize {
        self.servers.len()
    }

    /// One of the processes.
    fn pick_server(&self, rng: &SeededRng) -> SocketAddr {
        self.addresses[rng.below(self.addresses.len())]
    }

    /// Delivers a signed webhook.
    pub fn deliver_event(&self, rng: &SeededRng, event: &str) -> io::Result<Response> {
        let signature = FakeStripe::sign_event(event, Clock::System.now().seconds(), WEBHOOK_SECRET);
        let site = self.addresses[0];
        let head = format!("POST /webhooks/stripe HTTP/1.1\r\nhost: {site}\r\nstripe-signature: {signature}\r\n");
        send_raw(self.pick_server(rng), &head, event)
    }

    /// A direct database connection.
    pub fn connect(&self) -> Conn {
        let file = format!("sqlite://{}", self.folder.path().join("tradepost.db").display());
        Conn::open(self.database.as_ref().map_or(&file, |database| &database.url), false).unwrap()
    }

    /// The owner's cookie.
    pub fn log_in(&self) -> String {
        let form = [("email", OWNER), ("password", PASSWORD)];
        let response = self.request(&SeededRng::new(99), "POST", "/login", "", &form).unwrap();
        response.cookie().unwrap_or_else(|| panic!("no log-in: {}", response.text()))
    }

    /// Delivers all pending webhooks and waits until the job queue is empty.
    pub fn drain_queue(&self) {
        let rng = SeededRng::new(77);
        self.stripe.set_unreliable(false);
        self.kill_all();
        // Retries failed jobs now instead of waiting for their backoff.
        let failed = jobs::table.filter(jobs::attempts.gt(0).and(jobs::state.eq("queued")));
        diesel::update(failed).set(jobs::run_at.eq(Clock::System.now())).execute(&mut self.connect()).unwrap();
        (0..self.servers.len()).for_each(|at| self.restart(at));
        for session in self.stripe.sessions().into_iter().filter(|session| session.amount_received > 0) {
            let event = self.stripe.session_event("checkout.session.completed", &session.id);
            assert_eq!(self.deliver_event(&rng, &event).unwrap().status, 200);
        }
        let (mut least, mut deadline) = (usize::MAX, Instant::now());
        loop {
            // Only syncs of unpaid sessions may remain.
            let left: Vec<(String, Option<String>)> = jobs::table
                .filter(jobs::kind.ne("sync_payment").and(jobs::state.ne("dead")))
                .select((jobs::kind, jobs::last_error))
                .load(&mut self.connect())
                .unwrap();
            if left.is_empty() {
                return;
            }
            // A long queue is fine as long as it shrinks.
            if left.len() < least {
                (least, deadline) = (left.len(), Instant::now() + Duration::from_secs(240));
            }
            assert!(Instant::now() < deadline, "the queue is not empty: {left:?}");
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Violations of the books, here and compared with the provider.
    pub fn find_violations(&self) -> Vec<String> {
        let mut violations = Vec::new();
        let audit = run_with_input(self.command(&["audit"]), "");
        if !audit.status.success() {
            violations.push(stdout_of(&audit));
        }
        let conn = &mut self.connect();
        let dead: i64 = jobs::table.filter(jobs::state.eq("dead")).count().get_result(conn).unwrap();
        if dead > 0 {
            violations.push(format!("{dead} jobs are dead"));
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
            let pages: Vec<_> = sessions.iter().filter(|session| session.attempt_id == *attempt).collect();
            if pages.len() > 1 {
                violations.push(format!("attempt {attempt} has {} sessions", pages.len()));
            }
            let captured_total: i64 = pages.iter().map(|session| session.amount_received).sum();
            if !pages.is_empty() && captured_total != *captured {
                violations
                    .push(format!("attempt {attempt}: the provider took {captured_total}, we know of {captured}"));
            }
            let (state, kept) = &states[order];
            if captured_total > 0 && !matches!(state.as_str(), "placed" | "completed") && *kept != 0 {
                violations.push(format!("order {order} is {state} and its payment is not refunded"));
            }
        }
        let unknown =
            sessions.iter().filter(|session| attempts.iter().all(|(known, ..)| *known != session.attempt_id)).count();
        if unknown > 0 {
            violations.push(format!("{unknown} sessions belong to no attempt"));
        }
        let ours: Vec<i64> = refund_transactions::table
            .filter(refund_transactions::state.eq("succeeded").and(refund_transactions::provider_ref.is_not_null()))
            .select(refund_transactions::amount_minor)
            .load(conn)
            .unwrap();
        let theirs: i64 = self.stripe.refunds().iter().map(|(_, amount)| amount).sum();
        if ours.iter().sum::<i64>() != theirs {
            violations.push(format!("the provider refunded {theirs}, we recorded {}", ours.iter().sum::<i64>()));
        }
        let placed = states.values().filter(|(state, _)| state == "placed" || state == "completed").count();
        eprintln!(
            "{} orders, {placed} of them hold, {} pages, {} refunds, {} kills",
            states.len(),
            sessions.len(),
            self.stripe.refunds().len(),
            self.kill_count.load(Ordering::Relaxed),
        );
        violations
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn start_stripe() -> FakeStripe {
    let (tell, received) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            tell.send(FakeStripe::start()).unwrap_or_default();
            std::future::pending::<()>().await;
        });
    });
    received.recv().unwrap()
}
