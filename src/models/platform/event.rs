//! The event log: each event is stored once, in the transaction that makes it true, and enqueues the jobs that react to
//! it. Order timelines are rendered from it in the reader's language. No sentence is stored except what a person typed.

pub mod actor;
pub mod audit_log;
mod personal_texts;
pub mod reasons;
#[cfg(test)]
mod tests;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::actor::Actor;
use self::reasons::{RefundCause, ReviewReason};
use crate::db::{AnyBackend, Conn, RequestOrigin, Tx};
use crate::error::{Error, Result};
use crate::schema::events;
use crate::support::clock::Utc;
use crate::support::ids::{
    AccountId, CustomerId, EmailId, FulfilmentId, GiftCardId, IdentityProviderId, InvitationId, InvoiceId, MediaId,
    OrderId, OrderLineId, PasskeyId, PaymentAttemptId, PostId, ProductId, RefundId, RefundTransactionId, ReturnId,
    WebhookId,
};
use crate::support::money::Currency;

/// A kind of second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// One-time codes of an authenticator app.
    Totp,
    Passkey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    pub line: OrderLineId,
    pub quantity: i64,
}

/// A setting before and after it was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    pub name: String,
    pub before: String,
    pub after: String,
}

/// A permission that a role gained or lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionChange {
    pub role: String,
    pub permission: String,
    pub is_granted: bool,
}

