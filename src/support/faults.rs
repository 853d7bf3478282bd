//! Points at which a test lets the process die, as a power cut would, and a clock that it may put wrong. In a build that
//! is not for tests they are nothing at all. `FAILPOINTS='statement=20*off->return'` lets it die at the twenty-first;
//! `FAILPOINTS='clock=return(FILE)'` names a file with the seconds by which the clock is ahead.

use fail::fail_point;
use jiff::SignedDuration;

/// Whether a test has said where to die.
pub fn are_wanted() -> bool {
    fail::has_failpoints() && !fail::list().is_empty()
}

/// Hears from a test, by the environment, where to die.
pub fn listen() {
    if fail::has_failpoints() {
        // It lasts as long as the process.
        std::mem::forget(fail::FailScenario::setup());
    }
}

/// By how much a test has put the machine's clock wrong.
pub fn clock_skew() -> SignedDuration {
    fail_point!("clock", |file| {
        let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        SignedDuration::from_secs(text.trim().parse().unwrap_or(0))
    });
    SignedDuration::ZERO
}

/// Before and after each statement.
pub fn statement() {
    fail_point!("statement", |_| std::process::abort());
}

/// Before and after each call of a payment provider.
pub fn provider_call() {
    fail_point!("provider", |_| std::process::abort());
}
