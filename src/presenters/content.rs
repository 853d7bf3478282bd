//! Posts, tags and pictures.

pub mod admin_picture;
pub mod admin_post;
pub mod admin_tag;
pub mod post_card;
pub mod post_page;
pub mod post_preview;
