//! Posts, tags, pictures.

pub mod deletions;
pub mod pictures;
pub mod posts;
pub mod previews;
pub mod publications;
pub mod tags;
