//! Servers in processes of their own, what they are asked, and what that costs them.

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
/// Rounds are short, so that what else the machine does falls on both alike.
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

    /// Its memory in MiB, of what it shares with others its part (proc(5)).
    pub fn memory_mib(&self) -> BenchResult<f64> {
        let rollup = self.proc("smaps_rollup")?;
        let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("smaps_rollup")?;
        Ok(pss.trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
    }

    /// Files it has open, connections among them.
    pub fn open_file_count(&self) -> BenchResult<usize> {
        Ok(std::fs::read_dir(Path::new("/proc").join(self.process.id().to_string()).join("fd"))?.count())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> BenchResult<()> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        if self.process.wait()?.success() { Ok(()) } else { Err("it did not end well".into()) }
    }

    fn proc(&self, file: &str) -> BenchResult<String> {
        Ok(std::fs::read_to_string(Path::new("/proc").join(self.process.id().to_string()).join(file))?)
    }

    /// What requests cost it that so many connections send, each one after the other.
    pub fn run_load(&self, talk: &impl Workload, connections: usize, time: Duration) -> BenchResult<Load> {
        let before = self.cpu_ms()?;
        let until = Instant::now() + time;
        let threads: Vec<_> = (0..connections)
            .map(|connection| {
                let (address, talk) = (self.address.clone(), talk.clone());
                std::thread::spawn(move || converse(&address, talk, connection, until))
            })
            .collect();
        let mut waits = Vec::new();
        for thread in threads {
            waits.extend(thread.join().map_err(|_| "a client panicked")??);
        }
        let done = waits.len() as f64;
        Ok(Load {
            cpu_ms_per_request: (self.cpu_ms()? - before) / done,
            requests_per_second: done / time.as_secs_f64(),
            latencies: waits,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has served its purpose; that it is gone already would be fine.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// What a load was.
pub struct Load {
    /// CPU milliseconds a request.
    pub cpu_ms_per_request: f64,
    /// Requests a second.
    pub requests_per_second: f64,
    /// How long each answer took.
    pub latencies: Vec<Duration>,
}

/// How long answers took, in milliseconds.
#[derive(Clone, Copy)]
pub struct LatencySummary {
    /// Half of them.
    pub p50: f64,
    /// All but one in a hundred.
    pub p99: f64,
}

impl LatencySummary {
    /// The summary of a list.
    pub fn from_durations(mut waits: Vec<Duration>) -> LatencySummary {
        waits.sort_unstable();
        let at = |percent: usize| waits.get(waits.len() * percent / 100).map_or(f64::NAN, |wait| wait.as_secs_f64());
        LatencySummary { p50: at(50) * 1000.0, p99: at(99) * 1000.0 }
    }
}

/// What two servers under load in turns cost.
pub struct Comparison {
    /// CPU milliseconds a request of ours, the median, and requests a second in the last turn.
    pub ours: (f64, f64),
    /// The same of the bare one.
    pub limit: (f64, f64),
    /// The median of each turn's ratio.
    pub ratio: f64,
    /// How long our answers took.
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

/// Loads two servers in turns: ours and the bare one, each with what it is asked for.
pub fn compare(
    (ours, bare): (&Server, &Server),
    (talk, talk_bare): (&impl Workload, &impl Workload),
    rounds: usize,
) -> BenchResult<Comparison> {
    let (mut costs, mut limits, mut ratios, mut rates) = (Vec::new(), Vec::new(), Vec::new(), (0.0, 0.0));
    let mut waits = Vec::new();
    for _ in 0..rounds {
        let load = ours.run_load(talk, CONNECTIONS, ROUND)?;
        let limit = bare.run_load(talk_bare, CONNECTIONS, ROUND)?;
        costs.push(load.cpu_ms_per_request);
        limits.push(limit.cpu_ms_per_request);
        ratios.push(load.cpu_ms_per_request / limit.cpu_ms_per_request);
        rates = (load.requests_per_second, limit.requests_per_second);
        waits.extend(load.latencies);
    }
    Ok(Comparison {
        ours: (median(costs), rates.0),
        limit: (median(limits), rates.1),
        ratio: median(ratios),
        latency: LatencySummary::from_durations(waits),
    })
}

/// Loads one server for which there is no limit to compare with.
pub fn measure(server: &Server, talk: &impl Workload, rounds: usize) -> BenchResult<(f64, LatencySummary)> {
    let (mut costs, mut waits) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let load = server.run_load(talk, CONNECTIONS, ROUND)?;
        costs.push(load.cpu_ms_per_request);
        waits.extend(load.latencies);
    }
    Ok((median(costs), LatencySummary::from_durations(waits)))
}

/// What one connection says, again and again. Each connection has a copy of its own.
pub trait Workload: Clone + Send + 'static {
    /// The next request; `about` tells it from all others, `host` is where it goes.
    fn next_request(&mut self, host: &str, about: &str) -> String;

    /// Hears the status line and headers of the answer.
    fn check_response(&mut self, head: &str) -> BenchResult<()>;
}

/// A page that is asked for.
#[derive(Clone)]
pub struct PageRequest {
    path: String,
    /// More headers, each with its line end.
    pub headers: String,
    /// A parameter that gets a new value each time, so that no copy that is kept can answer.
    anew: Option<&'static str>,
}

impl PageRequest {
    /// The same address each time.
    pub fn new(path: &str) -> PageRequest {
        PageRequest { path: path.to_owned(), headers: String::new(), anew: None }
    }

    /// Each time under another address: another value of a parameter that is part of what pages are kept by.
    pub fn uncached(path: &str, parameter: &'static str) -> PageRequest {
        PageRequest { anew: Some(parameter), ..PageRequest::new(path) }
    }

    /// With one more header.
    pub fn with_header(self, header: &str) -> PageRequest {
        PageRequest { headers: format!("{}{header}\r\n", self.headers), ..self }
    }
}

impl Workload for PageRequest {
    fn next_request(&mut self, host: &str, about: &str) -> String {
        let PageRequest { path, headers, anew } = self;
        let query = anew.map_or_else(String::new, |parameter| format!("?{parameter}={about}"));
        format!("GET {path}{query} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n")
    }

    fn check_response(&mut self, head: &str) -> BenchResult<()> {
        if head.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(format!("not a page: {head}").into()) }
    }
}

/// Several pages in turn.
impl Workload for Vec<PageRequest> {
    fn next_request(&mut self, host: &str, about: &str) -> String {
        self.rotate_left(1);
        self.first_mut().map_or_else(String::new, |asked| asked.next_request(host, about))
    }

    fn check_response(&mut self, head: &str) -> BenchResult<()> {
        self.first_mut().ok_or("nothing was asked")?.check_response(head)
    }
}

/// One connection: how long each answer took.
fn converse(address: &str, mut talk: impl Workload, connection: usize, until: Instant) -> BenchResult<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    let begun = std::time::UNIX_EPOCH.elapsed()?.as_micros();
    let (mut waits, mut buffer) = (Vec::new(), vec![0; 256 * 1024]);
    while Instant::now() < until {
        let request = talk.next_request(address, &format!("{connection}{}{begun}", waits.len()));
        let asked = Instant::now();
        stream.write_all(request.as_bytes())?;
        talk.check_response(&answer(&mut stream, &mut buffer)?)?;
        waits.push(asked.elapsed());
    }
    Ok(waits)
}

/// Reads a whole answer: its status line and headers.
fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> BenchResult<String> {
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
            // Packed while it is sent.
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
