//! Query plans of SQLite for each list, filter and search: an index bounds the work for any number of rows.
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
use tradepost::models::catalog::stock_listing::StockListing;
use tradepost::models::checkout::gift_card::GiftCard;
use tradepost::models::checkout::gift_card::listing::GiftCardView as CardView;
use tradepost::models::content::media::Media;
use tradepost::models::content::post::{Post, PostStatus};
use tradepost::models::platform::email::Email;
use tradepost::models::platform::event::audit_log::{EventGroup, LogEntry, LogFilter};
use tradepost::models::platform::job::QueuedJob;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::order::listing::OrderView;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::models::sales::webhook::Webhook;
use tradepost::support::clock::Utc;
use tradepost::support::pagination::{Anchor, Cursor, PageRequest};

use crate::support::{TestShop, database};

/// Tables with a row for each product, variant, order, post or picture, and more.
const LARGE: [&str; 17] = [
    "events",
    "products",
    "variants",
    "stock_levels",
    "product_categories",
    "product_pictures",
    "orders",
    "order_lines",
    "order_addresses",
    "order_deliveries",
    "emails",
    "jobs",
    "posts",
    "post_drafts",
    "media",
    "gift_cards",
    "stock_ledger",
];

#[derive(diesel::QueryableByName)]
struct Step {
    /// The id of its parent step; 0 for the query.
    #[diesel(sql_type = Integer)]
    parent: i32,
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The queries of some work, each with the steps of its plan.
fn explain_queries(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<()>) -> Vec<QueryPlan> {
    let plans = Arc::new(Mutex::new(Vec::new()));
    let recorded = plans.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            recorded.lock().unwrap().push(query.to_string());
        }
    });
    work(conn).unwrap();
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let plans = plans.lock().unwrap().clone();
    let questions = plans.iter().map(|query| query.split(" -- binds").next().unwrap().trim().to_owned());
    let plan = |query: String| {
        let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(conn).unwrap();
        (query, steps)
    };
    // Diesel's query for an empty list.
    questions.filter(|query| query.starts_with("SELECT") && !query.contains("(1=0)")).map(plan).collect()
}

