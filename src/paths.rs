//! Every address of the site as a function: the only place that writes one down besides `routes.rs`.

/// Names of compiled-in assets with their fingerprints.
pub mod assets {
    include!(concat!(env!("OUT_DIR"), "/asset_paths.rs"));
}

/// The front page.
pub fn home() -> &'static str {
    "/"
}

/// Whether an address can only be a page that is the same for everybody, so that it may be kept.
pub fn is_for_everybody(path: &str) -> bool {
    let below = |base: &str| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == home() || ["/shop", "/products", "/blog", "/pages"].into_iter().any(below)
}

/// The list of posts.
pub fn blog() -> &'static str {
    "/blog"
}

/// A post.
pub fn post(slug: &str) -> String {
    format!("/blog/{slug}")
}

/// The posts under a tag.
pub fn tag(slug: &str) -> String {
    format!("/blog/tags/{slug}")
}

/// The Atom feed of all posts (RFC 4287).
pub fn feed() -> &'static str {
    "/blog/feed.atom"
}

/// A page of the site.
pub fn page(slug: &str) -> String {
    format!("/pages/{slug}")
}

/// All products.
pub fn shop() -> &'static str {
    "/shop"
}

/// The products of a category, by its whole path: `coffee/blends`.
pub fn category(path: &str) -> String {
    format!("/shop/{path}")
}

/// A product.
pub fn product(slug: &str) -> String {
    format!("/products/{slug}")
}

/// The search page.
pub fn search() -> &'static str {
    "/search"
}

/// A page of a list that has other parameters, such as `/blog?page=2`.
pub fn with_page(path: &str, number: i64) -> String {
    match (number, path.contains('?')) {
        (1, _) => path.to_owned(),
        (_, true) => format!("{path}&page={number}"),
        (_, false) => format!("{path}?page={number}"),
    }
}

/// An address with one more parameter, such as `/admin/orders?tab=done&after=…`.
pub fn with(path: &str, name: &str, value: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{query}")
}

/// Search results for some words.
pub fn search_for(words: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish();
    format!("/search?{query}")
}

/// The cart.
pub fn cart() -> &'static str {
    "/cart"
}

/// The cart, saying what has just been added.
pub fn cart_after_adding(line: i64) -> String {
    format!("/cart?added={line}")
}

/// Where a product page puts things into the cart.
pub fn cart_lines() -> &'static str {
    "/cart/lines"
}

/// A line of the cart.
pub fn cart_line(id: i64) -> String {
    format!("/cart/lines/{id}")
}

/// Takes a line out of the cart.
pub fn cart_line_remove(id: i64) -> String {
    format!("/cart/lines/{id}/remove")
}

/// Takes a gift card off the cart, by its public id.
pub fn cart_gift_card_removal(id: &str) -> String {
    format!("/cart/gift-cards/{id}/remove")
}

/// Pays the order that was made from the cart.
pub fn cart_order_payment() -> &'static str {
    "/cart/order/payment"
}

/// Takes the order back that was made from the cart.
pub fn cart_order_cancellation() -> &'static str {
    "/cart/order/cancellation"
}

/// Where the cart's discount code is sent.
pub fn cart_coupon() -> &'static str {
    "/cart/coupon"
}

/// Takes the discount code off the cart.
pub fn cart_coupon_removal() -> &'static str {
    "/cart/coupon/remove"
}

/// The checkout.
pub fn checkout() -> &'static str {
    "/checkout"
}

/// The checkout with new totals, nothing ordered.
pub fn checkout_quote() -> &'static str {
    "/checkout/quote"
}

/// A buyer's order.
pub fn order(token: &str) -> String {
    format!("/orders/{token}")
}

/// A buyer's order, on the way back from the payment page.
pub fn order_after_paying(token: &str) -> String {
    format!("/orders/{token}?paid=1")
}

/// Pays a buyer's order again, another way.
pub fn order_payment(token: &str) -> String {
    format!("/orders/{token}/payment")
}

/// A paper of a buyer's order, as PDF.
pub fn order_invoice(token: &str, id: i64) -> String {
    format!("/orders/{token}/invoices/{id}")
}

/// Where a buyer asks to send something of their order back.
pub fn new_order_return(token: &str) -> String {
    format!("/orders/{token}/returns/new")
}

/// A buyer calls a return off.
pub fn order_return_cancellation(token: &str, id: i64) -> String {
    format!("/orders/{token}/returns/{id}/cancellation")
}

/// The test provider's card page.
pub fn test_payment(reference: &str) -> String {
    format!("/pay/test/{reference}")
}

/// Log in.
pub fn login() -> &'static str {
    "/login"
}

/// Log out.
pub fn logout() -> &'static str {
    "/logout"
}

/// Choose a new password with a reset link.
pub fn password_reset(token: &str) -> String {
    format!("/password/reset?token={token}")
}

