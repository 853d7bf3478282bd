//! Posts, pages and feeds: what authors type and what readers, feed readers and search engines get.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tradepost::models::content::post::{Post, PostKind};
use tradepost::models::people::account::roles::Role;

use crate::support::pictures::png;
use crate::support::{Browser, Page, TestShop};

/// Characters that people paste unknowingly and XML does not allow.
const FORBIDDEN: &[char] =
    &['\u{0}', '\u{1}', '\u{8}', '\u{b}', '\u{c}', '\u{e}', '\u{1b}', '\u{1f}', '\u{fffe}', '\u{ffff}'];

/// Opens the editor of a new post, fills it in and presses a button.
async fn submit_new_post(writer: &Browser, button: &str, fields: &[(&str, &str)]) -> Page {
    writer.get("/admin/posts/new").await.form(button).fill_all(fields).submit().await
}

/// The feed, parsed strictly.
async fn parse_feed(reader: &Browser) -> String {
    let feed = reader.get("/blog/feed.atom").await;
    assert_eq!(feed.status, 200);
    let text = String::from_utf8(feed.body).unwrap();
    if let Err(error) = roxmltree::Document::parse(&text) {
        panic!("{error}: {text:?}");
    }
    text
}

/// The content of the newest entry of a feed.
fn newest_entry_content(feed: &str) -> String {
    let feed = roxmltree::Document::parse(feed).unwrap();
    let content = feed.descendants().find(|node| node.has_tag_name(("http://www.w3.org/2005/Atom", "content")));
    content.unwrap().text().unwrap().to_owned()
}

#[actix_web::test]
async fn markup_in_headings_is_rendered_on_pages_feeds_and_previews() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let body = "Intro.\n\n## Why the <script> tag is slow\n\nThe course costs 40 EUR.\n\n## Using Vec<String>\n\nThird.\n\n\
                ## ![p](https://evil.example/p.gif)\n\n## x <a href=\"/admin\" id=main> y\n\nLast.";
    let page = editor.get("/admin/posts/new").await;
    let preview = page.form("Preview").fill_all(&[("title", "Markup"), ("body", body)]).submit().await;
    submit_new_post(&editor, "Publish", &[("title", "Markup"), ("body", body)]).await;
    let public = reader.get("/blog/markup").await;
    for page in [&preview, &public] {
        let words = page.text(".prose");
        for part in ["Why the <script> tag is slow", "costs 40 EUR", "Using Vec<String>", "Third.", "y", "Last."] {
            assert!(words.contains(part), "{part} in {words}");
        }
        assert!(!page.has(".prose script") && !page.has(".prose img") && !page.has(".prose a[href^='/admin']"));
        assert_eq!(page.texts(".prose h2").len(), 4);
    }
    assert!(public.texts(".toc li").contains(&"Using Vec<String>".to_owned()), "{:?}", public.texts(".toc li"));
    let feed = parse_feed(&reader).await;
    assert!(!feed.contains("evil.example") && newest_entry_content(&feed).contains("Last."), "{feed}");
}

#[actix_web::test]
async fn a_post_says_who_wrote_it_as_soon_as_the_profile_changes() {
    let shop = TestShop::new().await;
    let (author, reader) = (shop.log_in_as(Role::Author).await, shop.visitor());
    submit_new_post(&author, "Publish", &[("title", "News"), ("body", "Words.")]).await;
    let page = reader.get("/blog/news").await;
    assert!(page.has(".author .face") && !page.has(".author .bio") && !page.has(".author img"));
    author.get("/admin/pictures").await.form("Upload").attach_file("files", "face.png", &png(64, 64)).submit().await;
    let form = author.get("/admin/profile").await.form("Save");
    let pictures = form.controls.iter().find(|control| control.name == "picture").unwrap().options.clone();
    let bio = "Roasts <b>coffee</b>. Lives in Kiel.";
    form.fill("bio", &bio.replace(". ", ".\n")).choose("picture", &pictures[1]).submit().await;
    let page = reader.get("/blog/news").await;
    assert_eq!(page.text(".author .bio"), bio);
    assert_eq!(page.attr(".author img", "alt").as_deref(), Some(""));
    let form = author.get("/admin/posts/new").await.form("Preview").fill_all(&[("title", "Next"), ("body", "Words.")]);
    assert_eq!(form.submit().await.text(".author .bio"), bio);
    shop.assert_audit_passes().await;
    shop.discard_picture_jobs().await;
}

