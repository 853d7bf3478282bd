//! Posts, tags, pictures.

mod picture_uploads;
mod pictures;
mod posts;
mod published_content;
mod tags;
