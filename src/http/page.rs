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
use crate::models::catalog::product::ProductListing;
use crate::models::catalog::variant::Variant;
use crate::models::content::media::Media;
use crate::models::content::post::Post;
use crate::models::content::tag::Tag;
use crate::models::people::account::roles::Permission;
use crate::models::people::account::{Account, Member};
use crate::models::platform::email::Email;
use crate::models::platform::job::QueuedJob;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::listing::OrderView;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Fulfilment, Order};
use crate::models::sales::payment_method::CardOptions;
use crate::paths;
use crate::presenters::catalog::product_card::{Reduction, present_reduction, product_card, reduced_variants};
use crate::presenters::content::post_card::post_card;
use crate::presenters::format::Format;
use crate::support::clock::Utc;
use crate::support::i18n::{Locale, Message};
use crate::support::ids::MediaId;
use crate::support::money::Currency;
use crate::support::pagination::CappedCount;
use crate::views::admin::layout::AdminDocument;
use crate::views::blog::posts::Card as PostCard;
use crate::views::layout::fragments::{FragmentMode, Viewer};
use crate::views::layout::{Document, PlainDocument};
use crate::views::shop::products::Card as ProductCard;
use crate::views::{Amount, DateTime, Flash, SiteInfo, StaffInfo, View};

/// What every page may use besides its own data; nothing in it is personal.
pub struct PublicContext {
    /// The settings.
    pub settings: Arc<Settings>,
    format: Format,
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
            format: Format::from_settings(&site.settings),
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
        if let Some(counts) = self.on_sale.get() {
            return Ok(counts);
        }
        let counts = ProductCounts::load(conn)?;
        Ok(self.on_sale.get_or_init(|| counts))
    }

    /// How the page writes amounts, dates and texts.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// The language of the page.
    pub fn locale(&self) -> Locale {
        self.format.locale
    }

    /// Formats minor units of the shop's currency.
    pub fn amount(&self, minor: i64) -> Amount {
        self.format.amount(minor)
    }

    /// Formats minor units of a currency.
    pub fn amount_in(&self, minor: i64, currency: Currency) -> Amount {
        self.format.amount_in(minor, currency)
    }

    /// Formats a date in the shop's time zone.
    pub fn date(&self, at: Utc) -> DateTime {
        self.format.date(at)
    }

    /// Formats date and time in the shop's time zone.
    pub fn date_time(&self, at: Utc) -> DateTime {
        self.format.date_time(at)
    }

    /// The price notes of variants, with one query.
    pub fn load_reductions(&self, conn: &mut Conn, variants: &[&Variant]) -> Result<Vec<Reduction>> {
        let reduced = reduced_variants(variants.iter().copied());
        let lowest = Variant::prior_prices(conn, &reduced, &self.settings.time_zone)?;
        let reductions = variants.iter().map(|variant| present_reduction(variant, &lowest, &self.format));
        Ok(reductions.collect())
    }

    /// Product cards for a list; tags the page with each product.
    pub fn load_product_cards(&mut self, conn: &mut Conn, listed: &[ProductListing]) -> Result<Vec<ProductCard>> {
        let reduced = reduced_variants(listed.iter().map(|listing| &listing.variant));
        let lowest = Variant::prior_prices(conn, &reduced, &self.settings.time_zone)?;
        for listing in listed {
            self.add_cache_tag(CacheTag::Product(listing.product.id));
        }
        let cards = listed.iter().map(|listing| product_card(listing, &lowest, &self.format, self.now));
        Ok(cards.collect())
    }

    /// Post cards for a list.
    pub fn load_post_cards(&self, conn: &mut Conn, posts: &[Post]) -> Result<Vec<PostCard>> {
        let covers: Vec<MediaId> = posts.iter().filter_map(|post| post.cover_id).collect();
        let covers = Media::find_by_ids(conn, &covers)?;
        let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
        let tags = Tag::for_posts(conn, &ids)?;
        let cards = posts.iter().map(|post| {
            let cover = post.cover_id.and_then(|id| covers.get(&id));
            let tag = tags.iter().find(|(id, _)| *id == post.id).map(|(_, tag)| tag);
            post_card(post, cover, tag, post.published_at.unwrap_or(self.now), &self.format)
        });
        Ok(cards.collect())
    }

    /// Declares that the page depends on a tag.
    pub fn add_cache_tag(&mut self, tag: CacheTag) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// The page's dependencies; `since` is the cache version before the first read.
    pub(super) fn into_dependencies(self, since: u64) -> PageDependencies {
        PageDependencies {
            locale: self.locale(),
            subject: self.subject,
            tags: self.tags,
            version: since,
            now: self.now,
        }
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
    pub payments_warning: Option<Message>,
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
fn count_attention(conn: &mut Conn, member: &Member, now: Utc) -> Result<CappedCount> {
    let card_testing = i64::from(CardTestingAlert::detect(conn, now)?.is_some());
    let orders = Order::count_flagged(conn)? + Return::count_requested(conn)?;
    let fulfilments = Fulfilment::count_failed(conn)? + Order::count_unchecked_vat_numbers(conn)?;
    let overdue_jobs = i64::from(QueuedJob::find_oldest_overdue(conn, now)?.is_some());
    let emails = if member.has_permission(Permission::Outbox) { Email::count_undelivered(conn)? } else { 0 };
    Ok(CappedCount::new(orders + fulfilments + QueuedJob::count_dead(conn)? + emails + card_testing + overdue_jobs))
}

fn load_staff_info(conn: &mut Conn, member: &Member, card_payments: bool, now: Utc) -> Result<StaffInfo> {
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
        attention: if orders { count_attention(conn, member, now)? } else { CappedCount::Zero },
    })
}

