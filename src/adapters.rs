//! External services and the file system, each with a test double or a local implementation.

pub mod erasure_file;
pub(crate) mod http_client;
pub mod identity_provider;
pub mod mail;
pub mod payments;
pub mod pictures;
pub mod smtp_check;
pub mod vies;