#[actix_web::test]
async fn a_product_renders_markup_and_has_a_complete_summary() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/products/new").await;
    let description = "Cut with a <style> of 250\u{a0}g.\n\n## Why <title> matters\n\nThe end.";
    let form = page.form("Save").fill_all(&[("title", "/dev/null mug"), ("description", description), ("price", "12")]);
    let page = form.choose("status", "active").submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    let public = shop.visitor().get("/products/dev-null-mug").await;
    let words = public.text(".about-product .prose");
    assert!(
        words.contains("<style>") && words.contains("Why <title> matters") && words.contains("The end."),
        "{words}"
    );
    let summary = "Cut with a <style> of 250\u{a0}g.";
    assert_eq!(
        public.attr("meta[name=description]", "content").unwrap().replace('\u{a0}', " "),
        summary.replace('\u{a0}', " ")
    );
    let data: serde_json::Value = serde_json::from_str(&public.texts("script[type='application/ld+json']")[0]).unwrap();
    assert_eq!(data["name"], "/dev/null mug");
    assert_eq!(data["url"], "http://127.0.0.1/products/dev-null-mug");
    assert!(!data["description"].as_str().unwrap().contains("&nbsp;"), "{data}");
}

#[actix_web::test]
async fn every_character_leaves_feed_and_sitemap_well_formed() {
    let shop = TestShop::new().await;
    let (owner, reader) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    for odd in FORBIDDEN {
        let typed = |word: &str| format!("{word}{odd} a{odd}b");
        let body = format!(
            "{0}\n\n`{0}`\n\n```\n{0}\n```\n\n## {0}\n\n![{0}](https://x.example/y.png \"{0}\") &#11; &#x1b; &#65534; &#0;",
            typed("body")
        );
        let (title, tags, excerpt) = (typed("title"), typed("tag"), typed("excerpt"));
        let fields = [("title", title.as_str()), ("body", &body), ("tags", &tags), ("excerpt", &excerpt)];
        let page = submit_new_post(&owner, "Publish", &fields).await;
        assert_eq!(page.status, 200, "{}", page.text("main"));
        assert_eq!(page.field_value("title"), "title ab", "{odd:?}");
        parse_feed(&reader).await;
    }
    // Text that was not stored by a form.
    shop.update_settings(|settings| {
        settings.site_name = "Odd \u{b}\u{ffff} & <shop>".to_owned();
        settings.tagline = "line \u{c}".to_owned();
    })
    .await;
    shop.create_published_post("Imp\u{b}orted & <b>", "By\u{1b} program \u{fffe}.").await;
    let read = parse_feed(&reader).await;
    let read = roxmltree::Document::parse(&read).unwrap();
    let titles: Vec<&str> =
        read.descendants().filter(|node| node.has_tag_name("title")).filter_map(|n| n.text()).collect();
    assert_eq!(titles[..2], ["Odd  & <shop>", "Imported & <b>"]);
    let sitemap = String::from_utf8(reader.get("/sitemap.xml").await.body).unwrap();
    roxmltree::Document::parse(&sitemap).unwrap();
}

#[actix_web::test]
async fn text_in_all_scripts_is_unchanged_in_the_feed() {
    let shop = TestShop::new().await;
    for title in [
        "Ünïcödé 👩\u{200d}🍳",
        "tab\tand\u{85}next\u{2028}line\u{7f}",
        "]]> <![CDATA[ <!-- & &amp; \"'",
        "مرحبا \u{200f}",
        "\u{1fffe}\u{10ffff}",
    ] {
        let stored = shop.create_published_post(title, title).await;
        let read = parse_feed(&shop.visitor()).await;
        let read = roxmltree::Document::parse(&read).unwrap();
        let titles: Vec<&str> =
            read.descendants().filter(|n| n.has_tag_name("title")).filter_map(|n| n.text()).collect();
        assert!(titles.contains(&stored.title.as_str()), "{title:?} in {titles:?}");
    }
}

