//! The layout of admin pages.

use askama::Template;

use crate::paths;
use crate::support::i18n::{Locale, Message};
use crate::support::pagination::CappedCount;
use crate::views::{Flash, SiteInfo, StaffInfo};

#[derive(Template)]
#[template(path = "admin_layout.html")]
pub struct AdminDocument<'a> {
    pub t: Locale,
    pub site: &'a SiteInfo,
    pub staff: &'a StaffInfo,
    pub path: &'a str,
    pub warning: Option<&'a Message>,
    pub flash: Option<&'a Flash>,
    pub title: &'a str,
    pub body: &'a str,
}

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
    fn menu(&self) -> Vec<MenuItem> {
        let (t, staff) = (self.t, self.staff);
        let (sell, write, run) = (t.admin_menu_sell(), t.admin_menu_write(), t.admin_menu_run());
        let none = CappedCount::Zero;
        let all = [
            ("", t.admin_menu_dashboard(), paths::admin::dashboard(), "home", none, true),
            ("", t.admin_menu_attention(), paths::admin::attention(), "alert", staff.attention, staff.orders),
            (sell, t.admin_menu_orders(), paths::admin::orders(), "receipt", staff.to_pack, staff.orders),
            (sell, t.admin_menu_customers(), paths::admin::customers(), "user", none, staff.customers),
            (sell, t.admin_menu_products(), paths::admin::products(), "package", none, staff.products),
            (sell, t.admin_menu_discounts(), paths::admin::coupons(), "tag", none, staff.settings),
            (sell, t.admin_menu_gift_cards(), paths::admin::gift_cards(), "gift", none, staff.settings),
            (sell, t.admin_menu_stock(), paths::admin::stock(), "sliders", none, staff.products),
            (write, t.admin_menu_posts(), paths::admin::posts(), "file-text", none, staff.posts),
            (write, t.admin_menu_tags(), paths::admin::tags(), "tag", none, staff.posts),
            (write, t.admin_menu_pictures(), paths::admin::pictures(), "image", none, staff.pictures),
            (run, t.admin_menu_shipping(), paths::admin::shipping_methods(), "truck", none, staff.settings),
            (run, t.admin_menu_taxes(), paths::admin::tax_rates(), "percent", none, staff.settings),
            (run, t.admin_menu_webhooks(), paths::admin::webhooks(), "credit-card", none, staff.webhooks),
            (run, t.admin_menu_outbox(), paths::admin::outbox(), "mail", none, staff.outbox),
            (run, t.admin_menu_staff(), paths::admin::staff(), "users", none, staff.staff),
            (run, t.identity_admin_title(), paths::admin::identity_providers(), "lock", none, staff.identity_providers),
            (run, t.event_log_title(), paths::admin::audit_log(), "clock", none, staff.audit_log),
            (run, t.admin_menu_settings(), paths::admin::settings(), "settings", none, staff.settings),
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
        let rare = [
            paths::admin::attention(),
            paths::admin::customers(),
            paths::admin::gift_cards(),
            paths::admin::stock(),
            paths::admin::tags(),
        ];
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
