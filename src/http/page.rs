//! Pages: one hop and one read transaction fetch what the page and its frame show and render both.

use std::sync::RwLock;

use super::guards::{Staff, Visitor};
use super::reply::Reply;
use super::security_headers::Kind;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::models::account::roles::Permission;
use crate::models::account::{Account, Member};
use crate::models::cart::Cart;
use crate::models::category::Category;
use crate::models::gate::declining::Declines;
use crate::models::job::QueuedJob;
use crate::models::order::listing::View as OrderView;
use crate::models::order::returning::Return;
use crate::models::order::{Order, Parcel};
use crate::models::post::Post;
use crate::models::setting::Settings;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};
use crate::views::admin::layout::AdminDocument;
use crate::views::layout::{Document, PlainDocument};
use crate::views::{Amount, Frame, Link, SiteFrame, StaffFrame, View, When};

/// What every page may use besides its own data.
pub struct Context {
    /// How the site is set.
    pub settings: Settings,
    /// The time.
    pub now: Utc,
    /// The public origin without a slash at its end.
    pub origin: String,
    /// Who is signed in.
    pub member: Option<Member>,
    /// The cart's token.
    pub cart_token: Option<String>,
    /// The test card page is on.
    pub test_payments: bool,
    /// Whether cards are taken on a provider's page.
    pub card_payments: bool,
    /// Mail leaves the house.
    pub sends_mail: bool,
    /// Where "Edit this" leads from the page.
    pub edit: Option<String>,
}

impl Context {
    /// An amount in the shop's currency.
    pub fn amount(&self, minor: i64) -> Amount {
        Amount::of(Money::new(minor, self.settings.currency), &self.settings.locale)
    }

    /// An amount in a currency.
    pub fn amount_in(&self, minor: i64, currency: &str) -> Amount {
        let currency = Currency::from_code(currency).unwrap_or(self.settings.currency);
        Amount::of(Money::new(minor, currency), &self.settings.locale)
    }

    /// A moment as a date.
    pub fn date(&self, at: Utc) -> When {
        When { iso: at.rfc3339(), text: at.format_in(&self.settings.time_zone, "%-d %B %Y") }
    }

    /// A moment as date and time.
    pub fn moment(&self, at: Utc) -> When {
        When { iso: at.rfc3339(), text: at.format_in(&self.settings.time_zone, "%-d %b %Y, %H:%M") }
    }

    /// Whether the signed-in person may do something.
    pub fn may(&self, permission: Permission) -> bool {
        self.member.as_ref().is_some_and(|member| member.may(permission))
    }
}

/// Which frame a page stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Header, menu, footer.
    Public,
    /// The same, for one person only: cart, order.
    Private,
    /// Nothing that distracts: checkout, log-in, setup.
    Plain,
    /// The admin.
    Admin,
    /// The public theme in a frame of the admin.
    Framed,
}

impl Layout {
    fn kind(self) -> Kind {
        match self {
            Layout::Public => Kind::Public,
            Layout::Private | Layout::Plain => Kind::Private,
            Layout::Admin => Kind::Admin,
            Layout::Framed => Kind::Framed,
        }
    }
}

/// The site as it was last seen, for error pages when the database does not answer.
#[derive(Default)]
pub struct LastSite(RwLock<SiteFrame>);

impl LastSite {
    /// Keeps the site.
    pub fn remember(&self, site: SiteFrame) {
        if let Ok(mut last) = self.0.write() {
            *last = site;
        }
    }

    /// The site, empty if it was never seen.
    pub fn recall(&self) -> SiteFrame {
        self.0.read().map(|site| site.clone()).unwrap_or_default()
    }
}

/// The site as frames show it.
///
/// # Errors
/// When the database refuses.
pub fn site_frame(conn: &mut Conn, settings: &Settings, origin: &str) -> Result<SiteFrame> {
    let menu = Category::menu(conn)?;
    let pages = Post::pages(conn)?;
    Ok(SiteFrame {
        name: settings.site_name.clone(),
        tagline: settings.tagline.clone(),
        announcement: settings.announcement.clone(),
        lang: settings.locale.clone(),
        origin: origin.to_owned(),
        accent: settings.accent.trim_start_matches('#').to_owned(),
        menu: menu.into_iter().map(|c| Link { href: paths::category(&c.path), label: c.title }).collect(),
        pages: pages.into_iter().map(|(label, slug)| Link { label, href: paths::page(&slug) }).collect(),
        contact_email: settings.contact_email.clone(),
        footer_note: settings.footer_note.clone(),
    })
}

