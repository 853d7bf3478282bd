//! The sample shop as a process: started, asked to stop, and looked at from outside.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use diesel::prelude::*;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use tradepost::db::Conn;
use tradepost::schema::stock_levels;

use super::Outcome;

/// Who owns the sample shop.
pub const OWNER: &str = "owner@example.com";
/// The owner's password.
pub const PASSWORD: &str = "four wandering teapots";
const PROGRAM: &str = env!("CARGO_BIN_EXE_tradepost");

/// Puts the sample shop into a folder, with plenty of everything.
pub fn sample(data: &str) -> Outcome<()> {
    let mut demo = Command::new(PROGRAM);
    demo.args(["demo", "--owner-email", OWNER, "--owner-password-stdin"]).env("TRADEPOST_DATA", data);
    let mut demo = demo.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    writeln!(demo.stdin.take().ok_or("no input")?, "{PASSWORD}")?;
    if !demo.wait()?.success() {
        return Err("no sample shop".into());
    }
    let mut conn = Conn::open(&format!("sqlite://{data}/tradepost.db"), false)?;
    diesel::update(stock_levels::table).set(stock_levels::on_hand.eq(1_000_000)).execute(&mut conn)?;
    Ok(())
}

/// As many connections as the system lets us have.
pub fn raise_open_files() -> Outcome<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

/// A running shop; killed at the end.
pub struct Shop {
    process: Child,
    /// Where it listens.
    pub site: String,
}

impl Shop {
    /// Starts it on a free port.
    pub fn start(data: &str) -> Outcome<Shop> {
        Shop::launch(Command::new(PROGRAM).env("TRADEPOST_BIND", "127.0.0.1:0"), data)
    }

    /// Starts it on a socket that is handed over as systemd does it (sd_listen_fds(3)).
    pub fn inherit(data: &str, socket: &TcpListener) -> Outcome<Shop> {
        let script = "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\"";
        let stdin = OwnedFd::from(socket.try_clone()?);
        Shop::launch(Command::new("sh").args(["-c", script, PROGRAM]).stdin(stdin), data)
    }

    fn launch(command: &mut Command, data: &str) -> Outcome<Shop> {
        let settings =
            [("TRADEPOST_DATA", data), ("TRADEPOST_LOG", "warn"), ("TRADEPOST_TRUSTED_PROXIES", "127.0.0.1")];
        let mut process = command.envs(settings).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let line = lines.next().ok_or("the shop did not start")??;
        let site = line.split("http://").nth(1).ok_or("no address")?.trim_end_matches('/').to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Shop { process, site })
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> Outcome<()> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        if self.process.wait()?.success() { Ok(()) } else { Err("it did not end well".into()) }
    }

    /// Files it has open, connections among them.
    pub fn open_files(&self) -> Outcome<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.process.id()))?.count())
    }

    /// Memory it has for itself, and its share of what it has with others, in MiB (proc(5)).
    pub fn memory_mib(&self) -> Outcome<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("no Pss")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It has served its purpose; that it is gone already would be fine.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
