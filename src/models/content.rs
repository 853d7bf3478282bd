//! Posts, pages, tags, pictures.

pub mod media;
pub mod post;
pub mod tag;