/// Something that happened. Row ids are named by what they belong to, amounts are in minor units. An event of an order
/// has the field `order`. Stored under the variant's name in snake case, with its fields as JSON: a name or a field may
/// be added, but never change its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    SiteSetUp,
    /// Texts in the database are encrypted with a new key from now on.
    SecretKeyRotated {
        /// A public name of the new key.
        key_id: String,
    },
    AccountCreated {
        account: AccountId,
    },
    SignedIn {
        account: AccountId,
    },
    PasswordResetLinkCreated {
        account: AccountId,
    },
    PasswordChanged {
        account: AccountId,
    },
    /// A signed-in person changed their own account: `profile`, `addresses` or `consents`.
    AccountUpdated {
        account: AccountId,
        group: String,
    },
    AccountEmailChanged {
        account: AccountId,
        from: String,
        to: String,
    },
    /// The former address took a change of the email address back.
    AccountEmailReverted {
        account: AccountId,
        from: String,
        to: String,
    },
    /// A person ended a session of their account, or all.
    SessionsEnded {
        account: AccountId,
        is_everywhere: bool,
    },
    /// An account that has signed in before signed in with a browser that it has not used yet.
    SignedInOnNewDevice {
        account: AccountId,
        user_agent: String,
    },
    /// Orders that were placed as a guest now belong to the account with their address.
    OrdersClaimed {
        account: AccountId,
        count: i64,
    },
    /// The account and what belongs to it was deleted, except its orders.
    AccountErased {
        account: AccountId,
    },
    SecondFactorAdded {
        account: AccountId,
        factor: FactorKind,
        /// The name of a passkey as its owner typed it; empty for a one-time code.
        name: String,
    },
    SecondFactorRemoved {
        account: AccountId,
        factor: FactorKind,
        name: String,
    },
    /// All second factors and recovery codes of the account were removed at once.
    SecondFactorsCleared {
        account: AccountId,
    },
    RecoveryCodesCreated {
        account: AccountId,
    },
    RecoveryCodeUsed {
        account: AccountId,
        codes_left: i64,
    },
    PasskeyRenamed {
        account: AccountId,
        passkey: PasskeyId,
        from: String,
        to: String,
    },
    /// An identity of the provider can log in to the account.
    IdentityLinked {
        account: AccountId,
        /// The provider's name.
        provider: String,
    },
    IdentityUnlinked {
        account: AccountId,
        provider: String,
    },
    IdentityProviderAdded {
        provider: IdentityProviderId,
        name: String,
        issuer: String,
    },
    /// Without the client secret, of which only the change is known.
    IdentityProviderChanged {
        provider: IdentityProviderId,
        name: String,
        changes: Vec<SettingChange>,
    },
    /// With the name, because the row is gone.
    IdentityProviderDeleted {
        provider: IdentityProviderId,
        name: String,
    },
    /// An invitation was sent, or sent again; `send_count` counts both. With the address and the role, because nobody
    /// may ever accept it.
    InvitationSent {
        invitation: InvitationId,
        email: String,
        role: String,
        send_count: i64,
    },
    InvitationWithdrawn {
        invitation: InvitationId,
        email: String,
    },
    InvitationAccepted {
        invitation: InvitationId,
        account: AccountId,
    },
    /// The epoch is the account's new one, by which its sessions have ended.
    RoleChanged {
        account: AccountId,
        from: String,
        to: String,
        auth_epoch: i64,
    },
    AccountStatusChanged {
        account: AccountId,
        from: String,
        to: String,
        auth_epoch: i64,
    },
    /// `account` is the owner now, `from` was it before.
    OwnershipTransferred {
        account: AccountId,
        from: AccountId,
        auth_epoch: i64,
    },
    RolePermissionsChanged {
        changes: Vec<PermissionChange>,
    },
    /// Note or tags; they are personal, so they are not repeated here.
    CustomerChanged {
        customer: CustomerId,
    },
    /// `merged` is gone, and its orders belong to `customer`; with its address, by which the customer is erased.
    CustomersMerged {
        customer: CustomerId,
        merged: CustomerId,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        email: String,
    },
    /// The customer and their account were deleted, and their orders emptied of everything that named them.
    CustomerErased {
        customer: CustomerId,
        orders: i64,
    },
    /// A staff member began to use the site as a customer, for the reason that they typed.
    ImpersonationStarted {
        account: AccountId,
        reason: String,
    },
    ImpersonationEnded {
        account: AccountId,
    },
    PictureAdded {
        picture: MediaId,
    },
    PostPublished {
        post: PostId,
    },
    PostUnpublished {
        post: PostId,
    },
    /// With the title, because the row is gone.
    PostDeleted {
        post: PostId,
        title: String,
    },
    ProductSaved {
        product: ProductId,
    },
    /// Which settings: `taxes`, `shipping` …
    SettingsChanged {
        group: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<SettingChange>,
    },
    GiftCardIssuedManually {
        gift_card: GiftCardId,
    },
    WebhookReceived {
        webhook: WebhookId,
    },

    OrderPlaced {
        order: OrderId,
        total_minor: i64,
        currency: Currency,
    },
    NoPaymentDue {
        order: OrderId,
    },
    /// A payment attempt was created, and the provider has to open its payment page.
    PaymentStarted {
        order: OrderId,
        attempt: PaymentAttemptId,
        is_retry: bool,
    },
    /// The order is paid; the amount is what payments have brought so far.
    PaymentReceived {
        order: OrderId,
        amount_minor: i64,
        currency: Currency,
    },
    GiftCardsIssued {
        order: OrderId,
        count: i64,
    },
    /// A VAT number made the order exempt from tax, and has to be checked.
    VatNumberSubmitted {
        order: OrderId,
    },
    /// `name` is the company in the register and may be empty.
    VatNumberChecked {
        order: OrderId,
        number: String,
        is_valid: bool,
        name: String,
    },
    TransferReminderSent {
        order: OrderId,
    },
    TransferExpired {
        order: OrderId,
    },
    OrderCancelled {
        order: OrderId,
    },
    OrderExpired {
        order: OrderId,
    },
    CheckoutCancelled {
        order: OrderId,
    },
    OrderReinstated {
        order: OrderId,
    },
    /// Carrier and tracking number may be empty.
    FulfilmentShipped {
        order: OrderId,
        fulfilment: FulfilmentId,
        carrier: String,
        tracking_number: String,
        lines: Vec<EventLine>,
    },
    FulfilmentDelivered {
        order: OrderId,
        fulfilment: FulfilmentId,
        is_pickup: bool,
    },
    FulfilmentFailed {
        order: OrderId,
        fulfilment: FulfilmentId,
        is_pickup: bool,
    },
    /// A failed shipment will not be sent again.
    FulfilmentCancelled {
        order: OrderId,
        fulfilment: FulfilmentId,
    },
    /// Sent again; `send_count` counts all shipments of it.
    FulfilmentResent {
        order: OrderId,
        fulfilment: FulfilmentId,
        send_count: i64,
        carrier: String,
        tracking_number: String,
    },
    /// The reason is as staff typed it, and may be empty.
    RefundCreated {
        order: OrderId,
        refund: RefundId,
        amount_minor: i64,
        currency: Currency,
        cause: Option<RefundCause>,
        reason: String,
        lines: Vec<EventLine>,
    },
    RefundTransactionRequested {
        order: OrderId,
        refund_transaction: RefundTransactionId,
        amount_minor: i64,
        currency: Currency,
        is_retry: bool,
    },
    ReturnRequested {
        order: OrderId,
        #[serde(rename = "return")]
        return_id: ReturnId,
        lines: Vec<EventLine>,
    },
    ReturnApproved {
        order: OrderId,
        #[serde(rename = "return")]
        return_id: ReturnId,
        lines: Vec<EventLine>,
    },
    /// With the answer to the buyer as staff typed it.
    ReturnRefused {
        order: OrderId,
        #[serde(rename = "return")]
        return_id: ReturnId,
        answer: String,
    },
    ReturnReceived {
        order: OrderId,
        #[serde(rename = "return")]
        return_id: ReturnId,
        lines: Vec<EventLine>,
    },
    /// Items of a return arrived damaged, and did not go back into stock.
    ReturnItemsDamaged {
        order: OrderId,
        #[serde(rename = "return")]
        return_id: ReturnId,
        lines: Vec<EventLine>,
    },
    ReturnCancelled {
        order: OrderId,
        #[serde(rename = "return")]
        return_id: ReturnId,
        lines: Vec<EventLine>,
    },
    InvoiceIssued {
        order: OrderId,
        invoice: InvoiceId,
        number: String,
    },
    CreditNoteIssued {
        order: OrderId,
        invoice: InvoiceId,
        number: String,
    },
    /// The buyer, who was erased, was removed from an invoice or credit note after its retention.
    InvoiceBuyerErased {
        order: OrderId,
        invoice: InvoiceId,
        number: String,
    },
    /// The payment that a webhook is about is up to date; the topic is the provider's name for what happened.
    WebhookProcessed {
        order: OrderId,
        webhook: WebhookId,
        topic: String,
    },
    EmailReaddressed {
        order: OrderId,
        email: EmailId,
        from: String,
        to: String,
    },
    OrderEmailChanged {
        order: OrderId,
        from: String,
        to: String,
    },
    /// As staff typed it.
    NoteAdded {
        order: OrderId,
        note: String,
    },
    OrderFlagged {
        order: OrderId,
        reason: ReviewReason,
    },
    OrderFlagResolved {
        order: OrderId,
        reason: ReviewReason,
    },
}

