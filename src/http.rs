//! The words controllers use: who is asking, what they sent, what to answer.

pub mod assets;
pub mod body;
pub mod client_ip;
pub mod connections;
pub mod cookies;
pub mod device;
pub mod envelope;
pub mod errors;
pub mod form;
pub mod guards;
pub mod kept_page;
#[cfg(debug_assertions)]
pub mod live_reload;
pub mod local;
pub mod once;
pub mod page;
pub mod page_cache;
pub mod person;
pub mod pictures;
pub mod public;
pub mod reply;
pub mod request_log;
pub mod route;
pub mod same_origin;
pub mod security_headers;
pub mod security_log;
pub mod session;
pub mod shown;
pub mod site;

pub use form::{Form, FormWithFiles, LongForm};
pub use guards::{Anyone, Staff, Visitor};
pub use local::Local;
pub use once::Once;
pub use page::{Context, Shared};
pub use public::{BuiltPage, Parameter, Public};
pub use reply::Reply;