#[actix_web::test]
async fn feed_links_are_absolute_and_texts_unchanged() {
    let shop = TestShop::new().await;
    let (owner, reader) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    let page = owner
        .get("/admin/pictures")
        .await
        .form("Upload")
        .attach_file("files", "cup.png", &png(400, 300))
        .submit()
        .await;
    let id = page.attr("a[href^='/admin/pictures/']", "href").unwrap().rsplit('/').next().unwrap().to_owned();
    let body = format!(
        "[a](other-post) [b](../shop) [c](?page=2) [d](#look) [e](//cdn.example/x) [f](/products/x) \
         `href=\"/x\"` and a, /media/x.\n\n```html\n<img srcset=\"/a 1w, /media/b 2w\">\n```\n\n![Cup](media:{id})\n\nn[^1]\n\n[^1]: y"
    );
    submit_new_post(&owner, "Publish", &[("title", "Addresses"), ("body", &body)]).await;
    shop.run_jobs().await;
    let first = parse_feed(&reader).await;
    let html = scraper::Html::parse_fragment(&newest_entry_content(&first));
    let all = scraper::Selector::parse("[href], [src]").unwrap();
    for element in html.select(&all) {
        for name in ["href", "src"] {
            if let Some(address) = element.attr(name) {
                assert!(url::Url::parse(address).is_ok(), "{address}");
            }
        }
    }
    let content = newest_entry_content(&first);
    for whole in [
        "http://127.0.0.1/blog/other-post\"",
        "http://127.0.0.1/shop\"",
        "http://127.0.0.1/blog/addresses?page=2\"",
        "http://127.0.0.1/blog/addresses#look\"",
        "http://cdn.example/x\"",
        "http://127.0.0.1/products/x\"",
        "http://127.0.0.1/blog/addresses#fn-1\"",
    ] {
        assert!(content.contains(whole), "{whole} in {content}");
    }
    let sizes = scraper::Selector::parse("img").unwrap();
    let picture = html.select(&sizes).next().unwrap();
    assert!(picture.attr("srcset").unwrap().split(", ").all(|size| size.starts_with("http://127.0.0.1/media/")));
    let words: String = html.root_element().text().collect();
    assert!(
        words.contains("href=\"/x\" and a, /media/x.") && words.contains("srcset=\"/a 1w, /media/b 2w\""),
        "{words}"
    );
}

#[actix_web::test]
async fn the_feed_has_a_stable_id_and_supports_304() {
    let shop = TestShop::new().await;
    shop.create_published_post("One", "Text.").await;
    let reader = shop.visitor();
    let id = |feed: &str| {
        let feed = roxmltree::Document::parse(feed).unwrap();
        feed.root_element().children().find(|node| node.has_tag_name("id")).unwrap().text().unwrap().to_owned()
    };
    let first = parse_feed(&reader).await;
    assert!(id(&first).starts_with("urn:uuid:"), "{first}");
    assert!(!id(&first).contains("127.0.0.1"));
    let mark = reader.get("/blog/feed.atom").await.header("etag").unwrap().to_owned();
    let ask = async |mark: &str| {
        let headers = [("if-none-match", mark)];
        reader.send(actix_web::http::Method::GET, "/blog/feed.atom", &headers, Vec::new()).await
    };
    let known = ask(&mark).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(ask(&format!("\"x\", W/{mark}")).await.status, 304);
    shop.create_published_post("Two", "Text.").await;
    assert_eq!(ask(&mark).await.status, 200);
    assert_eq!(id(&parse_feed(&reader).await), id(&first));
}

#[actix_web::test]
async fn two_posts_with_the_same_long_title_can_be_saved() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let title = "How we roast our winter blend: a long and very detailed report from the roastery floor with pictures";
    let mut addresses = HashSet::new();
    for _ in 0..12 {
        let page = submit_new_post(&editor, "Publish", &[("title", title), ("body", "B")]).await;
        assert_eq!(page.status, 200);
        assert!(addresses.insert(page.field_value("slug")), "{}", page.field_value("slug"));
        let mut page = page;
        for button in ["Save draft", "Publish", "Unpublish", "Publish"] {
            let slug = page.field_value("slug");
            page = page.form(button).submit().await;
            assert_eq!((page.status, page.field_value("slug")), (200, slug), "{button}: {}", page.text("main"));
        }
    }
}

