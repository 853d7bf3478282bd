//! Fault injection for tests: aborts the process at a given point, like a power cut, or skews its clock. Debug builds
//! read it from the environment; release builds ignore it.
//!
//! - `FAULT_STATEMENT=20` aborts at the 21st pass of a database statement, `FAULT_PROVIDER=3` at the fourth pass of a
//!   payment provider call.
//! - `FAULT_CLOCK=FILE` names a file with the seconds by which the clock is ahead.
//! - `FAULT_TABLES=1` starts on a database whose tables a test has altered.

use std::ffi::OsString;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::SignedDuration;

struct AbortPoint {
    passes_left: Option<AtomicU64>,
}

impl AbortPoint {
    fn from_env(name: &str) -> AbortPoint {
        AbortPoint { passes_left: variable(name).and_then(|value| Some(AtomicU64::new(value.to_str()?.parse().ok()?))) }
    }

    fn pass(&self) {
        let Some(left) = &self.passes_left else { return };
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err() {
            std::process::abort();
        }
    }
}

static STATEMENT: LazyLock<AbortPoint> = LazyLock::new(|| AbortPoint::from_env("FAULT_STATEMENT"));
static PROVIDER_CALL: LazyLock<AbortPoint> = LazyLock::new(|| AbortPoint::from_env("FAULT_PROVIDER"));
static CLOCK: LazyLock<Option<OsString>> = LazyLock::new(|| variable("FAULT_CLOCK"));

fn variable(name: &str) -> Option<OsString> {
    if cfg!(debug_assertions) { std::env::var_os(name) } else { None }
}

/// Whether `FAULT_STATEMENT` is set.
pub fn watches_statements() -> bool {
    STATEMENT.passes_left.is_some()
}

/// Whether `FAULT_TABLES` is set.
pub fn allows_altered_tables() -> bool {
    variable("FAULT_TABLES").is_some()
}

/// Skew of the system clock by `FAULT_CLOCK`.
pub fn clock_skew() -> SignedDuration {
    let text = CLOCK.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    SignedDuration::from_secs(text.trim().parse().unwrap_or(0))
}

/// Called before and after each database statement.
pub fn pass_statement() {
    STATEMENT.pass();
}

/// Called before and after each payment provider call.
pub fn pass_provider_call() {
    PROVIDER_CALL.pass();
}
