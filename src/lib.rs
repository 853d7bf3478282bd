//! Tradepost: a blog and a shop with their admin pages in one program. The modules form floors, listed from top to
//! bottom; imports only go down (see `docs/ARCHITECTURE.md`).

/// In the library, so that the program, its tests and its benchmarks use the same allocator.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

// ── floor 7: entry points ──
pub mod cli;
pub mod routes;
pub mod server;
// ── floor 6: controllers ──
pub mod controllers;
// ── floor 5: requests, background jobs, sample shop ──
pub mod demo;
pub mod http;
pub mod jobs;
// ── floor 4: rendering ──
pub mod documents;
pub mod mailers;
pub mod presenters;
pub mod views;
// ── floor 3: adapters, application state, forms, paths ──
pub mod adapters;
pub mod app;
pub mod forms;
pub mod paths;
// ── floor 2: domain ──
pub mod models;
// ── floor 1: configuration, database, errors ──
pub mod config;
pub mod db;
pub mod error;
pub mod schema;
// ── floor 0: support ──
pub mod support;
