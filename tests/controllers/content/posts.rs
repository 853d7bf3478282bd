//! The editor's form.

use tradepost::models::people::account::roles::Role;

use crate::support::TestShop;

#[actix_web::test]
async fn a_missing_or_long_title_is_refused_and_the_text_is_kept() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    for title in ["", "   ", &"x".repeat(300)] {
        let page = editor.get("/admin/posts/new").await;
        let page = page.form("Save draft").fill_all(&[("title", title), ("body", "A long text.")]).submit().await;
        assert_eq!(page.status, 422);
        assert!(!page.field_error("title").is_empty());
        assert_eq!(
            (page.field_value("title").trim(), page.field_value("body").as_str()),
            (title.trim(), "A long text.")
        );
    }
}

#[actix_web::test]
async fn international_titles_get_slugs_and_are_kept_as_typed() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    for title in ["🎉🎉🎉", "مقهى جديد في المدينة", "新しい喫茶店", "<i>Not</i> & \"quoted\""]
    {
        let body = format!("{title}\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))");
        let page = editor.get("/admin/posts/new").await;
        let page = page.form("Publish").fill_all(&[("title", title), ("body", &body)]).submit().await;
        assert_eq!(page.status, 200, "{title}: {}", page.text("main"));
        assert_eq!((page.field_value("title").as_str(), page.field_value("body").as_str()), (title, body.as_str()));
        let public = page.click_link("View post").await;
        assert_eq!((public.status, public.text("h1").as_str()), (200, title));
        assert!(public.path.len() > "/blog/".len(), "{title} has an address");
        assert!(!public.has("article script:not([src])") && !public.has("a[href^='javascript:']"), "{title}");
    }
}

#[actix_web::test]
async fn a_slug_in_use_is_refused_beside_its_field() {
    let shop = TestShop::new().await;
    shop.create_published_post("News", "Old.").await;
    let editor = shop.log_in_as(Role::Editor).await;
    let page = editor.get("/admin/posts/new").await;
    let page = page.form("Publish").fill_all(&[("title", "More"), ("slug", "news"), ("body", "B")]).submit().await;
    assert_eq!(page.status, 422);
    assert_eq!(
        page.field_error("slug"),
        "Another post has this address. Please choose a different one: news-2 is available."
    );
    assert_eq!(page.field_value("body"), "B");
    let page = editor.get("/admin/posts/new").await;
    page.form("Publish").fill_all(&[("title", "News"), ("body", "B")]).submit().await;
    assert_eq!(shop.visitor().get("/blog/news-2").await.status, 200, "a title alone finds a free address");
}

#[actix_web::test]
async fn files_that_are_not_pictures_are_refused_and_the_text_is_kept() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let page = editor.get("/admin/posts/new").await;
    let form = page.form("Save draft").fill_all(&[("title", "T"), ("body", "Kept.")]);
    let page = form.attach_file("cover", "cover.jpg", b"Dear diary, this is no picture.").submit().await;
    assert_eq!(page.status, 422);
    assert!(!page.field_error("cover").is_empty());
    assert_eq!(page.field_value("body"), "Kept.");
}
