//! What those look for in the log who watch over a site, such as fail2ban: who tried what from where (R72). Never what
//! somebody typed: an account is named by its row, or by a word made from its address that only this site can make.

use std::net::IpAddr;

use crate::models::account::roles::Permission;

/// Something to know about.
#[derive(Clone, Copy, Debug)]
pub enum SecurityEvent<'a> {
    /// Somebody logged in.
    LoggedIn {
        /// The account's row.
        account: i64,
    },
    /// A password was wrong, or there is no such account.
    LoginFailed {
        /// Stands for the address.
        account: &'a str,
    },
    /// Somebody has to wait.
    Throttled {
        /// For what.
        what: &'a str,
        /// How long.
        seconds: u64,
    },
    /// A link or key that opens nothing.
    WrongLink,
    /// A new password was set with a reset link.
    PasswordReset {
        /// The account's row.
        account: i64,
    },
    /// A role does not include it.
    Denied {
        /// The account's row.
        account: i64,
        /// What would be needed.
        permission: Permission,
    },
    /// A request was sent by another site.
    Forged,
    /// A request for another site's name.
    WrongHost,
    /// A message that says it is a payment provider's, and is not signed by it.
    WebhookRefused,
}

/// Writes a line about it.
pub fn note(client: Option<IpAddr>, event: SecurityEvent<'_>) {
    let client = client.map_or_else(|| "unknown".to_owned(), |client| client.to_canonical().to_string());
    match event {
        SecurityEvent::LoggedIn { account } => {
            tracing::info!(target: "security", event = "logged_in", client, account, "somebody logged in");
        }
        SecurityEvent::LoginFailed { account } => {
            tracing::warn!(target: "security", event = "login_failed", client, account, "a log-in failed");
        }
        SecurityEvent::Throttled { what, seconds } => {
            tracing::warn!(target: "security", event = "throttled", client, what, seconds, "too many tries");
        }
        SecurityEvent::WrongLink => {
            tracing::warn!(target: "security", event = "wrong_link", client, "a link or key that opens nothing");
        }
        SecurityEvent::PasswordReset { account } => {
            tracing::info!(target: "security", event = "password_reset", client, account, "a new password was set");
        }
        SecurityEvent::Denied { account, permission } => {
            tracing::warn!(target: "security", event = "denied", client, account, ?permission, "a role was not enough");
        }
        SecurityEvent::Forged => {
            tracing::warn!(target: "security", event = "forged", client, "another site sent a request");
        }
        SecurityEvent::WrongHost => {
            tracing::warn!(target: "security", event = "wrong_host", client, "a request for another site's name");
        }
        SecurityEvent::WebhookRefused => {
            tracing::warn!(target: "security", event = "webhook_refused", client, "a message was not signed as it must be");
        }
    }
}
