//! Every address of the site: verb, path, handler. One function an area. The table is also what `tradepost routes`
//! prints and what a test holds to its snapshot.

use actix_web::dev::HttpServiceFactory;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Either, FromRequest, Handler, Responder};

use crate::controllers::{account, admin, blog, shop, system};
use crate::error::Result;
use crate::http::guards::Guard;
use crate::http::once::Sender;
use crate::http::route::{KnownRoutes, Route};
use crate::http::{Form, Reply};

/// One line of the route table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// With its parameters in braces.
    pub path: &'static str,
    /// Who may call.
    pub who: String,
    /// Whether requests of other sites are refused: always for what changes something.
    pub forgery: &'static str,
    /// Whether a copy may be kept.
    pub cache: &'static str,
    /// The function.
    pub handler: String,
    /// A form that is sent again may be carried out again: it does no harm, or what is sent has an id of its own.
    #[serde(skip)]
    pub repeatable: bool,
}

/// Arguments of a handler: the first one is its guard, so a handler without one does not fit into the table.
pub trait Guarded: FromRequest {
    /// Who may call.
    fn who() -> String;
}

macro_rules! guarded {
    ($($rest:ident)*) => {
        impl<G: Guard + 'static, $($rest: FromRequest + 'static),*> Guarded for (G, $($rest,)*) {
            fn who() -> String {
                G::who()
            }
        }
    };
}

guarded!();
guarded!(A);
guarded!(A B);
guarded!(A B C);

/// Arguments of a handler that carries out a form: the last one is the form, so that a repeat is known before anything
/// is looked at.
pub trait Submitted: Guarded {
    /// The answer to the form if it was carried out before.
    fn answered(&self) -> impl Future<Output = Result<Option<Reply>>>;
}

macro_rules! submitted {
    ($($between:ident)*) => {
        impl<G, $($between,)* F> Submitted for (G, $($between,)* F)
        where
            G: Guard + Sender + 'static,
            F: FromRequest + AsRef<Form> + 'static,
            $($between: FromRequest + 'static,)*
        {
            async fn answered(&self) -> Result<Option<Reply>> {
                let (sender, .., form) = self;
                sender.answered(form.as_ref()).await
            }
        }
    };
}

submitted!();
submitted!(A);
submitted!(A B);

/// Collects routes, and remembers them.
pub struct Routes<'a> {
    config: Option<&'a mut ServiceConfig>,
    table: Vec<Line>,
    known: Vec<Route>,
}

