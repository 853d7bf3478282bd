//! Builds every URL path of the site; only `routes.rs` contains paths besides this file.

use crate::support::ids::{AccountIdentityId, CartLineId, InvoiceId, PasskeyId, ReturnId};

pub mod assets {
    include!(concat!(env!("OUT_DIR"), "/asset_paths.rs"));
}

pub fn home() -> &'static str {
    "/"
}

/// Whether every page at this path is public, so that the page cache may answer it.
pub fn is_cacheable(path: &str) -> bool {
    let below = |base: &str| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path == home() || ["/shop", "/products", "/blog", "/pages"].into_iter().any(below)
}

/// Where to report a vulnerability (RFC 9116).
pub fn security_txt() -> &'static str {
    "/.well-known/security.txt"
}

pub fn blog() -> &'static str {
    "/blog"
}

pub fn post(slug: &str) -> String {
    format!("/blog/{slug}")
}

pub fn tag(slug: &str) -> String {
    format!("/blog/tags/{slug}")
}

/// The Atom feed of all posts (RFC 4287).
pub fn feed() -> &'static str {
    "/blog/feed.atom"
}

pub fn page(slug: &str) -> String {
    format!("/pages/{slug}")
}

pub fn shop() -> &'static str {
    "/shop"
}

/// The products of a category, by its full path, such as `coffee/blends`.
pub fn category(path: &str) -> String {
    format!("/shop/{path}")
}

pub fn product(slug: &str) -> String {
    format!("/products/{slug}")
}

pub fn search() -> &'static str {
    "/search"
}

/// Page `number` of a list; page 1 has no parameter.
pub fn with_page(path: &str, number: i64) -> String {
    match (number, path.contains('?')) {
        (1, _) => path.to_owned(),
        (_, true) => format!("{path}&page={number}"),
        (_, false) => format!("{path}?page={number}"),
    }
}

pub fn with_query_param(path: &str, name: &str, value: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{query}")
}

pub fn search_for(words: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish();
    format!("/search?{query}")
}

pub fn cart() -> &'static str {
    "/cart"
}

pub fn cart_after_adding(line: CartLineId) -> String {
    format!("/cart?added={line}")
}

pub fn cart_lines() -> &'static str {
    "/cart/lines"
}

pub fn cart_line(id: CartLineId) -> String {
    format!("/cart/lines/{id}")
}

pub fn cart_line_removal(id: CartLineId) -> String {
    format!("/cart/lines/{id}/remove")
}

/// `id` is the gift card's public id.
pub fn cart_gift_card_removal(id: &str) -> String {
    format!("/cart/gift-cards/{id}/remove")
}

pub fn cart_order_payment() -> &'static str {
    "/cart/order/payment"
}

pub fn cart_order_cancellation() -> &'static str {
    "/cart/order/cancellation"
}

pub fn cart_coupon() -> &'static str {
    "/cart/coupon"
}

pub fn cart_coupon_removal() -> &'static str {
    "/cart/coupon/remove"
}

pub fn checkout() -> &'static str {
    "/checkout"
}

pub fn checkout_quote() -> &'static str {
    "/checkout/quote"
}

/// The buyer's order page; `token` is its access token.
pub fn order(token: &str) -> String {
    format!("/orders/{token}")
}

/// The buyer's order page, as return URL of the payment provider.
pub fn order_after_paying(token: &str) -> String {
    format!("/orders/{token}?paid=1")
}

pub fn order_payment(token: &str) -> String {
    format!("/orders/{token}/payment")
}

pub fn order_invoice(token: &str, id: InvoiceId) -> String {
    format!("/orders/{token}/invoices/{id}")
}

pub fn new_order_return(token: &str) -> String {
    format!("/orders/{token}/returns/new")
}

pub fn order_return_cancellation(token: &str, id: ReturnId) -> String {
    format!("/orders/{token}/returns/{id}/cancellation")
}

pub fn test_payment(reference: &str) -> String {
    format!("/pay/test/{reference}")
}

pub fn login() -> &'static str {
    "/login"
}

pub fn logout() -> &'static str {
    "/logout"
}

pub fn password_reset(token: &str) -> String {
    format!("/password/reset?token={token}")
}

pub fn password_reset_form() -> &'static str {
    "/password/reset"
}

