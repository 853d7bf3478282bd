//! Row ids, one type for each table. In the database, in JSON, in addresses and in forms an id is its number.

use std::fmt::{self, Display, Formatter};
use std::num::ParseIntError;
use std::str::FromStr;

use diesel_derive_newtype::DieselNewType;
use serde::{Deserialize, Serialize};

macro_rules! id_type {
    ($($name:ident = $table:literal,)+) => {$(
        #[doc = concat!("Id of a row of `", $table, "`.")]
        #[derive(
            Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize, DieselNewType,
        )]
        #[serde(transparent)]
        pub struct $name(i64);

        impl From<i64> for $name {
            fn from(row: i64) -> $name {
                $name(row)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<$name, ParseIntError> {
                text.parse().map($name)
            }
        }

        impl Display for $name {
            fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    )+};
}

id_type! {
    AccountAddressId = "account_addresses",
    AccountId = "accounts",
    AccountIdentityId = "account_identities",
    CartId = "carts",
    CartLineId = "cart_lines",
    CategoryId = "categories",
    CouponId = "coupons",
    CustomerId = "customers",
    EmailId = "emails",
    FulfilmentId = "fulfilments",
    GiftCardId = "gift_cards",
    GiftCardLedgerEntryId = "gift_card_ledger",
    IdentityProviderId = "identity_providers",
    InvitationId = "invitations",
    InvoiceId = "invoices",
    JobId = "jobs",
    MediaId = "media",
    OptionId = "product_options",
    OptionValueId = "product_option_values",
    OrderId = "orders",
    OrderLineId = "order_lines",
    PasskeyId = "passkeys",
    PaymentAttemptId = "payment_attempts",
    PostId = "posts",
    ProductId = "products",
    RefundId = "refunds",
    RefundTransactionId = "refund_transactions",
    ReservationId = "reservations",
    RegistrationId = "pending_registrations",
    ReturnId = "returns",
    ShippingMethodId = "shipping_methods",
    SessionId = "sessions",
    StockLedgerEntryId = "stock_ledger",
    StockLevelId = "stock_levels",
    TagId = "tags",
    VariantId = "variants",
    WebhookId = "webhook_inbox",
}
