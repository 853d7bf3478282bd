//! The table of roles and permissions.

use crate::models::platform::email::Email;
use crate::text_enum;

text_enum! {
    Role {
        /// Exactly one account has it.
        Owner = "owner",
        /// Everything except owning the site.
        Admin = "admin",
        /// Writes and publishes all posts.
        Editor = "editor",
        /// Writes and publishes their own posts.
        Author = "author",
        /// Writes their own posts, which others publish.
        Contributor = "contributor",
        ShopManager = "shop_manager",
        /// Packs and ships orders.
        Fulfilment = "fulfilment",
        /// Answers customers.
        Support = "support",
    }
}

text_enum! {
    Permission {
        /// See the admin pages.
        Admin = "admin",
        /// Write their own posts.
        WritePosts = "write_posts",
        /// Publish their own posts.
        PublishPosts = "publish_posts",
        /// Edit and publish the posts of others.
        EditOthersPosts = "edit_others_posts",
        /// Add pictures to the library.
        Pictures = "pictures",
        /// Edit products, prices and stock.
        Products = "products",
        /// See orders.
        Orders = "orders",
        /// Record payments, cancel orders.
        ManageOrders = "manage_orders",
        /// Ship orders.
        Fulfil = "fulfil",
        /// See customers, with their orders and notes.
        Customers = "customers",
        /// Edit, suspend and merge customers.
        ManageCustomers = "manage_customers",
        /// Use the site as a customer, to help them.
        Impersonate = "impersonate",
        /// Edit shipping methods, taxes and settings.
        Settings = "settings",
        /// Read sent emails.
        Outbox = "outbox",
        /// See gift card codes and order links, which anyone who knows them can use, and send emails to other addresses.
        ReadCodes = "read_codes",
        /// Invite, change and suspend staff, and edit roles.
        Staff = "staff",
        /// Read the log of what happened.
        AuditLog = "audit_log",
        /// Set up identity providers. Whoever can may log in as anyone, so only the owner and admins can.
        IdentityProviders = "identity_providers",
        /// Transfer ownership to another staff member. Only the owner can.
        Ownership = "ownership",
    }
}

impl Permission {
    /// The permissions that roles can gain or lose, in the order of the page. The others belong to a role for good:
    /// every staff member sees the admin, only the owner and admins set up identity providers, and only the owner can
    /// transfer ownership.
    pub const EDITABLE: [Permission; 16] = [
        Permission::WritePosts,
        Permission::PublishPosts,
        Permission::EditOthersPosts,
        Permission::Pictures,
        Permission::Products,
        Permission::Orders,
        Permission::ManageOrders,
        Permission::Fulfil,
        Permission::Customers,
        Permission::ManageCustomers,
        Permission::Impersonate,
        Permission::Outbox,
        Permission::ReadCodes,
        Permission::Settings,
        Permission::Staff,
        Permission::AuditLog,
    ];

    /// The permission to send an email again to the same address, which discloses nothing.
    pub fn required_to_resend(email: &Email) -> Permission {
        match email.order_id {
            Some(_) => Permission::ManageOrders,
            None => Permission::ReadCodes,
        }
    }

    /// The permissions that this one requires.
    pub fn required(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            P::PublishPosts | P::EditOthersPosts => &[P::WritePosts],
            P::ManageOrders | P::Fulfil => &[P::Orders],
            P::ReadCodes => &[P::ManageOrders, P::Outbox],
            P::ManageCustomers | P::Impersonate => &[P::Customers],
            _ => &[],
        }
    }
}

impl Role {
    /// Whether the role has a permission unless the site has decided otherwise
    /// ([`super::role_permissions::RolePermissions`]).
    pub fn has_permission(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Role::Owner => true,
            Role::Admin => permission != P::Ownership,
            Role::Editor => {
                matches!(permission, P::Admin | P::WritePosts | P::PublishPosts | P::EditOthersPosts | P::Pictures)
            }
            Role::Author => matches!(permission, P::Admin | P::WritePosts | P::PublishPosts | P::Pictures),
            Role::Contributor => matches!(permission, P::Admin | P::WritePosts | P::Pictures),
            Role::ShopManager => matches!(
                permission,
                P::Admin
                    | P::Pictures
                    | P::Products
                    | P::Orders
                    | P::ManageOrders
                    | P::Fulfil
                    | P::Customers
                    | P::Settings
                    | P::Outbox
            ),
            Role::Fulfilment => matches!(permission, P::Admin | P::Orders | P::Fulfil),
            Role::Support => {
                matches!(permission, P::Admin | P::Orders | P::Customers | P::Impersonate | P::Outbox)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_what_its_permissions_need() {
        for role in Role::ALL {
            for permission in Permission::ALL.iter().filter(|permission| role.has_permission(**permission)) {
                let missing = permission.required().iter().find(|required| !role.has_permission(**required));
                assert_eq!(missing, None, "{role:?} {permission:?}");
            }
        }
    }
}
