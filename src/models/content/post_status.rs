//! Whether a post is published.

use crate::text_enum;

text_enum! {
    PostStatus {
        Draft = "draft",
        Published = "published",
    }
}
