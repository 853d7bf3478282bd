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
            let posts = Post::search(conn, PostKind::Post, &words, 12)?;
            let posts = shown::post_cards(conn, &posts, cx)?;
            let pages = Post::search(conn, PostKind::Page, &words, 12)?;
            let pages = pages.into_iter().map(|page| Link { href: paths::page(&page.slug), label: page.title });
            Ok(Index { words: typed, products, posts, pages: pages.collect() })
        })
        .await
}
