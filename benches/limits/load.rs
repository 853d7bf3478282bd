//! Servers in their own processes, their load, and its CPU cost.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::report::{Goal, Row};
use super::{BenchResult, median};

/// Connections at once unless a row says otherwise.
const CONNECTIONS: usize = 16;
/// Rounds are short, so that other load on the machine affects both servers equally.
const ROUND: Duration = Duration::from_secs(1);

/// A server in a process of its own.
pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts a server that prints its address, and waits for it.
    pub fn start(command: &mut Command) -> BenchResult<Server> {
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

    /// Starts one of the bare servers of this program.
    pub fn start_bare(arguments: &[&str]) -> BenchResult<Server> {
        Server::start(Command::new(std::env::current_exe()?).args(arguments))
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// User and system time so far, in milliseconds (proc(5)).
    pub fn cpu_ms(&self) -> BenchResult<f64> {
        let stat = self.proc("stat")?;
        let after = stat.rsplit_once(')').ok_or("stat")?.1;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let ticks = |at: usize| -> BenchResult<f64> { Ok(fields.get(at).ok_or("stat")?.parse()?) };
        // Linux counts in hundredths of a second on every machine that matters here.
        Ok((ticks(11)? + ticks(12)?) * 10.0)
    }

    /// Its proportional set size in MiB (proc(5)).
    pub fn memory_mib(&self) -> BenchResult<f64> {
        let rollup = self.proc("smaps_rollup")?;
        let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("smaps_rollup")?;
        Ok(pss.trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
    }

    /// The number of its open files, including connections.
    pub fn open_file_count(&self) -> BenchResult<usize> {
        Ok(std::fs::read_dir(Path::new("/proc").join(self.process.id().to_string()).join("fd"))?.count())
    }

    /// Stops it and waits.
    pub fn stop(mut self) -> BenchResult<()> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        if self.process.wait()?.success() { Ok(()) } else { Err("it did not end well".into()) }
    }

    fn proc(&self, file: &str) -> BenchResult<String> {
        Ok(std::fs::read_to_string(Path::new("/proc").join(self.process.id().to_string()).join(file))?)
    }

    /// Runs a load of sequential requests on each connection, and measures its cost.
    pub fn run_load(&self, workload: &impl Workload, connections: usize, time: Duration) -> BenchResult<Load> {
        let before = self.cpu_ms()?;
        let until = Instant::now() + time;
        let threads: Vec<_> = (0..connections)
            .map(|connection| {
                let (address, workload) = (self.address.clone(), workload.clone());
                std::thread::spawn(move || run_connection(&address, workload, connection, until))
            })
            .collect();
        let mut latencies = Vec::new();
        for thread in threads {
            latencies.extend(thread.join().map_err(|_| "a client panicked")??);
        }
        let done = latencies.len() as f64;
        Ok(Load {
            cpu_ms_per_request: (self.cpu_ms()? - before) / done,
            requests_per_second: done / time.as_secs_f64(),
            latencies,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if it has exited already.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// The result of a load.
pub struct Load {
    /// CPU milliseconds a request.
    pub cpu_ms_per_request: f64,
    /// Requests a second.
    pub requests_per_second: f64,
    /// The latency of each response.
    pub latencies: Vec<Duration>,
}

/// Latency in milliseconds.
#[derive(Clone, Copy)]
pub struct LatencySummary {
    /// The median.
    pub p50: f64,
    /// The 99th percentile.
    pub p99: f64,
}

impl LatencySummary {
    /// The summary of a list.
    pub fn from_durations(mut latencies: Vec<Duration>) -> LatencySummary {
        latencies.sort_unstable();
        let at = |percent: usize| {
            latencies.get(latencies.len() * percent / 100).map_or(f64::NAN, |latency| latency.as_secs_f64())
        };
        LatencySummary { p50: at(50) * 1000.0, p99: at(99) * 1000.0 }
    }
}

/// The cost of two servers under alternating load.
pub struct Comparison {
    /// Our CPU milliseconds per request (median), and requests per second in the last round.
    pub ours: (f64, f64),
    /// The same of the bare server.
    pub limit: (f64, f64),
    /// The median ratio of the rounds.
    pub ratio: f64,
    /// Latency of our responses.
    pub latency: LatencySummary,
}

impl Comparison {
    /// Prints a row of the ratio.
    pub fn print(self, what: &str, goal: Goal) {
        let cost = |(cost, rate): (f64, f64)| {
            let digits = if cost < 0.1 { 4 } else { 3 };
            format!("{cost:.digits$} ({rate:.0} /s)")
        };
        let (ours, limit) = (cost(self.ours), cost(self.limit));
        Row { label: what, ours, limit, latency: Some(self.latency), value: self.ratio, unit: "×", goal }.print();
    }
}

/// Loads our server and the bare one alternately, each with its workload.
pub fn compare(
    (ours, bare): (&Server, &Server),
    (workload, bare_workload): (&impl Workload, &impl Workload),
    rounds: usize,
) -> BenchResult<Comparison> {
    let (mut costs, mut limits, mut ratios, mut rates) = (Vec::new(), Vec::new(), Vec::new(), (0.0, 0.0));
    let mut latencies = Vec::new();
    for _ in 0..rounds {
        let load = ours.run_load(workload, CONNECTIONS, ROUND)?;
        let limit = bare.run_load(bare_workload, CONNECTIONS, ROUND)?;
        costs.push(load.cpu_ms_per_request);
        limits.push(limit.cpu_ms_per_request);
        ratios.push(load.cpu_ms_per_request / limit.cpu_ms_per_request);
        rates = (load.requests_per_second, limit.requests_per_second);
        latencies.extend(load.latencies);
    }
    Ok(Comparison {
        ours: (median(costs), rates.0),
        limit: (median(limits), rates.1),
        ratio: median(ratios),
        latency: LatencySummary::from_durations(latencies),
    })
}

/// Loads a server without a bare one to compare with.
pub fn measure(server: &Server, workload: &impl Workload, rounds: usize) -> BenchResult<(f64, LatencySummary)> {
    let (mut costs, mut latencies) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let load = server.run_load(workload, CONNECTIONS, ROUND)?;
        costs.push(load.cpu_ms_per_request);
        latencies.extend(load.latencies);
    }
    Ok((median(costs), LatencySummary::from_durations(latencies)))
}

/// The requests of a connection. Each connection has its own copy.
pub trait Workload: Clone + Send + 'static {
    /// The next request; `about` is unique, `host` is the server.
    fn next_request(&mut self, host: &str, about: &str) -> String;

    /// Checks the status line and headers of the response.
    fn check_response(&mut self, head: &str) -> BenchResult<()>;
}

/// Requests for a page.
#[derive(Clone)]
pub struct PageRequest {
    path: String,
    /// More headers, each with its line end.
    pub headers: String,
    /// Number of addresses requested in turn, `path` followed by a number from 0; none for `path` alone.
    addresses: Option<usize>,
    /// The number of the next address; random at first, so that connections differ.
    next: Option<usize>,
}

impl PageRequest {
    /// The same address each time.
    pub fn new(path: &str) -> PageRequest {
        PageRequest { path: path.to_owned(), headers: String::new(), addresses: None, next: None }
    }

    /// Many addresses in turn, `path0` to one below `addresses`: more than the page cache holds.
    pub fn numbered(path: &str, addresses: usize) -> PageRequest {
        PageRequest { addresses: Some(addresses), ..PageRequest::new(path) }
    }

    /// With one more header.
    pub fn with_header(self, header: &str) -> PageRequest {
        PageRequest { headers: format!("{}{header}\r\n", self.headers), ..self }
    }
}

impl Workload for PageRequest {
    fn next_request(&mut self, host: &str, about: &str) -> String {
        let PageRequest { path, headers, addresses, next } = self;
        let number = addresses.map_or_else(String::new, |addresses| {
            let number = next.unwrap_or_else(|| pseudo_random(about, addresses));
            *next = Some((number + 1) % addresses);
            number.to_string()
        });
        format!("GET {path}{number} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n")
    }

    fn check_response(&mut self, head: &str) -> BenchResult<()> {
        if head.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(format!("not a page: {head}").into()) }
    }
}

/// A pseudo-random number below `limit`.
fn pseudo_random(about: &str, limit: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    about.hash(&mut hasher);
    (hasher.finish() % limit as u64) as usize
}

/// Several pages in turn.
impl Workload for Vec<PageRequest> {
    fn next_request(&mut self, host: &str, about: &str) -> String {
        self.rotate_left(1);
        self.first_mut().map_or_else(String::new, |request| request.next_request(host, about))
    }

    fn check_response(&mut self, head: &str) -> BenchResult<()> {
        self.first_mut().ok_or("nothing was asked")?.check_response(head)
    }
}

/// Runs one connection; returns the latency of each response.
fn run_connection(
    address: &str,
    mut workload: impl Workload,
    connection: usize,
    until: Instant,
) -> BenchResult<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    let started = std::time::UNIX_EPOCH.elapsed()?.as_micros();
    let (mut latencies, mut buffer) = (Vec::new(), vec![0; 256 * 1024]);
    while Instant::now() < until {
        let request = workload.next_request(address, &format!("{connection}{}{started}", latencies.len()));
        let sent_at = Instant::now();
        stream.write_all(request.as_bytes())?;
        workload.check_response(&read_response(&mut stream, &mut buffer)?)?;
        latencies.push(sent_at.elapsed());
    }
    Ok(latencies)
}

/// Reads a whole response; returns its status line and headers.
fn read_response(stream: &mut TcpStream, buffer: &mut [u8]) -> BenchResult<String> {
    let mut have = 0;
    loop {
        let more = stream.read(buffer.get_mut(have..).ok_or("a page too large")?)?;
        have += more;
        let text = buffer.get(..have).ok_or("read")?;
        let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else {
            if more == 0 {
                return Err("half an answer".into());
            }
            continue;
        };
        let head = std::str::from_utf8(text.get(..end).ok_or("head")?)?;
        let whole = match head.split("\r\n").find_map(|line| line.strip_prefix("content-length: ")) {
            Some(length) => have >= end + 4 + length.parse::<usize>()?,
            // Compressed while it is sent.
            None if head.contains("transfer-encoding: chunked") => text.ends_with(b"\r\n0\r\n\r\n"),
            None => true,
        };
        if whole {
            return Ok(head.to_owned());
        }
        if more == 0 {
            return Err("half an answer".into());
        }
    }
}