#[actix_web::test]
async fn two_products_with_the_same_long_title_can_be_saved() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let title = "Ethiopia Yirgacheffe Natural Process Anaerobic Fermentation Limited Winter Edition 2026";
    for price in ["12", "13", "14"] {
        let page = owner.get("/admin/products/new").await;
        let page = page.form("Save").fill_all(&[("title", title), ("price", price)]).submit().await;
        assert_eq!(page.status, 200);
        let again = page.form("Save").fill("price", "15").submit().await;
        assert_eq!((again.status, again.field_value("price").as_str()), (200, "15.00"), "{}", again.text("main"));
        assert!(again.field_value("slug").len() <= 80);
    }
}

#[actix_web::test]
async fn an_invalid_slug_is_explained_with_a_suggestion() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.create_published_post("News", "Old.").await;
    shop.create_published_post("News", "Old.").await;
    let page = submit_new_post(&owner, "Publish", &[("title", "More"), ("slug", "news"), ("body", "B")]).await;
    assert_eq!(page.status, 422);
    assert!(page.field_error("slug").contains("news-3 is available"), "{}", page.field_error("slug"));
    let long = "x".repeat(81);
    let page = submit_new_post(&owner, "Publish", &[("title", "More"), ("slug", &long), ("body", "B")]).await;
    assert!(
        page.field_error("slug").contains("at most 80") && page.field_error("slug").contains("81"),
        "{}",
        page.field_error("slug")
    );
    shop.product("Mug").create().await;
    let form = owner.get("/admin/products/new").await.form("Save");
    let page = form.fill_all(&[("title", "Cup"), ("slug", "mug"), ("price", "1")]).submit().await;
    assert!(page.field_error("slug").contains("mug-2 is available"), "{}", page.field_error("slug"));
    for title in ["\u{200b}", "\u{feff}\u{2060} ", "\u{3164}"] {
        let page = submit_new_post(&owner, "Save draft", &[("title", title), ("body", "B")]).await;
        assert_eq!((page.status, page.field_error("title").as_str()), (422, "Enter a title."));
    }
}

#[actix_web::test]
async fn concurrent_posts_and_products_get_different_slugs() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let mut posts = Vec::new();
    for _ in 0..6 {
        let form = owner.get("/admin/posts/new").await.form("Publish");
        posts.push(form.fill_all(&[("title", "Same"), ("body", "B"), ("tags", "Brand new, C++, C#")]).submit());
    }
    let mut addresses: Vec<String> = Vec::new();
    for page in join_all(posts).await {
        assert_eq!(page.status, 200, "{}", page.text("main"));
        addresses.push(page.field_value("slug"));
    }
    addresses.sort();
    assert_eq!(addresses, ["same", "same-2", "same-3", "same-4", "same-5", "same-6"]);
    let tag = shop.visitor().get("/blog/tags/brand-new").await;
    assert_eq!(tag.texts(".post-card").len(), 6);
    let mut products = Vec::new();
    for _ in 0..6 {
        let form = owner.get("/admin/products/new").await.form("Save");
        products
            .push(form.fill_all(&[("title", "Same"), ("price", "1"), ("categories", "fresh/one, fresh/two")]).submit());
    }
    let mut addresses: Vec<String> = Vec::new();
    for page in join_all(products).await {
        assert_eq!(page.status, 200, "{}", page.text("main"));
        addresses.push(page.field_value("slug"));
    }
    addresses.sort();
    assert_eq!(addresses, ["same", "same-2", "same-3", "same-4", "same-5", "same-6"]);
}

#[actix_web::test]
async fn only_a_written_excerpt_is_shown_above_the_text() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let body = "## What changed\n\nThe first batch came out flat.\n\n- lower charge\n\nMore words.";
    let page = submit_new_post(&editor, "Publish", &[("title", "Flat"), ("body", body)]).await;
    assert_eq!(page.field_value("excerpt"), "", "nobody typed one");
    assert!(!page.text("main").contains("Unpublished changes"));
    let public = reader.get("/blog/flat").await;
    assert!(!public.has(".lede"), "{}", public.text(".post-head"));
    let lead = "The first batch came out flat.";
    assert_eq!(public.attr("meta[name=description]", "content").as_deref(), Some(lead));
    assert_eq!(reader.get("/blog").await.text(".standfirst"), lead);
    let text = parse_feed(&reader).await;
    let read = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(read.descendants().find(|n| n.has_tag_name("summary")).unwrap().text(), Some(lead));
    let page = page.form("Publish").fill("excerpt", "Typed.").submit().await;
    assert_eq!(page.status, 200);
    let public = reader.get("/blog/flat").await;
    assert_eq!(public.text(".lede"), "Typed.");
    assert_eq!(reader.get("/blog").await.text(".standfirst"), "Typed.");
    let page = page.form("Save draft").fill("excerpt", "").submit().await;
    assert!(page.text("main").contains("Unpublished changes"), "taking it away is a change");
    page.form("Publish").submit().await;
    assert!(!reader.get("/blog/flat").await.has(".lede"));
}

