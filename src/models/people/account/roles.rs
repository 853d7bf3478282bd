//! The table of roles and permissions.

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

#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Permission {
    /// See the admin pages.
    Admin,
    /// Write their own posts.
    WritePosts,
    /// Publish their own posts.
    PublishPosts,
    /// Edit and publish the posts of others.
    EditOthersPosts,
    /// Add pictures to the library.
    Pictures,
    /// Edit products, prices and stock.
    Products,
    /// See orders.
    Orders,
    /// Record payments, cancel orders.
    ManageOrders,
    /// Ship orders.
    Fulfil,
    /// Edit shipping methods, taxes and settings.
    Settings,
    /// Read sent e-mails.
    Outbox,
    /// See gift card codes and order links, which anyone who knows them can use, and send e-mails that contain them.
    ReadCodes,
    /// See the accounts of staff.
    Staff,
}

impl Role {
    pub fn has_permission(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Role::Owner | Role::Admin => true,
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
                    | P::Settings
                    | P::Outbox
            ),
            Role::Fulfilment => matches!(permission, P::Admin | P::Orders | P::Fulfil),
            Role::Support => matches!(permission, P::Admin | P::Orders | P::Outbox),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sends_letters_manages_orders_and_reads_the_outbox() {
        for role in Role::ALL.iter().filter(|role| role.has_permission(Permission::ReadCodes)) {
            assert!(
                role.has_permission(Permission::ManageOrders) && role.has_permission(Permission::Outbox),
                "{role:?}"
            );
        }
    }
}