struct PageFrame<'a> {
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
        let (app, site_cache) = (self.app.clone(), self.site_cache.clone());
        let (account, cart_token, path) = (self.account, self.cart_token.clone(), self.path.clone());
        let works_before_setup = path == paths::setup() || path == paths::login();
        let preferred_locale = works_before_setup.then(|| self.preferred_locale());
        self.app.db.cache_versions().synced().await;
        let html = self
            .app
            .db
            .read(move |conn| {
                let site = site_cache.load(conn, &app)?;
                let member = match account {
                    Some((id, epoch)) => Account::find_member(conn, id, epoch)?,
                    None => None,
                };
                if !site.settings.is_set_up && !works_before_setup {
                    return Err(Error::SetupRequired);
                }
                let mut public = PublicContext::new(&site, &app);
                if let Some(locale) = preferred_locale.filter(|_| !site.settings.is_set_up) {
                    public.format.locale = locale;
                }
                let mut context = Context {
                    public,
                    member,
                    cart_token,
                    payments_warning: app.test_payments.warning(),
                    card_options: app.card_options(site.settings.currency),
                    card_payments: app.payments.stripe.is_some(),
                    sends_mail: app.mailer.is_enabled(),
                };
                let view = build(conn, &mut context)?;
                let frame = PageFrame { site: &site.site_info, path: &path, flash: flash.as_ref() };
                let page = render(conn, &view, layout, &frame, &context)?;
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
    frame: &PageFrame<'_>,
    context: &Context,
) -> Result<String> {
    let PageFrame { site, path, flash } = *frame;
    let t = context.locale();
    let (title, head, body) = (&view.title(), &view.head(), &view.render()?);
    match (layout, &context.member) {
        (Layout::Plain, _) => Ok(PlainDocument { t, site, path, flash, title, head, body }.render()?),
        (Layout::Admin, Some(member)) => {
            let staff = &load_staff_info(conn, member, context.card_payments, context.now)?;
            let warning = context.payments_warning.as_ref();
            Ok(AdminDocument { t: context.locale(), site, staff, path, warning, flash, title, body }.render()?)
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
            Ok(Document { t, site, path, fragments: holes, scripts: layout != Layout::Framed, title, head, body }
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