/// Pages of accounts.
pub mod account {
    use super::with_query_param;

    pub fn register() -> &'static str {
        "/register"
    }

    /// The link that confirms a registration.
    pub fn registration_link(secret: &str) -> String {
        with_query_param(registration(), "token", secret)
    }

    pub fn registration() -> &'static str {
        "/register/confirm"
    }

    pub fn password_forgot() -> &'static str {
        "/password/forgot"
    }

    /// Asks for a code to log in without the password.
    pub fn login_code() -> &'static str {
        "/login/code"
    }

    /// Where the code is typed.
    pub fn login_code_entry() -> &'static str {
        "/login/code/confirm"
    }

    /// The link that logs in.
    pub fn login_link(secret: &str) -> String {
        with_query_param(login_code_entry(), "token", secret)
    }

    pub fn overview() -> &'static str {
        "/account"
    }

    pub fn orders() -> &'static str {
        "/account/orders"
    }

    pub fn addresses() -> &'static str {
        "/account/addresses"
    }

    pub fn new_address() -> &'static str {
        "/account/addresses/new"
    }

    /// `id` is the address's public id.
    pub fn address(id: &str) -> String {
        format!("/account/addresses/{id}")
    }

    pub fn address_deletion(id: &str) -> String {
        format!("/account/addresses/{id}/delete")
    }

    pub fn security() -> &'static str {
        "/account/security"
    }

    /// Ends a session; `id` is its public id.
    pub fn session_end(id: &str) -> String {
        format!("/account/security/sessions/{id}/end")
    }

    pub fn sessions_end() -> &'static str {
        "/account/security/sessions/end"
    }

    pub fn password() -> &'static str {
        "/account/password"
    }

    pub fn profile() -> &'static str {
        "/account/profile"
    }

    pub fn email() -> &'static str {
        "/account/email"
    }

    /// The link that confirms a new address.
    pub fn email_change_link(secret: &str) -> String {
        with_query_param(email_change(), "token", secret)
    }

    pub fn email_change() -> &'static str {
        "/email/confirm"
    }

    /// The link that reverts a change of the email address.
    pub fn email_revert_link(secret: &str) -> String {
        with_query_param(email_revert(), "token", secret)
    }

    pub fn email_revert() -> &'static str {
        "/email/revert"
    }

    pub fn privacy() -> &'static str {
        "/account/privacy"
    }

    /// Everything about the person, to read.
    pub fn personal_data() -> &'static str {
        "/account/privacy/data"
    }

    /// The same as JSON.
    pub fn personal_data_file() -> &'static str {
        "/account/privacy/data.json"
    }

    pub fn deletion() -> &'static str {
        "/account/delete"
    }

    pub fn find_order() -> &'static str {
        "/orders/find"
    }

    /// Offers an account to the buyer of an order; `token` is its access token.
    pub fn order_account(token: &str) -> String {
        format!("/orders/{token}/account")
    }
}

/// The second step of the log-in.
pub fn two_step_login() -> &'static str {
    "/login/two-factor"
}

/// A passkey as the second step; a GET returns the challenge.
pub fn two_step_passkey_login() -> &'static str {
    "/login/two-factor/passkey"
}

/// Log-in with a passkey alone; a GET returns the challenge.
pub fn passkey_login() -> &'static str {
    "/login/passkey"
}

/// Begins a log-in with an identity provider; `provider` is its public id.
pub fn identity_login(provider: &str) -> String {
    format!("/login/providers/{provider}")
}

/// Where identity providers send people back to. Each provider is told this address, so it must not change.
pub fn identity_callback() -> &'static str {
    "/login/providers/callback"
}

/// Links an identity to the signed-in account; `provider` is the public id of its provider.
pub fn identity_link(provider: &str) -> String {
    format!("/account/identities/{provider}/link")
}

pub fn identity_removal(id: AccountIdentityId) -> String {
    format!("/account/identities/{id}/removal")
}

/// Two-factor authentication of the signed-in account.
pub fn two_factor() -> &'static str {
    "/account/two-factor"
}

/// Makes the secret of an authenticator app.
pub fn two_factor_setup() -> &'static str {
    "/account/two-factor/setup"
}

pub fn two_factor_removal() -> &'static str {
    "/account/two-factor/removal"
}

