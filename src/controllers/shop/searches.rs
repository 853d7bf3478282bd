//! Search over products, posts and pages.

use crate::error::Result;
use crate::http::{BuiltPage, Public, shown};
use crate::models::post::{Post, PostKind};
use crate::models::product::Product;
use crate::paths;
use crate::support::slug;
use crate::views::Link;
use crate::views::shop::searches::Index;

/// Words a search looks at.
const WORDS: usize = 8;

/// Shows what all the words occur in.
pub async fn index(public: Public) -> Result<BuiltPage> {
    let typed = public.words();
    public
        .page(&[], move |conn, cx| {
            let words: Vec<String> = slug::words(&typed).into_iter().take(WORDS).collect();
            if words.is_empty() {
                return Ok(Index { words: typed, products: Vec::new(), posts: Vec::new(), pages: Vec::new() });
            }
            let products = Product::search(conn, &words, 24)?;
            let products = shown::product_cards(conn, &products, cx)?;
            let (mut posts, mut pages) = (Vec::new(), Vec::new());
            for (kind, found) in Post::search(conn, &words, 16)? {
                match kind {
                    PostKind::Post => posts.push(found),
                    PostKind::Page => pages.push(Link { href: paths::page(&found.slug), label: found.title }),
                }
            }
            let posts = shown::post_cards(conn, &posts, cx)?;
            Ok(Index { words: typed, products, posts, pages })
        })
        .await
}
