//! The bare server for uncached pages: the same reads in one blocking task and the same templates, nothing else.

use actix_web::{App, HttpResponse, HttpServer, web};
use askama::Template;
use diesel::prelude::*;
use tradepost::db::full_text::{MatchMode, full_text_match};
use tradepost::db::{Conn, Database};
use tradepost::error::Result;
use tradepost::forms::Fields;
use tradepost::schema::{
    categories, media, post_tags, posts, product_pictures, product_words, products, settings, stock_levels, tags,
    variants,
};
use tradepost::support::i18n::Locale;
use tradepost::support::pagination::{Page, PageRequest};
use tradepost::support::slug;
use tradepost::views::blog::posts::{AuthorBox, Card as PostCard, Heading, Show as PostPage};
use tradepost::views::layout::Document;
use tradepost::views::layout::fragments::{FragmentMode, Viewer};
use tradepost::views::shop::categories::Entry;
use tradepost::views::shop::products::{Card, Index, Show};
use tradepost::views::shop::searches::Index as Found;
use tradepost::views::{Amount, DateTime, Link, Picture, SiteInfo, View};

use super::BenchResult;
use super::shop;

/// Serves until the process ends.
pub fn serve(data: &str) -> BenchResult<()> {
    let served = web::Data::new(shop::open_database(data)?);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(served.clone())
                .route("/product", web::get().to(|db: web::Data<Database>| respond(db, product)))
                .route("/post", web::get().to(|db: web::Data<Database>| respond(db, post)))
                .route("/list", web::get().to(|db: web::Data<Database>| respond(db, list)))
                .route(
                    "/search",
                    web::get().to(|db, typed: web::Query<SearchQuery>| respond(db, move |c| search(c, &typed.q))),
                )
        })
        .bind("127.0.0.1:0")?;
        println!("bare at http://{}/", server.addrs().first().ok_or_else(|| std::io::Error::other("no address"))?);
        server.run().await
    })?;
    Ok(())
}

/// The search query.
#[derive(serde::Deserialize)]
struct SearchQuery {
    q: String,
}