/// How much waits for a person.
fn attention(conn: &mut Conn, now: Utc) -> Result<i64> {
    let declines = i64::from(Declines::many(conn, now)?.is_some());
    let orders = Order::count_needing_attention(conn)? + Return::count_to_answer(conn)?;
    let parcels = Parcel::count_to_send_again(conn)?;
    Ok(orders + parcels + QueuedJob::count_given_up(conn)? + declines)
}

fn staff_frame(
    conn: &mut Conn,
    member: &Member,
    card_payments: bool,
    now: Utc,
    edit: Option<String>,
) -> Result<StaffFrame> {
    let orders = member.may(Permission::Orders);
    Ok(StaffFrame {
        posts: member.may(Permission::WritePosts),
        products: member.may(Permission::Products),
        orders,
        pictures: member.may(Permission::Pictures),
        settings: member.may(Permission::Settings),
        staff: member.may(Permission::Staff),
        outbox: member.may(Permission::Outbox),
        webhooks: card_payments && member.may(Permission::ManageOrders),
        to_pack: if orders { Order::count(conn, OrderView::ToPack)? } else { 0 },
        attention: if orders { attention(conn, now)? } else { 0 },
        edit,
    })
}

fn render<V: View>(view: &V, frame: &Frame, layout: Layout) -> Result<String> {
    let body = view.render()?;
    let title = view.title();
    let head = view.head();
    let html = match layout {
        Layout::Plain => askama::Template::render(&PlainDocument { frame, title: &title, head: &head, body: &body })?,
        Layout::Admin => askama::Template::render(&AdminDocument { frame, title: &title, body: &body })?,
        Layout::Public | Layout::Private | Layout::Framed => {
            askama::Template::render(&Document { frame, title: &title, head: &head, body: &body })?
        }
    };
    Ok(html)
}

impl Visitor {
    /// A public page.
    ///
    /// # Errors
    /// What `build` returns.
    pub async fn page<V, F>(&self, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        self.page_in(Layout::Public, build).await
    }

    /// A page in a frame.
    ///
    /// # Errors
    /// What `build` returns.
    pub async fn page_in<V, F>(&self, layout: Layout, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        let flash = if layout == Layout::Framed { None } else { self.take_flash() };
        let (account, cart_token, path) = (self.account, self.cart_token.clone(), self.path.clone());
        let (origin, now) = (self.app.origin(), self.app.clock().now());
        let (test_payments, sends_mail) = (self.app.payments.test.is_some(), self.app.mailer.sends());
        let card_payments = self.app.payments.stripe.is_some();
        let (html, site) = self
            .app
            .db
            .read(move |conn| {
                let settings = Settings::load(conn)?;
                let member = match account {
                    Some((id, epoch)) => Account::member(conn, id, epoch)?,
                    None => None,
                };
                if !settings.is_set_up && path != paths::setup() && path != paths::login() {
                    return Err(Error::SetUpFirst);
                }
                let site = site_frame(conn, &settings, &origin)?;
                let cart_count = Cart::pieces(conn, cart_token.as_deref(), now)?;
                let mut context = Context {
                    settings,
                    now,
                    origin,
                    member,
                    cart_token,
                    test_payments,
                    card_payments,
                    sends_mail,
                    edit: None,
                };
                let view = build(conn, &mut context)?;
                let staff = match context.member.as_ref().filter(|member| member.may(Permission::Admin)) {
                    Some(member) if layout != Layout::Framed => {
                        Some(staff_frame(conn, member, context.card_payments, now, context.edit.take())?)
                    }
                    _ => None,
                };
                let account = context.member.as_ref().map(|member| member.account.name.clone());
                let frame = Frame { site, cart_count, flash, account, staff, path };
                Ok((render(&view, &frame, layout)?, frame.site))
            })
            .await?;
        self.last_site.remember(site);
        Ok(Reply::html(html, layout.kind()))
    }
}

impl<P> Staff<P> {
    /// An admin page.
    ///
    /// # Errors
    /// What `build` returns.
    pub async fn page<V, F>(&self, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        self.visitor.page_in(Layout::Admin, build).await
    }
}
