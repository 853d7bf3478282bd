//! Floor 0: pure functions and types without I/O, with their unit tests.

#![warn(missing_docs)]

pub mod bounded_semaphore;
pub mod client_network;
pub mod clock;
pub mod country;
pub mod csv;
pub mod email_address;
pub mod faults;
pub mod html_text;
pub mod i18n;
pub mod identity;
pub mod ids;
pub mod markdown;
pub mod messages;
pub mod money;
pub mod normalisation;
pub mod pagination;
pub mod password;
pub mod picture;
pub mod postcode;
pub mod rate_limit;
pub mod sealed;
pub mod slug;
pub mod stripe_amount;
pub mod subdivision;
pub mod token;
pub mod vat_number;
pub mod webauthn;
pub mod xml;
