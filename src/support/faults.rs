//! Points at which a test lets the process die, as a power cut would. In a build that is not for tests they are
//! nothing at all. `FAILPOINTS='statement=20*off->return'` lets it die at the twenty-first.

use fail::fail_point;

/// Whether this build is for tests.
pub const HERE: bool = fail::has_failpoints();

/// Hears from a test, by the environment, where to die.
pub fn listen() {
    if HERE {
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
