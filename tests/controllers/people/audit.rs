//! The log of what happened: who may read it, what it says, filters and export (R72).

use tradepost::models::people::account::roles::Role;

use super::staff::staff_path;
use crate::support::TestShop;

#[actix_web::test]
async fn r72_a_change_of_settings_says_what_was_before() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/settings").await.form("Save");
    form.fill("tagline", "=Coffee, roasted").submit().await;
    let page = owner.get("/admin/audit").await;
    assert_eq!(page.status, 200);
    let first = page.texts("tbody tr").remove(0);
    assert!(first.contains("Settings changed") && first.contains("The owner"), "{first}");
    assert!(first.contains("Tagline: – → =Coffee, roasted"), "{first}");
    assert!(first.contains("127.0.0"), "{first}");
    let file = owner.get("/admin/audit.csv").await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    let text = String::from_utf8(file.body.clone()).unwrap();
    assert!(text.contains("\"'=Coffee, roasted\""), "{text}");
}

#[actix_web::test]
async fn the_log_is_filtered_by_person_subject_record_and_day() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let editor = shop.log_in_as(Role::Editor).await;
    let form = editor.get("/admin/posts/new").await.form("Publish");
    form.fill_all(&[("title", "News"), ("body", "Words")]).submit().await;
    let path = staff_path(&shop, "editor@kestrel.example").await;
    owner.get(&path).await.form("Save").choose("role", "author").submit().await;
    let rows = async |query: &str| owner.get(&format!("/admin/audit?{query}")).await.texts("tbody tr");
    let content = rows("group=content").await;
    assert!(content.len() == 1 && content[0].contains("Published"), "{content:?}");
    let people = rows("group=people").await;
    assert!(people[0].contains("Role changed") && people[0].contains("Editor → Author"), "{people:?}");
    let page = owner.get("/admin/audit").await;
    let actors = page.form("Filter").controls.iter().find(|control| control.name == "actor").unwrap().options.clone();
    assert_eq!(actors.len(), 3, "anybody, and two people");
    let by_editor = rows(&format!("actor={}", actors[1])).await;
    assert!(by_editor.iter().all(|row| row.contains("The editor") || row.contains("The author")), "{by_editor:?}");
    assert!(rows("from=2027-01-01").await.is_empty());
    assert!(!rows("from=2026-11-21&until=2026-11-21").await.is_empty());
    assert!(!rows("record=post:1").await.is_empty());
    for nonsense in
        ["actor=x&group=x&from=x&until=x&record=x", "record=:&after=x", "record=account:9999999999999999999"]
    {
        assert_eq!(owner.get(&format!("/admin/audit?{nonsense}")).await.status, 200, "{nonsense}");
    }
    shop.run_jobs().await;
}

/// R72: who looks into a break-in wants to know from where somebody logged in.
#[actix_web::test]
async fn r72_a_log_in_names_its_network() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.log_in_as(Role::Editor).await;
    shop.log_in_as_customer().await;
    let rows = owner.get("/admin/audit?group=people").await.texts("tbody tr");
    let logins: Vec<&String> = rows.iter().filter(|row| row.contains("Logged in")).collect();
    assert_eq!(logins.len(), 3, "{rows:?}");
    assert!(logins.iter().all(|row| row.contains("127.0.0")), "{logins:?}");
}

#[actix_web::test]
async fn r28_only_owner_and_admin_read_the_log() {
    let shop = TestShop::new().await;
    for role in Role::ALL {
        let browser = shop.log_in_as(*role).await;
        let may = matches!(role, Role::Owner | Role::Admin);
        for path in ["/admin/audit", "/admin/audit.csv"] {
            assert_eq!(browser.get(path).await.status == 200, may, "{role:?} {path}");
        }
    }
}
