//! Posts, pages, tags, pictures.

pub mod media;
pub mod post;
pub mod post_status;
pub mod tag;