pub fn recovery_codes() -> &'static str {
    "/account/two-factor/recovery-codes"
}

pub fn passkeys() -> &'static str {
    "/account/passkeys"
}

/// The challenge for a new passkey.
pub fn passkey_challenge() -> &'static str {
    "/account/passkeys/challenge"
}

pub fn passkey(id: PasskeyId) -> String {
    format!("/account/passkeys/{id}")
}

pub fn passkey_removal(id: PasskeyId) -> String {
    format!("/account/passkeys/{id}/removal")
}

/// Stops using the site as a customer.
pub fn impersonation_end() -> &'static str {
    "/impersonation/end"
}

/// Whether a staff member who uses the site as a customer may not call this: credentials, privacy and money are the
/// customer's alone.
pub fn is_closed_to_impersonation(path: &str, is_form: bool) -> bool {
    let open_pages = ["/account", "/account/orders", "/account/addresses"];
    let is_open = open_pages.contains(&path) || path.starts_with("/account/addresses/");
    let is_account = path.starts_with("/account") && !is_open;
    let is_payment = is_form
        && (path == checkout()
            || path == cart_order_payment()
            || path.starts_with("/pay/")
            || path.ends_with("/payment"));
    let is_log_in = ["/login", "/register", "/password", "/invitation"].iter().any(|start| path.starts_with(start));
    is_account || is_payment || is_log_in
}

/// The link of an invitation to the staff.
pub fn invitation(token: &str) -> String {
    format!("/invitation?token={token}")
}

pub fn invitation_form() -> &'static str {
    "/invitation"
}

pub fn setup() -> &'static str {
    "/setup"
}

/// The first-run setup, with the key that was printed at start.
pub fn setup_with_key(key: &str) -> String {
    format!("/setup?key={key}")
}

/// A stored picture: `stem` is the start of its hash, `width` is in pixels.
pub fn media(stem: &str, width: &str, ending: &str) -> String {
    ["/media/", stem, "-", width, ".", ending].concat()
}

/// The stylesheet with the owner's accent colour; `hex` is six digits.
pub fn accent_stylesheet(hex: &str) -> String {
    format!("/assets/accent-{hex}.css")
}

pub mod admin {
    use crate::support::ids::{
        EmailId, FulfilmentId, InvitationId, InvoiceId, JobId, RefundTransactionId, ReturnId, WebhookId,
    };

