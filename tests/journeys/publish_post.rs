//! A writer's work, from the first draft to a changed address.

use tradepost::models::people::account::roles::Role;

use crate::support::TestShop;
use crate::support::pictures::png;

#[actix_web::test]
async fn a_post_is_written_previewed_published_edited_and_unpublished() {
    let shop = TestShop::new().await;
    let (author, reader) = (shop.log_in_as(Role::Author).await, shop.visitor());

    let page = author.get("/admin/posts/new").await;
    let page = page
        .form("Save draft")
        .fill_all(&[
            ("title", "How we roast"),
            ("body", "Slowly, *very* slowly.\n\n## Heat\n\nA lot."),
            ("tags", "Roasting, News"),
        ])
        .fill("cover_alt", "A drum of beans")
        .attach_file("cover", "drum.png", &png(340, 180))
        .submit()
        .await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    assert_eq!(page.text("[role=status]"), "Draft saved.");
    assert_eq!(
        (page.field_value("title").as_str(), page.field_value("tags").as_str()),
        ("How we roast", "Roasting, News")
    );
    assert!(page.has(".thumb-now img"), "the cover is kept");
    assert_eq!(reader.get("/blog/how-we-roast").await.status, 404, "a draft is nobody's to read");

    let preview = page.form("Preview").fill("body", "Not saved, **seen**.").submit().await;
    assert_eq!(preview.status, 200);
    assert_eq!(preview.text(".prose strong"), "seen");
    assert!(preview.header("content-security-policy").unwrap().contains("sandbox"));

    let page = page.form("Publish").submit().await;
    assert_eq!(page.text("[role=status]"), "Post published.");
    let public = reader.get("/blog/how-we-roast").await;
    assert_eq!((public.status, public.text("h1").as_str()), (200, "How we roast"));
    assert_eq!(public.text("article em"), "very");
    assert!(public.texts("main img").is_empty() || public.has("main img[alt='A drum of beans']"));
    let cover = public.attr("main img[alt='A drum of beans']", "src").expect("the cover is shown");
    assert_eq!(reader.get(&cover).await.header("content-type"), Some("image/webp"));
    assert!(String::from_utf8_lossy(&reader.get("/blog/feed.atom").await.body).contains("How we roast"));
    assert_eq!(reader.get("/blog/tags/roasting").await.status, 200);

    let page = page.form("Save draft").fill("body", "Quickly.").submit().await;
    assert!(page.text("main").contains("Unpublished changes"));
    assert_eq!(reader.get("/blog/how-we-roast").await.text("article em"), "very", "editing does not go live");
    let page = page.form("Publish").submit().await;
    assert!(!page.text("main").contains("Unpublished changes"));
    assert!(reader.get("/blog/how-we-roast").await.text("main").contains("Quickly."));

    let page = page.form("Publish").fill("slug", "how-we-roast-coffee").submit().await;
    let moved = reader.get_without_redirect("/blog/how-we-roast").await;
    assert_eq!((moved.status, moved.location()), (301, "/blog/how-we-roast-coffee"));
    assert_eq!(reader.get("/blog/how-we-roast").await.text("h1"), "How we roast");

    let page = page.form("Unpublish").submit().await;
    assert_eq!(page.status, 200);
    assert_eq!(reader.get("/blog/how-we-roast-coffee").await.status, 404);
    assert_eq!(page.field_value("body"), "Quickly.", "the working copy stays");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn two_editors_do_not_overwrite_each_other() {
    let shop = TestShop::new().await;
    let (one, two) = (shop.log_in_as(Role::Editor).await, shop.log_in_as(Role::Admin).await);
    let page = one
        .get("/admin/posts/new")
        .await
        .form("Save draft")
        .fill_all(&[("title", "T"), ("body", "One.")])
        .submit()
        .await;
    let theirs = two.get(&page.path).await;
    page.form("Save draft").fill("body", "One, better.").submit().await;
    let late = theirs.form("Save draft").fill("body", "Two.").submit().await;
    assert!(late.text("[role=alert]").contains("saved this post while you were writing"), "{}", late.text("main"));
    assert_eq!(late.field_value("body"), "Two.", "what was typed stays");
    assert!(late.text("#their-body").contains("One, better."));
    let saved = late.form("Save draft").submit().await;
    assert_eq!((saved.status, saved.field_value("body").as_str()), (200, "Two."));
}

#[actix_web::test]
async fn a_contributor_writes_but_does_not_publish() {
    let shop = TestShop::new().await;
    let contributor = shop.log_in_as(Role::Contributor).await;
    let page = contributor.get("/admin/posts/new").await;
    assert!(page.forms("Publish").is_empty());
    let page = page.form("Save draft").fill_all(&[("title", "Mine"), ("body", "Text")]).submit().await;
    let publish = format!("{}/publish", page.path);
    assert_eq!(contributor.post(&publish, &[]).await.status, 403);
    let stranger = shop.log_in_as(Role::Author).await;
    assert_eq!(stranger.get(&page.path).await.status, 403, "it is somebody else's");
    assert_eq!(shop.visitor().get("/blog/mine").await.status, 404);
}

#[actix_web::test]
async fn a_deleted_post_returns_410() {
    let shop = TestShop::new().await;
    let post = shop.create_published_post("Old news", "Old.").await;
    let editor = shop.log_in_as(Role::Editor).await;
    let page = editor.get(&format!("/admin/posts/{}", post.public_id)).await.form("Delete post").submit().await;
    assert_eq!(page.text("[role=status]"), "Post deleted.");
    assert_eq!(shop.visitor().get("/blog/old-news").await.status, 410);
}
