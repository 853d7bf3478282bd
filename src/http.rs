//! The words controllers use: who is asking, what they sent, what to answer.

pub mod assets;
pub mod client_ip;
pub mod envelope;
pub mod errors;
pub mod form;
pub mod guards;
pub mod page;
pub mod pictures;
pub mod reply;
pub mod same_origin;
pub mod security_headers;
pub mod session;

pub use form::Form;
pub use guards::{Anyone, Staff, Visitor};
pub use page::Context;
pub use reply::Reply;
