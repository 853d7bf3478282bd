//! The layout of admin pages.

use askama::Template;

use crate::paths;
use crate::support::pagination::CappedCount;
use crate::views::{Flash, SiteInfo, StaffInfo};

/// The admin layout around a rendered page.
#[derive(Template)]
#[template(path = "admin_layout.html")]
pub struct AdminDocument<'a> {
    pub site: &'a SiteInfo,
    pub staff: &'a StaffInfo,
    /// Path of the current page.
    pub path: &'a str,
    /// A critical warning, displayed on every page.
    pub warning: Option<&'a str>,
    pub flash: Option<&'a Flash>,
    pub title: &'a str,
    pub body: &'a str,
}

/// An item of the admin menu.
#[derive(Clone, Debug)]
pub struct MenuItem {
    /// The group heading, on the first item of a group.
    pub group: Option<&'static str>,
    pub label: &'static str,
    pub href: &'static str,
    pub icon: &'static str,
    pub count: CappedCount,
    pub is_here: bool,
}

impl AdminDocument<'_> {
    /// The menu items that this person may open.
    fn menu(&self) -> Vec<MenuItem> {
        let staff = self.staff;
        let all = [
            ("", "Dashboard", paths::admin::dashboard(), "home", CappedCount::Zero, true),
            ("", "Attention", paths::admin::attention(), "alert", staff.attention, staff.orders),
            ("Sell", "Orders", paths::admin::orders(), "receipt", staff.to_pack, staff.orders),
            ("Sell", "Products", paths::admin::products(), "package", CappedCount::Zero, staff.products),
            ("Sell", "Discounts", paths::admin::coupons(), "tag", CappedCount::Zero, staff.settings),
            ("Sell", "Gift cards", paths::admin::gift_cards(), "gift", CappedCount::Zero, staff.settings),
            ("Sell", "Stock", paths::admin::stock(), "sliders", CappedCount::Zero, staff.products),
            ("Write", "Posts", paths::admin::posts(), "file-text", CappedCount::Zero, staff.posts),
            ("Write", "Tags", paths::admin::tags(), "tag", CappedCount::Zero, staff.posts),
            ("Write", "Pictures", paths::admin::pictures(), "image", CappedCount::Zero, staff.pictures),
            ("Run", "Shipping", paths::admin::shipping_methods(), "truck", CappedCount::Zero, staff.settings),
            ("Run", "Taxes", paths::admin::tax_rates(), "percent", CappedCount::Zero, staff.settings),
            ("Run", "Webhooks", paths::admin::webhooks(), "credit-card", CappedCount::Zero, staff.webhooks),
            ("Run", "Outbox", paths::admin::outbox(), "mail", CappedCount::Zero, staff.outbox),
            ("Run", "Staff", paths::admin::staff(), "users", CappedCount::Zero, staff.staff),
            ("Run", "Settings", paths::admin::settings(), "settings", CappedCount::Zero, staff.settings),
        ];
        let mut last = "";
        let mut items = Vec::new();
        for (group, label, href, icon, count, may) in all {
            if may {
                let starts = (group != last).then_some(group);
                last = group;
                items.push(MenuItem { group: starts, label, href, icon, count, is_here: self.is_here(href) });
            }
        }
        items
    }

    /// The four items in the bottom bar on phones.
    fn shortcuts(&self) -> Vec<MenuItem> {
        let rare = [paths::admin::attention(), paths::admin::gift_cards(), paths::admin::stock(), paths::admin::tags()];
        self.menu().into_iter().filter(|item| !rare.contains(&item.href)).take(4).collect()
    }

    fn can_find_orders(&self) -> bool {
        self.staff.orders
    }

    fn is_here(&self, href: &str) -> bool {
        let path = self.path;
        let below = path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
        path == href || (below && href != paths::admin::dashboard())
    }

    fn name(&self) -> &str {
        &self.staff.name
    }

    fn initials(&self) -> String {
        self.name()
            .split_whitespace()
            .filter_map(|word| word.chars().next())
            .take(2)
            .flat_map(char::to_uppercase)
            .collect()
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
