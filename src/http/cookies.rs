//! The names of our cookies. On https they bear a prefix with which browsers let nobody else set them (RFC 6265bis).

/// The session's, for somebody who is signed in or has a message to read.
pub fn session(https: bool) -> &'static str {
    if https { "__Host-tp" } else { "tp" }
}

/// The cart's, from the first thing put in.
pub fn cart(https: bool) -> &'static str {
    if https { "__Host-tp-cart" } else { "tp-cart" }
}

/// All of them.
pub fn all() -> [&'static str; 4] {
    [session(true), session(false), cart(true), cart(false)]
}