/// Who sees an event in the timeline of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventVisibility {
    /// Nobody: it is in the log only.
    Log,
    Staff,
    /// The buyer, and staff.
    Buyer,
}

#[derive(Clone, Debug)]
pub struct StoredEvent {
    pub kind: String,
    /// `None` if a newer version of the program has written it.
    pub event: Option<Event>,
    pub actor: Actor,
    pub at: Utc,
}

#[derive(HasQuery)]
#[diesel(table_name = events, check_for_backend(AnyBackend))]
struct EventRow {
    kind: String,
    actor_kind: String,
    actor_id: Option<AccountId>,
    actor_name: String,
    data: String,
    at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
struct NewEvent<'a> {
    kind: &'a str,
    order_id: Option<OrderId>,
    subject_type: &'a str,
    subject_id: Option<i64>,
    actor_kind: &'a str,
    actor_id: Option<AccountId>,
    actor_name: &'a str,
    data: String,
    at: Utc,
    network: &'a str,
    impersonator_id: Option<AccountId>,
}

impl Event {
    pub const ORDER_FLAGGED: &'static str = "order_flagged";
    pub const TRANSFER_REMINDER_SENT: &'static str = "transfer_reminder_sent";

    pub fn record(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<()> {
        let (kind, fields) = self.to_stored()?;
        let (subject_type, subject_id) = self.subject();
        let RequestOrigin { network, impersonator } = tx.origin().clone();
        let row = NewEvent {
            kind: &kind,
            order_id: fields.get("order").and_then(Value::as_i64).map(OrderId::from),
            subject_type,
            subject_id,
            actor_kind: actor.kind(),
            actor_id: actor.account(),
            actor_name: actor.name(),
            data: Value::Object(fields).to_string(),
            at: tx.now(),
            network: &network,
            impersonator_id: impersonator,
        };
        diesel::insert_into(events::table).values(row).execute(tx.conn())?;
        tx.dispatch_event(self)
    }

    fn to_stored(&self) -> Result<(String, Map<String, Value>)> {
        let Value::Object(mut fields) = serde_json::to_value(self)? else {
            return Err(Error::bug("an event is no object"));
        };
        match fields.remove("kind") {
            Some(Value::String(kind)) => Ok((kind, fields)),
            _ => Err(Error::bug("an event has no kind")),
        }
    }

    /// `None` for a kind or fields that this version of the program does not know.
    fn from_stored(kind: &str, data: &str) -> Option<Event> {
        let mut fields: Map<String, Value> = serde_json::from_str(data).ok()?;
        fields.insert("kind".to_owned(), kind.into());
        serde_json::from_value(Value::Object(fields)).ok()
    }

    /// The record that it happened to: its type and row id.
    fn subject(&self) -> (&'static str, Option<i64>) {
        match self {
            Event::SiteSetUp | Event::SecretKeyRotated { .. } => ("site", None),
            Event::SettingsChanged { .. } => ("settings", None),
            Event::AccountCreated { account }
            | Event::SignedIn { account }
            | Event::PasswordResetLinkCreated { account }
            | Event::AccountUpdated { account, .. }
            | Event::AccountEmailChanged { account, .. }
            | Event::AccountEmailReverted { account, .. }
            | Event::SessionsEnded { account, .. }
            | Event::SignedInOnNewDevice { account, .. }
            | Event::OrdersClaimed { account, .. }
            | Event::AccountErased { account, .. }
            | Event::PasswordChanged { account }
            | Event::SecondFactorAdded { account, .. }
            | Event::SecondFactorRemoved { account, .. }
            | Event::SecondFactorsCleared { account }
            | Event::RecoveryCodesCreated { account }
            | Event::RecoveryCodeUsed { account, .. }
            | Event::PasskeyRenamed { account, .. }
            | Event::IdentityLinked { account, .. }
            | Event::IdentityUnlinked { account, .. }
            | Event::InvitationAccepted { account, .. }
            | Event::RoleChanged { account, .. }
            | Event::AccountStatusChanged { account, .. }
            | Event::OwnershipTransferred { account, .. }
            | Event::ImpersonationStarted { account, .. }
            | Event::ImpersonationEnded { account } => ("account", Some((*account).into())),
            Event::InvitationSent { invitation, .. } | Event::InvitationWithdrawn { invitation, .. } => {
                ("invitation", Some((*invitation).into()))
            }
            Event::IdentityProviderAdded { provider, .. }
            | Event::IdentityProviderChanged { provider, .. }
            | Event::IdentityProviderDeleted { provider, .. } => ("identity_provider", Some((*provider).into())),
            Event::RolePermissionsChanged { .. } => ("role", None),
            Event::CustomerChanged { customer }
            | Event::CustomersMerged { customer, .. }
            | Event::CustomerErased { customer, .. } => ("customer", Some((*customer).into())),
            Event::PictureAdded { picture } => ("picture", Some((*picture).into())),
            Event::PostPublished { post } | Event::PostUnpublished { post } | Event::PostDeleted { post, .. } => {
                ("post", Some((*post).into()))
            }
            Event::ProductSaved { product } => ("product", Some((*product).into())),
            Event::GiftCardIssuedManually { gift_card } => ("gift_card", Some((*gift_card).into())),
            Event::WebhookReceived { webhook } | Event::WebhookProcessed { webhook, .. } => {
                ("webhook", Some((*webhook).into()))
            }
            Event::FulfilmentShipped { fulfilment, .. }
            | Event::FulfilmentDelivered { fulfilment, .. }
            | Event::FulfilmentFailed { fulfilment, .. }
            | Event::FulfilmentCancelled { fulfilment, .. }
            | Event::FulfilmentResent { fulfilment, .. } => ("fulfilment", Some((*fulfilment).into())),
            Event::PaymentStarted { attempt, .. } => ("payment_attempt", Some((*attempt).into())),
            Event::RefundCreated { refund, .. } => ("refund", Some((*refund).into())),
            Event::RefundTransactionRequested { refund_transaction, .. } => {
                ("refund_transaction", Some((*refund_transaction).into()))
            }
            Event::ReturnRequested { return_id, .. }
            | Event::ReturnApproved { return_id, .. }
            | Event::ReturnRefused { return_id, .. }
            | Event::ReturnReceived { return_id, .. }
            | Event::ReturnItemsDamaged { return_id, .. }
            | Event::ReturnCancelled { return_id, .. } => ("return", Some((*return_id).into())),
            Event::InvoiceIssued { invoice, .. }
            | Event::CreditNoteIssued { invoice, .. }
            | Event::InvoiceBuyerErased { invoice, .. } => ("invoice", Some((*invoice).into())),
            Event::EmailReaddressed { email, .. } => ("email", Some((*email).into())),
            Event::OrderPlaced { order, .. }
            | Event::NoPaymentDue { order }
            | Event::PaymentReceived { order, .. }
            | Event::GiftCardsIssued { order, .. }
            | Event::VatNumberSubmitted { order }
            | Event::VatNumberChecked { order, .. }
            | Event::TransferReminderSent { order }
            | Event::TransferExpired { order }
            | Event::OrderCancelled { order }
            | Event::OrderExpired { order }
            | Event::CheckoutCancelled { order }
            | Event::OrderReinstated { order }
            | Event::OrderEmailChanged { order, .. }
            | Event::NoteAdded { order, .. }
            | Event::OrderFlagged { order, .. }
            | Event::OrderFlagResolved { order, .. } => ("order", Some((*order).into())),
        }
    }

    pub fn visibility(&self) -> EventVisibility {
        match self {
            Event::OrderPlaced { .. }
            | Event::PaymentReceived { .. }
            | Event::GiftCardsIssued { .. }
            | Event::TransferReminderSent { .. }
            | Event::TransferExpired { .. }
            | Event::OrderCancelled { .. }
            | Event::OrderExpired { .. }
            | Event::CheckoutCancelled { .. }
            | Event::OrderReinstated { .. }
            | Event::FulfilmentShipped { .. }
            | Event::FulfilmentDelivered { .. }
            | Event::FulfilmentFailed { .. }
            | Event::FulfilmentResent { .. }
            | Event::ReturnRequested { .. }
            | Event::ReturnApproved { .. }
            | Event::ReturnRefused { .. }
            | Event::ReturnReceived { .. }
            | Event::ReturnCancelled { .. } => EventVisibility::Buyer,
            Event::RefundCreated { cause, .. } => match cause.is_some_and(RefundCause::is_automatic) {
                true => EventVisibility::Staff,
                false => EventVisibility::Buyer,
            },
            // The refund itself is in the timeline.
            Event::OrderFlagged { reason: ReviewReason::RefundedAutomatically { .. }, .. } => EventVisibility::Log,
            Event::VatNumberChecked { .. }
            | Event::FulfilmentCancelled { .. }
            | Event::ReturnItemsDamaged { .. }
            | Event::InvoiceIssued { .. }
            | Event::CreditNoteIssued { .. }
            | Event::InvoiceBuyerErased { .. }
            | Event::WebhookProcessed { .. }
            | Event::EmailReaddressed { .. }
            | Event::OrderEmailChanged { .. }
            | Event::NoteAdded { .. }
            | Event::OrderFlagged { .. }
            | Event::OrderFlagResolved { .. }
            | Event::PaymentStarted { is_retry: false, .. }
            | Event::RefundTransactionRequested { is_retry: true, .. } => EventVisibility::Staff,
            Event::PaymentStarted { is_retry: true, .. }
            | Event::RefundTransactionRequested { is_retry: false, .. }
            | Event::SiteSetUp
            | Event::SecretKeyRotated { .. }
            | Event::AccountCreated { .. }
            | Event::SignedIn { .. }
            | Event::PasswordResetLinkCreated { .. }
            | Event::PasswordChanged { .. }
            | Event::AccountUpdated { .. }
            | Event::AccountEmailChanged { .. }
            | Event::AccountEmailReverted { .. }
            | Event::SessionsEnded { .. }
            | Event::SignedInOnNewDevice { .. }
            | Event::OrdersClaimed { .. }
            | Event::AccountErased { .. }
            | Event::SecondFactorAdded { .. }
            | Event::SecondFactorRemoved { .. }
            | Event::SecondFactorsCleared { .. }
            | Event::RecoveryCodesCreated { .. }
            | Event::RecoveryCodeUsed { .. }
            | Event::PasskeyRenamed { .. }
            | Event::IdentityLinked { .. }
            | Event::IdentityUnlinked { .. }
            | Event::IdentityProviderAdded { .. }
            | Event::IdentityProviderChanged { .. }
            | Event::IdentityProviderDeleted { .. }
            | Event::InvitationSent { .. }
            | Event::InvitationWithdrawn { .. }
            | Event::InvitationAccepted { .. }
            | Event::RoleChanged { .. }
            | Event::AccountStatusChanged { .. }
            | Event::OwnershipTransferred { .. }
            | Event::RolePermissionsChanged { .. }
            | Event::CustomerChanged { .. }
            | Event::CustomersMerged { .. }
            | Event::CustomerErased { .. }
            | Event::ImpersonationStarted { .. }
            | Event::ImpersonationEnded { .. }
            | Event::PictureAdded { .. }
            | Event::PostPublished { .. }
            | Event::PostUnpublished { .. }
            | Event::PostDeleted { .. }
            | Event::ProductSaved { .. }
            | Event::SettingsChanged { .. }
            | Event::GiftCardIssuedManually { .. }
            | Event::WebhookReceived { .. }
            | Event::NoPaymentDue { .. }
            | Event::VatNumberSubmitted { .. } => EventVisibility::Log,
        }
    }
}

impl StoredEvent {
    pub fn list_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<StoredEvent>> {
        let rows: Vec<EventRow> = EventRow::query().filter(events::order_id.eq(order)).order(events::id).load(conn)?;
        Ok(rows.into_iter().map(StoredEvent::from).collect())
    }

    pub fn visibility(&self) -> EventVisibility {
        self.event.as_ref().map_or(EventVisibility::Staff, Event::visibility)
    }
}

impl From<EventRow> for StoredEvent {
    fn from(row: EventRow) -> StoredEvent {
        StoredEvent {
            event: Event::from_stored(&row.kind, &row.data),
            actor: Actor::from_parts(&row.actor_kind, row.actor_id, &row.actor_name),
            kind: row.kind,
            at: row.at,
        }
    }
}
