//! The HTTP layer below the controllers: extractors and guards, forms, replies, page rendering, the page cache and the
//! request pipeline.

#![warn(missing_docs)]

pub mod assets;
pub mod body;
pub mod cached_page;
pub mod client_ip;
pub mod connections;
pub mod cookies;
pub mod device_cookie;
pub mod errors;
pub mod form;
pub mod form_token;
pub mod guards;
#[cfg(debug_assertions)]
pub mod live_reload;
pub mod local_request;
pub mod page;
pub mod page_cache;
pub mod public_page;
pub mod reply;
pub mod request_log;
pub mod request_pipeline;
pub mod route;
pub mod same_origin;
pub mod security_headers;
pub mod security_log;
pub mod session;
pub mod site_cache;
pub mod viewer;

pub use form::{Form, FormWithFiles, LongForm};
pub use form_token::FormToken;
pub use guards::{Anyone, Staff, Visitor};
pub use local_request::LocalRequest;
pub use page::{Context, PublicContext};
pub use public_page::{BuiltPage, PublicRequest, QueryParam};
pub use reply::Reply;
