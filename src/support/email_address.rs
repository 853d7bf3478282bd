//! E-mail addresses as people type them.

use validator::ValidateEmail;

/// A usable address and its normal form, or `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    /// As typed, trimmed.
    pub typed: String,
    /// Lower case: what is unique.
    pub normal: String,
}

impl EmailAddress {
    /// Reads what somebody typed. No control characters, one mailbox, at most 254 bytes (RFC 5321).
    pub fn parse(text: &str) -> Option<EmailAddress> {
        let typed = text.trim();
        let fits = typed.len() <= 254 && !typed.chars().any(char::is_control) && typed.validate_email();
        let dotted = typed.rsplit('@').next().is_some_and(|domain| domain.contains('.') || domain == "localhost");
        (fits && dotted).then(|| EmailAddress { typed: typed.to_owned(), normal: typed.to_lowercase() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_told_from_nonsense() {
        assert_eq!(EmailAddress::parse(" Ada@Example.com ").unwrap().normal, "ada@example.com");
        for nonsense in
            ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@example.com\r\nBcc: x@y.z", "ada@example"]
        {
            assert_eq!(EmailAddress::parse(nonsense), None, "{nonsense}");
        }
    }
}
