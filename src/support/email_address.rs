//! Validation and normalisation of email addresses.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::i18n::Message;

/// Maximum length of an address in bytes (RFC 5321 §4.5.3.1.3).
pub const MAX_LENGTH: usize = 254;
/// Maximum length of the local part in bytes (RFC 5321 §4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// Characters of the local part besides letters and digits (RFC 5322 §3.2.3).
const SIGNS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// A valid email address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress {
    /// The address to store and send to: as typed, trimmed, with its domain in ASCII (IDNA).
    pub mailbox: String,
    /// In lower case, for comparing and for unique indexes.
    pub normal: String,
}

/// Why an address is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidEmail {
    /// Bad syntax or length.
    Malformed,
    /// It contains invisible characters.
    Invisible,
    /// The local part is not ASCII, which most mail servers do not support.
    LocalPart,
    /// The domain is invalid.
    Domain,
}

impl InvalidEmail {
    /// Form message that says what to do.
    pub fn message(self) -> Message {
        match self {
            InvalidEmail::Malformed => Message::EmailMalformed,
            InvalidEmail::Invisible => Message::EmailInvisible,
            InvalidEmail::LocalPart => Message::EmailLocalPart,
            InvalidEmail::Domain => Message::EmailDomain,
        }
    }
}

/// The normal form of an address that may be invalid, for comparing: then the text in lower case.
pub fn normalise(text: &str) -> String {
    EmailAddress::parse(text).map_or_else(|| text.trim().to_lowercase(), |address| address.normal)
}

impl EmailAddress {
    /// Validates user input; `None` if it is invalid.
    pub fn parse(text: &str) -> Option<EmailAddress> {
        EmailAddress::try_parse(text).ok()
    }

