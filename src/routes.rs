//! The route table, one function per area. `tradepost routes` prints it, and a test compares it with a snapshot.

use actix_web::dev::HttpServiceFactory;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Either, FromRequest, Handler, Responder};

use crate::controllers::{account, admin, blog, shop, system};
use crate::error::Result;
use crate::http::form_token::FormSender;
use crate::http::guards::Guard;
use crate::http::route::{Route, RouteTable};
use crate::http::{Form, Reply};

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RouteRow {
    pub method: &'static str,
    pub path: &'static str,
    pub access: String,
    /// Whether cross-site requests are rejected; always for `POST`.
    pub csrf: &'static str,
    /// Whether and how long clients may cache the response.
    pub cache: &'static str,
    pub handler: String,
    /// A repeated form runs again, because that is harmless or the request has an idempotency key.
    #[serde(skip)]
    pub repeatable: bool,
}

/// Arguments of a handler. The first must be a [`Guard`], so a handler without a guard does not compile.
pub trait HandlerArgs: FromRequest {
    fn access() -> String;
}

macro_rules! guarded {
    ($($rest:ident)*) => {
        impl<G: Guard + 'static, $($rest: FromRequest + 'static),*> HandlerArgs for (G, $($rest,)*) {
            fn access() -> String {
                G::access()
            }
        }
    };
}

guarded!();
guarded!(A);
guarded!(A B);
guarded!(A B C);

/// Arguments of a form's handler. The last is the form, so a repeated submission is answered before it runs.
pub trait FormHandlerArgs: HandlerArgs {
    fn find_reply(&self) -> impl Future<Output = Result<Option<Reply>>>;
}

macro_rules! submitted {
    ($($between:ident)*) => {
        impl<G, $($between,)* F> FormHandlerArgs for (G, $($between,)* F)
        where
            G: Guard + FormSender + 'static,
            F: FromRequest + AsRef<Form> + 'static,
            $($between: FromRequest + 'static,)*
        {
            async fn find_reply(&self) -> Result<Option<Reply>> {
                let (sender, .., form) = self;
                match sender.find_reply(&form.as_ref().token).await? {
                    None => sender.challenge(&form.as_ref().fields, &form.as_ref().token).await,
                    stored => Ok(stored),
                }
            }
        }
    };
}

submitted!();
submitted!(A);
submitted!(A B);

pub struct Routes<'a> {
    config: Option<&'a mut ServiceConfig>,
    table: Vec<RouteRow>,
    routes: Vec<Route>,
}

