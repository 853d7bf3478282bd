//! Pages for one person: one read transaction on the blocking pool loads the data of the page and its layout, and
//! renders both. Public pages are in [`super::public_page`], pages of the admin in [`super::admin_page`].

use actix_web::web;
use askama::Template;

use super::form_token;
use super::guards::{SignedIn, SignedInRequest, Staff, Visitor};
use super::page_context::{Context, PublicContext};
use super::page_fragments;
use super::reply::Reply;
use super::security_headers::ResponseKind;
use super::site_cache::SiteCache;
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::models::people::account::roles::Permission;
use crate::models::people::account::{Account, Member};
use crate::models::platform::email::Email;
use crate::models::platform::job::QueuedJob;
use crate::models::sales::order::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::listing::OrderView;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Fulfilment, Order};
use crate::paths;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::pagination::CappedCount;
use crate::views::admin::layout::AdminDocument;
use crate::views::layout::fragments::{FragmentMode, Viewer};
use crate::views::layout::{Document, PlainDocument};
use crate::views::{Flash, SiteInfo, StaffInfo, View};

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
        identity_providers: member.has_permission(Permission::IdentityProviders),
        audit_log: member.has_permission(Permission::AuditLog),
        customers: member.has_permission(Permission::Customers),
        outbox: member.has_permission(Permission::Outbox),
        webhooks: card_payments && member.has_permission(Permission::ManageOrders),
        to_pack: if orders { Order::count(conn, OrderView::AwaitingFulfilment)? } else { CappedCount::Zero },
        attention: if orders { count_attention(conn, member, now)? } else { CappedCount::Zero },
    })
}

/// A page for one person, before anything is read for it.
pub(super) struct PrivatePage {
    app: web::Data<App>,
    site_cache: web::Data<SiteCache>,
    layout: Layout,
    path: String,
    query: String,
    cart_token: Option<String>,
    flash: Option<Flash>,
    /// A staff member uses the site as the signed-in account.
    is_impersonated: bool,
    /// The language of the pages that work before the site is set up, until it has one.
    setup_locale: Option<Locale>,
}

impl PrivatePage {
    /// The page in a layout, with the visitor's flash message unless the page is framed. On PostgreSQL this waits until
    /// the cache versions are current.
    pub(super) async fn prepare(visitor: &Visitor, layout: Layout) -> PrivatePage {
        let works_before_setup = visitor.path == paths::setup() || visitor.path == paths::login();
        visitor.app.db.cache_versions().synced().await;
        PrivatePage {
            app: visitor.app.clone(),
            site_cache: visitor.site_cache.clone(),
            layout,
            path: visitor.path.clone(),
            query: visitor.query.clone(),
            cart_token: visitor.cart_token.clone(),
            flash: if layout == Layout::Framed { None } else { visitor.flash() },
            is_impersonated: visitor.sign_in.as_ref().is_some_and(|sign_in| sign_in.impersonation.is_some()),
            setup_locale: works_before_setup.then(|| visitor.preferred_locale()),
        }
    }

    /// Loads the page with `build` and renders it in its layout, with form tokens in its forms.
    pub(super) fn render<V, F>(&self, conn: &mut Conn, member: Option<Member>, build: F) -> Result<String>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V>,
    {
        let app = &self.app;
        let site = self.site_cache.load(conn, app)?;
        let mut public = PublicContext::new(&site, app);
        if !site.settings.is_set_up {
            public.format.locale = self.setup_locale.ok_or(Error::SetupRequired)?;
        }
        if self.layout == Layout::Admin {
            let zone = member.as_ref().map(|member| member.account.time_zone.clone());
            public.format.reader_zone = zone.filter(|zone| !zone.is_empty());
        }
        if let Some(locale) = member.as_ref().and_then(|member| member.account.preferred_locale()) {
            public.format.locale = locale;
        }
        let mut context = Context {
            public,
            member,
            cart_token: self.cart_token.clone(),
            secret_key: app.db.context().secret_key.clone(),
            query: self.query.clone(),
            payments_warning: app.test_payments.warning(),
            card_options: app.card_options(site.settings.currency),
            card_payments: app.payments.stripe.is_some(),
            sends_mail: app.mailer.is_enabled(),
        };
        let view = build(conn, &mut context)?;
        let html = self.render_document(conn, &view, &site.site_info, &context)?;
        Ok(form_token::add_form_tokens(&html, &app.db.context().random.generate_secret()?))
    }