    /// Validates user input: one mailbox at a domain with a dot, without invisible characters.
    pub fn try_parse(text: &str) -> Result<EmailAddress, InvalidEmail> {
        let typed: String = text.trim().chars().map(narrow).collect();
        if typed.chars().any(is_invisible) {
            return Err(InvalidEmail::Invisible);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(InvalidEmail::Malformed)?;
        if local.is_empty() || domain.is_empty() || typed.contains(char::is_whitespace) {
            return Err(InvalidEmail::Malformed);
        }
        if !local.is_ascii() {
            return Err(InvalidEmail::LocalPart);
        }
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || SIGNS.bytes().any(|sign| sign == byte);
        let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.len() > LONGEST_LOCAL || dots || !local.bytes().all(is_good) {
            return Err(InvalidEmail::Malformed);
        }
        let domain = ascii_domain(domain).ok_or(InvalidEmail::Domain)?;
        let typed = format!("{local}@{domain}");
        if typed.len() > MAX_LENGTH {
            return Err(InvalidEmail::Malformed);
        }
        Ok(EmailAddress { normal: typed.to_ascii_lowercase(), mailbox: typed })
    }

    /// Whether the domain is reserved for examples and tests (RFC 2606, RFC 6761), so that nobody reads mail there.
    pub fn is_reserved(&self) -> bool {
        let domain = self.normal.rsplit('@').next().unwrap_or_default();
        let reserved = ["example", "test", "invalid", "localhost", "example.com", "example.org", "example.net"];
        reserved
            .into_iter()
            .filter_map(|name| domain.strip_suffix(name))
            .any(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

fn narrow(character: char) -> char {
    match u32::from(character) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(character),
        _ => character,
    }
}

/// Whether a character is invisible or only modifies others: addresses that differ in it look the same.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            u32::from(character),
            0xAD | 0x34F
                | 0x61C
                | 0x115F..=0x1160
                | 0x17B4..=0x17B5
                | 0x180B..=0x180F
                | 0x200B..=0x200F
                | 0x2028..=0x202E
                | 0x2060..=0x206F
                | 0x2800
                | 0x3164
                | 0xE000..=0xF8FF
                | 0xFE00..=0xFE0F
                | 0xFEFF
                | 0xFFA0
                | 0xFFF0..=0xFFFD
                | 0x1D173..=0x1D17A
                | 0xE0000..=0xE0FFF
                | 0xF0000..
        )
}

/// Converts a domain to ASCII (UTS 46), and checks that it can be a public name.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .ok()?;
    let (_, top) = ascii.rsplit_once('.')?;
    // Top-level domains have at least two characters and do not begin with a digit; this also excludes IPv4 addresses.
    let is_name = top.len() >= 2 && top.starts_with(|first: char| first.is_ascii_alphabetic());
    is_name.then(|| ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    #[test]
    fn domains_are_kept_in_the_form_that_dns_knows() {
        for (typed, kept) in [
            ("info@münchen.de", "info@xn--mnchen-3ya.de"),
            ("info@MÜNCHEN.de", "info@xn--mnchen-3ya.de"),
            ("info@mu\u{308}nchen.de", "info@xn--mnchen-3ya.de"),
            ("info@xn--mnchen-3ya.de", "info@xn--mnchen-3ya.de"),
            ("info@müller-laden.de", "info@xn--mller-laden-thb.de"),
            ("a@straße.de", "a@xn--strae-oqa.de"),
            ("a@例え.jp", "a@xn--r8jz45g.jp"),
            ("a@例え。jp", "a@xn--r8jz45g.jp"),
            ("ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"),
            ("Ada.Lovelace+shop@Example.COM", "Ada.Lovelace+shop@example.com"),
            ("o'brien@example.co.uk", "o'brien@example.co.uk"),
            ("a@r3---sn.example.com", "a@r3---sn.example.com"),
        ] {
            assert_eq!(EmailAddress::parse(typed).map(|address| address.mailbox).as_deref(), Some(kept), "{typed}");
        }
    }

    #[test]
    fn what_no_mail_server_takes_is_refused_with_a_reason() {
        use InvalidEmail::{Domain, Invisible, LocalPart, Malformed};
        for (typed, why) in [
            ("a@[127.0.0.1]", Domain),
            ("a@[IPv6:::1]", Domain),
            ("a@127.0.0.1", Domain),
            ("a@1.2", Domain),
            ("a@localhost", Domain),
            ("a@example.com.", Domain),
            ("a@.example.com", Domain),
            ("a@example..com", Domain),
            ("a@-example.com", Domain),
            ("a@example-.com", Domain),
            ("a@ex_ample.com", Domain),
            ("a@xn--a.de", Domain),
            ("a@example.c", Domain),
            ("a@example.com:25", Domain),
            ("x@buyer-mail.de\u{200b}", Invisible),
            ("x@buyer\u{ad}mail.de", Invisible),
            ("\u{feff}x@example.com", Invisible),
            ("x\u{202e}y@example.com", Invisible),
            ("x@exam\u{2060}ple.com", Invisible),
            ("x\u{3164}@example.com", Invisible),
            ("x@example.com\u{fe0f}", Invisible),
            ("jörg@example.com", LocalPart),
            ("山田@example.jp", LocalPart),
            ("a..b@example.com", Malformed),
            (".a@example.com", Malformed),
            ("a.@example.com", Malformed),
            ("\"a b\"@example.com", Malformed),
            ("Ada <ada@example.com>", Malformed),
            ("a@b@example.com", Malformed),
            ("a,b@example.com", Malformed),
            ("a\u{3000}b@example.com", Malformed),
        ] {
            assert_eq!(EmailAddress::try_parse(typed), Err(why), "{typed:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(EmailAddress::try_parse(&long), Err(Malformed));
        let long = format!("a@{}example.com", "abcdefghi.".repeat(25));
        assert!(EmailAddress::try_parse(&long).is_err());
        assert_eq!(EmailAddress::try_parse(&format!("a@{}.com", "ü".repeat(63))), Err(Domain));
    }

    #[test]
    fn addresses_of_examples_are_known() {
        let is_reserved = |typed| EmailAddress::parse(typed).unwrap().is_reserved();
        for typed in
            ["a@example.com", "a@mail.example.org", "a@shop.example", "a@x.test", "a@Y.INVALID", "a@h.localhost"]
        {
            assert!(is_reserved(typed), "{typed}");
        }
        for typed in ["a@example.de", "a@notexample.com", "a@test.de", "a@mytest.com", "a@example.com.de"] {
            assert!(!is_reserved(typed), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_what_is_taken_is_plain_and_stays_as_it_is(text in "\\PC{0,12}[@＠]\\PC{0,20}") {
            if let Some(address) = EmailAddress::parse(&text) {
                prop_assert!(address.mailbox.is_ascii() && address.mailbox.len() <= MAX_LENGTH);
                prop_assert!(!address.mailbox.contains(char::is_whitespace));
                prop_assert!(address.mailbox.parse::<lettre::Address>().is_ok(), "{}", address.mailbox);
                let again = EmailAddress::parse(&address.mailbox).unwrap();
                prop_assert_eq!(&again, &address);
                prop_assert_eq!(EmailAddress::parse(&address.normal).unwrap().normal, address.normal);
            }
        }

        #[test]
        fn one_person_counts_once(
            local in "[a-z][a-z0-9.+-]{0,10}[a-z0-9]",
            domain in "[a-zäöüßéñ][a-zäöüßéñ0-9]{1,12}",
            upper in any::<u64>(),
        ) {
            prop_assume!(!local.contains(".."));
            let plain = format!("{local}@{domain}.de");
            let shouted: String = plain
                .chars()
                .enumerate()
                .map(|(at, character)| {
                    let mut upper_case = character.to_uppercase();
                    match (upper >> (at % 64) & 1 == 1, upper_case.next(), upper_case.next()) {
                        (true, Some(one), None) => one,
                        _ => character,
                    }
                })
                .collect();
            let wide: String = plain
                .chars()
                .map(|character| if character.is_ascii() { char::from_u32(u32::from(character) + 0xFEE0).unwrap() } else { character })
                .collect();
            let normal = EmailAddress::parse(&plain).map(|address| address.normal);
            prop_assert!(normal.is_some(), "{}", plain);
            for other in [shouted, wide, format!(" {plain}\t"), normal.clone().unwrap()] {
                prop_assert_eq!(EmailAddress::parse(&other).map(|address| address.normal), normal.clone(), "{}", other);
            }
        }

        #[test]
        fn an_invisible_letter_anywhere_is_refused(at in 0..15_usize, character in prop::sample::select(vec![
            '\u{ad}', '\u{200b}', '\u{200d}', '\u{2063}', '\u{feff}', '\u{202a}', '\u{e0041}', '\u{180e}', '\u{7}',
        ])) {
            let mut typed = "ada@example.com".to_owned();
            typed.insert(at, character);
            // Trimming removes some control characters at the edges.
            if typed.trim() == typed {
                prop_assert_eq!(EmailAddress::parse(&typed), None, "{:?}", typed);
            }
        }
    }
}
