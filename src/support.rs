//! Floor 0: pure pieces without any I/O, unit-tested in place.

pub mod client_network;
pub mod clock;
pub mod country;
pub mod email_address;
pub mod faults;
pub mod fold;
pub mod html_text;
pub mod markdown;
pub mod money;
pub mod page;
pub mod password;
pub mod picture;
pub mod postcode;
pub mod rate_limit;
pub mod slug;
pub mod stripe_amount;
pub mod subdivision;
pub mod token;
pub mod turns;
pub mod vat_number;
pub mod xml;
