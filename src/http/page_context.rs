//! What pages may use besides their own data: [`PublicContext`] for every page, [`Context`] for a page of one person.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use super::cached_page::PageDependencies;
use super::guards;
use super::page_fragments::Subject;
use super::site_cache::{PricingRules, SiteSnapshot};
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
use crate::models::people::account::Member;
use crate::models::people::account::roles::Permission;
use crate::models::platform::setting::Settings;
use crate::models::sales::payment_method::CardOptions;
use crate::presenters::catalog::product_card::{Reduction, present_reduction, product_card, reduced_variants};
use crate::presenters::content::post_card::post_card;
use crate::presenters::format::Format;
use crate::support::clock::Utc;
use crate::support::i18n::{Locale, Message};
use crate::support::ids::MediaId;
use crate::support::money::Currency;
use crate::support::pagination::{Anchor, Cursor};
use crate::support::token::SecretKey;
use crate::views::blog::posts::Card as PostCard;
use crate::views::shop::products::Card as ProductCard;
use crate::views::{Amount, DateTime};

/// What every page may use besides its own data; nothing in it is personal.
pub struct PublicContext {
    /// The settings.
    pub settings: Arc<Settings>,
    pub(super) format: Format,
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
        let prior_prices = Variant::prior_prices(conn, &reduced, &self.settings.time_zone)?;
        let reductions = variants.iter().map(|variant| present_reduction(variant, &prior_prices, &self.format));
        Ok(reductions.collect())
    }

    /// Product cards for a list; tags the page with each product.
    pub fn load_product_cards(&mut self, conn: &mut Conn, products: &[ProductListing]) -> Result<Vec<ProductCard>> {
        let reduced = reduced_variants(products.iter().map(|listing| &listing.variant));
        let prior_prices = Variant::prior_prices(conn, &reduced, &self.settings.time_zone)?;
        for listing in products {
            self.add_cache_tag(CacheTag::Product(listing.product.id));
        }
        let cards = products.iter().map(|listing| product_card(listing, &prior_prices, &self.format, self.now));
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
    /// Derives the access tokens of orders.
    pub secret_key: SecretKey,
    /// The request's query, undecoded.
    pub(super) query: String,
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
    /// The first value of a query parameter, decoded.
    pub fn query_param(&self, name: &str) -> Option<String> {
        guards::query_param(&self.query, name)
    }

    /// The keyset page that the query asks for: `?after=`, `?before=` or `?at=end`.
    pub fn parse_cursor(&self, size: i64) -> Cursor {
        let key = |name| self.query_param(name).filter(|key| !key.is_empty());
        let anchor = match (key("after"), key("before"), key("at").as_deref()) {
            (Some(after), ..) => Anchor::After(after),
            (None, Some(before), _) => Anchor::Before(before),
            (None, None, Some("end")) => Anchor::End,
            (None, None, _) => Anchor::Start,
        };
        Cursor { anchor, size }
    }

    /// The request's query, undecoded.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The signed-in account, or `LoginRequired`.
    pub fn require_member(&self) -> Result<&Member> {
        self.member.as_ref().ok_or_else(|| Error::LoginRequired(String::new()))
    }

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
