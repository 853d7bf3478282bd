//! The blog and the site's pages.

pub mod feeds;
pub mod pages;
pub mod posts;
pub mod tags;
