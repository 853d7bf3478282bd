//! Staff accounts, their roles and invitations.

use crate::forms::Fields;
use crate::models::people::account::role_permissions::RolePermissions;
use crate::models::people::account::roles::{Permission, Role};
use crate::models::people::account::{Account, AccountStatus, Member};
use crate::models::people::invitation::Invitation;
use crate::paths;
use crate::presenters::format::Format;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::views::SelectOption;
use crate::views::admin::Pill;
use crate::views::admin::people::staff::{InvitationRow, Row, Show};

/// `role` is the stored name of the role; one that this version does not know is shown as it is.
pub fn staff_row(account: Account, role: String, has_second_factor: bool, format: &Format) -> Row {
    Row {
        href: paths::admin::staff_member(&account.public_id),
        name: account.name,
        email: account.email,
        role: role_name(format.locale, role),
        status: status_pill(format.locale, account.status),
        has_second_factor,
        last_login: account.last_login_at.map(|at| format.date_time(at)),
    }
}

pub fn present_invitation(invitation: Invitation, now: Utc, format: &Format) -> InvitationRow {
    InvitationRow {
        resend_href: paths::admin::invitation_resend(invitation.id),
        withdrawal_href: paths::admin::invitation_withdrawal(invitation.id),
        name: invitation.name,
        email: invitation.email,
        role: role_label(format.locale, invitation.role),
        expires: (invitation.expires_at > now).then(|| format.date_time(invitation.expires_at)),
    }
}

/// The page of a staff member, as `viewer` may see and change it.
pub fn present_staff_member(
    account: Account,
    role: Role,
    mut form: Fields,
    viewer: &Member,
    permissions: &RolePermissions,
    format: &Format,
) -> Show {
    let t = format.locale;
    let is_self = account.id == viewer.account.id;
    let can_change = viewer.can_change(&account, role, permissions);
    form.detach_hidden_errors(|_| can_change);
    let is_active_admin = role == Role::Admin && account.status == AccountStatus::Active;
    let mut roles = role_options(t, viewer, permissions);
    if !roles.iter().any(|option| option.value == role.as_str()) {
        roles.push(SelectOption::new(role.as_str(), role_label(t, role)));
    }
    let statuses = AccountStatus::ALL.iter().map(|status| SelectOption::new(status.as_str(), status_label(t, *status)));
    Show {
        t,
        is_self,
        can_change,
        note: match (is_self, role) {
            (_, Role::Owner) => t.admin_staff_owner_note(),
            (true, _) => t.admin_staff_self_note(),
            _ => t.admin_staff_fixed_note(),
        },
        can_transfer: viewer.has_permission(Permission::Ownership) && is_active_admin && !is_self,
        role: role_label(t, role),
        status: status_pill(t, account.status),
        last_login: account.last_login_at.map(|at| format.date_time(at)),
        form,
        roles,
        statuses: statuses.collect(),
        id: account.public_id,
        name: account.name,
        email: account.email,
    }
}

pub fn staff_fields(account: &Account, role: Role) -> Fields {
    Fields::from_pairs([
        ("role", role.as_str().to_owned()),
        ("status", account.status.as_str().to_owned()),
        ("lock_version", account.lock_version.to_string()),
    ])
}

/// The roles that a staff member can give to others.
pub fn role_options(t: Locale, by: &Member, permissions: &RolePermissions) -> Vec<SelectOption> {
    let roles = Role::ALL.iter().copied().filter(|role| by.can_grant(*role, permissions));
    roles.map(|role| SelectOption::new(role.as_str(), role_label(t, role))).collect()
}

/// A role by its stored name.
pub fn role_name(t: Locale, role: String) -> String {
    Role::parse(&role).map_or(role, |role| role_label(t, role).to_owned())
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

pub fn status_label(t: Locale, status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => t.admin_staff_active(),
        AccountStatus::Suspended => t.admin_staff_suspended(),
    }
}

pub fn status_pill(t: Locale, status: AccountStatus) -> Pill {
    let kind = match status {
        AccountStatus::Active => "good",
        AccountStatus::Suspended => "bad",
    };
    Pill { text: status_label(t, status).to_owned(), kind }
}
