//! Security events for log monitors such as fail2ban (SECURITY.md S5). They never contain what somebody typed: accounts
//! are row ids, or a keyed hash of the address.

use std::net::IpAddr;

use crate::models::people::account::roles::Permission;
use crate::support::ids::AccountId;

/// An event of the security log.
#[derive(Clone, Copy, Debug)]
pub enum SecurityEvent<'a> {
    /// A successful login.
    LoggedIn {
        /// Row id of the account.
        account: AccountId,
    },
    /// A wrong password, or no such account.
    LoginFailed {
        /// Keyed hash of the email address.
        account: &'a str,
    },
    /// A wrong one-time code, recovery code or passkey.
    SecondFactorFailed {
        /// Row id of the account; `None` if the passkey is of no account.
        account: Option<AccountId>,
    },
    /// The answer of an identity provider was not accepted.
    IdentityRefused {
        /// Why, in words of the program.
        reason: &'a str,
    },
    /// A wrong password where a signed-in person was asked again.
    StepUpFailed {
        /// Row id of the account.
        account: AccountId,
    },
    /// A rate limit applied.
    Throttled {
        /// Name of the limit.
        what: &'a str,
        /// Wait in seconds.
        seconds: u64,
    },
    /// A link or key that does not match anything.
    WrongLink,
    /// A password was changed by a reset link.
    PasswordReset {
        /// Row id of the account.
        account: AccountId,
    },
    /// A staff member lacks a permission.
    Denied {
        /// Row id of the account.
        account: AccountId,
        /// The permission that the page requires.
        permission: Permission,
    },
    /// A cross-site request was rejected.
    CrossSite,
    /// The `Host` is not this site's.
    WrongHost,
    /// A webhook has no valid signature.
    WebhookRefused,
}

/// Writes a log line with target `security`.
pub fn record(client: Option<IpAddr>, event: SecurityEvent<'_>) {
    let client = client.map_or_else(|| "unknown".to_owned(), |client| client.to_canonical().to_string());
    match event {
        SecurityEvent::LoggedIn { account } => {
            tracing::info!(target: "security", event = "logged_in", client, account = i64::from(account), "logged in");
        }
        SecurityEvent::LoginFailed { account } => {
            tracing::warn!(target: "security", event = "login_failed", client, account, "log-in failed");
        }
        SecurityEvent::SecondFactorFailed { account } => {
            let account = account.map(i64::from);
            tracing::warn!(target: "security", event = "second_factor_failed", client, account, "incorrect second factor");
        }
        SecurityEvent::IdentityRefused { reason } => {
            tracing::warn!(target: "security", event = "identity_refused", client, reason, "a log-in with an identity provider failed");
        }
        SecurityEvent::StepUpFailed { account } => {
            tracing::warn!(target: "security", event = "step_up_failed", client, account = i64::from(account), "incorrect password of a signed-in account");
        }
        SecurityEvent::Throttled { what, seconds } => {
            tracing::warn!(target: "security", event = "throttled", client, what, seconds, "too many attempts");
        }
        SecurityEvent::WrongLink => {
            tracing::warn!(target: "security", event = "wrong_link", client, "invalid link or key");
        }
        SecurityEvent::PasswordReset { account } => {
            tracing::info!(target: "security", event = "password_reset", client, account = i64::from(account), "password reset");
        }
        SecurityEvent::Denied { account, permission } => {
            tracing::warn!(target: "security", event = "denied", client, account = i64::from(account), ?permission, "permission denied");
        }
        SecurityEvent::CrossSite => {
            tracing::warn!(target: "security", event = "forged", client, "cross-site request rejected");
        }
        SecurityEvent::WrongHost => {
            tracing::warn!(target: "security", event = "wrong_host", client, "request for an unknown host");
        }
        SecurityEvent::WebhookRefused => {
            tracing::warn!(target: "security", event = "webhook_refused", client, "invalid webhook signature");
        }
    }
}
