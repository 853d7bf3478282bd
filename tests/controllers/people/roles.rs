//! The permissions of roles (R28, R31).

use tradepost::models::people::account::roles::Role;

use super::staff::staff_path;
use crate::support::{Browser, Page, TestShop};

/// Sends the matrix with one permission more for a role.
async fn grant(browser: &Browser, role: &str, permission: &str) -> Page {
    let page = browser.get("/admin/roles").await;
    let form = page.form("Save");
    let mut fields = form.fields();
    fields.push((role.to_owned(), permission.to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/admin/roles", &fields).await
}

#[actix_web::test]
async fn r28_a_permission_that_a_role_gains_or_loses_acts_at_once() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let support = shop.log_in_as(Role::Support).await;
    assert_eq!(support.get("/admin/products").await.status, 403);
    assert_eq!(grant(&owner, "support", "products").await.status, 303);
    assert_eq!(support.get("/admin/products").await.status, 200);
    let form = owner.get("/admin/roles").await.form("Save");
    let mut fields = form.fields();
    fields.retain(|(name, value)| (name.as_str(), value.as_str()) != ("support", "products"));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    owner.post("/admin/roles", &fields).await;
    assert_eq!(support.get("/admin/products").await.status, 403);
}

#[actix_web::test]
async fn r31_an_admin_edits_other_roles_only_and_nobody_the_owner() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let admin = shop.log_in_as(Role::Admin).await;
    let page = admin.get("/admin/roles").await;
    assert!(page.has("input[name=owner][disabled]") && page.has("input[name=admin][disabled]"));
    assert!(!page.has("input[name=owner]:not([disabled])") && !page.has("input[name=admin]:not([disabled])"));
    assert_eq!(grant(&admin, "support", "products").await.status, 303);
    // Without a single permission of the admins, and of the owner.
    let version = admin.get("/admin/roles").await.field_value("version");
    assert_eq!(admin.post("/admin/roles", &[("version", &version)]).await.status, 303);
    assert_eq!(admin.get("/admin/staff").await.status, 200);
    assert_eq!(owner.get("/admin/staff").await.status, 200);
    let editor = shop.log_in_as(Role::Editor).await;
    assert_eq!(editor.get("/admin/posts").await.status, 403);
}

#[actix_web::test]
async fn one_permission_needs_another_and_two_editors_are_noticed() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = grant(&owner, "author", "manage_orders").await;
    assert_eq!(page.status, 422);
    assert!(page.text("#problems").contains("requires another one"));
    let (first, second) = (owner.get("/admin/roles").await, owner.get("/admin/roles").await);
    assert_eq!(first.form("Save").submit().await.path, "/admin/roles");
    let page = second.form("Save").submit().await;
    assert_eq!(page.status, 422);
    assert!(page.text("#problems").contains("changed after you opened the form"));
}

#[actix_web::test]
async fn r31_nobody_grants_a_role_with_permissions_that_they_lack() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let manager = shop.log_in_as(Role::ShopManager).await;
    shop.create_account("ed@kestrel.example", Role::Fulfilment).await;
    grant(&owner, "shop_manager", "staff").await;
    let path = staff_path(&shop, "ed@kestrel.example").await;
    let roles = manager.get(&path).await.form("Save");
    let offered = roles.controls.iter().find(|control| control.name == "role").unwrap().options.clone();
    assert!(offered.contains(&"fulfilment".to_owned()) && !offered.contains(&"editor".to_owned()), "{offered:?}");
    let fields = [("role", "editor"), ("status", "active"), ("lock_version", "1")];
    assert_eq!(manager.post(&path, &fields).await.status, 422);
}
