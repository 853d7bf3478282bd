//! How SQLite goes about each list, filter and search: by an index that bounds the work, whatever the number of rows.
//! Without `ANALYZE`, which this program does not run, its plans do not depend on how many there are, so a small shop
//! shows the plans of a large one. PostgreSQL plans by statistics and was measured instead
//! (docs/decisions/0017-long-lists-and-search.md).

use std::sync::{Arc, Mutex};

use diesel::RunQueryDsl;
use diesel::connection::{Connection, InstrumentationEvent};
use diesel::sql_types::{Integer, Text};
use tradepost::db::Conn;
use tradepost::error::Result;
use tradepost::models::catalog::category::Category;
use tradepost::models::catalog::product::{Product, ProductFilter, ProductSort, ProductStatus};
use tradepost::models::catalog::variant::stock_items::StockItem;
use tradepost::models::checkout::gift_card::GiftCard;
use tradepost::models::checkout::gift_card::listing::GiftCardView as CardView;
use tradepost::models::content::media::Media;
use tradepost::models::content::post::Post;
use tradepost::models::platform::email::Email;
use tradepost::models::platform::job::QueuedJob;
use tradepost::models::sales::order::listing::OrderView;
use tradepost::models::sales::order::{Order, PaymentMethod};
use tradepost::models::sales::webhook::Webhook;
use tradepost::support::clock::Utc;
use tradepost::support::pagination::{Anchor, Cursor, PageRequest};

use crate::support::{TestShop, database};

/// Tables with a row for each product, variant, order, post or picture, and more.
const LARGE: [&str; 15] = [
    "products",
    "variants",
    "stock_levels",
    "product_categories",
    "product_pictures",
    "orders",
    "order_lines",
    "order_addresses",
    "letters",
    "jobs",
    "posts",
    "post_drafts",
    "media",
    "gift_cards",
    "stock_ledger",
];

#[derive(diesel::QueryableByName)]
struct Step {
    /// The step it is part of, from 1; nought for the whole.
    #[diesel(sql_type = Integer)]
    parent: i32,
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The questions that some work asks, each with the steps of its plan.
fn plans(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<()>) -> Vec<Plan> {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            seen.lock().unwrap().push(query.to_string());
        }
    });
    work(conn).unwrap();
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let asked = asked.lock().unwrap().clone();
    let questions = asked.iter().map(|query| query.split(" -- binds").next().unwrap().trim().to_owned());
    let plan = |query: String| {
        let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(conn).unwrap();
        (query, steps)
    };
    // Of no rows, Diesel asks whether one is nought.
    questions.filter(|query| query.starts_with("SELECT") && !query.contains("(1=0)")).map(plan).collect()
}

/// What is wrong with a plan: it looks at a whole large table in no order, or sorts all that it found. To sort what is
/// shown is fine where a question within the question has found the few rows of a page already.
fn unbounded(query: &str, steps: &[Step]) -> Option<String> {
    let by_row = |table: &str| query.contains(&format!("ORDER BY `{table}`.`id` "));
    let of_a_page = query.split_once(" IN (SELECT ").is_some_and(|(_, within)| within.contains(" LIMIT "));
    let scans = |step: &Step| LARGE.iter().any(|table| step.detail == format!("SCAN {table}") && !by_row(table));
    let sorts = |step: &Step| {
        let large = LARGE.iter().any(|table| query.contains(table));
        large && step.detail.contains("FOR ORDER BY") && !(of_a_page && step.parent == 0)
    };
    steps.iter().find(|step| scans(step) || sorts(step)).map(|step| step.detail.clone())
}

