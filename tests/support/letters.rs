//! The letters of a shop.

use tradepost::models::letter::Letter;
use tradepost::support::page::Paging;

use super::shop::TestShop;

impl TestShop {
    /// All letters, oldest first.
    pub async fn letters(&self) -> Vec<Letter> {
        let mut letters = self.read(|conn| Letter::page(conn, Paging { page: 1, size: 200 })).await.items;
        letters.reverse();
        letters
    }

    /// To whom and about what, oldest first.
    pub async fn post_box(&self) -> Vec<String> {
        self.letters().await.iter().map(|letter| format!("{}: {}", letter.recipient, letter.subject)).collect()
    }
}
