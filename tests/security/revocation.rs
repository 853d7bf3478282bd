//! A session that was ended is over in every process on the database, with the next request.

use tradepost::models::people::account::roles::Role;

use crate::controllers::people::staff::staff_path;
use crate::support::customers::CUSTOMER_PASSWORD;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, TestShop};

const ADA: &str = "ada@lovelace.example";
const EDITOR: &str = "editor@kestrel.example";

/// Where a browser ends that opens a page which needs an account.
async fn open(browser: &Browser, path: &str) -> String {
    browser.get(path).await.path.split('?').next().unwrap().to_owned()
}

#[actix_web::test]
async fn r26_a_session_that_a_customer_ends_is_over_in_every_process() {
    let shop = TestShop::new().await;
    let elsewhere = shop.start_second_instance().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    for act in ["logout", "everywhere", "password"] {
        let (phone, laptop) = (shop.log_in_customer(ADA).await, shop.log_in_customer(ADA).await);
        let other = phone.on_service(&elsewhere);
        assert_eq!(open(&other, "/account").await, "/account", "{act}");
        match act {
            "logout" => drop(phone.post("/logout", &[]).await),
            "everywhere" => drop(laptop.post("/account/security/sessions/end", &[]).await),
            _ => {
                let form = laptop.get("/account/password").await.form("Change password");
                let typed = [("current_password", CUSTOMER_PASSWORD), ("password", "nine lemons under water")];
                assert_eq!(form.fill_all(&typed).submit().await.path, "/account/security");
            }
        }
        assert_eq!(open(&other, "/account").await, "/login", "{act}");
    }
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r26_a_change_of_staff_acts_at_once_in_every_process() {
    let shop = TestShop::new().await;
    let elsewhere = shop.start_second_instance().await;
    let (owner, editor) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::Editor).await);
    let path = staff_path(&shop, EDITOR).await;
    for (field, value, before) in [("role", "support", "editor"), ("status", "suspended", "active")] {
        let other = editor.on_service(&elsewhere);
        assert_eq!(open(&other, "/admin").await, "/admin", "{field}");
        owner.get(&path).await.form("Save").choose(field, value).submit().await;
        assert_eq!(open(&other, "/admin").await, "/login", "{field}");
        owner.get(&path).await.form("Save").choose(field, before).submit().await;
        assert_eq!(editor.log_in(EDITOR, STAFF_PASSWORD).await.path, "/admin", "{field}");
    }
    let other = editor.on_service(&elsewhere);
    assert_eq!(other.get("/admin/posts").await.status, 200);
    let mut form = owner.get("/admin/roles").await.form("Save");
    form.controls.retain(|control| control.name != "editor");
    assert_eq!(form.submit().await.path, "/admin/roles");
    assert_eq!(other.get("/admin/posts").await.status, 403, "the role has lost the permission");
    shop.run_jobs().await;
}
