//! Forms with invalid input, missing pages, and what all responses have in common.

mod admin_lists;
pub mod arbitrary_input;
mod catalog;
mod checkout;
mod content;
mod currencies;
mod edit_conflicts;
mod email_addresses;
mod form_idempotency;
mod form_tokens;
mod http_edge_cases;
mod overload;
mod page_cache;
pub mod people;
mod platform;
mod resource_limits;
mod responses;
mod sales;
mod searches;
mod secrets;
mod storefront_notices;