    fn render_document<V: View>(
        &self,
        conn: &mut Conn,
        view: &V,
        site: &SiteInfo,
        context: &Context,
    ) -> Result<String> {
        let (t, path, flash) = (context.locale(), self.path.as_str(), self.flash.as_ref());
        let (title, head, body) = (&view.title(), &view.head(), &view.render()?);
        match self.layout {
            Layout::Plain => {
                let member = context.member.as_ref().filter(|_| self.is_impersonated);
                let impersonated = member.map(|member| member.account.name.as_str());
                Ok(PlainDocument { t, site, path, flash, impersonated, title, head, body }.render()?)
            }
            Layout::Admin => {
                let member = context.require_member()?;
                let staff = &load_staff_info(conn, member, context.card_payments, context.now)?;
                let warning = context.payments_warning.as_ref();
                Ok(AdminDocument { t, site, staff, path, warning, flash, title, body }.render()?)
            }
            Layout::Private => {
                let (member, cart_token) = (context.member.as_ref(), context.cart_token.as_deref());
                let viewer = page_fragments::load_viewer(conn, member, cart_token, &context.subject, context.now)?;
                let viewer = Viewer { flash: flash.cloned(), is_impersonated: self.is_impersonated, ..viewer };
                let fragments = FragmentMode::Render(&viewer);
                Ok(Document { t, site, path, fragments, scripts: true, title, head, body }.render()?)
            }
            Layout::Framed => {
                let viewer = Viewer::default();
                let fragments = FragmentMode::Render(&viewer);
                Ok(Document { t, site, path, fragments, scripts: false, title, head, body }.render()?)
            }
        }
    }

    /// The response, after the page was rendered: its flash message is consumed now.
    pub(super) fn into_reply(self, visitor: &Visitor, html: String) -> Reply {
        if self.layout != Layout::Framed {
            visitor.consume_flash();
        }
        Reply::html(html, self.layout.kind())
    }
}

impl Visitor {
    /// Renders a page; `SetupRequired` before the setup, `LoginRequired` for an admin page without an account.
    pub async fn render_page<V, F>(&self, layout: Layout, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        let (page, sign_in) = (PrivatePage::prepare(self, layout).await, self.sign_in.clone());
        let rendered = self.read(move |conn| {
            let member = match sign_in {
                Some(sign_in) => Account::find_member(conn, sign_in.account, sign_in.auth_epoch)?,
                None => None,
            };
            let html = page.render(conn, member, build)?;
            Ok((page, html))
        });
        let (page, html) = rendered.await?;
        Ok(page.into_reply(self, html))
    }
}

impl SignedInRequest {
    /// Renders a page in the read transaction that checks the account.
    pub(super) async fn render_page<V, F>(
        self,
        permission: Option<Permission>,
        layout: Layout,
        build: F,
    ) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        let page = PrivatePage::prepare(&self.visitor, layout).await;
        let rendered = self.read_as_member(permission, move |conn, member| {
            let html = page.render(conn, Some(member), build)?;
            Ok((page, html))
        });
        let (page, html) = rendered.await?;
        Ok(page.into_reply(&self.visitor, html))
    }
}

impl SignedIn {
    /// Renders a page in the shop's layout in reply to a form.
    pub async fn render_page<V, F>(&self, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        self.visitor.render_page(Layout::Private, build).await
    }
}

impl<P> Staff<P> {
    /// Renders a page of the admin in reply to a form.
    pub async fn render_page<V, F>(&self, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        self.visitor.render_page(Layout::Admin, build).await
    }
}
