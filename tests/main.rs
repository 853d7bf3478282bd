//! All tests of Tradepost from outside, in one program: journeys through its pages, refused forms, the
//! models on whichever database `TEST_POSTGRES_URL` picks (SQLite without it), the commands, and a server that is killed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of tests fail by panicking, like the tests themselves"
)]

mod architecture;
mod browser;
mod cli;
mod cli_doctor;
mod cli_setup;
mod controllers;
mod faults;
mod journeys;
mod language;
mod migrations;
mod models;
mod routes;
mod schema;
mod security;
mod support;
mod vocabulary;