/// Where a new password is sent.
pub fn password_reset_form() -> &'static str {
    "/password/reset"
}

/// First start.
pub fn setup() -> &'static str {
    "/setup"
}

/// First start, with the printed key.
pub fn setup_with(key: &str) -> String {
    format!("/setup?key={key}")
}

/// A stored picture: the beginning of its name, its width in pixels, and its ending.
pub fn media(stem: &str, width: &str, ending: &str) -> String {
    ["/media/", stem, "-", width, ".", ending].concat()
}

/// The stylesheet that carries the owner's accent colour, six hex digits.
pub fn accent_stylesheet(hex: &str) -> String {
    format!("/assets/accent-{hex}.css")
}

/// Addresses of the admin pages.
pub mod admin {
    /// Overview.
    pub fn dashboard() -> &'static str {
        "/admin"
    }

    /// Posts.
    pub fn posts() -> &'static str {
        "/admin/posts"
    }

    /// A new post.
    pub fn new_post() -> &'static str {
        "/admin/posts/new"
    }

    /// A post, by public id.
    pub fn post(id: &str) -> String {
        format!("/admin/posts/{id}")
    }

    /// Puts a post on the site.
    pub fn post_publication(id: &str) -> String {
        format!("/admin/posts/{id}/publish")
    }

    /// Takes a post off the site.
    pub fn post_unpublication(id: &str) -> String {
        format!("/admin/posts/{id}/unpublish")
    }

    /// Shows what is typed in the theme of the site.
    pub fn post_preview() -> &'static str {
        "/admin/posts/preview"
    }

    /// Deletes a post.
    pub fn post_removal(id: &str) -> String {
        format!("/admin/posts/{id}/delete")
    }

    /// Tags.
    pub fn tags() -> &'static str {
        "/admin/tags"
    }

    /// A tag, by its slug; another name is sent here.
    pub fn tag(slug: &str) -> String {
        format!("/admin/tags/{slug}")
    }

    /// Deletes a tag.
    pub fn tag_removal(slug: &str) -> String {
        format!("/admin/tags/{slug}/delete")
    }

    /// Products.
    pub fn products() -> &'static str {
        "/admin/products"
    }

    /// A new product.
    pub fn new_product() -> &'static str {
        "/admin/products/new"
    }

    /// A product, by public id.
    pub fn product(id: &str) -> String {
        format!("/admin/products/{id}")
    }

    /// Stock.
    pub fn stock() -> &'static str {
        "/admin/stock"
    }

    /// The stock of a variant, by public id.
    pub fn stock_of(variant: &str) -> String {
        format!("/admin/stock/{variant}")
    }

    /// Orders.
    pub fn orders() -> &'static str {
        "/admin/orders"
    }

    /// An order, by number; by public id before it has one.
    pub fn order(number: &str) -> String {
        format!("/admin/orders/{number}")
    }

    /// Money for an order has come.
    pub fn order_payment(number: &str) -> String {
        format!("/admin/orders/{number}/payment")
    }

    /// Goods of an order go out.
    pub fn order_fulfilment(number: &str) -> String {
        format!("/admin/orders/{number}/fulfilment")
    }

    /// A parcel of an order has arrived.
    pub fn parcel_delivery(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/parcels/{id}/delivery")
    }

    /// A parcel of an order did not arrive.
    pub fn parcel_failure(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/parcels/{id}/failure")
    }

    /// A parcel of an order is sent again.
    pub fn parcel_shipment(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/parcels/{id}/shipment")
    }

    /// A parcel of an order is not sent again.
    pub fn parcel_closure(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/parcels/{id}/closure")
    }

    /// Paying an order back.
    pub fn order_refund(number: &str) -> String {
        format!("/admin/orders/{number}/refund")
    }

    /// Asking a provider again to pay back.
    pub fn order_repayment(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/repayments/{id}")
    }

    /// Staff let a buyer send something back.
    pub fn order_returns(number: &str) -> String {
        format!("/admin/orders/{number}/returns")
    }

    /// Something may be sent back.
    pub fn order_return_approval(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/returns/{id}/approval")
    }

    /// Something may not be sent back.
    pub fn order_return_refusal(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/returns/{id}/refusal")
    }

    /// What was sent back has arrived.
    pub fn order_return_arrival(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/returns/{id}/arrival")
    }

    /// Paying back what has arrived.
    pub fn order_return_refund(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/returns/{id}/refund")
    }

    /// A return is called off.
    pub fn order_return_cancellation(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/returns/{id}/cancellation")
    }

    /// A paper of an order, as PDF.
    pub fn order_invoice(number: &str, id: i64) -> String {
        format!("/admin/orders/{number}/invoices/{id}")
    }

    /// What goes into the parcel.
    pub fn order_packing_slip(number: &str) -> String {
        format!("/admin/orders/{number}/packing-slip")
    }

    /// What waits for somebody to look at it.
    pub fn attention() -> &'static str {
        "/admin/attention"
    }

    /// Tries a job again that was given up.
    pub fn job_retry(id: i64) -> String {
        format!("/admin/attention/jobs/{id}")
    }

    /// Somebody has looked at an order that asked for it, by public id.
    pub fn order_attention(id: &str) -> String {
        format!("/admin/attention/orders/{id}")
    }

    /// An order is called off.
    pub fn order_cancellation(number: &str) -> String {
        format!("/admin/orders/{number}/cancellation")
    }

    /// A note on an order.
    pub fn order_notes(number: &str) -> String {
        format!("/admin/orders/{number}/notes")
    }

    /// Pictures.
    pub fn pictures() -> &'static str {
        "/admin/pictures"
    }

    /// A picture, by public id.
    pub fn picture(id: &str) -> String {
        format!("/admin/pictures/{id}")
    }

    /// What payment providers sent.
    pub fn webhooks() -> &'static str {
        "/admin/webhooks"
    }

    /// A message of a payment provider.
    pub fn webhook(id: i64) -> String {
        format!("/admin/webhooks/{id}")
    }

    /// Looking at a message again.
    pub fn webhook_replay(id: i64) -> String {
        format!("/admin/webhooks/{id}/replay")
    }

    /// Mail.
    pub fn outbox() -> &'static str {
        "/admin/outbox"
    }

    /// A letter, by id.
    pub fn letter(id: i64) -> String {
        format!("/admin/outbox/{id}")
    }

    /// The letter itself, for the frame that shows it.
    pub fn letter_body(id: i64) -> String {
        format!("/admin/outbox/{id}/body")
    }

    /// Sends a letter again.
    pub fn letter_send(id: i64) -> String {
        format!("/admin/outbox/{id}/send")
    }

    /// Sends a letter to another address.
    pub fn letter_address(id: i64) -> String {
        format!("/admin/outbox/{id}/address")
    }

    /// Leaves a letter that nobody took.
    pub fn letter_leave(id: i64) -> String {
        format!("/admin/outbox/{id}/leave")
    }

    /// Ways of sending.
    pub fn shipping() -> &'static str {
        "/admin/shipping"
    }

    /// A new way of sending.
    pub fn new_shipping() -> &'static str {
        "/admin/shipping/new"
    }

    /// A way of sending, by public id.
    pub fn shipping_method(id: &str) -> String {
        format!("/admin/shipping/{id}")
    }

    /// Removes a way of sending.
    pub fn shipping_method_removal(id: &str) -> String {
        format!("/admin/shipping/{id}/delete")
    }

    /// Tax rates.
    pub fn taxes() -> &'static str {
        "/admin/taxes"
    }

    /// A new tax rate.
    pub fn new_tax() -> &'static str {
        "/admin/taxes/new"
    }

    /// A tax rate, by public id.
    pub fn tax(id: &str) -> String {
        format!("/admin/taxes/{id}")
    }

    /// Removes a tax rate.
    pub fn tax_removal(id: &str) -> String {
        format!("/admin/taxes/{id}/delete")
    }

    /// New rules of tax of a country.
    pub fn new_tax_setting() -> &'static str {
        "/admin/taxes/rules/new"
    }

    /// The rules of tax of a country, by its code.
    pub fn tax_setting(country: &str) -> String {
        format!("/admin/taxes/rules/{country}")
    }

    /// Removes the rules of tax of a country.
    pub fn tax_setting_removal(country: &str) -> String {
        format!("/admin/taxes/rules/{country}/delete")
    }

    /// Discount codes.
    pub fn discounts() -> &'static str {
        "/admin/discounts"
    }

    /// Gift cards.
    pub fn gift_cards() -> &'static str {
        "/admin/gift-cards"
    }

    /// A new gift card.
    pub fn new_gift_card() -> &'static str {
        "/admin/gift-cards/new"
    }

    /// A gift card, by public id; another balance is sent here.
    pub fn gift_card(id: &str) -> String {
        format!("/admin/gift-cards/{id}")
    }

    /// Where another expiry date of a gift card is sent.
    pub fn gift_card_expiry(id: &str) -> String {
        format!("/admin/gift-cards/{id}/expiry")
    }

    /// A new discount code.
    pub fn new_discount() -> &'static str {
        "/admin/discounts/new"
    }

    /// A discount code, by public id.
    pub fn discount(id: &str) -> String {
        format!("/admin/discounts/{id}")
    }

    /// Where the shop's bank account is set.
    pub fn bank_account() -> String {
        format!("{}#bank-account", settings())
    }

    /// Where the VAT number of an order is said to be valid or not.
    pub fn order_vat_number(number: &str) -> String {
        format!("/admin/orders/{number}/vat-number")
    }

    /// Settings.
    pub fn settings() -> &'static str {
        "/admin/settings"
    }

    /// Staff.
    pub fn staff() -> &'static str {
        "/admin/staff"
    }
}