    pub fn dashboard() -> &'static str {
        "/admin"
    }

    pub fn posts() -> &'static str {
        "/admin/posts"
    }

    pub fn new_post() -> &'static str {
        "/admin/posts/new"
    }

    pub fn post(id: &str) -> String {
        format!("/admin/posts/{id}")
    }

    pub fn post_publication(id: &str) -> String {
        format!("/admin/posts/{id}/publish")
    }

    pub fn post_unpublication(id: &str) -> String {
        format!("/admin/posts/{id}/unpublish")
    }

    pub fn post_preview() -> &'static str {
        "/admin/posts/preview"
    }

    pub fn post_deletion(id: &str) -> String {
        format!("/admin/posts/{id}/delete")
    }

    pub fn tags() -> &'static str {
        "/admin/tags"
    }

    pub fn tag(slug: &str) -> String {
        format!("/admin/tags/{slug}")
    }

    pub fn tag_deletion(slug: &str) -> String {
        format!("/admin/tags/{slug}/delete")
    }

    pub fn products() -> &'static str {
        "/admin/products"
    }

    pub fn new_product() -> &'static str {
        "/admin/products/new"
    }

    pub fn product(id: &str) -> String {
        format!("/admin/products/{id}")
    }

    pub fn stock() -> &'static str {
        "/admin/stock"
    }

    /// `variant` is the variant's public id.
    pub fn variant_stock(variant: &str) -> String {
        format!("/admin/stock/{variant}")
    }

    pub fn orders() -> &'static str {
        "/admin/orders"
    }

    /// An order, by its number, or by public id before it has one.
    pub fn order(number: &str) -> String {
        format!("/admin/orders/{number}")
    }

    pub fn order_payment(number: &str) -> String {
        format!("/admin/orders/{number}/payment")
    }

    pub fn order_fulfilment(number: &str) -> String {
        format!("/admin/orders/{number}/fulfilment")
    }

    pub fn fulfilment_delivery(number: &str, id: FulfilmentId) -> String {
        format!("/admin/orders/{number}/parcels/{id}/delivery")
    }

    pub fn fulfilment_failure(number: &str, id: FulfilmentId) -> String {
        format!("/admin/orders/{number}/parcels/{id}/failure")
    }

    pub fn fulfilment_resend(number: &str, id: FulfilmentId) -> String {
        format!("/admin/orders/{number}/parcels/{id}/shipment")
    }

    pub fn fulfilment_cancellation(number: &str, id: FulfilmentId) -> String {
        format!("/admin/orders/{number}/parcels/{id}/closure")
    }

    pub fn order_refund(number: &str) -> String {
        format!("/admin/orders/{number}/refund")
    }

    pub fn refund_transaction_retry(number: &str, id: RefundTransactionId) -> String {
        format!("/admin/orders/{number}/repayments/{id}")
    }

    pub fn order_returns(number: &str) -> String {
        format!("/admin/orders/{number}/returns")
    }

    pub fn order_return_approval(number: &str, id: ReturnId) -> String {
        format!("/admin/orders/{number}/returns/{id}/approval")
    }

    pub fn order_return_refusal(number: &str, id: ReturnId) -> String {
        format!("/admin/orders/{number}/returns/{id}/refusal")
    }

    pub fn order_return_receipt(number: &str, id: ReturnId) -> String {
        format!("/admin/orders/{number}/returns/{id}/arrival")
    }

    pub fn order_return_refund(number: &str, id: ReturnId) -> String {
        format!("/admin/orders/{number}/returns/{id}/refund")
    }

    pub fn order_return_cancellation(number: &str, id: ReturnId) -> String {
        format!("/admin/orders/{number}/returns/{id}/cancellation")
    }

    pub fn order_invoice(number: &str, id: InvoiceId) -> String {
        format!("/admin/orders/{number}/invoices/{id}")
    }

    pub fn order_packing_slip(number: &str) -> String {
        format!("/admin/orders/{number}/packing-slip")
    }

    pub fn attention() -> &'static str {
        "/admin/attention"
    }

    pub fn job_retry(id: JobId) -> String {
        format!("/admin/attention/jobs/{id}")
    }

    pub fn review_flag_resolution(id: &str) -> String {
        format!("/admin/attention/orders/{id}")
    }

    pub fn order_cancellation(number: &str) -> String {
        format!("/admin/orders/{number}/cancellation")
    }

    pub fn order_notes(number: &str) -> String {
        format!("/admin/orders/{number}/notes")
    }

    pub fn pictures() -> &'static str {
        "/admin/pictures"
    }

    pub fn picture(id: &str) -> String {
        format!("/admin/pictures/{id}")
    }

    pub fn webhooks() -> &'static str {
        "/admin/webhooks"
    }

    pub fn webhook(id: WebhookId) -> String {
        format!("/admin/webhooks/{id}")
    }

    pub fn webhook_replay(id: WebhookId) -> String {
        format!("/admin/webhooks/{id}/replay")
    }

    pub fn outbox() -> &'static str {
        "/admin/outbox"
    }

    pub fn email(id: EmailId) -> String {
        format!("/admin/outbox/{id}")
    }

    pub fn email_body(id: EmailId) -> String {
        format!("/admin/outbox/{id}/body")
    }

    pub fn email_resend(id: EmailId) -> String {
        format!("/admin/outbox/{id}/send")
    }

    pub fn email_recipient(id: EmailId) -> String {
        format!("/admin/outbox/{id}/address")
    }

    pub fn email_dismissal(id: EmailId) -> String {
        format!("/admin/outbox/{id}/leave")
    }

    pub fn shipping_methods() -> &'static str {
        "/admin/shipping"
    }

    pub fn new_shipping_method() -> &'static str {
        "/admin/shipping/new"
    }

    pub fn shipping_method(id: &str) -> String {
        format!("/admin/shipping/{id}")
    }

    pub fn shipping_method_deletion(id: &str) -> String {
        format!("/admin/shipping/{id}/delete")
    }

    pub fn tax_rates() -> &'static str {
        "/admin/taxes"
    }

    pub fn new_tax_rate() -> &'static str {
        "/admin/taxes/new"
    }

    pub fn tax_rate(id: &str) -> String {
        format!("/admin/taxes/{id}")
    }

    pub fn tax_rate_deletion(id: &str) -> String {
        format!("/admin/taxes/{id}/delete")
    }

    pub fn new_tax_override() -> &'static str {
        "/admin/taxes/rules/new"
    }

    /// The tax rules of a country, by its ISO 3166-1 code.
    pub fn tax_override(country: &str) -> String {
        format!("/admin/taxes/rules/{country}")
    }

    pub fn tax_override_deletion(country: &str) -> String {
        format!("/admin/taxes/rules/{country}/delete")
    }

    pub fn coupons() -> &'static str {
        "/admin/discounts"
    }

    pub fn gift_cards() -> &'static str {
        "/admin/gift-cards"
    }

    pub fn new_gift_card() -> &'static str {
        "/admin/gift-cards/new"
    }

    pub fn gift_card(id: &str) -> String {
        format!("/admin/gift-cards/{id}")
    }

    pub fn gift_card_expiry(id: &str) -> String {
        format!("/admin/gift-cards/{id}/expiry")
    }

    pub fn new_coupon() -> &'static str {
        "/admin/discounts/new"
    }

    pub fn coupon(id: &str) -> String {
        format!("/admin/discounts/{id}")
    }

    pub fn bank_account_settings() -> String {
        format!("{}#bank-account", settings())
    }

    pub fn order_vat_number(number: &str) -> String {
        format!("/admin/orders/{number}/vat-number")
    }

    pub fn settings() -> &'static str {
        "/admin/settings"
    }

    pub fn audit_log() -> &'static str {
        "/admin/audit"
    }

    pub fn audit_log_export() -> &'static str {
        "/admin/audit.csv"
    }

    /// What happened to a record, by the type and row id of its events.
    pub fn audit_log_of(kind: &str, id: i64) -> String {
        format!("/admin/audit?record={kind}:{id}")
    }

    pub fn customers() -> &'static str {
        "/admin/customers"
    }

    pub fn customers_export() -> &'static str {
        "/admin/customers.csv"
    }

    /// A customer, by public id; `POST` saves note and tags.
    pub fn customer(id: &str) -> String {
        format!("/admin/customers/{id}")
    }

    /// Suspends or activates the customer's account.
    pub fn customer_status(id: &str) -> String {
        format!("/admin/customers/{id}/status")
    }

    /// Merges another customer into this one.
    pub fn customer_merge(id: &str) -> String {
        format!("/admin/customers/{id}/merge")
    }

    /// Everything that is stored about the customer, as a file.
    pub fn customer_data(id: &str) -> String {
        format!("/admin/customers/{id}/data")
    }

    pub fn customer_erasure(id: &str) -> String {
        format!("/admin/customers/{id}/erasure")
    }

    /// Begins to use the site as the customer.
    pub fn customer_impersonation(id: &str) -> String {
        format!("/admin/customers/{id}/impersonate")
    }

    pub fn identity_providers() -> &'static str {
        "/admin/identity-providers"
    }

    pub fn new_identity_provider() -> &'static str {
        "/admin/identity-providers/new"
    }

    /// An identity provider, by public id.
    pub fn identity_provider(id: &str) -> String {
        format!("/admin/identity-providers/{id}")
    }

    pub fn identity_provider_deletion(id: &str) -> String {
        format!("/admin/identity-providers/{id}/delete")
    }

    pub fn roles() -> &'static str {
        "/admin/roles"
    }

    /// The own profile.
    pub fn profile() -> &'static str {
        "/admin/profile"
    }

    pub fn staff() -> &'static str {
        "/admin/staff"
    }

    pub fn staff_invitation() -> &'static str {
        "/admin/staff/invite"
    }

    /// Sends an invitation again.
    pub fn invitation_resend(id: InvitationId) -> String {
        format!("/admin/staff/invitations/{id}/send")
    }

    pub fn invitation_withdrawal(id: InvitationId) -> String {
        format!("/admin/staff/invitations/{id}/withdraw")
    }

    /// A staff member, by public id.
    pub fn staff_member(id: &str) -> String {
        format!("/admin/staff/{id}")
    }

    /// Makes a staff member the owner.
    pub fn ownership(id: &str) -> String {
        format!("/admin/staff/{id}/ownership")
    }
}
