//! Who may do what: the one table of roles and permissions.

use crate::text_enum;

text_enum! {
    /// A role that staff can have.
    Role {
        /// Whose site it is: exactly one.
        Owner = "owner",
        /// Runs everything but the ownership.
        Admin = "admin",
        /// Writes and publishes everything.
        Editor = "editor",
        /// Writes and publishes their own.
        Author = "author",
        /// Writes their own, publishes nothing.
        Contributor = "contributor",
        /// Runs the shop.
        ShopManager = "shop_manager",
        /// Packs and sends.
        Fulfilment = "fulfilment",
        /// Answers customers.
        Support = "support",
    }
}

/// Something that only some staff may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Permission {
    /// See the admin pages at all.
    Admin,
    /// Write posts of one's own.
    WritePosts,
    /// Put one's own posts on the site.
    PublishPosts,
    /// Change and publish the posts of others.
    EditOthersPosts,
    /// Put pictures into the library.
    Pictures,
    /// Change products, prices and stock.
    Products,
    /// See orders.
    Orders,
    /// Record payments, cancel orders.
    ManageOrders,
    /// Send parcels.
    Fulfil,
    /// Change shipping, taxes and settings of the shop.
    Settings,
    /// Read mail that was sent.
    Outbox,
    /// Read the codes of gift cards and the addresses that open orders, and send letters with them: whoever has them can
    /// use them.
    ReadCodes,
    /// See staff.
    Staff,
}

impl Role {
    /// Whether the role allows it.
    pub fn may(self, permission: Permission) -> bool {
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

    /// As people say it.
    pub fn label(self) -> &'static str {
        match self {
            Role::Owner => "Owner",
            Role::Admin => "Admin",
            Role::Editor => "Editor",
            Role::Author => "Author",
            Role::Contributor => "Contributor",
            Role::ShopManager => "Shop manager",
            Role::Fulfilment => "Fulfilment",
            Role::Support => "Support",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sends_letters_manages_orders_and_reads_the_outbox() {
        for role in Role::ALL.iter().filter(|role| role.may(Permission::ReadCodes)) {
            assert!(role.may(Permission::ManageOrders) && role.may(Permission::Outbox), "{role:?}");
        }
    }
}
