//! The site's settings and layout data, reloaded when their tags change. Error pages use the last copy, without the
//! database.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::app::App;
use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::Result;
use crate::models::catalog::category::{Category, ProductCounts};
use crate::models::checkout::shipping_method::{ShippingMethod, ShippingTier};
use crate::models::checkout::tax_rate::TaxRate;
use crate::models::content::post::Post;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::views::{Link, SiteInfo};

/// Cache tags of the layout of every page: settings, pages, and categories with products on sale.
pub const FRAME_TAGS: [CacheTag; 2] = [CacheTag::Site, CacheTag::Shop];

/// Settings and layout data as of one moment; cheap to clone.
#[derive(Clone)]
pub struct SiteSnapshot {
    /// The settings.
    pub settings: Arc<Settings>,
    /// Name, menu and footer of the layout.
    pub site_info: Arc<SiteInfo>,
    /// Tax rates and shipping methods, for price notes.
    pub pricing_rules: Arc<PricingRules>,
    /// Number of products on sale, counted on first use.
    pub product_counts: Arc<OnceLock<ProductCounts>>,
    since: u64,
}

/// Tax rates and shipping methods that public pages mention beside prices.
#[derive(Debug)]
pub struct PricingRules {
    /// All tax rates, by priority.
    pub tax_rates: Vec<TaxRate>,
    /// All shipping methods with their price tiers.
    pub shipping_methods: Vec<(ShippingMethod, Vec<ShippingTier>)>,
}

/// The process's copy of the [`SiteSnapshot`].
#[derive(Default)]
pub struct SiteCache(RwLock<Option<SiteSnapshot>>);

impl SiteCache {
    /// The current snapshot, reloaded if its tags have changed. On PostgreSQL await `CacheVersions::synced` first.
    pub fn load(&self, conn: &mut Conn, app: &App) -> Result<SiteSnapshot> {
        let versions = app.db.cache_versions();
        // Taken before the first read, so that a change while reading makes the copy stale.
        let since = versions.current_version();
        let cached = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(cached) = cached.filter(|cached| versions.is_unchanged(&FRAME_TAGS, cached.since)) {
            return Ok(cached);
        }
        let settings = Settings::load(conn)?;
        let site_info = load_site_info(conn, &settings, app.origin())?;
        let pricing_rules =
            PricingRules { tax_rates: TaxRate::all(conn)?, shipping_methods: ShippingMethod::all_with_tiers(conn)? };
        let site = SiteSnapshot {
            settings: Arc::new(settings),
            site_info: Arc::new(site_info),
            pricing_rules: Arc::new(pricing_rules),
            product_counts: Arc::default(),
            since,
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(site.clone());
        Ok(site)
    }

    /// The layout data as last loaded, if ever; it may be stale.
    pub fn cached_info(&self) -> Option<Arc<SiteInfo>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|site| site.site_info.clone())
    }
}

fn load_site_info(conn: &mut Conn, settings: &Settings, origin: String) -> Result<SiteInfo> {
    let menu = Category::list_for_menu(conn)?;
    let pages = Post::list_pages(conn)?;
    Ok(SiteInfo {
        name: settings.site_name.clone(),
        tagline: settings.tagline.clone(),
        announcement: settings.announcement.clone(),
        locale: settings.locale,
        origin,
        accent: settings.accent.trim_start_matches('#').to_owned(),
        menu: menu.into_iter().map(|c| Link { href: paths::category(&c.path), label: c.title }).collect(),
        pages: pages.into_iter().map(|(label, slug)| Link { label, href: paths::page(&slug) }).collect(),
        contact_email: settings.contact_email.clone(),
        footer_note: settings.footer_note.clone(),
    })
}
