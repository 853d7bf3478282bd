//! Per-site overrides of the default role permissions. The owner has all permissions.

use diesel::prelude::*;

use super::Member;
use super::roles::{Permission, Role};
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::{Event, PermissionChange};
use crate::schema::{role_permissions, sequences};
use crate::support::i18n::Message;

/// The sequence that counts changes (compare-and-swap).
const VERSION: &str = "role_permissions";

/// A permission that a role gained or lost on this site.
#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
#[diesel(table_name = role_permissions, check_for_backend(AnyBackend))]
pub struct PermissionOverride {
    /// As stored: another version of the program may know other roles.
    pub role: String,
    pub permission: String,
    pub is_granted: bool,
}

#[derive(Insertable)]
#[diesel(table_name = role_permissions, treat_none_as_default_value = false)]
struct NewPermissionOverride {
    role: Role,
    permission: Permission,
    is_granted: bool,
}

/// The permissions of all roles on this site.
#[derive(Clone, Debug, Default)]
pub struct RolePermissions {
    overrides: Vec<PermissionOverride>,
    /// Rises with each change.
    pub version: i64,
}

/// Whether a role has a permission, given what the site has decided.
pub(super) fn is_granted(overrides: &[PermissionOverride], role: Role, permission: Permission) -> bool {
    let can_change = role != Role::Owner && Permission::EDITABLE.contains(&permission);
    let decided = overrides
        .iter()
        .find(|decided| can_change && decided.role == role.as_str() && decided.permission == permission.as_str());
    decided.map_or_else(|| role.has_permission(permission), |decided| decided.is_granted)
}

impl RolePermissions {
    pub fn load(conn: &mut Conn) -> Result<RolePermissions> {
        let overrides = PermissionOverride::query().load(conn)?;
        let version = sequences::table.find(VERSION).select(sequences::value).first(conn)?;
        Ok(RolePermissions { overrides, version })
    }

    pub fn has_permission(&self, role: Role, permission: Permission) -> bool {
        is_granted(&self.overrides, role, permission)
    }

    /// Whether a staff member may give or take a permission: not of the owner, not of their own role or that of an
    /// admin unless they are the owner, and only a permission that they have.
    pub fn can_change(by: &Member, role: Role, permission: Permission) -> bool {
        let is_theirs = by.roles.contains(&role) || role == Role::Admin;
        role != Role::Owner && (by.is_owner() || !is_theirs) && by.has_permission(permission)
    }

    /// Sets the permissions of all roles; `is_wanted` is asked for those that `by` may change.
    ///
    /// # Errors
    /// `Conflict` when somebody else has changed them since; `Invalid` on a role's name when one permission needs
    /// another.
    pub fn save(
        tx: &mut Tx<'_>,
        version: i64,
        is_wanted: impl Fn(Role, Permission) -> bool,
        by: &Member,
    ) -> Result<()> {
        let unchanged = sequences::table.filter(sequences::name.eq(VERSION).and(sequences::value.eq(version)));
        if diesel::update(unchanged).set(sequences::value.eq(version + 1)).execute(tx.conn())? != 1 {
            return Err(Error::Conflict);
        }
        let current = RolePermissions::load(tx.conn())?;
        let mut changes = Vec::new();
        for role in Role::ALL.iter().copied() {
            let has = |permission: Permission| match RolePermissions::can_change(by, role, permission) {
                true => is_wanted(role, permission),
                false => current.has_permission(role, permission),
            };
            for permission in Permission::EDITABLE {
                let is_granted = has(permission);
                let lacks = permission.required().iter().any(|required| !has(*required));
                if is_granted && lacks && role != Role::Owner {
                    return Err(Error::invalid(role.as_str(), Message::PermissionIncomplete));
                }
                if is_granted == current.has_permission(role, permission) {
                    continue;
                }
                let row = role_permissions::table.find((role.as_str(), permission.as_str()));
                diesel::delete(row).execute(tx.conn())?;
                if is_granted != role.has_permission(permission) {
                    let decided = NewPermissionOverride { role, permission, is_granted };
                    diesel::insert_into(role_permissions::table).values(decided).execute(tx.conn())?;
                }
                let (role, permission) = (role.as_str().to_owned(), permission.as_str().to_owned());
                changes.push(PermissionChange { role, permission, is_granted });
            }
        }
        if changes.is_empty() { Ok(()) } else { Event::RolePermissionsChanged { changes }.record(tx, &by.actor()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_decides_but_not_about_the_owner() {
        let decided = |role: Role, permission: Permission, is_granted| PermissionOverride {
            role: role.as_str().to_owned(),
            permission: permission.as_str().to_owned(),
            is_granted,
        };
        let overrides = [
            decided(Role::Owner, Permission::Staff, false),
            decided(Role::Support, Permission::Fulfil, true),
            decided(Role::Support, Permission::Outbox, false),
            decided(Role::Support, Permission::Ownership, true),
        ];
        let has = |role, permission| is_granted(&overrides, role, permission);
        assert!(has(Role::Owner, Permission::Staff) && has(Role::Support, Permission::Fulfil));
        assert!(!has(Role::Support, Permission::Outbox) && !has(Role::Support, Permission::Ownership));
        assert!(has(Role::Support, Permission::Orders) && !has(Role::Author, Permission::Fulfil));
    }
}