#[actix_web::test]
async fn a_slug_changed_while_unpublished_redirects() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let page = submit_new_post(&editor, "Publish", &[("title", "Gone test"), ("body", "B")]).await;
    let page = page.form("Unpublish").fill("slug", "changed-in-draft").submit().await;
    assert_eq!(reader.get_without_redirect("/blog/gone-test").await.status, 404, "it is off the site");
    let page = page.form("Publish").submit().await;
    let moved = reader.get_without_redirect("/blog/gone-test").await;
    assert_eq!((moved.status, moved.location()), (301, "/blog/changed-in-draft"));
    page.form("Delete post").submit().await;
    for old in ["/blog/gone-test", "/blog/changed-in-draft"] {
        assert_eq!(reader.get_without_redirect(old).await.status, 410, "{old}");
    }
}

#[actix_web::test]
async fn pages_redirect_and_return_410_too() {
    let shop = TestShop::new().await;
    let page = shop.create_published_page("Opening hours", "Always.").await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let edit = editor.get(&format!("/admin/posts/{}", page.public_id)).await;
    let edit = edit.form("Publish").fill("slug", "hours").submit().await;
    let moved = reader.get_without_redirect("/pages/opening-hours").await;
    assert_eq!((moved.status, moved.location()), (301, "/pages/hours"));
    edit.form("Delete post").submit().await;
    for old in ["/pages/opening-hours", "/pages/hours"] {
        assert_eq!(reader.get_without_redirect(old).await.status, 410, "{old}");
    }
    assert_eq!(reader.get_without_redirect("/pages/never-was").await.status, 404);
    let product = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = format!("/admin/products/{}", product.product.public_id);
    let edit = owner.get(&path).await.form("Save").choose("status", "draft").fill("slug", "cup").submit().await;
    assert_eq!(reader.get_without_redirect("/products/mug").await.status, 404);
    edit.form("Save").choose("status", "active").submit().await;
    let moved = reader.get_without_redirect("/products/mug").await;
    assert_eq!((moved.status, moved.location()), (301, "/products/cup"));
}

#[actix_web::test]
async fn the_alt_text_of_a_cover_belongs_to_the_post_and_its_draft() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let cover = png(340, 180);
    let with_cover = async |title: &str, words: &str| {
        let page = editor.get("/admin/posts/new").await;
        let form = page.form("Publish").fill_all(&[("title", title), ("body", "B"), ("cover_alt", words)]);
        form.attach_file("cover", "drum.png", &cover).submit().await
    };
    let one = with_cover("One", "A drum of beans").await;
    with_cover("Two", "A red machine").await;
    shop.run_jobs().await;
    let alt = async |path: &str| reader.get(path).await.attr(".cover img", "alt").unwrap();
    assert_eq!(
        (alt("/blog/one").await.as_str(), alt("/blog/two").await.as_str()),
        ("A drum of beans", "A red machine")
    );
    let page = editor.get(&one.path).await;
    let page = page.form("Save draft").fill("cover_alt", "Only a draft").submit().await;
    assert_eq!(page.field_value("cover_alt"), "Only a draft");
    assert!(page.text("main").contains("Unpublished changes"));
    assert_eq!(alt("/blog/one").await, "A drum of beans");
    page.form("Publish").submit().await;
    assert_eq!((alt("/blog/one").await.as_str(), alt("/blog/two").await.as_str()), ("Only a draft", "A red machine"));
}

