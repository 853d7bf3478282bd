//! Tags: how they differ, and the pages that rename, merge and delete them.

use tradepost::models::people::account::roles::Role;

use crate::support::{Browser, Page, TestShop};

async fn publish(editor: &Browser, title: &str, tags: &str) -> Page {
    let page = editor.get("/admin/posts/new").await;
    let page = page.form("Publish").fill_all(&[("title", title), ("body", "B"), ("tags", tags)]).submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    page
}

#[actix_web::test]
async fn tags_differ_by_symbols_and_scripts() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let page = publish(&editor, "Languages", "C++, C#, C, 咖啡, 卡菲, 🎉🎉, 🎊").await;
    assert_eq!(page.field_value("tags"), "C++, C#, C, 咖啡, 卡菲, 🎉🎉, 🎊");
    assert!(!page.text("main").contains("Unpublished changes"));
    for (slug, name) in [("cpp", "C++"), ("c-sharp", "C#"), ("c", "C")] {
        assert_eq!(reader.get(&format!("/blog/tags/{slug}")).await.text("h1"), name);
    }
    assert_eq!(reader.get("/blog/languages").await.texts(".post-foot .chip").len(), 7);
}

#[actix_web::test]
async fn an_equivalent_tag_is_reported() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let page = publish(&editor, "News", "Coffee, coffee,  COFFEE , Caf\u{e9}, Cafe\u{301}").await;
    let message = page.text("[role=status]");
    assert!(message.contains("coffee, COFFEE, Cafe\u{301}"), "{message}");
    assert_eq!(page.field_value("tags"), "Coffee, Caf\u{e9}");
    assert_eq!(reader.get("/blog/news").await.texts(".post-foot .chip"), ["Coffee", "Caf\u{e9}"]);
    let long = "x".repeat(61);
    let page = page.form("Save draft").fill("tags", &long).submit().await;
    assert!(
        page.field_error("tags").contains("at most 60") && page.field_error("tags").contains("61"),
        "{}",
        page.field_error("tags")
    );
}

#[actix_web::test]
async fn the_newest_spelling_counts_while_only_one_post_has_the_tag() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let one = publish(&editor, "One", "SecretProject").await;
    one.form("Publish").fill("tags", "secretproject").submit().await;
    assert_eq!(reader.get("/blog/tags/secretproject").await.text("h1"), "secretproject");
    publish(&editor, "Two", "SECRETPROJECT").await;
    assert_eq!(reader.get("/blog/tags/secretproject").await.text("h1"), "secretproject", "two posts share it now");
}

#[actix_web::test]
async fn a_tag_without_posts_is_not_public() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let page = publish(&editor, "Plans", "SecretProject").await;
    assert_eq!(reader.get_without_redirect("/blog/tags/secretproject").await.status, 200);
    assert_eq!(reader.get_without_redirect("/blog/tags/secretproject?page=99").await.status, 404);
    let hidden = async || {
        let page = reader.get_without_redirect("/blog/tags/secretproject").await;
        assert_eq!(page.status, 404);
        assert!(!String::from_utf8_lossy(&page.body).contains("SecretProject"));
    };
    let page = page.form("Unpublish").submit().await;
    hidden().await;
    let page = page.form("Publish").submit().await;
    assert_eq!(reader.get_without_redirect("/blog/tags/secretproject").await.status, 200);
    let page = page.form("Publish").fill("tags", "Public").submit().await;
    hidden().await;
    let page = page.form("Publish").fill("tags", "SecretProject").submit().await;
    page.form("Delete post").submit().await;
    hidden().await;
    let draft = editor.get("/admin/posts/new").await;
    draft.form("Save draft").fill_all(&[("title", "D"), ("body", "B"), ("tags", "Hush")]).submit().await;
    assert_eq!(reader.get_without_redirect("/blog/tags/hush").await.status, 404);
    assert!(!reader.get("/blog").await.text("body").contains("Hush"));
}

#[actix_web::test]
async fn a_renamed_tag_redirects_from_its_old_address() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let post = publish(&editor, "One", "Kaffee, News").await;
    let list = editor.get("/admin/tags").await;
    assert_eq!(list.texts("tbody th"), ["Kaffee", "News"]);
    assert_eq!(list.texts("tbody .num"), ["1", "1"]);
    let page = list.click_link("Kaffee").await;
    let page = page.form("Save").fill("name", "Coffee").submit().await;
    assert_eq!((page.status, page.text("[role=status]").as_str()), (200, "Tag saved."));
    assert_eq!(page.path, "/admin/tags/coffee");
    let moved = reader.get_without_redirect("/blog/tags/kaffee").await;
    assert_eq!((moved.status, moved.location()), (301, "/blog/tags/coffee"));
    let post = editor.get(&post.path).await;
    assert_eq!(post.field_value("tags"), "Coffee, News", "the working copy follows");
    assert!(!post.text("main").contains("Unpublished changes"));
    post.form("Publish").submit().await;
    assert_eq!(
        editor.get("/admin/tags").await.texts("tbody th"),
        ["Coffee", "News"],
        "the old name does not come back"
    );
    let page = page.form("Save").fill("name", "COFFEE").submit().await;
    assert_eq!(page.path, "/admin/tags/coffee", "another spelling keeps the address");
    for (name, part) in [
        ("", "Enter a name"),
        ("a, b", "cannot contain a comma"),
        (&*"x".repeat(61), "at most 60"),
        ("\u{200b}", "Enter a name"),
    ] {
        let refused = page.form("Save").fill("name", name).submit().await;
        assert_eq!(refused.status, 422);
        assert!(refused.field_error("name").contains(part), "{}", refused.field_error("name"));
    }
}

