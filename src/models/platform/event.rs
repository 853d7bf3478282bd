//! The event log: each event is stored in the transaction that makes it true, and enqueues the jobs that react to it.

use diesel::prelude::*;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::facts;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    Customer,
    /// By name.
    Staff(String),
    /// The program itself, for example a scheduled job.
    System,
    /// A payment provider, by name.
    Provider(&'static str),
    /// A public register such as VIES, by name.
    Register(&'static str),
    CommandLine,
}

impl Actor {
    /// The name in the timeline.
    pub fn label(&self) -> &str {
        match self {
            Actor::Customer => "Customer",
            Actor::Staff(name) => name,
            Actor::System => "Tradepost",
            Actor::Provider(name) | Actor::Register(name) => name,
            Actor::CommandLine => "Command line",
        }
    }
}

/// Something that happened. A single number is the id of the subject that the name mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    SiteSetUp,
    AccountCreated(i64),
    SignedIn(i64),
    PasswordResetLinkCreated(i64),
    PasswordChanged(i64),
    PictureAdded(i64),
    PostPublished(i64),
    PostUnpublished(i64),
    /// The title, because the row is gone.
    PostDeleted(String),
    ProductSaved(i64),
    /// Shipping, taxes or settings changed: which of them.
    SettingsChanged(&'static str),
    /// A payment attempt was created, and the provider has to open its payment page.
    PaymentStarted {
        order: i64,
        attempt: i64,
    },
    OrderPlaced(i64),
    /// The order was confirmed, and nothing was due.
    NoPaymentDue(i64),
    PaymentReceived(i64),
    FulfilmentShipped {
        order: i64,
        fulfilment: i64,
    },
    FulfilmentDelivered {
        order: i64,
        fulfilment: i64,
    },
    FulfilmentFailed {
        order: i64,
        fulfilment: i64,
    },
    /// A failed shipment will not be sent again.
    FulfilmentCancelled {
        order: i64,
        fulfilment: i64,
    },
    FulfilmentResent {
        order: i64,
        fulfilment: i64,
        /// How often it was shipped by now.
        sendings: i64,
    },
    RefundCreated {
        order: i64,
        refund: i64,
    },
    ReturnRequested {
        order: i64,
        return_id: i64,
    },
    ReturnApproved {
        order: i64,
        return_id: i64,
    },
    ReturnRefused {
        order: i64,
        return_id: i64,
    },
    ReturnReceived {
        order: i64,
        return_id: i64,
    },
    ReturnCancelled {
        order: i64,
        return_id: i64,
    },
    /// An invoice or a credit note was issued, and a job has to render its PDF.
    InvoiceIssued {
        order: i64,
        invoice: i64,
    },
    /// A provider has to be asked for a refund: the id of the refund transaction.
    RefundTransactionRequested(i64),
    /// A provider's webhook was stored: the id of the message.
    WebhookReceived(i64),
    /// The gift cards of an order were created: the id of the order.
    GiftCardsIssued(i64),
    GiftCardIssuedManually(i64),
    OrderCancelled(i64),
    /// The order's payment did not arrive in time.
    OrderExpired(i64),
    /// The buyer was reminded of a bank transfer: the id of the order.
    TransferReminderSent(i64),
    /// The order expired because its bank transfer did not arrive: the id of the order.
    TransferExpired(i64),
    /// The buyer cancelled an order at its payment page: the id of the order.
    CheckoutCancelled(i64),
    /// A VAT number made an order exempt from tax, and has to be checked: the id of the order.
    VatNumberSubmitted(i64),
}

impl Event {
    fn kind(&self) -> &'static str {
        match self {
            Event::SiteSetUp => "site_set_up",
            Event::AccountCreated(_) => "account_created",
            Event::SignedIn(_) => "signed_in",
            Event::PasswordResetLinkCreated(_) => "reset_link_made",
            Event::PasswordChanged(_) => "password_changed",
            Event::PictureAdded(_) => "picture_added",
            Event::PostPublished(_) => "post_published",
            Event::PostUnpublished(_) => "post_unpublished",
            Event::PostDeleted(_) => "post_deleted",
            Event::ProductSaved(_) => "product_saved",
            Event::SettingsChanged(_) => "settings_changed",
            Event::PaymentStarted { .. } => "payment_started",
            Event::OrderPlaced(_) => "order_placed",
            Event::NoPaymentDue(_) => "nothing_to_pay",
            Event::PaymentReceived(_) => "payment_received",
            Event::FulfilmentShipped { .. } => "order_shipped",
            Event::FulfilmentDelivered { .. } => "parcel_delivered",
            Event::FulfilmentFailed { .. } => "parcel_failed",
            Event::FulfilmentCancelled { .. } => "parcel_closed",
            Event::FulfilmentResent { .. } => "parcel_sent_again",
            Event::RefundCreated { .. } => "refund_made",
            Event::ReturnRequested { .. } => "return_requested",
            Event::ReturnApproved { .. } => "return_approved",
            Event::ReturnRefused { .. } => "return_refused",
            Event::ReturnReceived { .. } => "return_received",
            Event::ReturnCancelled { .. } => "return_cancelled",
            Event::InvoiceIssued { .. } => "paper_issued",
            Event::RefundTransactionRequested(_) => "repayment_wanted",
            Event::WebhookReceived(_) => "webhook_received",
            Event::GiftCardsIssued(_) => "gift_cards_issued",
            Event::GiftCardIssuedManually(_) => "gift_card_made",
            Event::OrderCancelled(_) => "order_cancelled",
            Event::OrderExpired(_) => "order_expired",
            Event::TransferReminderSent(_) => "transfer_reminded",
            Event::TransferExpired(_) => "transfer_expired",
            Event::CheckoutCancelled(_) => "checkout_cancelled",
            Event::VatNumberSubmitted(_) => "vat_number_given",
        }
    }

    fn subject(&self) -> String {
        match self {
            Event::SiteSetUp => "site".to_owned(),
            Event::AccountCreated(id)
            | Event::SignedIn(id)
            | Event::PasswordResetLinkCreated(id)
            | Event::PasswordChanged(id) => {
                format!("account:{id}")
            }
            Event::PictureAdded(id) => format!("picture:{id}"),
            Event::PostPublished(id) | Event::PostUnpublished(id) => format!("post:{id}"),
            Event::PostDeleted(title) => format!("post:{title}"),
            Event::ProductSaved(id) => format!("product:{id}"),
            Event::WebhookReceived(id) => format!("webhook:{id}"),
            Event::GiftCardIssuedManually(id) => format!("gift_card:{id}"),
            Event::RefundTransactionRequested(id) => format!("repayment:{id}"),
            Event::SettingsChanged(what) => format!("settings:{what}"),
            Event::PaymentStarted { order, .. }
            | Event::OrderPlaced(order)
            | Event::NoPaymentDue(order)
            | Event::PaymentReceived(order)
            | Event::FulfilmentShipped { order, .. }
            | Event::FulfilmentDelivered { order, .. }
            | Event::FulfilmentFailed { order, .. }
            | Event::FulfilmentCancelled { order, .. }
            | Event::FulfilmentResent { order, .. }
            | Event::RefundCreated { order, .. }
            | Event::ReturnRequested { order, .. }
            | Event::ReturnApproved { order, .. }
            | Event::ReturnRefused { order, .. }
            | Event::ReturnReceived { order, .. }
            | Event::ReturnCancelled { order, .. }
            | Event::InvoiceIssued { order, .. }
            | Event::GiftCardsIssued(order)
            | Event::OrderCancelled(order)
            | Event::TransferReminderSent(order)
            | Event::TransferExpired(order)
            | Event::CheckoutCancelled(order)
            | Event::VatNumberSubmitted(order)
            | Event::OrderExpired(order) => format!("order:{order}"),
        }
    }

    /// Stores the event and enqueues the jobs that react to it.
    pub fn record(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<()> {
        let row = (
            facts::kind.eq(self.kind()),
            facts::subject.eq(self.subject()),
            facts::actor.eq(actor.label()),
            facts::data.eq("{}"),
            facts::at.eq(tx.now()),
        );
        diesel::insert_into(facts::table).values(row).execute(tx.conn())?;
        tx.dispatch_event(self)
    }
}
