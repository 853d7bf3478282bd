//! Tradepost: a blog and a shop with their admin pages in one program. The floors, top to bottom; imports only go
//! down (`docs/ARCHITECTURE.md` is the map).

/// Whoever links Tradepost gets its memory here: the program, its tests, and the limits it is measured against.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

// ── floor 7: entry ──
pub mod cli;
pub mod routes;
pub mod server;
// ── floor 6: controllers ──
pub mod controllers;
// ── floor 5: what a request is, what runs later, the sample shop ──
pub mod demo;
pub mod http;
pub mod jobs;
// ── floor 4: what people read ──
pub mod mailers;
pub mod papers;
pub mod views;
// ── floor 3: the edges ──
pub mod adapters;
pub mod app;
pub mod forms;
pub mod paths;
// ── floor 2: the domain ──
pub mod models;
// ── floor 1: the ground ──
pub mod config;
#[expect(missing_docs, reason = "the derive of the connection writes items of its own")]
pub mod db;
pub mod error;
#[expect(missing_docs, reason = "the columns are described where they are used, in models")]
pub mod schema;
// ── floor 0: support ──
pub mod support;