#[actix_web::test]
async fn renaming_a_tag_to_an_existing_one_merges_after_confirmation() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let one = publish(&editor, "One", "Kaffee").await;
    publish(&editor, "Two", "Coffee").await;
    let both = publish(&editor, "Three", "Kaffee, Coffee").await;
    let page = editor.get("/admin/tags/kaffee").await.form("Save").fill("name", "coffee").submit().await;
    assert_eq!(page.status, 422);
    assert!(page.field_error("name").contains("Another tag has this name"), "{}", page.field_error("name"));
    assert_eq!(reader.get("/blog/tags/kaffee").await.status, 200, "nothing has happened yet");
    let other = page.form("Merge").fill("name", "Espresso").submit().await;
    assert_eq!(other.status, 200, "a question about another name is no answer");
    assert_eq!(other.path, "/admin/tags/espresso");
    let page = other.form("Save").fill("name", "coffee").submit().await;
    let page = page.form("Merge").submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, "/admin/tags/coffee"));
    for old in ["/blog/tags/kaffee", "/blog/tags/espresso"] {
        let moved = reader.get_without_redirect(old).await;
        assert_eq!((moved.status, moved.location()), (301, "/blog/tags/coffee"), "{old}");
    }
    assert_eq!(reader.get("/blog/tags/coffee").await.texts(".post-card").len(), 3);
    assert_eq!(editor.get(&one.path).await.field_value("tags"), "Coffee");
    assert_eq!(editor.get(&both.path).await.field_value("tags"), "Coffee");
    assert_eq!(reader.get("/blog/three").await.texts(".post-foot .chip"), ["Coffee"]);
}

#[actix_web::test]
async fn deleting_a_tag_keeps_its_posts() {
    let shop = TestShop::new().await;
    let (editor, reader) = (shop.log_in_as(Role::Editor).await, shop.visitor());
    let post = publish(&editor, "One", "Old, News").await;
    let page = editor.get("/admin/tags/old").await.form("Save").fill("name", "Older").submit().await;
    let page = page.form("Delete tag").submit().await;
    assert_eq!((page.path.as_str(), page.text("[role=status]").as_str()), ("/admin/tags", "Tag deleted."));
    for gone in ["/blog/tags/old", "/blog/tags/older"] {
        assert_eq!(reader.get_without_redirect(gone).await.status, 410, "{gone}");
    }
    assert_eq!(reader.get("/blog/one").await.texts(".post-foot .chip"), ["News"]);
    assert_eq!(editor.get(&post.path).await.field_value("tags"), "News");
    publish(&editor, "Two", "Older").await;
    assert_eq!(reader.get("/blog/tags/older").await.status, 200, "a new tag may have the address again");
}

#[actix_web::test]
async fn tags_need_the_permission_to_edit_posts_of_others() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    publish(&editor, "One", "News").await;
    for role in [Role::Author, Role::Contributor] {
        let writer = shop.log_in_as(role).await;
        let page = writer.get("/admin/tags/news").await;
        assert_eq!(page.status, 200);
        assert!(page.forms("Save").is_empty() && page.forms("Delete tag").is_empty());
        assert_eq!(writer.post("/admin/tags/news", &[("name", "X")]).await.status, 403);
        assert_eq!(writer.post("/admin/tags/news/delete", &[]).await.status, 403);
    }
    assert_eq!(shop.log_in_as(Role::Fulfilment).await.get("/admin/tags").await.status, 403);
}

#[actix_web::test]
async fn a_long_tag_list_is_paged_and_searchable() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    for post in 0..3 {
        let tags: Vec<String> = (0..25).map(|number| format!("Tag {post}-{number:02}")).collect();
        publish(&editor, &format!("Post {post}"), &tags.join(", ")).await;
    }
    let page = editor.get("/admin/tags").await;
    assert_eq!(page.texts("tbody tr").len(), 30);
    let mut seen = page.texts("tbody th");
    let page = page.click_link("Next").await;
    seen.extend(page.texts("tbody th"));
    let page = page.click_link("Next").await;
    seen.extend(page.texts("tbody th"));
    assert_eq!(seen.len(), 75);
    let found = editor.get("/admin/tags?q=TAG%202-1").await;
    assert_eq!(found.texts("tbody tr").len(), 10, "{:?}", found.texts("tbody th"));
    assert!(editor.get("/admin/tags?q=nothing").await.text("main").contains("No tags here"));
}
