//! Addresses that name a record, as extractors: the handler says which record it is about, and `load` finds it in the
//! handler's transaction.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::models::catalog::category::Category;
use crate::models::catalog::product::Product;
use crate::models::catalog::stock_listing::StockListing;
use crate::models::catalog::variant::Variant;
use crate::models::checkout::coupon::Coupon;
use crate::models::checkout::gift_card::GiftCard;
use crate::models::checkout::shipping_method::ShippingMethod;
use crate::models::checkout::tax_override::TaxOverride;
use crate::models::checkout::tax_rate::TaxRate;
use crate::models::content::media::Media;
use crate::models::content::post::{Post, PostKind};
use crate::models::content::tag::Tag;
use crate::models::people::account::Account;
use crate::models::people::account::roles::Role;
use crate::models::people::customer::Customer;
use crate::models::people::identity_provider::IdentityProvider;
use crate::models::platform::email::Email;
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::Order;
use crate::models::sales::order::returns::Return;
use crate::models::sales::webhook::Webhook;
use crate::support::ids::{
    AccountIdentityId, CartLineId, EmailId, FulfilmentId, InvitationId, InvoiceId, JobId, RefundTransactionId,
    ReturnId, WebhookId,
};

/// `Name { segment: Type } => Record = finder`: the segments have the names of `routes.rs`. A path without a finder is
/// for verbs that take the id themselves.
macro_rules! resource_paths {
    ($(
        $(#[$about:meta])*
        $name:ident { $($segment:ident: $type:ty),+ } $(=> $record:ty = $find:expr)?;
    )+) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Deserialize)]
        pub struct $name {
            $(
                #[doc = concat!("`{", stringify!($segment), "}` of the route.")]
                pub $segment: $type,
            )+
        }

        impl FromRequest for $name {
            type Error = Error;
            type Future = Ready<Result<$name>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                ready(parse_segments(request, payload))
            }
        }

        $(
            impl $name {
                /// The record, or `NotFound`.
                pub fn load(&self, conn: &mut Conn) -> Result<$record> {
                    let find: fn(&$name, &mut Conn) -> Result<$record> = $find;
                    find(self, conn)
                }
            }
        )?
    )+};
}

/// The segments, or `NotFound` if one cannot be an id: no record has that address.
fn parse_segments<T: DeserializeOwned>(request: &HttpRequest, payload: &mut Payload) -> Result<T> {
    let path = web::Path::<T>::from_request(request, payload).into_inner();
    path.map(web::Path::into_inner).map_err(|_| Error::NotFound)
}

resource_paths! {
    /// A published post.
    PostSlugPath { slug: String } => Post = |path, conn| Post::find_published(conn, PostKind::Post, &path.slug);
    /// A published page of the site.
    PageSlugPath { slug: String } => Post = |path, conn| Post::find_published(conn, PostKind::Page, &path.slug);
    /// A tag.
    TagPath { slug: String } => Tag = |path, conn| Tag::find(conn, &path.slug);
    /// A product on sale, with its cheapest variant.
    ProductSlugPath { slug: String } => (Product, Variant) = |path, conn| Product::find_active(conn, &path.slug);
    /// A category, by the slugs down to it.
    CategoryPath { path: String } => Category = |path, conn| Category::find(conn, &path.path);
}

// Buyers. The token in an address is the secret that opens the order.
resource_paths! {
    /// A line of the visitor's cart.
    CartLinePath { id: CartLineId };
    /// An order, by access token.
    BuyerOrderPath { token: String } => Order = |path, conn| Order::find_by_token(conn, &path.token);
    /// An invoice of an order, with its PDF once there is one.
    BuyerInvoicePath { token: String, id: InvoiceId } => (Invoice, Option<Vec<u8>>) = |path, conn| {
        let order = Order::find_by_token(conn, &path.token)?.id;
        Invoice::find_with_pdf(conn, order, path.id)
    };
    /// A return of an order.
    BuyerReturnPath { token: String, id: ReturnId };
}

// The signed-in account. Whether the record is its own is checked where it is loaded.
resource_paths! {
    /// An address, by public id.
    AccountAddressPath { id: String };
    /// A session, by public id.
    SessionPath { id: String };
    /// An identity of the account.
    AccountIdentityPath { id: AccountIdentityId };
}

resource_paths! {
    /// A post or page, published or not.
    PostPath { id: String } => Post = |path, conn| Post::find(conn, &path.id);
    /// A picture of the library.
    PicturePath { id: String } => Media = |path, conn| Media::find(conn, &path.id);
    /// A product of any status, with its cheapest variant.
    ProductPath { id: String } => (Product, Variant) = |path, conn| Product::find(conn, &path.id);
    /// The stock of a variant.
    StockPath { variant: String } => StockListing = |path, conn| StockListing::find(conn, &path.variant);
    /// An order, by number, or by public id before it has one.
    OrderPath { number: String } => Order = |path, conn| Order::find_by_number(conn, &path.number);
    /// An order that is flagged for review, by public id.
    FlaggedOrderPath { id: String };
    /// An invoice of an order, with its PDF once there is one.
    InvoicePath { number: String, id: InvoiceId } => (Invoice, Option<Vec<u8>>) = |path, conn| {
        let order = Order::find_by_number(conn, &path.number)?.id;
        Invoice::find_with_pdf(conn, order, path.id)
    };
    /// A fulfilment of an order.
    FulfilmentPath { number: String, id: FulfilmentId };
    /// A refund transaction of an order.
    RefundTransactionPath { number: String, id: RefundTransactionId };
    /// A return of an order.
    ReturnPath { number: String, id: ReturnId } => Return = |path, conn| {
        let order = Order::find_by_number(conn, &path.number)?.id;
        Return::find_for_order(conn, order, path.id)
    };
    /// A webhook that was received.
    WebhookPath { id: WebhookId } => Webhook = |path, conn| Webhook::get(conn, path.id);
    /// A job.
    JobPath { id: JobId };
    /// A staff member, with the role.
    StaffPath { id: String } => (Account, Role) = |path, conn| Account::find_staff(conn, &path.id);
    /// A customer.
    CustomerPath { id: String } => Customer = |path, conn| Customer::find(conn, &path.id);
    /// An identity provider.
    IdentityProviderPath { id: String } => IdentityProvider = |path, conn| IdentityProvider::find(conn, &path.id);
    /// An invitation.
    InvitationPath { id: InvitationId };
    /// An email of the outbox.
    EmailPath { id: EmailId } => Email = |path, conn| Email::get(conn, path.id);
    /// A discount code.
    CouponPath { id: String } => Coupon = |path, conn| Coupon::find(conn, &path.id);
    /// A gift card.
    GiftCardPath { id: String } => GiftCard = |path, conn| GiftCard::find(conn, &path.id);
    /// A shipping method.
    ShippingMethodPath { id: String } => ShippingMethod = |path, conn| ShippingMethod::find(conn, &path.id);
    /// A tax rate.
    TaxRatePath { id: String } => TaxRate = |path, conn| TaxRate::find(conn, &path.id);
    /// The tax rules of a country that differ from the shop's.
    TaxOverridePath { country: String } => TaxOverride = |path, conn| TaxOverride::find(conn, &path.country);
}
