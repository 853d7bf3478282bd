//! Pages for one person: one read transaction on the blocking pool loads the data of the page and its layout, and
//! renders both. Public pages are in [`super::public_page`].

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use askama::Template;

use super::cached_page::PageDependencies;
use super::form_token;
use super::guards::{Staff, Visitor};
use super::reply::Reply;
use super::security_headers::ResponseKind;
use super::site_cache::{PricingRules, SiteSnapshot};
use super::viewer::{self, Subject};
use crate::app::App;
use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::{Error, Result};
use crate::models::catalog::category::ProductCounts;
use crate::models::people::account::roles::Permission;
use crate::models::people::account::{Account, Member};
use crate::models::platform::email::Email;
use crate::models::platform::job::QueuedJob;
use crate::models::platform::setting::Settings;
use crate::models::sales::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::listing::OrderView;
use crate::models::sales::order::payment_methods::CardOptions;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Fulfilment, Order};
use crate::paths;
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};
use crate::support::pagination::CappedCount;
use crate::views::admin::layout::AdminDocument;
use crate::views::layout::fragments::{FragmentMode, Viewer};
use crate::views::layout::{Document, PlainDocument};
use crate::views::{Amount, DateTime, Flash, SiteInfo, StaffInfo, View};

/// What every page may use besides its own data; nothing in it is personal.
pub struct PublicContext {
    /// The settings.
    pub settings: Arc<Settings>,
    /// Tax rates and shipping methods, for price notes.
    pub pricing_rules: Arc<PricingRules>,
    on_sale: Arc<OnceLock<ProductCounts>>,
    /// The time of the request, UTC.
    pub now: Utc,
    /// The public origin, without a trailing slash.
    pub origin: String,
    /// What the staff bar's edit link leads to.
    pub subject: Subject,
    tags: Vec<CacheTag>,
}

impl PublicContext {
    /// A context for a page without a subject, at the current time.
    pub fn new(site: &SiteSnapshot, app: &App) -> PublicContext {
        PublicContext {
            settings: site.settings.clone(),
            pricing_rules: site.pricing_rules.clone(),
            on_sale: site.product_counts.clone(),
            now: app.clock().now(),
            origin: app.origin(),
            subject: Subject::Nothing,
            tags: Vec::new(),
        }
    }

    /// Number of products on sale, in total and by category. The page must carry [`CacheTag::Shop`].
    pub fn product_counts(&self, conn: &mut Conn) -> Result<&ProductCounts> {
        if let Some(counted) = self.on_sale.get() {
            return Ok(counted);
        }
        let counted = ProductCounts::load(conn)?;
        Ok(self.on_sale.get_or_init(|| counted))
    }

    /// Formats minor units of the shop's currency.
    pub fn amount(&self, minor: i64) -> Amount {
        Amount::from_money(Money::new(minor, self.settings.currency), &self.settings.locale)
    }

    /// Formats minor units of a currency (ISO 4217 code); an unknown code is taken as the shop's currency.
    pub fn amount_in(&self, minor: i64, currency: &str) -> Amount {
        let currency = Currency::from_code(currency).unwrap_or(self.settings.currency);
        Amount::from_money(Money::new(minor, currency), &self.settings.locale)
    }

    /// Formats a date in the shop's time zone.
    pub fn date(&self, at: Utc) -> DateTime {
        DateTime { iso: at.rfc3339(), text: at.format_in(&self.settings.time_zone, "%-d %B %Y") }
    }

    /// Formats date and time in the shop's time zone.
    pub fn date_time(&self, at: Utc) -> DateTime {
        DateTime { iso: at.rfc3339(), text: at.format_in(&self.settings.time_zone, "%-d %b %Y, %H:%M") }
    }

    /// Declares that the page depends on a tag.
    pub fn add_cache_tag(&mut self, tag: CacheTag) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// The page's dependencies; `since` is the cache version before the first read.
    pub(super) fn into_dependencies(self, since: u64) -> PageDependencies {
        PageDependencies { subject: self.subject, tags: self.tags, version: since, now: self.now }
    }
}

/// What a page for one person may use.
pub struct Context {
    /// The part that is not personal.
    pub public: PublicContext,
    /// The signed-in account, with its role.
    pub member: Option<Member>,
    /// The cart's token, from its cookie.
    pub cart_token: Option<String>,
    /// Warning for the admin pages while test payments are on, because orders can then be placed without money.
    pub payments_warning: Option<&'static str>,
    /// Whether Stripe is configured.
    pub card_payments: bool,
    /// Card payments that are possible in the shop's currency.
    pub card_options: CardOptions,
    /// Whether a mail server is configured.
    pub sends_mail: bool,
}

impl Context {
    /// Whether the signed-in account has a permission; false for guests.
    pub fn has_permission(&self, permission: Permission) -> bool {
        self.member.as_ref().is_some_and(|member| member.has_permission(permission))
    }
}

impl Deref for Context {
    type Target = PublicContext;

    fn deref(&self) -> &PublicContext {
        &self.public
    }
}

impl DerefMut for Context {
    fn deref_mut(&mut self) -> &mut PublicContext {
        &mut self.public
    }
}

/// The layout around a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The shop's header, menu and footer: cart, order.
    Private,
    /// No navigation: checkout, login, setup.
    Plain,
    /// The admin's navigation; requires a signed-in account.
    Admin,
    /// The shop's layout, inside a frame of the admin: previews.
    Framed,
}

