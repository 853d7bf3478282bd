//! Pages for one person: one hop and one read transaction fetch what the page and its frame show and render both.
//! Pages for everybody are in [`super::public`].

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use askama::Template;

use super::guards::{Staff, Visitor};
use super::kept_page::Shown;
use super::once;
use super::person::{self, Subject};
use super::reply::Reply;
use super::security_headers::Kind;
use super::site::{KnownSite, Terms};
use crate::app::App;
use crate::db::Conn;
use crate::db::epochs::Topic;
use crate::error::{Error, Result};
use crate::models::account::roles::Permission;
use crate::models::account::{Account, Member};
use crate::models::category::OnSale;
use crate::models::gate::declining::Declines;
use crate::models::job::QueuedJob;
use crate::models::letter::Letter;
use crate::models::order::listing::View as OrderView;
use crate::models::order::payment_methods::CardOptions;
use crate::models::order::returning::Return;
use crate::models::order::{Order, Parcel};
use crate::models::setting::Settings;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};
use crate::support::page::Tally;
use crate::views::admin::layout::AdminDocument;
use crate::views::layout::holes::{Holes, Person};
use crate::views::layout::{Document, PlainDocument};
use crate::views::{Amount, Flash, SiteFrame, StaffFrame, View, When};

/// What every page may use besides its own data: nothing here belongs to a person.
pub struct Shared {
    /// How the site is set.
    pub settings: Arc<Settings>,
    /// What prices say of taxes and of sending.
    pub terms: Arc<Terms>,
    on_sale: Arc<OnceLock<OnSale>>,
    /// The time.
    pub now: Utc,
    /// The public origin without a slash at its end.
    pub origin: String,
    /// What staff can do about the page.
    pub subject: Subject,
    tags: Vec<Topic>,
}

impl Shared {
    /// A page about nothing yet, at a moment.
    pub fn new(site: &KnownSite, app: &App) -> Shared {
        Shared {
            settings: site.settings.clone(),
            terms: site.terms.clone(),
            on_sale: site.on_sale.clone(),
            now: app.clock().now(),
            origin: app.origin(),
            subject: Subject::Nothing,
            tags: Vec::new(),
        }
    }

    /// How much is on sale, in the whole shop and by category. The page must show [`Topic::Shop`].
    ///
    /// # Errors
    /// When the database refuses.
    pub fn on_sale(&self, conn: &mut Conn) -> Result<&OnSale> {
        if let Some(counted) = self.on_sale.get() {
            return Ok(counted);
        }
        let counted = OnSale::count(conn)?;
        Ok(self.on_sale.get_or_init(|| counted))
    }

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

    /// The page shows this too: when it changes, so does the page.
    pub fn shows(&mut self, tag: Topic) {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// What the page was found to show, read after a tick.
    pub(super) fn into_shown(self, since: u64) -> Shown {
        Shown { subject: self.subject, tags: self.tags, since, now: self.now }
    }
}

/// What a page for one person may use.
pub struct Context {
    /// What every page may use.
    pub shared: Shared,
    /// Who is signed in.
    pub member: Option<Member>,
    /// The cart's token.
    pub cart_token: Option<String>,
    /// Why goods can be had for nothing, if they can.
    pub payments_warning: Option<&'static str>,
    /// Whether there is a payment provider that takes cards.
    pub card_payments: bool,
    /// What can be paid by card.
    pub cards: CardOptions,
    /// Mail leaves the house.
    pub sends_mail: bool,
}

impl Context {
    /// Whether the signed-in person may do something.
    pub fn may(&self, permission: Permission) -> bool {
        self.member.as_ref().is_some_and(|member| member.may(permission))
    }
}

impl Deref for Context {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl DerefMut for Context {
    fn deref_mut(&mut self) -> &mut Shared {
        &mut self.shared
    }
}

/// Which frame a page stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Header, menu, footer: cart, order.
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
            Layout::Private | Layout::Plain => Kind::Private,
            Layout::Admin => Kind::Admin,
            Layout::Framed => Kind::Framed,
        }
    }
}

/// How much waits for a person.
fn attention(conn: &mut Conn, member: &Member, now: Utc) -> Result<Tally> {
    let declines = i64::from(Declines::many(conn, now)?.is_some());
    let orders = Order::count_needing_attention(conn)? + Return::count_to_answer(conn)?;
    let parcels = Parcel::count_to_send_again(conn)? + Order::count_vat_numbers_to_check(conn)?;
    let late = i64::from(QueuedJob::oldest_overdue(conn, now)?.is_some());
    let letters = if member.may(Permission::Outbox) { Letter::count_untaken(conn)? } else { 0 };
    Ok(Tally::of(orders + parcels + QueuedJob::count_given_up(conn)? + letters + declines + late))
}

fn staff_frame(conn: &mut Conn, member: &Member, card_payments: bool, now: Utc) -> Result<StaffFrame> {
    let orders = member.may(Permission::Orders);
    Ok(StaffFrame {
        name: member.account.name.clone(),
        posts: member.may(Permission::WritePosts),
        products: member.may(Permission::Products),
        orders,
        pictures: member.may(Permission::Pictures),
        settings: member.may(Permission::Settings),
        staff: member.may(Permission::Staff),
        outbox: member.may(Permission::Outbox),
        webhooks: card_payments && member.may(Permission::ManageOrders),
        to_pack: if orders { Order::count(conn, OrderView::ToPack)? } else { Tally::Nothing },
        attention: if orders { attention(conn, member, now)? } else { Tally::Nothing },
    })
}

/// What surrounds a page for one person.
struct Around<'a> {
    site: &'a SiteFrame,
    path: &'a str,
    flash: Option<&'a Flash>,
}

impl Visitor {
    /// A page for one person, in a frame.
    ///
    /// # Errors
    /// What `build` returns.
    pub async fn page_in<V, F>(&self, layout: Layout, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        let flash = if layout == Layout::Framed { None } else { self.take_flash() };
        let (app, last_site) = (self.app.clone(), self.last_site.clone());
        let (account, cart_token, path) = (self.account, self.cart_token.clone(), self.path.clone());
        self.app.db.epochs().caught_up().await;
        let html = self
            .app
            .db
            .read(move |conn| {
                let site = last_site.now(conn, &app)?;
                let member = match account {
                    Some((id, epoch)) => Account::member(conn, id, epoch)?,
                    None => None,
                };
                if !site.settings.is_set_up && path != paths::setup() && path != paths::login() {
                    return Err(Error::SetUpFirst);
                }
                let mut context = Context {
                    shared: Shared::new(&site, &app),
                    member,
                    cart_token,
                    payments_warning: app.test_payments.warning(),
                    cards: app.card_options(site.settings.currency),
                    card_payments: app.payments.stripe.is_some(),
                    sends_mail: app.mailer.sends(),
                };
                let view = build(conn, &mut context)?;
                let around = Around { site: &site.frame, path: &path, flash: flash.as_ref() };
                let page = render(conn, &view, layout, &around, &context)?;
                Ok(once::with_marks(&page, &app.db.means().random.secret()?))
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
        (Layout::Admin, None) => Err(Error::SignInFirst(String::new())),
        (Layout::Private | Layout::Framed, member) => {
            let person = match layout {
                Layout::Framed => Person::default(),
                _ => Person {
                    flash: flash.cloned(),
                    ..person::of(conn, member.as_ref(), context.cart_token.as_deref(), &context.subject, context.now)?
                },
            };
            let holes = Holes::Filled(&person);
            Ok(Document { site, path, holes, scripts: layout != Layout::Framed, title, head, body }.render()?)
        }
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