/// Steps that scan a large table without an index order, or sort everything found. Sorting what is
/// shown is fine if a subquery has found the few rows of a page already.
fn find_unbounded_steps(query: &str, steps: &[Step]) -> Option<String> {
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
async fn every_list_uses_an_index() {
    if database::postgres_url().is_some() {
        return;
    }
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").category("kitchen/cups").create().await;
    let request = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &request)).await.order;
    let post = shop.create_published_post("News", "Words").await;
    shop.run_jobs().await;
    let (product, key) = (mug.product.public_id.clone(), order.public_id.clone());
    let now = shop.app.clock().now();
    let lists = shop
        .read(move |conn| {
            let mut all = Vec::new();
            let words = ["mug".to_owned(), "cup".to_owned()];
            for spot in [Anchor::Start, Anchor::End, Anchor::After(key.clone()), Anchor::Before(key.clone())] {
                let window = Cursor { anchor: spot, size: 30 };
                for view in OrderView::ALL {
                    for words in [&[][..], &words] {
                        let plans = explain_queries(conn, |conn| Order::page(conn, *view, words, &window).map(drop));
                        all.push((format!("orders {view:?} {words:?} {window:?}"), plans));
                    }
                }
            }
            for view in OrderView::ALL {
                all.push((
                    format!("count of orders {view:?}"),
                    explain_queries(conn, |conn| Order::count(conn, *view).map(drop)),
                ));
            }
            staff_lists(conn, &mut all, &product, &post.public_id, now);
            shop_lists(conn, &mut all, &words);
            Ok(all)
        })
        .await;
    let mut violations = Vec::new();
    for (what, plans) in &lists {
        assert!(!plans.is_empty(), "{what} runs no query");
        for (query, steps) in plans {
            // Pending orders are few, so they may be sorted.
            if what.starts_with("orders AwaitingPayment []") {
                continue;
            }
            violations.extend(find_unbounded_steps(query, steps).map(|step| format!("{what}: {step}\n    {query}")));
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

type All = Vec<(String, Vec<QueryPlan>)>;

/// A query and the steps of its plan.
type QueryPlan = (String, Vec<Step>);

fn staff_lists(conn: &mut Conn, all: &mut All, product: &str, post: &str, now: Utc) {
    let words = ["mug".to_owned()];
    for spot in [|_: &str| Anchor::Start, |_: &str| Anchor::End, |key: &str| Anchor::After(key.to_owned())] {
        let window = |key: &str| Cursor { anchor: spot(key), size: 30 };
        for words in [&[][..], &words] {
            for status in [None, Some(ProductStatus::Active)] {
                let plans = explain_queries(conn, |conn| {
                    Product::list_for_admin(conn, status, words, &window(product)).map(drop)
                });
                all.push((format!("products {status:?} {words:?}"), plans));
            }
            for low in [false, true] {
                let plans =
                    explain_queries(conn, |conn| StockListing::list(conn, low, words, &window(product)).map(drop));
                all.push((format!("stock {low} {words:?}"), plans));
            }
            for status in [None, Some(PostStatus::Draft)] {
                let plans =
                    explain_queries(conn, |conn| Post::list_for_admin(conn, status, words, &window(post)).map(drop));
                all.push((format!("posts {status:?} {words:?}"), plans));
            }
        }
        all.push(("emails".to_owned(), explain_queries(conn, |conn| Email::list(conn, &window("1")).map(drop))));
        for (what, filter) in log_filters() {
            let plans = explain_queries(conn, |conn| LogEntry::page(conn, &filter, &window("1")).map(drop));
            all.push((format!("log of {what}"), plans));
        }
        all.push(("webhooks".to_owned(), explain_queries(conn, |conn| Webhook::list(conn, &window("1")).map(drop))));
        all.push(("pictures".to_owned(), explain_queries(conn, |conn| Media::list(conn, &window("1")).map(drop))));
        let cards =
            explain_queries(conn, |conn| GiftCard::page(conn, CardView::Active, "", now, &window("1")).map(drop));
        all.push(("gift cards".to_owned(), cards));
    }
    all.push(("low stock".to_owned(), explain_queries(conn, |conn| StockListing::list_low_stock(conn, 6).map(drop))));
    all.push((
        "count of low stock".to_owned(),
        explain_queries(conn, |conn| StockListing::count(conn, true).map(drop)),
    ));
    all.push(("undelivered emails".to_owned(), explain_queries(conn, |conn| Email::list_undelivered(conn).map(drop))));
    all.push((
        "count of undelivered emails".to_owned(),
        explain_queries(conn, |conn| Email::count_undelivered(conn).map(drop)),
    ));
    all.push(("overdue jobs".to_owned(), explain_queries(conn, |conn| QueuedJob::list_overdue(conn, now).map(drop))));
    all.push(("flagged orders".to_owned(), explain_queries(conn, |conn| Order::list_flagged(conn).map(drop))));
    all.push(("sales".to_owned(), explain_queries(conn, |conn| Order::list_sales_since(conn, now).map(drop))));
    all.push((
        "uses of pictures".to_owned(),
        explain_queries(conn, |conn| Media::count_usages(conn, &[1.into(), 2.into()]).map(drop)),
    ));
}

fn log_filters() -> Vec<(String, LogFilter)> {
    let groups = EventGroup::ALL.iter().map(|group| {
        let filter = LogFilter { group: Some(*group), ..LogFilter::default() };
        (group.as_str().to_owned(), filter)
    });
    let others = [
        ("all", LogFilter::default()),
        ("an actor", LogFilter { actor: Some(1.into()), ..LogFilter::default() }),
        ("a record", LogFilter { record: Some(("product".to_owned(), 1)), ..LogFilter::default() }),
    ];
    groups.chain(others.map(|(what, filter)| (what.to_owned(), filter))).collect()
}

fn shop_lists(conn: &mut Conn, all: &mut All, words: &[String]) {
    for sort in ProductSort::ALL {
        for (category, is_small) in [(None, false), (Some("kitchen".to_owned()), false)] {
            let filter = ProductFilter { category, sorts_within_category: is_small, featured: false };
            let paging = PageRequest { page: 2, size: 24 };
            let plans = explain_queries(conn, |conn| Product::list_active(conn, &filter, *sort, paging).map(drop));
            all.push((format!("shop {sort:?} {filter:?}"), plans));
        }
    }
    all.push(("search".to_owned(), explain_queries(conn, |conn| Product::search(conn, words, 24).map(drop))));
    all.push(("posts found".to_owned(), explain_queries(conn, |conn| Post::search(conn, words, 16).map(drop))));
    all.push((
        "blog".to_owned(),
        explain_queries(conn, |conn| Post::list_published(conn, None, PageRequest { page: 2, size: 10 }).map(drop)),
    ));
    let post = Post::list_published(conn, None, PageRequest { page: 1, size: 10 }).unwrap().items.remove(0);
    all.push(("pictures of a post".to_owned(), explain_queries(conn, |conn| post.pictures(conn).map(drop))));
    all.push((
        "pictures of a feed".to_owned(),
        explain_queries(conn, |conn| Media::for_posts(conn, &[1.into(), 2.into()]).map(drop)),
    ));
    all.push(("menu".to_owned(), explain_queries(conn, |conn| Category::list_for_menu(conn).map(drop))));
}