#[actix_web::test]
async fn the_alt_text_of_a_picture_belongs_to_the_product() {
    let shop = TestShop::new().await;
    let (owner, reader) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    let picture = png(300, 400);
    let mut pages = Vec::new();
    for (title, words) in [("Mug", "A mug on a table"), ("Cup", "A cup on a shelf")] {
        let form = owner.get("/admin/products/new").await.form("Save").fill_all(&[("title", title), ("price", "1")]);
        let page = form.choose("status", "active").attach_file("images", "x.png", &picture).submit().await;
        let field = page.attr("input[name^='alt_']", "name").unwrap();
        let page = page.form("Save").fill(&field, words).submit().await;
        assert_eq!(page.field_value(&field), words);
        pages.push(page);
    }
    shop.run_jobs().await;
    let alt = async |path: &str| reader.get(path).await.attr(".product img", "alt").unwrap();
    assert_eq!(alt("/products/mug").await, "A mug on a table");
    assert_eq!(alt("/products/cup").await, "A cup on a shelf");
}

#[actix_web::test]
async fn element_ids_are_unique() {
    let shop = TestShop::new().await;
    let (owner, reader) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    let nasty = "## Menu\n\n## main\n\n## Flash\n\n## cart-link\n\n## 1\n\n## note\n\n## note\n\n## Related\n\n## A\n\n## A\n\n## A 2\n\n\
                 ## Description\n\n## Facts\n\n## Quantity\n\n## Buy\n\n## Problems\n\nx[^1] y[^note] z[^1]\n\n[^1]: One\n\n[^note]: Two";
    shop.create_published_post("Other", "Text.").await;
    submit_new_post(&owner, "Publish", &[("title", "Nasty"), ("body", nasty), ("tags", "a")]).await;
    submit_new_post(&owner, "Publish", &[("title", "Next"), ("body", nasty), ("tags", "a")]).await;
    shop.create_published_page("Page", nasty).await;
    let form = owner.get("/admin/products/new").await.form("Save");
    let form =
        form.fill_all(&[("title", "Thing"), ("price", "1"), ("stock", "3"), ("description", nasty), ("facts", "A: b")]);
    form.choose("status", "active").submit().await;
    for path in ["/blog/nasty", "/blog/next", "/pages/page", "/products/thing", "/blog", "/blog/tags/a", "/"] {
        let page = reader.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let html = String::from_utf8(page.body.clone()).unwrap();
        let mut seen = HashSet::new();
        for id in html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(seen.insert(id), "{path} has the id {id} twice");
        }
    }
    let page = reader.get("/blog/nasty").await;
    let html = String::from_utf8(page.body.clone()).unwrap();
    for (at, words) in page.texts(".toc li").iter().enumerate() {
        let target = page.attr(&format!(".toc li:nth-child({}) a", at + 1), "href").unwrap();
        assert_eq!(page.text(&format!(".prose [id='{}']", &target[1..])), *words, "{html}");
    }
}

#[actix_web::test]
async fn authors_are_warned_about_removed_content() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let body = "Text.\n\n<!-- call Tom -->\n\n<!--more-->\n\n<details>\nfold\n</details>";
    let page = editor.get("/admin/posts/new").await;
    let preview = page.form("Preview").fill_all(&[("title", "T"), ("body", body)]).submit().await;
    let words = preview.text("article");
    assert!(words.contains("2 comments are not shown.") && words.contains("Raw HTML is shown as text."), "{words}");
    assert!(!preview.text(".prose").contains("Tom") && preview.text(".prose").contains("<details>"));
    let page = page.form("Publish").fill_all(&[("title", "T"), ("body", body)]).submit().await;
    assert!(page.text("[role=status]").contains("2 comments are not shown."), "{}", page.text("[role=status]"));
    let public = shop.visitor().get("/blog/t").await;
    assert!(!public.text("main").contains("Tom") && !public.text("main").contains("more"));
}

#[actix_web::test]
async fn text_direction_follows_the_script() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let body = "مقهى جديد.\n\n- واحد\n\n> قول\n\n| عمود |\n|--|\n| خلية |\n\n## عنوان";
    submit_new_post(&editor, "Publish", &[("title", "مقهى"), ("slug", "cafe"), ("body", body), ("excerpt", "ملخص")])
        .await;
    let page = reader.get("/blog/cafe").await;
    for css in ["h1", ".lede", ".prose p", ".prose ul", ".prose blockquote", ".prose td", ".prose th", ".prose h2"] {
        assert_eq!(page.attr(css, "dir").as_deref(), Some("auto"), "{css}");
    }
    // `dir=auto` ignores children with a `dir` of their own.
    for css in [".prose ul [dir]", ".prose blockquote [dir]"] {
        assert!(!page.has(css), "{css}");
    }
    let list = reader.get("/blog").await;
    assert_eq!(list.attr(".post-card .standfirst", "dir").as_deref(), Some("auto"));
    let editing = editor.get("/admin/posts/new").await;
    for css in ["input[name=title]", "textarea[name=body]", "textarea[name=excerpt]", "input[name=tags]"] {
        assert_eq!(editing.attr(css, "dir").as_deref(), Some("auto"), "{css}");
    }
}