impl Routes<'_> {
    fn get<F, A>(&mut self, path: &'static str, handler: F)
    where
        F: Handler<A>,
        A: Guarded + 'static,
        F::Output: Responder + 'static,
    {
        let route = self.line::<F, A>("GET", path);
        self.service(web::resource(path).name(path).guard(route).to(handler));
    }

    /// A form that is carried out once, however often it is sent.
    fn post<F, A>(&mut self, path: &'static str, handler: F)
    where
        F: Handler<A>,
        A: Submitted + 'static,
        F::Output: Responder + 'static,
    {
        let route = self.line::<F, A>("POST", path);
        let once = move |sent: A| {
            let handler = handler.clone();
            async move {
                match sent.answered().await {
                    Ok(None) => Either::Right(handler.call(sent).await),
                    Ok(Some(reply)) => Either::Left(Ok(reply)),
                    Err(error) => Either::Left(Err(error)),
                }
            }
        };
        self.service(web::resource(path).guard(route).to(once));
    }

    /// Something that may be sent again: a repeat does no harm, or has an id of its own.
    fn repeatable<F, A>(&mut self, path: &'static str, handler: F)
    where
        F: Handler<A>,
        A: Guarded + 'static,
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

    fn line<F, A: Guarded>(&mut self, method: &'static str, path: &'static str) -> Route {
        let handler = std::any::type_name::<F>().trim_start_matches("tradepost::controllers::");
        let who = A::who();
        let forgery = if method == "POST" { "refused" } else { "harmless" };
        let cache = match path {
            path if path.starts_with("/assets/") || path.starts_with("/media/") => "for good",
            _ if who == "anyone" || public(path) => "asks again",
            _ => "never",
        };
        self.table.push(Line { method, path, who, forgery, cache, handler: handler.to_owned(), repeatable: false });
        let route = Route { method, pattern: path, handler };
        self.known.push(route);
        route
    }
}

/// Pages that are the same for everybody but for their frame.
fn public(path: &str) -> bool {
    path == "/" || ["/blog", "/shop", "/products", "/pages", "/search"].iter().any(|start| path.starts_with(start))
}

/// Puts all routes into an actix app.
pub fn mount(config: &mut ServiceConfig) {
    let mut routes = Routes { config: Some(config), table: Vec::new(), known: Vec::new() };
    all(&mut routes);
    let known = KnownRoutes(routes.known);
    config.app_data(web::Data::new(known));
    config.default_service(web::to(system::fallback::show));
}

/// All routes as a table.
pub fn table() -> Vec<Line> {
    let mut routes = Routes { config: None, table: Vec::new(), known: Vec::new() };
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
    r.repeatable("/cart/order/payment", shop::waiting_orders::pay);
    r.repeatable("/cart/order/cancellation", shop::waiting_orders::cancel);
    r.get("/checkout", shop::checkouts::new);
    r.post("/checkout", shop::checkouts::create);
    r.repeatable("/checkout/quote", shop::checkouts::quote);
    r.get("/pay/test/{reference}", shop::payments::show);
    r.repeatable("/pay/test/{reference}", shop::payments::create);
    r.get("/orders/{token}", shop::orders::show);
    r.get("/orders/{token}/invoices/{id}", shop::invoices::show);
    r.repeatable("/orders/{token}/payment", shop::payments::retry);
    r.get("/orders/{token}/returns/new", shop::returns::new);
    r.post("/orders/{token}/returns/new", shop::returns::create);
    r.post("/orders/{token}/returns/{id}/cancellation", shop::returns::cancel);
}

fn admin(r: &mut Routes<'_>) {
    r.get("/admin", admin::dashboards::show);
    r.get("/admin/posts", admin::posts::index);
    r.get("/admin/posts/new", admin::posts::new);
    r.post("/admin/posts/new", admin::posts::create);
    r.repeatable("/admin/posts/preview", admin::previews::create);
    r.get("/admin/posts/{id}", admin::posts::edit);
    r.post("/admin/posts/{id}", admin::posts::update);
    r.post("/admin/posts/{id}/publish", admin::publications::create);
    r.post("/admin/posts/{id}/unpublish", admin::publications::destroy);
    r.post("/admin/posts/{id}/delete", admin::removals::create);
    r.get("/admin/tags", admin::tags::index);
    r.get("/admin/tags/{slug}", admin::tags::edit);
    r.post("/admin/tags/{slug}", admin::tags::update);
    r.post("/admin/tags/{slug}/delete", admin::tags::destroy);
    r.get("/admin/products", admin::products::index);
    r.get("/admin/products/new", admin::products::new);
    r.post("/admin/products/new", admin::products::create);
    r.get("/admin/products/{id}", admin::products::edit);
    r.post("/admin/products/{id}", admin::products::update);
    r.get("/admin/stock", admin::stock::index);
    r.get("/admin/stock/{variant}", admin::stock::show);
    r.post("/admin/stock/{variant}", admin::stock::update);
    r.get("/admin/attention", admin::attention::index);
    r.post("/admin/attention/orders/{id}", admin::attention::attend);
    r.post("/admin/attention/jobs/{id}", admin::attention::retry);
    r.get("/admin/orders", admin::orders::index);
    r.get("/admin/orders/{number}", admin::orders::show);
    r.get("/admin/orders/{number}/packing-slip", admin::packing_slips::show);
    r.get("/admin/orders/{number}/invoices/{id}", admin::invoices::show);
    r.post("/admin/orders/{number}/payment", admin::payments::create);
    r.post("/admin/orders/{number}/vat-number", admin::vat_numbers::update);
    r.post("/admin/orders/{number}/fulfilment", admin::fulfilments::create);
    r.post("/admin/orders/{number}/parcels/{id}/delivery", admin::parcels::deliver);
    r.post("/admin/orders/{number}/parcels/{id}/failure", admin::parcels::fail);
    r.post("/admin/orders/{number}/parcels/{id}/shipment", admin::parcels::send_again);
    r.post("/admin/orders/{number}/parcels/{id}/closure", admin::parcels::close);
    r.post("/admin/orders/{number}/refund", admin::refunds::create);
    r.post("/admin/orders/{number}/repayments/{id}", admin::refunds::retry);
    r.post("/admin/orders/{number}/returns", admin::returns::create);
    r.post("/admin/orders/{number}/returns/{id}/approval", admin::returns::approve);
    r.post("/admin/orders/{number}/returns/{id}/refusal", admin::returns::refuse);
    r.post("/admin/orders/{number}/returns/{id}/arrival", admin::returns::receive);
    r.post("/admin/orders/{number}/returns/{id}/refund", admin::returns::pay_back);
    r.post("/admin/orders/{number}/returns/{id}/cancellation", admin::returns::cancel);
    r.post("/admin/orders/{number}/cancellation", admin::cancellations::create);
    r.post("/admin/orders/{number}/notes", admin::notes::create);
    r.get("/admin/pictures", admin::pictures::index);
    r.post("/admin/pictures", admin::pictures::create);
    r.get("/admin/pictures/{id}", admin::pictures::show);
    r.post("/admin/pictures/{id}", admin::pictures::update);
    r.get("/admin/outbox", admin::letters::index);
    r.get("/admin/outbox/{id}", admin::letters::show);
    r.get("/admin/outbox/{id}/body", admin::letters::body);
    r.post("/admin/outbox/{id}/send", admin::letters::send_again);
    r.post("/admin/outbox/{id}/address", admin::letters::change_address);
    r.post("/admin/outbox/{id}/leave", admin::letters::leave);
    r.get("/admin/webhooks", admin::webhooks::index);
    r.get("/admin/webhooks/{id}", admin::webhooks::show);
    r.post("/admin/webhooks/{id}/replay", admin::webhooks::replay);
    r.get("/admin/discounts", admin::coupons::index);
    r.get("/admin/discounts/new", admin::coupons::new);
    r.post("/admin/discounts/new", admin::coupons::create);
    r.get("/admin/discounts/{id}", admin::coupons::edit);
    r.post("/admin/discounts/{id}", admin::coupons::update);
    r.get("/admin/gift-cards", admin::gift_cards::index);
    r.get("/admin/gift-cards/new", admin::gift_cards::new);
    r.post("/admin/gift-cards/new", admin::gift_cards::create);
    r.get("/admin/gift-cards/{id}", admin::gift_cards::show);
    r.post("/admin/gift-cards/{id}", admin::gift_cards::update);
    r.post("/admin/gift-cards/{id}/expiry", admin::gift_cards::expire);
    r.get("/admin/shipping", admin::shipping_methods::index);
    r.get("/admin/shipping/new", admin::shipping_methods::new);
    r.post("/admin/shipping/new", admin::shipping_methods::create);
    r.get("/admin/shipping/{id}", admin::shipping_methods::edit);
    r.post("/admin/shipping/{id}", admin::shipping_methods::update);
    r.post("/admin/shipping/{id}/delete", admin::shipping_methods::destroy);
    r.get("/admin/taxes", admin::tax_rates::index);
    r.get("/admin/taxes/rules/new", admin::tax_settings::new);
    r.post("/admin/taxes/rules/new", admin::tax_settings::create);
    r.get("/admin/taxes/rules/{country}", admin::tax_settings::edit);
    r.post("/admin/taxes/rules/{country}", admin::tax_settings::update);
    r.post("/admin/taxes/rules/{country}/delete", admin::tax_settings::destroy);
    r.get("/admin/taxes/new", admin::tax_rates::new);
    r.post("/admin/taxes/new", admin::tax_rates::create);
    r.get("/admin/taxes/{id}", admin::tax_rates::edit);
    r.post("/admin/taxes/{id}", admin::tax_rates::update);
    r.post("/admin/taxes/{id}/delete", admin::tax_rates::destroy);
    r.get("/admin/settings", admin::settings::edit);
    r.post("/admin/settings", admin::settings::update);
    r.get("/admin/staff", admin::staff::index);
}

fn account(r: &mut Routes<'_>) {
    r.get("/login", account::sessions::new);
    r.repeatable("/login", account::sessions::create);
    r.repeatable("/logout", account::sessions::destroy);
    r.get("/password/reset", account::passwords::edit);
    r.post("/password/reset", account::passwords::update);
    r.get("/setup", account::setups::new);
    r.post("/setup", account::setups::create);
}
