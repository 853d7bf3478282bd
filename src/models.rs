//! Floor 2: the domain. Models know no HTTP, no configuration and no template; reads take a connection, writes a `Tx`.

pub mod catalog;
pub mod checkout;
pub mod content;
pub mod maintenance;
pub mod people;
pub mod platform;
pub mod sales;
