//! Search over products, posts and pages.

use crate::error::Result;
use crate::http::{BuiltPage, PublicRequest};
use crate::models::catalog::product::Product;
use crate::models::content::post::{Post, PostKind};
use crate::paths;
use crate::support::slug;
use crate::views::Link;
use crate::views::shop::searches::Index;

/// Search words used; further ones are ignored.
const MAX_WORDS: usize = 8;

/// Results contain all words.
pub async fn index(public: PublicRequest) -> Result<BuiltPage> {
    let query = public.search_query();
    public
        .render_page(&[], move |conn, cx| {
            let words: Vec<String> = slug::search_words(&query).into_iter().take(MAX_WORDS).collect();
            if words.is_empty() {
                return Ok(Index {
                    t: cx.locale(),
                    words: query,
                    products: Vec::new(),
                    posts: Vec::new(),
                    pages: Vec::new(),
                });
            }
            let products = Product::search(conn, &words, 24)?;
            let products = cx.load_product_cards(conn, &products)?;
            let (mut posts, mut pages) = (Vec::new(), Vec::new());
            for (kind, post) in Post::search(conn, &words, 16)? {
                match kind {
                    PostKind::Post => posts.push(post),
                    PostKind::Page => pages.push(Link { href: paths::page(&post.slug), label: post.title }),
                }
            }
            let posts = cx.load_post_cards(conn, &posts)?;
            Ok(Index { t: cx.locale(), words: query, products, posts, pages })
        })
        .await
}
