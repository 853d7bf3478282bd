//! Logging to standard error through a bounded queue and a thread, so that a slow or closed reader never blocks a
//! request. When the queue is full, lines are dropped, and their number is logged.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::Config;

const QUEUE_LINES: usize = 8 * 1024;
const MAX_WRITE_BYTES: usize = 64 * 1024;
/// Pause after each write, so that one wake-up and one system call write many lines.
const WRITE_PAUSE: Duration = Duration::from_millis(5);
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);

static LOG: OnceLock<Log> = OnceLock::new();

/// Logs to standard error, in colour only on a terminal.
pub fn init(config: &Config) {
    let filter: Targets = config.log.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    // actix logs malformed requests as errors, although they are the client's and are answered with 400.
    let has_actix_target = filter.iter().any(|(target, _)| target.starts_with("actix"));
    let filter = if has_actix_target { filter } else { filter.with_target("actix_http", LevelFilter::OFF) };
    let log = LOG.get_or_init(|| Log::to(std::io::stderr())).clone();
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(log).with_target(false).with_ansi(colours);
    let filtered = tracing_subscriber::registry().with(filter);
    // In tests several apps share one process; only the first subscriber is installed.
    let _first = if config.log_json { filtered.with(lines.json()).try_init() } else { filtered.with(lines).try_init() };
}

pub fn flush() {
    if let Some(log) = LOG.get() {
        log.wait_until_written(FLUSH_TIMEOUT);
    }
}

#[derive(Clone)]
struct Log {
    lines: SyncSender<Vec<u8>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    sent: AtomicU64,
    written: AtomicU64,
    dropped: AtomicU64,
}

impl Log {
    fn to(out: impl Write + Send + 'static) -> Log {
        let (lines, waiting) = sync_channel(QUEUE_LINES);
        let counts = Arc::new(Counts::default());
        let thread_counts = counts.clone();
        let thread = std::thread::Builder::new().name("log".to_owned());
        // If the thread cannot start, the queue is disconnected and lines are dropped.
        let _started = thread.spawn(move || write_lines(out, &waiting, &thread_counts));
        Log { lines, counts }
    }

    fn send(&self, line: &[u8]) {
        self.counts.sent.fetch_add(1, Ordering::Release);
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.lines.try_send(line.to_vec()) {
            self.counts.sent.fetch_sub(1, Ordering::Release);
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn wait_until_written(&self, timeout: Duration) {
        let started = Instant::now();
        while self.counts.written.load(Ordering::Acquire) < self.counts.sent.load(Ordering::Acquire)
            && started.elapsed() < timeout
        {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn write_lines(mut out: impl Write, waiting: &Receiver<Vec<u8>>, counts: &Counts) {
    let mut text = Vec::with_capacity(MAX_WRITE_BYTES);
    loop {
        let first = match waiting.recv_timeout(Duration::from_secs(3600)) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let mut lines = 1;
        text.clear();
        text.extend_from_slice(&first);
        while text.len() < MAX_WRITE_BYTES
            && let Ok(line) = waiting.try_recv()
        {
            text.extend_from_slice(&line);
            lines += 1;
        }
        // Write errors are ignored, because the site must not depend on a reader of the log.
        let _ignored = out.write_all(&text).and_then(|()| out.flush());
        counts.written.fetch_add(lines, Ordering::Release);
        let dropped = counts.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "log lines dropped: the reader is too slow");
        }
        std::thread::sleep(WRITE_PAUSE);
    }
}

struct Line<'a> {
    log: &'a Log,
    text: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if !self.text.is_empty() {
            self.log.send(&self.text);
        }
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { log: self, text: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;

    struct BlockedWriter {
        entered: mpsc::Sender<()>,
        open: mpsc::Receiver<()>,
        is_open: bool,
        got: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for BlockedWriter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if !self.is_open {
                self.entered.send(()).unwrap();
                // An error means that the sender was dropped: open for good.
                let _opened = self.open.recv();
                self.is_open = true;
            }
            self.got.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_reads_nothing_holds_nobody_up() {
        let (unblock, open) = mpsc::channel();
        let (entered, is_stuck) = mpsc::channel();
        let got = Arc::new(Mutex::new(Vec::new()));
        let log = Log::to(BlockedWriter { entered, open, is_open: false, got: got.clone() });
        log.send(b"0\n");
        is_stuck.recv().unwrap();
        for number in 1..=QUEUE_LINES * 2 {
            log.send(format!("{number}\n").as_bytes());
        }
        assert_eq!(log.counts.dropped.load(Ordering::Relaxed), u64::try_from(QUEUE_LINES).unwrap());
        drop(unblock);
        log.wait_until_written(Duration::from_secs(30));
        let text = String::from_utf8(got.lock().unwrap().clone()).unwrap();
        assert!(text.starts_with("0\n1\n2\n") && text.ends_with('\n'), "whole lines, in order");
    }

    #[test]
    fn a_reader_that_is_gone_stops_nothing() {
        struct ClosedWriter;
        impl Write for ClosedWriter {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let log = Log::to(ClosedWriter);
        for _ in 0..3 {
            log.send(b"line\n");
            log.wait_until_written(Duration::from_secs(30));
        }
        assert_eq!(log.counts.written.load(Ordering::Relaxed), 3);
    }
}
