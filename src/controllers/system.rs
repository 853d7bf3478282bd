//! Health checks, static files, pictures, robots.txt, security.txt, sitemap, webhooks.

pub mod assets;
pub mod fallback;
pub mod health;
pub mod media;
pub mod robots;
pub mod security_txt;
pub mod webhooks;
