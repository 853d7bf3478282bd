//! Invitations to the staff: by a link that works once (R2, R13, R18, R31).

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;

use crate::support::{Browser, Page, TestShop};

const PASSWORD: &str = "nine lemons under water";

async fn invite(browser: &Browser, email: &str, role: &str) -> Page {
    let form = browser.get("/admin/staff/invite").await.form("Send invitation");
    form.fill("name", "Grace").fill("email", email).choose("role", role).submit().await
}

/// The path of the link in the notice.
fn link(page: &Page) -> String {
    let notice = page.text("#flash");
    let token = notice.rsplit_once("/invitation?token=").expect("the notice has no link").1;
    format!("/invitation?token={}", token.trim())
}

#[actix_web::test]
async fn r2_r18_an_invitation_makes_a_member_of_staff_once() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = invite(&owner, "Grace@kestrel.example", "editor").await;
    assert_eq!(page.path, "/admin/staff");
    let path = link(&page);
    assert!(!owner.get("/admin/staff").await.text("main").contains("token="), "the link is shown once");
    shop.run_jobs().await;
    let email = shop.emails().await.remove(0);
    assert_eq!(email.recipient, "Grace@kestrel.example");
    assert!(email.body_text.contains(&path), "{}", email.body_text);

    let grace = shop.visitor();
    for _ in 0..2 {
        let page = grace.get(&path).await;
        assert_eq!((page.status, page.path.as_str()), (200, "/invitation"), "looking does not use it up");
        assert!(page.text("main").contains("Editor"));
    }
    let page = grace.get("/invitation").await.form("Create account").fill("password", "short").submit().await;
    assert_eq!((page.status, page.field_value("name").as_str()), (422, "Grace"));
    assert!(page.field_error("password").contains("at least 12"));
    let page = page.form("Create account").fill("password", PASSWORD).submit().await;
    assert_eq!(page.path, "/login");
    assert_eq!(shop.visitor().get(&path).await.status, 410);
    grace.log_in("grace@kestrel.example", PASSWORD).await;
    assert_eq!(grace.get("/admin/posts").await.status, 200);
    assert_eq!(grace.get("/admin/staff").await.status, 403);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r18_only_the_latest_link_works_and_none_after_it_was_withdrawn() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let first = link(&invite(&owner, "grace@kestrel.example", "editor").await);
    let second = link(&invite(&owner, "grace@kestrel.example", "author").await);
    assert_eq!(shop.visitor().get(&first).await.status, 410);
    assert_eq!(shop.visitor().get(&second).await.status, 200);
    let page = owner.get("/admin/staff").await.form("Send again").submit().await;
    assert!(page.text("[role=status]").contains("was sent again"));
    assert_eq!(shop.visitor().get(&second).await.status, 410);
    shop.run_jobs().await;
    let email = shop.emails().await.pop().unwrap();
    let third = email.body_text.split("/invitation?token=").nth(1).unwrap().split_whitespace().next().unwrap();
    let third = format!("/invitation?token={third}");
    assert_eq!(shop.visitor().get(&third).await.status, 200);
    owner.get("/admin/staff").await.form("Withdraw").submit().await;
    assert_eq!(shop.visitor().get(&third).await.status, 410);
    assert!(owner.get("/admin/staff").await.forms("Withdraw").is_empty());
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r18_an_invitation_expires_after_seven_days() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = link(&invite(&owner, "grace@kestrel.example", "editor").await);
    shop.run_jobs().await;
    shop.advance_clock(SignedDuration::from_hours(24 * 7 - 1));
    assert_eq!(shop.visitor().get(&path).await.status, 200);
    shop.advance_clock(SignedDuration::from_hours(2));
    assert_eq!(shop.visitor().get(&path).await.status, 410);
}

#[actix_web::test]
async fn r31_nobody_invites_an_owner_or_a_colleague() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let fields = [("name", "Grace"), ("email", "grace@kestrel.example"), ("role", "owner")];
    assert_eq!(owner.post("/admin/staff/invite", &fields).await.status, 422);
    let page = invite(&owner, "owner@kestrel.example", "editor").await;
    assert_eq!(page.status, 422);
    assert!(page.field_error("email").contains("already exists"));
    let editor = shop.log_in_as(Role::Editor).await;
    assert_eq!(editor.get("/admin/staff/invite").await.status, 403);
}

#[actix_web::test]
async fn r18_simultaneous_uses_of_a_link_make_one_account() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = link(&invite(&owner, "grace@kestrel.example", "editor").await);
    let browsers: Vec<Browser> = (0..6).map(|_| shop.visitor()).collect();
    for browser in &browsers {
        browser.get(&path).await;
    }
    let fields = [("name", "Grace"), ("password", PASSWORD)];
    let pages = join_all(browsers.iter().map(|browser| browser.post("/invitation", &fields))).await;
    assert_eq!(pages.iter().filter(|page| page.status == 303).count(), 1);
    assert_eq!(shop.read(Account::list_staff).await.len(), 2);
    shop.run_jobs().await;
}
