//! Posts, tags, pictures.

pub mod pictures;
pub mod posts;
pub mod tags;
