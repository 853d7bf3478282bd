//! The frame around every admin page.

use askama::Template;

use crate::paths;
use crate::support::page::Tally;
use crate::views::{Flash, SiteFrame, StaffFrame};

/// A whole admin page: the frame with a rendered body in it.
#[derive(Template)]
#[template(path = "admin_layout.html")]
pub struct AdminDocument<'a> {
    /// The site.
    pub site: &'a SiteFrame,
    /// Who looks.
    pub staff: &'a StaffFrame,
    /// The path of the page itself.
    pub path: &'a str,
    /// What has to be mended at once, on every page.
    pub warning: Option<&'a str>,
    /// A message to show once.
    pub flash: Option<&'a Flash>,
    /// The subject.
    pub title: &'a str,
    /// The rendered page.
    pub body: &'a str,
}

/// A line of the admin menu.
#[derive(Clone, Debug)]
pub struct MenuItem {
    /// The heading that starts with this item, if one does.
    pub group: Option<&'static str>,
    /// The word.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Name of its icon.
    pub icon: &'static str,
    /// How much waits there; 0 for nothing.
    pub count: Tally,
    /// Whether the page shown belongs to it.
    pub is_here: bool,
}

impl AdminDocument<'_> {
    /// What this person may open.
    fn menu(&self) -> Vec<MenuItem> {
        let staff = self.staff;
        let all = [
            ("", "Dashboard", paths::admin::dashboard(), "home", Tally::Nothing, true),
            ("", "Attention", paths::admin::attention(), "alert", staff.attention, staff.orders),
            ("Sell", "Orders", paths::admin::orders(), "receipt", staff.to_pack, staff.orders),
            ("Sell", "Products", paths::admin::products(), "package", Tally::Nothing, staff.products),
            ("Sell", "Discounts", paths::admin::discounts(), "tag", Tally::Nothing, staff.settings),
            ("Sell", "Gift cards", paths::admin::gift_cards(), "gift", Tally::Nothing, staff.settings),
            ("Sell", "Stock", paths::admin::stock(), "sliders", Tally::Nothing, staff.products),
            ("Write", "Posts", paths::admin::posts(), "file-text", Tally::Nothing, staff.posts),
            ("Write", "Tags", paths::admin::tags(), "tag", Tally::Nothing, staff.posts),
            ("Write", "Pictures", paths::admin::pictures(), "image", Tally::Nothing, staff.pictures),
            ("Run", "Shipping", paths::admin::shipping(), "truck", Tally::Nothing, staff.settings),
            ("Run", "Taxes", paths::admin::taxes(), "percent", Tally::Nothing, staff.settings),
            ("Run", "Webhooks", paths::admin::webhooks(), "credit-card", Tally::Nothing, staff.webhooks),
            ("Run", "Outbox", paths::admin::outbox(), "mail", Tally::Nothing, staff.outbox),
            ("Run", "Staff", paths::admin::staff(), "users", Tally::Nothing, staff.staff),
            ("Run", "Settings", paths::admin::settings(), "settings", Tally::Nothing, staff.settings),
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

    /// The few for the bar at the bottom of a phone.
    fn shortcuts(&self) -> Vec<MenuItem> {
        let rare = [paths::admin::attention(), paths::admin::gift_cards(), paths::admin::stock(), paths::admin::tags()];
        self.menu().into_iter().filter(|item| !rare.contains(&item.href)).take(4).collect()
    }

    /// Whether the search box has somewhere to go.
    fn can_find_orders(&self) -> bool {
        self.staff.orders
    }

    fn is_here(&self, href: &str) -> bool {
        let path = self.path;
        let below = path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'));
        path == href || (below && href != paths::admin::dashboard())
    }

    /// The signed-in person's name.
    fn name(&self) -> &str {
        &self.staff.name
    }

    /// The first letters of the name.
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
