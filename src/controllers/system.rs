//! Health checks, static files, pictures, robots.txt, sitemap, webhooks.

pub mod assets;
pub mod fallback;
pub mod health;
pub mod media;
pub mod robots;
pub mod webhooks;