async fn respond(
    db: web::Data<Database>,
    page: impl FnOnce(&mut Conn) -> Result<String> + Send + 'static,
) -> HttpResponse {
    match db.read(page).await {
        Ok(html) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// Six queries.
fn product(conn: &mut Conn) -> Result<String> {
    let site: Vec<(String, String)> = settings::table.select((settings::name, settings::value)).load(conn)?;
    let (id, title, html): (i64, String, String) = products::table
        .filter(products::slug.eq("las-nubes"))
        .select((products::id, products::title, products::description_html))
        .first(conn)?;
    let (variant, public, price): (i64, String, i64) = variants::table
        .filter(variants::product_id.eq(id))
        .select((variants::id, variants::public_id, variants::price_minor))
        .first(conn)?;
    let left: i64 =
        stock_levels::table.filter(stock_levels::variant_id.eq(variant)).select(stock_levels::on_hand).first(conn)?;
    let menu: Vec<(String, String)> = categories::table.select((categories::title, categories::path)).load(conn)?;
    let pictures: Vec<String> = media::table.order(media::id).limit(2).select(media::sha256).load(conn)?;
    let page = Show {
        t: Locale::En,
        slug: "las-nubes".into(),
        tagline: String::new(),
        gallery: pictures.into_iter().map(picture).collect(),
        price: amount(price),
        highest_price: amount(price),
        has_price_range: false,
        currency: "EUR".into(),
        compare_at: None,
        low_30_days: None,
        discount_percent: None,
        is_new: false,
        stock_left: None,
        max_quantity: i32::try_from(left).unwrap_or(1),
        sold_out: false,
        variant_id: public,
        product_id: String::new(),
        options: Vec::new(),
        variants: Vec::new(),
        tax_note: "incl. VAT".into(),
        shipping_note: String::new(),
        description_html: html,
        summary: title.clone(),
        attributes: menu.iter().take(6).cloned().collect(),
        crumbs: Vec::new(),
        related: Vec::new(),
        form: Fields::default(),
        title,
    };
    let name = site.into_iter().find(|(name, _)| name == "site_name").map(|(_, value)| value).unwrap_or_default();
    render_document(&page, name, "/products/las-nubes")
}

/// The columns of a post card: id, slug, title, excerpt, cover.
type RelatedPost = (i64, String, String, String, Option<i64>);

/// Eight queries: the post, its cover, its neighbours, its tags, related posts, their covers, their tags.
fn post(conn: &mut Conn) -> Result<String> {
    let (id, title, body_html, excerpt, author, cover): (i64, String, String, String, String, Option<i64>) =
        posts::table
            .filter(posts::slug.eq("a-pour-over-you-can-repeat").and(posts::kind.eq("post")))
            .select((posts::id, posts::title, posts::body_html, posts::excerpt, posts::author_name, posts::cover_id))
            .first(conn)?;
    let cover: String = media::table.filter(media::id.nullable().eq(cover)).select(media::sha256).first(conn)?;
    let link = (posts::slug, posts::title);
    let previous: Option<(String, String)> =
        posts::table.filter(posts::id.lt(id)).order(posts::id.desc()).select(link).first(conn).optional()?;
    let next: Option<(String, String)> =
        posts::table.filter(posts::id.gt(id)).order(posts::id).select(link).first(conn).optional()?;
    let tagged: Vec<(String, String)> = post_tags::table
        .inner_join(tags::table)
        .filter(post_tags::post_id.eq(id))
        .select((tags::slug, tags::name))
        .load(conn)?;
    let related_rows: Vec<RelatedPost> = posts::table
        .filter(posts::kind.eq("post").and(posts::id.ne(id)))
        .order(posts::published_at.desc())
        .limit(3)
        .select((posts::id, posts::slug, posts::title, posts::excerpt, posts::cover_id))
        .load(conn)?;
    let ids: Vec<i64> = related_rows.iter().map(|(id, ..)| *id).collect();
    let covers: Vec<i64> = related_rows.iter().filter_map(|(.., cover)| *cover).collect();
    let covers: Vec<(i64, String)> =
        media::table.filter(media::id.eq_any(covers)).select((media::id, media::sha256)).load(conn)?;
    let tags: Vec<(i64, String)> = post_tags::table
        .inner_join(tags::table)
        .filter(post_tags::post_id.eq_any(ids))
        .select((post_tags::post_id, tags::name))
        .load(conn)?;
    let when = || DateTime { iso: "2026-11-21T12:00:00Z".into(), text: "21 November 2026".into() };
    let to = |(slug, label): (String, String)| Link { href: format!("/blog/{slug}"), label };
    let related = related_rows.into_iter().map(|(id, slug, title, standfirst, cover)| PostCard {
        href: format!("/blog/{slug}"),
        title,
        slug,
        tag: tags.iter().find(|(post, _)| *post == id).map(|(_, name)| name.clone()),
        published: when(),
        reading_minutes: 5,
        excerpt: standfirst,
        cover: covers.iter().find(|(id, _)| Some(*id) == cover).map(|(_, sha256)| picture(sha256.clone())),
    });
    let page = PostPage {
        t: Locale::En,
        slug: "a-pour-over-you-can-repeat".into(),
        excerpt,
        author,
        about_author: AuthorBox::default(),
        published: Some(when()),
        updated: None,
        reading_minutes: 5,
        cover: Some(picture(cover)),
        cover_caption: String::new(),
        body_html,
        contents: vec![Heading { id: "a".into(), text: title.clone(), level: 2 }; 5],
        tags: tagged.into_iter().map(to).collect(),
        previous: previous.map(to),
        next: next.map(to),
        related: related.collect(),
        preview: None,
        description: String::new(),
        title,
    };
    render_document(&page, "Northbound".into(), "/blog/a-pour-over-you-can-repeat")
}

/// The columns of a product card: slug, title, attributes, price, first picture.
type CardRow = (String, String, String, i64, Option<String>);

macro_rules! card_columns {
    () => {{
        let first_picture = product_pictures::table
            .filter(product_pictures::product_id.eq(products::id))
            .order((product_pictures::position, product_pictures::media_id))
            .select(product_pictures::media_id)
            .limit(1)
            .single_value();
        products::table
            .inner_join(variants::table.inner_join(stock_levels::table))
            .left_join(media::table.on(media::id.nullable().eq(first_picture)))
            .select((
                products::slug,
                products::title,
                products::attributes,
                variants::price_minor,
                media::sha256.nullable(),
            ))
    }};
}

fn card((slug, title, attributes, price, sha256): CardRow) -> Card {
    Card {
        href: format!("/products/{slug}"),
        title,
        slug,
        note: attributes,
        picture: sha256.map(picture),
        price: amount(price),
        has_price_range: false,
        compare_at: None,
        low_30_days: None,
        discount_percent: None,
        sold_out: false,
        is_new: true,
    }
}

/// Two queries: full text, and the cards of the products found.
fn search(conn: &mut Conn, typed: &str) -> Result<String> {
    let words: Vec<Vec<String>> = slug::search_words(typed).into_iter().map(|word| vec![word]).collect();
    let ids: Vec<i64> = product_words::table
        .inner_join(products::table)
        .filter(full_text_match(product_words::document, MatchMode::Prefixes, &words))
        .filter(products::status.eq("active"))
        .order(product_words::rowid.desc())
        .limit(24)
        .select(products::id)
        .load(conn)?;
    let rows: Vec<CardRow> = card_columns!().filter(products::id.eq_any(ids)).load(conn)?;
    let products = rows.into_iter().map(card).collect();
    let page = Found { t: Locale::En, words: typed.to_owned(), products, posts: Vec::new(), pages: Vec::new() };
    render_document(&page, "Northbound".into(), "/search")
}

/// Three queries: a page of products with variant, stock and first picture; their number; the categories.
fn list(conn: &mut Conn) -> Result<String> {
    let paging = PageRequest { page: 1, size: 24 };
    let rows: Vec<CardRow> = card_columns!()
        .filter(products::status.eq("active"))
        .order((products::featured.desc(), products::published_at.desc(), products::id.desc()))
        .limit(paging.limit())
        .load(conn)?;
    let count: i64 = products::table.filter(products::status.eq("active")).count().get_result(conn)?;
    let known: Vec<(String, String)> = categories::table.select((categories::title, categories::path)).load(conn)?;
    let cards = Page::from_rows(rows, paging).map(card);
    let entry = |(label, path): (String, String)| Entry {
        label,
        href: format!("/shop/{path}"),
        count: None,
        current: false,
        children: Vec::new(),
    };
    let page = Index {
        t: Locale::En,
        heading: "Shop".into(),
        description: String::new(),
        cards,
        count,
        sort: "featured".into(),
        categories: known.into_iter().map(entry).collect(),
        path: "/shop".into(),
    };
    render_document(&page, "Northbound".into(), "/shop")
}

fn picture(sha256: String) -> Picture {
    Picture { srcset: sha256.clone(), src: sha256, avif: String::new(), width: 1200, height: 1500, alt: String::new() }
}

fn amount(minor: i64) -> Amount {
    Amount { value: minor.to_string(), text: minor.to_string() }
}

fn render_document(page: &impl View, name: String, path: &str) -> Result<String> {
    let site = &SiteInfo { name, ..SiteInfo::default() };
    let (body, title, head) = (&page.render()?, &page.title(), &page.head());
    let holes = FragmentMode::Render(&Viewer::default());
    Ok(Document { t: Locale::En, site, path, fragments: holes, scripts: true, title, head, body }.render()?)
}
