//! The site as it was last seen: read anew when it has changed, and good enough for an error page when it has not
//! answered.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::app::App;
use crate::db::Conn;
use crate::db::epochs::Topic;
use crate::error::Result;
use crate::models::category::{Category, OnSale};
use crate::models::post::Post;
use crate::models::setting::Settings;
use crate::models::shipping_method::{ShippingMethod, Tier};
use crate::models::tax_rate::TaxRate;
use crate::paths;
use crate::views::{Link, SiteFrame};

/// What the frame of every page shows: settings, pages, and the categories that have something on sale.
pub const FRAME: [Topic; 2] = [Topic::Site, Topic::Shop];

/// The site as every page needs it.
#[derive(Clone)]
pub struct KnownSite {
    /// How it is set.
    pub settings: Arc<Settings>,
    /// What stands in the frame of its pages.
    pub frame: Arc<SiteFrame>,
    /// What prices say of taxes and of sending.
    pub terms: Arc<Terms>,
    /// How much is on sale: counted when the first list asks.
    pub on_sale: Arc<OnceLock<OnSale>>,
    since: u64,
}

/// What prices on public pages say of taxes and of sending.
#[derive(Debug)]
pub struct Terms {
    /// All rates of tax, by priority.
    pub rates: Vec<TaxRate>,
    /// All ways of sending, with the steps of their prices.
    pub methods: Vec<(ShippingMethod, Vec<Tier>)>,
}

/// The site as it was last seen.
#[derive(Default)]
pub struct LastSite(RwLock<Option<KnownSite>>);

impl LastSite {
    /// The site as it is now; read only if it has changed since somebody last did. On PostgreSQL the epochs must have
    /// caught up before.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn now(&self, conn: &mut Conn, app: &App) -> Result<KnownSite> {
        let epochs = app.db.epochs();
        // Noted before anything is read: what changes meanwhile makes this out of date.
        let since = epochs.now();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| epochs.unchanged(&FRAME, known.since)) {
            return Ok(known);
        }
        let settings = Settings::load(conn)?;
        let frame = frame(conn, &settings, app.origin())?;
        let terms = Terms { rates: TaxRate::all(conn)?, methods: ShippingMethod::all_with_tiers(conn)? };
        let site = KnownSite {
            settings: Arc::new(settings),
            frame: Arc::new(frame),
            terms: Arc::new(terms),
            on_sale: Arc::default(),
            since,
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(site.clone());
        Ok(site)
    }

    /// The site's frame as it was last seen, if it ever was.
    pub fn recall(&self) -> Option<Arc<SiteFrame>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|site| site.frame.clone())
    }
}

fn frame(conn: &mut Conn, settings: &Settings, origin: String) -> Result<SiteFrame> {
    let menu = Category::menu(conn)?;
    let pages = Post::pages(conn)?;
    Ok(SiteFrame {
        name: settings.site_name.clone(),
        tagline: settings.tagline.clone(),
        announcement: settings.announcement.clone(),
        lang: settings.locale.clone(),
        origin,
        accent: settings.accent.trim_start_matches('#').to_owned(),
        menu: menu.into_iter().map(|c| Link { href: paths::category(&c.path), label: c.title }).collect(),
        pages: pages.into_iter().map(|(label, slug)| Link { label, href: paths::page(&slug) }).collect(),
        contact_email: settings.contact_email.clone(),
        footer_note: settings.footer_note.clone(),
    })
}
