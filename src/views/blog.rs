//! The blog and the pages.

pub mod feeds;
pub mod pages;
pub mod posts;
pub mod tags;