impl Routes<'_> {
    fn get<F, A>(&mut self, path: &'static str, handler: F)
    where
        F: Handler<A>,
        A: HandlerArgs + 'static,
        F::Output: Responder + 'static,
    {
        let route = self.line::<F, A>("GET", path);
        self.service(web::resource(path).name(path).guard(route).to(handler));
    }

    /// Adds a form that is processed once; a repeat gets the stored reply.
    fn post<F, A>(&mut self, path: &'static str, handler: F)
    where
        F: Handler<A>,
        A: FormHandlerArgs + 'static,
        F::Output: Responder + 'static,
    {
        let route = self.line::<F, A>("POST", path);
        let run_once = move |arguments: A| {
            let handler = handler.clone();
            async move {
                match arguments.find_reply().await {
                    Ok(None) => Either::Right(handler.call(arguments).await),
                    Ok(Some(reply)) => Either::Left(Ok(reply)),
                    Err(error) => Either::Left(Err(error)),
                }
            }
        };
        self.service(web::resource(path).guard(route).to(run_once));
    }

    /// Adds a `POST` route that may run again for a repeated request.
    fn repeatable<F, A>(&mut self, path: &'static str, handler: F)
    where
        F: Handler<A>,
        A: HandlerArgs + 'static,
        F::Output: Responder + 'static,
    {
        let route = self.line::<F, A>("POST", path);
        if let Some(line) = self.table.last_mut() {
            line.repeatable = true;
        }
        self.service(web::resource(path).guard(route).to(handler));
    }

    fn service(&mut self, service: impl HttpServiceFactory + 'static) {
        if let Some(config) = &mut self.config {
            config.service(service);
        }
    }

    fn line<F, A: HandlerArgs>(&mut self, method: &'static str, path: &'static str) -> Route {
        let handler = std::any::type_name::<F>().trim_start_matches("tradepost::controllers::");
        let access = A::access();
        let csrf = if method == "POST" { "refused" } else { "harmless" };
        let cache = match path {
            path if path.starts_with("/assets/") || path.starts_with("/media/") => "for good",
            _ if access == "anyone" || is_public(path) => "asks again",
            _ => "never",
        };
        self.table.push(RouteRow { method, path, access, csrf, cache, handler: handler.to_owned(), repeatable: false });
        let route = Route { method, pattern: path, handler };
        self.routes.push(route);
        route
    }
}

fn is_public(path: &str) -> bool {
    path == "/" || ["/blog", "/shop", "/products", "/pages", "/search"].iter().any(|start| path.starts_with(start))
}

pub fn mount(config: &mut ServiceConfig) {
    let mut routes = Routes { config: Some(config), table: Vec::new(), routes: Vec::new() };
    all(&mut routes);
    let table = RouteTable(routes.routes);
    config.app_data(web::Data::new(table));
    config.default_service(web::to(system::fallback::show));
}

pub fn table() -> Vec<RouteRow> {
    let mut routes = Routes { config: None, table: Vec::new(), routes: Vec::new() };
    all(&mut routes);
    routes.table
}

fn all(r: &mut Routes<'_>) {
    machines(r);
    blog(r);
    shop(r);
    account(r);
    admin(r);
}

fn machines(r: &mut Routes<'_>) {
    r.get("/healthz", system::health::alive);
    r.get("/readyz", system::health::ready);
    r.get("/assets/accent-{hex}.css", system::assets::accent);
    r.get("/assets/{name}", system::assets::show);
    r.get("/media/{key}", system::media::show);
    r.get("/favicon.ico", system::assets::favicon);
    r.get("/robots.txt", system::robots::robots);
    r.get("/.well-known/security.txt", system::security_txt::show);
    r.get("/sitemap.xml", system::robots::sitemap);
    r.get("/llms.txt", system::robots::llms);
    r.repeatable("/webhooks/{provider}", system::webhooks::create);
}

fn blog(r: &mut Routes<'_>) {
    r.get("/blog", blog::posts::index);
    r.get("/blog/feed.atom", blog::feeds::index);
    r.get("/blog/tags/{slug}", blog::tags::show);
    r.get("/blog/{slug}", blog::posts::show);
    r.get("/pages/{slug}", blog::pages::show);
}

fn shop(r: &mut Routes<'_>) {
    r.get("/", shop::home::show);
    r.get("/shop", shop::products::index);
    r.get("/shop/{path:.+}", shop::products::category);
    r.get("/products/{slug}", shop::products::show);
    r.get("/search", shop::searches::index);
    r.get("/cart", shop::carts::show);
    r.repeatable("/cart/lines", shop::cart_lines::create);
    r.repeatable("/cart/lines/{id}", shop::cart_lines::update);
    r.repeatable("/cart/lines/{id}/remove", shop::cart_lines::destroy);
    r.repeatable("/cart/coupon", shop::coupons::create);
    r.repeatable("/cart/coupon/remove", shop::coupons::destroy);
    r.repeatable("/cart/gift-cards/{id}/remove", shop::gift_cards::destroy);
    r.repeatable("/cart/order/payment", shop::pending_orders::pay);
    r.repeatable("/cart/order/cancellation", shop::pending_orders::cancel);
    r.get("/checkout", shop::checkouts::new);
    r.post("/checkout", shop::checkouts::create);
    r.repeatable("/checkout/quote", shop::checkouts::quote);
    r.get("/pay/test/{reference}", shop::payments::show);
    r.repeatable("/pay/test/{reference}", shop::payments::create);
    r.get("/orders/find", shop::order_lookups::new);
    r.post("/orders/find", shop::order_lookups::create);
    r.get("/orders/{token}", shop::orders::show);
    r.get("/orders/{token}/invoices/{id}", shop::invoices::show);
    r.repeatable("/orders/{token}/payment", shop::payments::retry);
    r.post("/orders/{token}/account", shop::order_accounts::create);
    r.get("/orders/{token}/returns/new", shop::returns::new);
    r.post("/orders/{token}/returns/new", shop::returns::create);
    r.post("/orders/{token}/returns/{id}/cancellation", shop::returns::cancel);
}

fn admin(r: &mut Routes<'_>) {
    r.get("/admin", admin::sales::dashboards::show);
    r.get("/admin/posts", admin::content::posts::index);
    r.get("/admin/posts/new", admin::content::posts::new);
    r.post("/admin/posts/new", admin::content::posts::create);
    r.repeatable("/admin/posts/preview", admin::content::previews::create);
    r.get("/admin/posts/{id}", admin::content::posts::edit);
    r.post("/admin/posts/{id}", admin::content::posts::update);
    r.post("/admin/posts/{id}/publish", admin::content::publications::create);
    r.post("/admin/posts/{id}/unpublish", admin::content::publications::destroy);
    r.post("/admin/posts/{id}/delete", admin::content::deletions::create);
    r.get("/admin/tags", admin::content::tags::index);
    r.get("/admin/tags/{slug}", admin::content::tags::edit);
    r.post("/admin/tags/{slug}", admin::content::tags::update);
    r.post("/admin/tags/{slug}/delete", admin::content::tags::destroy);
    r.get("/admin/products", admin::catalog::products::index);
    r.get("/admin/products/new", admin::catalog::products::new);
    r.post("/admin/products/new", admin::catalog::products::create);
    r.get("/admin/products/{id}", admin::catalog::products::edit);
    r.post("/admin/products/{id}", admin::catalog::products::update);
    r.get("/admin/stock", admin::catalog::stock::index);
    r.get("/admin/stock/{variant}", admin::catalog::stock::show);
    r.post("/admin/stock/{variant}", admin::catalog::stock::update);
    r.get("/admin/attention", admin::sales::attention::index);
    r.post("/admin/attention/orders/{id}", admin::sales::attention::resolve_flag);
    r.post("/admin/attention/jobs/{id}", admin::sales::attention::retry_job);
    r.get("/admin/orders", admin::sales::orders::index);
    r.get("/admin/orders/{number}", admin::sales::orders::show);
    r.get("/admin/orders/{number}/packing-slip", admin::sales::packing_slips::show);
    r.get("/admin/orders/{number}/invoices/{id}", admin::sales::invoices::show);
    r.post("/admin/orders/{number}/payment", admin::sales::payments::create);
    r.post("/admin/orders/{number}/vat-number", admin::sales::vat_numbers::update);
    r.post("/admin/orders/{number}/fulfilment", admin::sales::fulfilments::create);
    r.post("/admin/orders/{number}/parcels/{id}/delivery", admin::sales::fulfilment_updates::mark_delivered);
    r.post("/admin/orders/{number}/parcels/{id}/failure", admin::sales::fulfilment_updates::mark_failed);
    r.post("/admin/orders/{number}/parcels/{id}/shipment", admin::sales::fulfilment_updates::resend);
    r.post("/admin/orders/{number}/parcels/{id}/closure", admin::sales::fulfilment_updates::cancel);
    r.post("/admin/orders/{number}/refund", admin::sales::refunds::create);
    r.post("/admin/orders/{number}/repayments/{id}", admin::sales::refunds::retry);
    r.post("/admin/orders/{number}/returns", admin::sales::returns::create);
    r.post("/admin/orders/{number}/returns/{id}/approval", admin::sales::returns::approve);
    r.post("/admin/orders/{number}/returns/{id}/refusal", admin::sales::returns::refuse);
    r.post("/admin/orders/{number}/returns/{id}/arrival", admin::sales::returns::receive);
    r.post("/admin/orders/{number}/returns/{id}/refund", admin::sales::returns::refund);
    r.post("/admin/orders/{number}/returns/{id}/cancellation", admin::sales::returns::cancel);
    r.post("/admin/orders/{number}/cancellation", admin::sales::cancellations::create);
    r.post("/admin/orders/{number}/notes", admin::sales::notes::create);
    r.get("/admin/pictures", admin::content::pictures::index);
    r.post("/admin/pictures", admin::content::pictures::create);
    r.get("/admin/pictures/{id}", admin::content::pictures::show);
    r.post("/admin/pictures/{id}", admin::content::pictures::update);
    r.get("/admin/outbox", admin::platform::emails::index);
    r.get("/admin/outbox/{id}", admin::platform::emails::show);
    r.get("/admin/outbox/{id}/body", admin::platform::emails::body);
    r.post("/admin/outbox/{id}/send", admin::platform::emails::resend);
    r.post("/admin/outbox/{id}/address", admin::platform::emails::change_recipient);
    r.post("/admin/outbox/{id}/leave", admin::platform::emails::dismiss);
    r.get("/admin/webhooks", admin::sales::webhooks::index);
    r.get("/admin/webhooks/{id}", admin::sales::webhooks::show);
    r.post("/admin/webhooks/{id}/replay", admin::sales::webhooks::replay);
    r.get("/admin/discounts", admin::checkout::coupons::index);
    r.get("/admin/discounts/new", admin::checkout::coupons::new);
    r.post("/admin/discounts/new", admin::checkout::coupons::create);
    r.get("/admin/discounts/{id}", admin::checkout::coupons::edit);
    r.post("/admin/discounts/{id}", admin::checkout::coupons::update);
    r.get("/admin/gift-cards", admin::checkout::gift_cards::index);
    r.get("/admin/gift-cards/new", admin::checkout::gift_cards::new);
    r.post("/admin/gift-cards/new", admin::checkout::gift_cards::create);
    r.get("/admin/gift-cards/{id}", admin::checkout::gift_cards::show);
    r.post("/admin/gift-cards/{id}", admin::checkout::gift_cards::update);
    r.post("/admin/gift-cards/{id}/expiry", admin::checkout::gift_cards::expire);
    r.get("/admin/shipping", admin::checkout::shipping_methods::index);
    r.get("/admin/shipping/new", admin::checkout::shipping_methods::new);
    r.post("/admin/shipping/new", admin::checkout::shipping_methods::create);
    r.get("/admin/shipping/{id}", admin::checkout::shipping_methods::edit);
    r.post("/admin/shipping/{id}", admin::checkout::shipping_methods::update);
    r.post("/admin/shipping/{id}/delete", admin::checkout::shipping_methods::destroy);
    r.get("/admin/taxes", admin::checkout::tax_rates::index);
    r.get("/admin/taxes/rules/new", admin::checkout::tax_overrides::new);
    r.post("/admin/taxes/rules/new", admin::checkout::tax_overrides::create);
    r.get("/admin/taxes/rules/{country}", admin::checkout::tax_overrides::edit);
    r.post("/admin/taxes/rules/{country}", admin::checkout::tax_overrides::update);
    r.post("/admin/taxes/rules/{country}/delete", admin::checkout::tax_overrides::destroy);
    r.get("/admin/taxes/new", admin::checkout::tax_rates::new);
    r.post("/admin/taxes/new", admin::checkout::tax_rates::create);
    r.get("/admin/taxes/{id}", admin::checkout::tax_rates::edit);
    r.post("/admin/taxes/{id}", admin::checkout::tax_rates::update);
    r.post("/admin/taxes/{id}/delete", admin::checkout::tax_rates::destroy);
    r.get("/admin/settings", admin::platform::settings::edit);
    r.post("/admin/settings", admin::platform::settings::update);
    r.get("/admin/customers", admin::people::customers::index);
    r.get("/admin/customers.csv", admin::people::customers::export);
    r.repeatable("/admin/customers.csv", admin::people::customers::export_confirmed);
    r.get("/admin/customers/{id}", admin::people::customers::show);
    r.post("/admin/customers/{id}", admin::people::customers::update);
    r.post("/admin/customers/{id}/status", admin::people::customers::change_status);
    r.post("/admin/customers/{id}/merge", admin::people::customers::merge);
    r.repeatable("/admin/customers/{id}/data", admin::people::customers::export_data);
    r.post("/admin/customers/{id}/erasure", admin::people::customers::erase);
    r.repeatable("/admin/customers/{id}/impersonate", admin::people::impersonations::create);
    r.get("/admin/profile", admin::people::profiles::edit);
    r.post("/admin/profile", admin::people::profiles::update);
    r.get("/admin/roles", admin::people::roles::edit);
    r.post("/admin/roles", admin::people::roles::update);
    r.get("/admin/identity-providers", admin::people::identity_providers::index);
    r.get("/admin/identity-providers/new", admin::people::identity_providers::new);
    r.post("/admin/identity-providers/new", admin::people::identity_providers::create);
    r.get("/admin/identity-providers/{id}", admin::people::identity_providers::edit);
    r.post("/admin/identity-providers/{id}", admin::people::identity_providers::update);
    r.post("/admin/identity-providers/{id}/delete", admin::people::identity_providers::destroy);
    r.get("/admin/audit", admin::platform::audit_logs::index);
    r.get("/admin/audit.csv", admin::platform::audit_logs::export);
    r.get("/admin/staff", admin::people::staff::index);
    r.get("/admin/staff/invite", admin::people::invitations::new);
    r.post("/admin/staff/invite", admin::people::invitations::create);
    r.post("/admin/staff/invitations/{id}/send", admin::people::invitations::resend);
    r.post("/admin/staff/invitations/{id}/withdraw", admin::people::invitations::withdraw);
    r.get("/admin/staff/{id}", admin::people::staff::show);
    r.post("/admin/staff/{id}", admin::people::staff::update);
    r.post("/admin/staff/{id}/ownership", admin::people::staff::transfer);
}

fn account(r: &mut Routes<'_>) {
    r.get("/login", account::sessions::new);
    r.repeatable("/login", account::sessions::create);
    r.get("/login/two-factor", account::two_step_logins::new);
    r.repeatable("/login/two-factor", account::two_step_logins::create);
    r.get("/login/two-factor/passkey", account::two_step_logins::challenge);
    r.repeatable("/login/two-factor/passkey", account::two_step_logins::create_with_passkey);
    r.get("/login/passkey", account::passkey_logins::challenge);
    r.repeatable("/login/passkey", account::passkey_logins::create);
    r.get("/login/providers/callback", account::identity_logins::show);
    r.repeatable("/login/providers/{id}", account::identity_logins::create);
    r.repeatable("/logout", account::sessions::destroy);
    r.get("/login/code", account::login_codes::new);
    r.post("/login/code", account::login_codes::create);
    r.get("/login/code/confirm", account::login_codes::edit);
    r.repeatable("/login/code/confirm", account::login_codes::update);
    r.get("/register", account::registrations::new);
    r.post("/register", account::registrations::create);
    r.get("/register/confirm", account::registrations::edit);
    r.post("/register/confirm", account::registrations::update);
    r.get("/password/forgot", account::password_requests::new);
    r.post("/password/forgot", account::password_requests::create);
    r.get("/email/confirm", account::email_changes::edit);
    r.post("/email/confirm", account::email_changes::update);
    r.get("/email/revert", account::email_reverts::edit);
    r.post("/email/revert", account::email_reverts::update);
    r.get("/account", account::overviews::show);
    r.get("/account/orders", account::orders::index);
    r.get("/account/addresses", account::addresses::index);
    r.get("/account/addresses/new", account::addresses::new);
    r.post("/account/addresses/new", account::addresses::create);
    r.get("/account/addresses/{id}", account::addresses::edit);
    r.post("/account/addresses/{id}", account::addresses::update);
    r.post("/account/addresses/{id}/delete", account::addresses::destroy);
    r.get("/account/security", account::security::show);
    r.post("/account/security/sessions/end", account::security::end_all);
    r.post("/account/security/sessions/{id}/end", account::security::end_one);
    r.repeatable("/account/identities/{id}/link", account::identities::create);
    r.post("/account/identities/{id}/removal", account::identities::destroy);
    r.get("/account/password", account::password_changes::new);
    r.post("/account/password", account::password_changes::create);
    r.get("/account/profile", account::profiles::edit);
    r.post("/account/profile", account::profiles::update);
    r.get("/account/email", account::email_changes::new);
    r.post("/account/email", account::email_changes::create);
    r.get("/account/privacy", account::privacy::show);
    r.post("/account/privacy", account::privacy::update);
    r.get("/account/privacy/data", account::privacy::data);
    r.get("/account/privacy/data.json", account::privacy::export);
    r.get("/account/delete", account::deletions::new);
    r.post("/account/delete", account::deletions::create);
    r.get("/account/two-factor", account::second_factors::show);
    r.post("/account/two-factor", account::second_factors::create);
    r.post("/account/two-factor/setup", account::second_factors::begin_setup);
    r.post("/account/two-factor/removal", account::second_factors::destroy);
    r.get("/account/two-factor/recovery-codes", account::recovery_codes::show);
    r.post("/account/two-factor/recovery-codes", account::recovery_codes::create);
    r.get("/account/passkeys", account::passkeys::index);
    r.repeatable("/account/passkeys", account::passkeys::create);
    r.get("/account/passkeys/challenge", account::passkeys::challenge);
    r.get("/account/passkeys/{id}", account::passkeys::edit);
    r.post("/account/passkeys/{id}", account::passkeys::update);
    r.post("/account/passkeys/{id}/removal", account::passkeys::destroy);
    r.repeatable("/impersonation/end", account::impersonations::destroy);
    r.get("/password/reset", account::passwords::edit);
    r.post("/password/reset", account::passwords::update);
    r.get("/invitation", account::invitations::new);
    r.post("/invitation", account::invitations::create);
    r.get("/setup", account::setups::new);
    r.post("/setup", account::setups::create);
}
