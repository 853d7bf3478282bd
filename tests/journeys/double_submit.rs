//! Double submission of the checkout.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn the_same_form_sent_twenty_times_at_once_is_one_order() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(30).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 2).await;
    let mut forms = Vec::new();
    for _ in 0..20 {
        forms.push(fill_checkout(&ada, "bank_transfer").await);
    }
    let responses = join_all(forms.into_iter().map(|form| form.submit_without_redirect())).await;
    let places: BTreeSet<String> = responses.iter().map(|page| page.location().to_owned()).collect();
    assert_eq!(places.len(), 1, "{places:?}");
    assert_eq!(shop.stock(&mug).await, (28, 2));
    shop.run_jobs().await;
    assert_eq!(shop.outbox_summary().await.len(), 2);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn resubmitting_the_form_shows_the_order() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let (first, again) = (fill_checkout(&ada, "bank_transfer").await, fill_checkout(&ada, "bank_transfer").await);
    let first = first.submit().await;
    let again = again.submit().await;
    assert_eq!(again.path, first.path);
    assert_eq!(shop.stock(&mug).await, (9, 1));
    shop.run_jobs().await;
}
