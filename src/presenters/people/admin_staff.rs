//! Staff accounts and their roles.

use crate::models::people::account::Account;
use crate::models::people::account::roles::Role;
use crate::presenters::format::Format;
use crate::support::i18n::Locale;
use crate::views::admin::people::staff::Row;

/// `role` is the stored name of the role; one that this version does not know is shown as it is.
pub fn staff_row(account: Account, role: String, format: &Format) -> Row {
    Row {
        name: account.name,
        email: account.email,
        role: Role::parse(&role).map_or(role, |role| role_label(format.locale, role).to_owned()),
        last_login: account.last_login_at.map(|at| format.date_time(at)),
    }
}

pub fn role_label(t: Locale, role: Role) -> &'static str {
    match role {
        Role::Owner => t.admin_staff_role_owner(),
        Role::Admin => t.admin_staff_role_admin(),
        Role::Editor => t.admin_staff_role_editor(),
        Role::Author => t.admin_staff_role_author(),
        Role::Contributor => t.admin_staff_role_contributor(),
        Role::ShopManager => t.admin_staff_role_shop_manager(),
        Role::Fulfilment => t.admin_staff_role_fulfilment(),
        Role::Support => t.admin_staff_role_support(),
    }
}