#[actix_web::test]
async fn too_deeply_nested_text_is_refused_and_kept() {
    let shop = TestShop::new().await;
    let (owner, reader) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    for deep in [
        ">".repeat(100_000),
        "- + ".repeat(1_000),
        "1. ".repeat(1_000),
        format!("{}a{}", "*".repeat(400), "*".repeat(400)),
    ] {
        let page = owner.get("/admin/posts/new").await;
        let started = Instant::now();
        let preview = page.form("Preview").fill_all(&[("title", "T"), ("body", &deep)]).submit().await;
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        assert_eq!(preview.status, 422);
        assert!(preview.text("article").contains("nested more than 64 levels"), "{}", preview.text("article"));
        let page = page.form("Publish").fill_all(&[("title", "T"), ("body", &deep)]).submit().await;
        assert_eq!(page.status, 422);
        assert!(page.field_error("body").contains("nested more than 64 levels"), "{}", page.field_error("body"));
        assert_eq!(page.field_value("body").trim_end(), deep.trim_end());
        let form = owner.get("/admin/products/new").await.form("Save");
        let page = form.fill_all(&[("title", "T"), ("price", "1"), ("description", &deep)]).submit().await;
        assert_eq!(page.status, 422);
        assert!(page.field_error("description").contains("64 levels"), "{}", page.field_error("description"));
        assert_eq!(page.field_value("description").trim_end(), deep.trim_end());
    }
    assert_eq!(reader.get("/blog/t").await.status, 404);
    // A draft is saved, not rendered.
    let page = submit_new_post(&owner, "Save draft", &[("title", "T"), ("body", &">".repeat(1_000))]).await;
    assert_eq!(page.text("[role=status]"), "Draft saved.");
    let lone = owner.post(&format!("{}/publish", page.path), &[]).await;
    assert_eq!(lone.status, 422);
}

#[actix_web::test]
async fn r75_previews_do_not_block_other_requests() {
    let shop = TestShop::new().await;
    let product = shop.product("Mug").create().await;
    let writer = shop.log_in_as(Role::Contributor).await;
    let page = writer.get("/admin/posts/new").await;
    // The most expensive text that is accepted.
    let slow = format!("```js\n{}\n```\n\n", "let a = [1, 'two', /three/g];\n".repeat(600)).repeat(3);
    let previews = (0..8).map(|_| page.form("Preview").fill_all(&[("title", "T"), ("body", &slow)]).submit());
    let buyer = shop.visitor();
    buyer.add_to_cart(&product, 1).await;
    let buying = async {
        let mut worst = Duration::ZERO;
        for _ in 0..20 {
            let started = Instant::now();
            assert_eq!(buyer.get("/cart").await.status, 200);
            worst = worst.max(started.elapsed());
        }
        worst
    };
    let (responses, worst) = tokio::join!(join_all(previews), buying);
    println!("the slowest cart took {worst:?}");
    let statuses: Vec<u16> = responses.iter().map(|page| page.status).collect();
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.iter().filter(|status| **status == 503).count() >= 1, "a queue has an end: {statuses:?}");
    assert!(worst < Duration::from_secs(3), "{worst:?}");
}

#[actix_web::test]
async fn a_text_changed_by_somebody_else_is_not_published_unseen() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let page = submit_new_post(&editor, "Save draft", &[("title", "T"), ("body", "One.")]).await;
    let id = page.path.rsplit('/').next().unwrap().to_owned();
    let text = tradepost::support::markdown::MarkdownText::render(
        "Another.".to_owned(),
        tradepost::support::markdown::PicturePolicy::Library,
    );
    let text = text.unwrap();
    let published = shop.app.db.write(move |tx| {
        let by = tradepost::models::people::account::Member::system("x");
        let post = Post::find(tx.conn(), &id)?;
        post.publish(tx, PostKind::Post, &by, &text, (tradepost::paths::post, tradepost::paths::tag))
    });
    assert!(matches!(published.await, Err(tradepost::error::Error::Conflict)));
}
