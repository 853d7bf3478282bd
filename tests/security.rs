//! Security requirements R1–R80 (docs/SECURITY_REQUIREMENTS.md), checked over all routes of the table: a new route is
//! checked without a line here, or fails until it has one.

mod bodies;
mod cookies;
mod enumeration;
mod exports;
mod headers;
mod hosts;
mod input;
mod outgoing;
mod ownership;
mod redirects;
mod requirements;
mod revocation;
mod source_rules;
mod spelling;

/// Whether a form at this path ends the session that sends it.
pub fn ends_session(path: &str) -> bool {
    matches!(path, "/logout" | "/account/security/sessions/end")
}
