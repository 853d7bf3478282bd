//! The HTTP layer below the controllers: extractors and guards, forms, replies, page rendering, the page cache and the
//! request pipeline.

#![warn(missing_docs)]

pub mod account_page;
pub mod admin_page;
pub mod assets;
pub mod body;
pub mod cached_page;
mod canonical_path;
pub mod client_ip;
pub mod client_location;
pub mod connections;
pub mod cookies;
pub mod device_cookie;
pub mod errors;
pub mod form;
pub mod form_token;
pub mod guards;
#[cfg(debug_assertions)]
pub mod live_reload;
pub mod page_cache;
pub mod page_context;
pub mod page_fragments;
pub mod passkey_challenge;
pub mod private_page;
pub mod public_page;
pub mod reply;
pub mod request_log;
pub mod request_pipeline;
pub mod resource_path;
pub mod route;
pub mod same_origin;
pub mod security_headers;
pub mod security_log;
pub mod session;
pub mod site_cache;
pub mod step_up;

pub use account_page::AccountRequest;
pub use admin_page::AdminRequest;
pub use client_location::ClientLocation;
pub use form::{Form, FormWithFiles, LongForm};
pub use form_token::FormToken;
pub use guards::{Anyone, SignedIn, Staff, Visitor};
pub use page_context::{Context, PublicContext};
pub use private_page::Layout;
pub use public_page::{BuiltPage, PublicRequest, QueryParam};
pub use reply::Reply;
pub use step_up::Confirmed;
