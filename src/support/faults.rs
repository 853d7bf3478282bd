//! Points at which a test lets the process die, as a power cut would. In a build that is not for tests they are
//! nothing at all. `FAILPOINTS='statement=20*off->return'` lets it die at the twenty-first.

use fail::fail_point;

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

/// Before and after each statement.
pub fn statement() {
    fail_point!("statement", |_| std::process::abort());
}

/// Before and after each call of a payment provider.
pub fn provider_call() {
    fail_point!("provider", |_| std::process::abort());
}