impl Layout {
    fn kind(self) -> ResponseKind {
        match self {
            Layout::Private | Layout::Plain => ResponseKind::Private,
            Layout::Admin => ResponseKind::Admin,
            Layout::Framed => ResponseKind::Framed,
        }
    }
}

/// The number beside "attention" in the admin's navigation.
fn attention(conn: &mut Conn, member: &Member, now: Utc) -> Result<CappedCount> {
    let declines = i64::from(CardTestingAlert::detect(conn, now)?.is_some());
    let orders = Order::count_flagged(conn)? + Return::count_requested(conn)?;
    let parcels = Fulfilment::count_failed(conn)? + Order::count_unchecked_vat_numbers(conn)?;
    let late = i64::from(QueuedJob::find_oldest_overdue(conn, now)?.is_some());
    let letters = if member.has_permission(Permission::Outbox) { Email::count_undelivered(conn)? } else { 0 };
    Ok(CappedCount::new(orders + parcels + QueuedJob::count_dead(conn)? + letters + declines + late))
}

fn staff_frame(conn: &mut Conn, member: &Member, card_payments: bool, now: Utc) -> Result<StaffInfo> {
    let orders = member.has_permission(Permission::Orders);
    Ok(StaffInfo {
        name: member.account.name.clone(),
        posts: member.has_permission(Permission::WritePosts),
        products: member.has_permission(Permission::Products),
        orders,
        pictures: member.has_permission(Permission::Pictures),
        settings: member.has_permission(Permission::Settings),
        staff: member.has_permission(Permission::Staff),
        outbox: member.has_permission(Permission::Outbox),
        webhooks: card_payments && member.has_permission(Permission::ManageOrders),
        to_pack: if orders { Order::count(conn, OrderView::AwaitingFulfilment)? } else { CappedCount::Zero },
        attention: if orders { attention(conn, member, now)? } else { CappedCount::Zero },
    })
}

struct Around<'a> {
    site: &'a SiteInfo,
    path: &'a str,
    flash: Option<&'a Flash>,
}

impl Visitor {
    /// Renders a page in a layout and adds form tokens to its forms.
    ///
    /// # Errors
    /// `SetupRequired` before the site is set up; `LoginRequired` for an admin page without an account.
    pub async fn render_page<V, F>(&self, layout: Layout, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        let flash = if layout == Layout::Framed { None } else { self.take_flash() };
        let (app, last_site) = (self.app.clone(), self.site_cache.clone());
        let (account, cart_token, path) = (self.account, self.cart_token.clone(), self.path.clone());
        self.app.db.cache_versions().synced().await;
        let html = self
            .app
            .db
            .read(move |conn| {
                let site = last_site.load(conn, &app)?;
                let member = match account {
                    Some((id, epoch)) => Account::find_member(conn, id, epoch)?,
                    None => None,
                };
                if !site.settings.is_set_up && path != paths::setup() && path != paths::login() {
                    return Err(Error::SetupRequired);
                }
                let mut context = Context {
                    public: PublicContext::new(&site, &app),
                    member,
                    cart_token,
                    payments_warning: app.test_payments.warning(),
                    card_options: app.card_options(site.settings.currency),
                    card_payments: app.payments.stripe.is_some(),
                    sends_mail: app.mailer.is_enabled(),
                };
                let view = build(conn, &mut context)?;
                let around = Around { site: &site.site_info, path: &path, flash: flash.as_ref() };
                let page = render(conn, &view, layout, &around, &context)?;
                Ok(form_token::add_form_tokens(&page, &app.db.context().random.generate_secret()?))
            })
            .await?;
        Ok(Reply::html(html, layout.kind()))
    }
}

fn render<V: View>(
    conn: &mut Conn,
    view: &V,
    layout: Layout,
    around: &Around<'_>,
    context: &Context,
) -> Result<String> {
    let Around { site, path, flash } = *around;
    let (title, head, body) = (&view.title(), &view.head(), &view.render()?);
    match (layout, &context.member) {
        (Layout::Plain, _) => Ok(PlainDocument { site, path, flash, title, head, body }.render()?),
        (Layout::Admin, Some(member)) => {
            let staff = &staff_frame(conn, member, context.card_payments, context.now)?;
            let warning = context.payments_warning;
            Ok(AdminDocument { site, staff, path, warning, flash, title, body }.render()?)
        }
        (Layout::Admin, None) => Err(Error::LoginRequired(String::new())),
        (Layout::Private | Layout::Framed, member) => {
            let person = match layout {
                Layout::Framed => Viewer::default(),
                _ => Viewer {
                    flash: flash.cloned(),
                    ..viewer::load_viewer(
                        conn,
                        member.as_ref(),
                        context.cart_token.as_deref(),
                        &context.subject,
                        context.now,
                    )?
                },
            };
            let holes = FragmentMode::Render(&person);
            Ok(Document { site, path, fragments: holes, scripts: layout != Layout::Framed, title, head, body }
                .render()?)
        }
    }
}

impl<P> Staff<P> {
    /// Renders an admin page.
    pub async fn render_page<V, F>(&self, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        self.visitor.render_page(Layout::Admin, build).await
    }
}
