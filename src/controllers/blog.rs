//! What visitors read.

pub mod feeds;
pub mod pages;
pub mod posts;
pub mod tags;
