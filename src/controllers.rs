//! HTTP handlers, one function per route: each checks its input, calls one model function and builds the reply.

pub mod account;
pub mod admin;
mod authors;
pub mod blog;
mod email_requests;
pub mod shop;
pub mod system;