#[actix_web::test]
async fn every_list_goes_by_an_index() {
    if database::postgres_url().is_some() {
        return;
    }
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").category("kitchen/cups").create().await;
    let wish = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &wish)).await.order;
    let post = shop.create_published_post("News", "Words").await;
    shop.run_jobs().await;
    let (product, key) = (mug.product.public_id.clone(), order.public_id.clone());
    let now = shop.app.clock().now();
    let found = shop
        .read(move |conn| {
            let mut all = Vec::new();
            let words = ["mug".to_owned(), "cup".to_owned()];
            for spot in [Anchor::Start, Anchor::End, Anchor::After(key.clone()), Anchor::Before(key.clone())] {
                let window = Cursor { anchor: spot, size: 30 };
                for view in OrderView::ALL {
                    for words in [&[][..], &words] {
                        let asked = plans(conn, |conn| Order::page(conn, *view, words, &window).map(drop));
                        all.push((format!("orders {view:?} {words:?} {window:?}"), asked));
                    }
                }
            }
            for view in OrderView::ALL {
                all.push((
                    format!("count of orders {view:?}"),
                    plans(conn, |conn| Order::count(conn, *view).map(drop)),
                ));
            }
            staff_lists(conn, &mut all, &product, &post.public_id, now);
            shop_lists(conn, &mut all, &words);
            Ok(all)
        })
        .await;
    let mut wrong = Vec::new();
    for (what, asked) in &found {
        assert!(!asked.is_empty(), "{what} asks nothing");
        for (query, steps) in asked {
            // What waits for money is sorted: it is never many.
            if what.starts_with("orders AwaitingPayment []") {
                continue;
            }
            wrong.extend(unbounded(query, steps).map(|step| format!("{what}: {step}\n    {query}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

type All = Vec<(String, Vec<Plan>)>;

/// A question and the steps of its plan.
type Plan = (String, Vec<Step>);

fn staff_lists(conn: &mut Conn, all: &mut All, product: &str, post: &str, now: Utc) {
    let words = ["mug".to_owned()];
    for spot in [|_: &str| Anchor::Start, |_: &str| Anchor::End, |key: &str| Anchor::After(key.to_owned())] {
        let window = |key: &str| Cursor { anchor: spot(key), size: 30 };
        for words in [&[][..], &words] {
            for status in [None, Some(ProductStatus::Active)] {
                let asked =
                    plans(conn, |conn| Product::list_for_admin(conn, status, words, &window(product)).map(drop));
                all.push((format!("products {status:?} {words:?}"), asked));
            }
            for low in [false, true] {
                let asked = plans(conn, |conn| StockItem::list(conn, low, words, &window(product)).map(drop));
                all.push((format!("stock {low} {words:?}"), asked));
            }
            for status in [None, Some("draft")] {
                let asked = plans(conn, |conn| Post::list_for_admin(conn, status, words, &window(post)).map(drop));
                all.push((format!("posts {status:?} {words:?}"), asked));
            }
        }
        all.push(("letters".to_owned(), plans(conn, |conn| Email::list(conn, &window("1")).map(drop))));
        all.push(("webhooks".to_owned(), plans(conn, |conn| Webhook::list(conn, &window("1")).map(drop))));
        all.push(("pictures".to_owned(), plans(conn, |conn| Media::list(conn, &window("1")).map(drop))));
        let cards = plans(conn, |conn| GiftCard::page(conn, CardView::Active, "", now, &window("1")).map(drop));
        all.push(("gift cards".to_owned(), cards));
    }
    all.push(("running out".to_owned(), plans(conn, |conn| StockItem::list_low_stock(conn, 6).map(drop))));
    all.push(("count of low stock".to_owned(), plans(conn, |conn| StockItem::count(conn, true).map(drop))));
    all.push(("untaken letters".to_owned(), plans(conn, |conn| Email::list_undelivered(conn).map(drop))));
    all.push(("count of untaken letters".to_owned(), plans(conn, |conn| Email::count_undelivered(conn).map(drop))));
    all.push(("late work".to_owned(), plans(conn, |conn| QueuedJob::list_overdue(conn, now).map(drop))));
    all.push(("odd orders".to_owned(), plans(conn, |conn| Order::list_flagged(conn).map(drop))));
    all.push(("sales".to_owned(), plans(conn, |conn| Order::list_sales_since(conn, now).map(drop))));
    all.push(("uses of pictures".to_owned(), plans(conn, |conn| Media::count_usages(conn, &[1, 2]).map(drop))));
}

fn shop_lists(conn: &mut Conn, all: &mut All, words: &[String]) {
    for sort in ProductSort::ALL {
        for (category, is_small) in [(None, false), (Some("kitchen".to_owned()), false)] {
            let filter = ProductFilter { category, is_small_category: is_small, featured: false };
            let paging = PageRequest { page: 2, size: 24 };
            let asked = plans(conn, |conn| Product::list_active(conn, &filter, *sort, paging).map(drop));
            all.push((format!("shop {sort:?} {filter:?}"), asked));
        }
    }
    all.push(("search".to_owned(), plans(conn, |conn| Product::search(conn, words, 24).map(drop))));
    all.push(("posts found".to_owned(), plans(conn, |conn| Post::search(conn, words, 16).map(drop))));
    all.push((
        "blog".to_owned(),
        plans(conn, |conn| Post::list_published(conn, None, PageRequest { page: 2, size: 10 }).map(drop)),
    ));
    let post = Post::list_published(conn, None, PageRequest { page: 1, size: 10 }).unwrap().items.remove(0);
    all.push(("pictures of a post".to_owned(), plans(conn, |conn| post.pictures(conn).map(drop))));
    all.push(("pictures of a feed".to_owned(), plans(conn, |conn| Media::for_posts(conn, &[1, 2]).map(drop))));
    all.push(("menu".to_owned(), plans(conn, |conn| Category::list_for_menu(conn).map(drop))));
}
