//! What the buyer writes at the checkout reaches the people who pack.

use tradepost::models::people::account::roles::Role;

use crate::support::{TestShop, fill_checkout};

/// Fields of the checkout, each with the label that staff read and a text.
const NOTES: [(&str, &str, &str); 1] = [("note", "Note from the customer", "Please ring twice.\nThen knock.")];

#[actix_web::test]
async fn staff_read_what_the_buyer_wrote() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    for is_written in [true, false] {
        ada.add_to_cart(&mug, 1).await;
        let mut form = fill_checkout(&ada, "bank_transfer").await;
        for (field, _, text) in NOTES {
            form = form.fill(field, if is_written { text } else { " " });
        }
        assert_eq!(form.submit().await.text("h1"), "Thank you, Ada Lovelace");
    }
    shop.run_jobs().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (number, is_written) in [("1001", true), ("1002", false)] {
        let order = owner.get(&format!("/admin/orders/{number}")).await.text("main");
        let slip = owner.get(&format!("/admin/orders/{number}/packing-slip")).await.text(".slip");
        let subject = format!("New order {number}");
        let emails = shop.emails().await;
        let email = emails.iter().find(|email| email.subject.starts_with(&subject)).unwrap();
        for (_, label, text) in NOTES {
            for line in std::iter::once(label).chain(text.lines()) {
                assert_eq!(order.contains(line), is_written, "{line}: {order}");
                assert_eq!(slip.contains(line), is_written, "{line}: {slip}");
                assert_eq!(email.html.contains(line), is_written, "{line}: {}", email.html);
                assert_eq!(email.body_text.contains(line), is_written, "{line}: {}", email.body_text);
            }
        }
    }
    shop.assert_audit_passes().await;
}
