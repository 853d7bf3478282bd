//! What machines ask for: health, static files, pictures, robots, sitemap.

pub mod assets;
pub mod fallback;
pub mod health;
pub mod media;
pub mod robots;
pub mod webhooks;
