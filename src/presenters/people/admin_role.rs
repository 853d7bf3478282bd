//! Roles and their permissions.

use crate::forms::Fields;
use crate::models::people::account::Member;
use crate::models::people::account::role_permissions::RolePermissions;
use crate::models::people::account::roles::{Permission, Role};
use crate::presenters::people::admin_staff::role_label;
use crate::support::i18n::Locale;
use crate::views::admin::people::roles::{Cell, Edit, Row};

/// The matrix, as `by` may change it; `form` is what was typed, if it was refused.
pub fn present_roles(t: Locale, permissions: &RolePermissions, form: Option<Fields>, by: &Member) -> Edit {
    let cell = |role: Role, permission: Permission| {
        let can_change = RolePermissions::can_change(by, role, permission);
        let is_granted = match &form {
            Some(form) if can_change => form.has_value(role.as_str(), permission.as_str()),
            _ => permissions.has_permission(role, permission),
        };
        Cell {
            name: role.as_str(),
            value: permission.as_str(),
            label: t.admin_role_cell(role_label(t, role), permission_label(t, permission)),
            is_granted,
            can_change,
        }
    };
    let row = |permission: Permission| Row {
        label: permission_label(t, permission),
        cells: Role::ALL.iter().map(|role| cell(*role, permission)).collect(),
    };
    Edit {
        t,
        roles: Role::ALL.iter().map(|role| role_label(t, *role)).collect(),
        rows: Permission::EDITABLE.into_iter().map(row).collect(),
        version: permissions.version,
        form: form.unwrap_or_default(),
    }
}

pub fn permission_label(t: Locale, permission: Permission) -> &'static str {
    match permission {
        Permission::Admin => t.admin_role_admin(),
        Permission::WritePosts => t.admin_role_write_posts(),
        Permission::PublishPosts => t.admin_role_publish_posts(),
        Permission::EditOthersPosts => t.admin_role_edit_others_posts(),
        Permission::Pictures => t.admin_role_pictures(),
        Permission::Products => t.admin_role_products(),
        Permission::Orders => t.admin_role_orders(),
        Permission::ManageOrders => t.admin_role_manage_orders(),
        Permission::Fulfil => t.admin_role_fulfil(),
        Permission::Customers => t.admin_role_customers(),
        Permission::ManageCustomers => t.admin_role_manage_customers(),
        Permission::Impersonate => t.admin_role_impersonate(),
        Permission::Settings => t.admin_role_settings(),
        Permission::Outbox => t.admin_role_outbox(),
        Permission::ReadCodes => t.admin_role_read_codes(),
        Permission::Staff => t.admin_role_staff(),
        Permission::AuditLog => t.admin_role_audit_log(),
        Permission::IdentityProviders => t.admin_role_identity_providers(),
        Permission::Ownership => t.admin_role_ownership(),
    }
}
