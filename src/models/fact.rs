//! Everything that can happen: stored in the transaction that made it so, and the start of what follows.

use diesel::prelude::*;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::facts;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who buys.
    Customer,
    /// A member of staff, by name.
    Staff(String),
    /// The program itself.
    System,
    /// A payment provider.
    Provider(&'static str),
    /// A public register that was asked.
    Register(&'static str),
    /// Somebody at the command line.
    CommandLine,
}

impl Actor {
    /// As the timeline names them.
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

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The site has an owner.
    SiteSetUp,
    /// An account was made: its row.
    AccountCreated(i64),
    /// Somebody signed in: the account's row.
    SignedIn(i64),
    /// A reset link was made: the account's row.
    ResetLinkMade(i64),
    /// A password was changed: the account's row.
    PasswordChanged(i64),
    /// A picture came into the library: its row.
    PictureAdded(i64),
    /// A post went on the site: its row.
    PostPublished(i64),
    /// A post was taken off the site: its row.
    PostUnpublished(i64),
    /// A post was deleted: its title.
    PostDeleted(String),
    /// A product was saved: its row.
    ProductSaved(i64),
    /// Shipping, taxes or settings were changed: what.
    SettingsChanged(&'static str),
    /// A buyer is at the provider's page: order and attempt.
    PaymentStarted {
        /// The order's row.
        order: i64,
        /// The attempt's row.
        attempt: i64,
    },
    /// An order holds: its row.
    OrderPlaced(i64),
    /// An order holds for which no money is to come: its row.
    NothingToPay(i64),
    /// An order is paid in full: its row.
    PaymentReceived(i64),
    /// A parcel is on its way: order and parcel.
    OrderShipped {
        /// The order's row.
        order: i64,
        /// The parcel's row.
        fulfilment: i64,
    },
    /// A parcel has arrived: order and parcel.
    ParcelDelivered {
        /// The order's row.
        order: i64,
        /// The parcel's row.
        fulfilment: i64,
    },
    /// A parcel did not arrive: order and parcel.
    ParcelFailed {
        /// The order's row.
        order: i64,
        /// The parcel's row.
        fulfilment: i64,
    },
    /// A parcel that did not arrive is not sent again: order and parcel.
    ParcelClosed {
        /// The order's row.
        order: i64,
        /// The parcel's row.
        fulfilment: i64,
    },
    /// A parcel that did not arrive is on its way again: order and parcel.
    ParcelSentAgain {
        /// The order's row.
        order: i64,
        /// The parcel's row.
        fulfilment: i64,
        /// How often it left by now.
        sendings: i64,
    },
    /// Money goes back to a buyer: order and refund.
    RefundMade {
        /// The order's row.
        order: i64,
        /// The refund's row.
        refund: i64,
    },
    /// A buyer asks to send something back: order and return.
    ReturnRequested {
        /// The order's row.
        order: i64,
        /// The return's row.
        back: i64,
    },
    /// A buyer may send something back: order and return.
    ReturnApproved {
        /// The order's row.
        order: i64,
        /// The return's row.
        back: i64,
    },
    /// A buyer may not send something back: order and return.
    ReturnRefused {
        /// The order's row.
        order: i64,
        /// The return's row.
        back: i64,
    },
    /// What a buyer sent back has arrived: order and return.
    ReturnReceived {
        /// The order's row.
        order: i64,
        /// The return's row.
        back: i64,
    },
    /// Nothing is sent back after all: order and return.
    ReturnCancelled {
        /// The order's row.
        order: i64,
        /// The return's row.
        back: i64,
    },
    /// A paper was issued, and has to be put on a page: order and paper.
    PaperIssued {
        /// The order's row.
        order: i64,
        /// The paper's row.
        invoice: i64,
    },
    /// A provider has to be asked to pay back: the repayment's row.
    RepaymentWanted(i64),
    /// A provider sent word: the message's row.
    WebhookReceived(i64),
    /// The gift cards of an order were made: its row.
    GiftCardsIssued(i64),
    /// Staff made a gift card: its row.
    GiftCardMade(i64),
    /// An order was called off: its row.
    OrderCancelled(i64),
    /// An order was given up because no money came: its row.
    OrderExpired(i64),
    /// A buyer was reminded of a transfer: the order's row.
    TransferReminded(i64),
    /// An order was given up because its transfer did not come: its row.
    TransferExpired(i64),
    /// A buyer did not pay and took the order back: its row.
    CheckoutCancelled(i64),
    /// A VAT number took the tax off an order: its row.
    VatNumberGiven(i64),
}

impl Fact {
    fn kind(&self) -> &'static str {
        match self {
            Fact::SiteSetUp => "site_set_up",
            Fact::AccountCreated(_) => "account_created",
            Fact::SignedIn(_) => "signed_in",
            Fact::ResetLinkMade(_) => "reset_link_made",
            Fact::PasswordChanged(_) => "password_changed",
            Fact::PictureAdded(_) => "picture_added",
            Fact::PostPublished(_) => "post_published",
            Fact::PostUnpublished(_) => "post_unpublished",
            Fact::PostDeleted(_) => "post_deleted",
            Fact::ProductSaved(_) => "product_saved",
            Fact::SettingsChanged(_) => "settings_changed",
            Fact::PaymentStarted { .. } => "payment_started",
            Fact::OrderPlaced(_) => "order_placed",
            Fact::NothingToPay(_) => "nothing_to_pay",
            Fact::PaymentReceived(_) => "payment_received",
            Fact::OrderShipped { .. } => "order_shipped",
            Fact::ParcelDelivered { .. } => "parcel_delivered",
            Fact::ParcelFailed { .. } => "parcel_failed",
            Fact::ParcelClosed { .. } => "parcel_closed",
            Fact::ParcelSentAgain { .. } => "parcel_sent_again",
            Fact::RefundMade { .. } => "refund_made",
            Fact::ReturnRequested { .. } => "return_requested",
            Fact::ReturnApproved { .. } => "return_approved",
            Fact::ReturnRefused { .. } => "return_refused",
            Fact::ReturnReceived { .. } => "return_received",
            Fact::ReturnCancelled { .. } => "return_cancelled",
            Fact::PaperIssued { .. } => "paper_issued",
            Fact::RepaymentWanted(_) => "repayment_wanted",
            Fact::WebhookReceived(_) => "webhook_received",
            Fact::GiftCardsIssued(_) => "gift_cards_issued",
            Fact::GiftCardMade(_) => "gift_card_made",
            Fact::OrderCancelled(_) => "order_cancelled",
            Fact::OrderExpired(_) => "order_expired",
            Fact::TransferReminded(_) => "transfer_reminded",
            Fact::TransferExpired(_) => "transfer_expired",
            Fact::CheckoutCancelled(_) => "checkout_cancelled",
            Fact::VatNumberGiven(_) => "vat_number_given",
        }
    }

    fn subject(&self) -> String {
        match self {
            Fact::SiteSetUp => "site".to_owned(),
            Fact::AccountCreated(id) | Fact::SignedIn(id) | Fact::ResetLinkMade(id) | Fact::PasswordChanged(id) => {
                format!("account:{id}")
            }
            Fact::PictureAdded(id) => format!("picture:{id}"),
            Fact::PostPublished(id) | Fact::PostUnpublished(id) => format!("post:{id}"),
            Fact::PostDeleted(title) => format!("post:{title}"),
            Fact::ProductSaved(id) => format!("product:{id}"),
            Fact::WebhookReceived(id) => format!("webhook:{id}"),
            Fact::GiftCardMade(id) => format!("gift_card:{id}"),
            Fact::RepaymentWanted(id) => format!("repayment:{id}"),
            Fact::SettingsChanged(what) => format!("settings:{what}"),
            Fact::PaymentStarted { order, .. }
            | Fact::OrderPlaced(order)
            | Fact::NothingToPay(order)
            | Fact::PaymentReceived(order)
            | Fact::OrderShipped { order, .. }
            | Fact::ParcelDelivered { order, .. }
            | Fact::ParcelFailed { order, .. }
            | Fact::ParcelClosed { order, .. }
            | Fact::ParcelSentAgain { order, .. }
            | Fact::RefundMade { order, .. }
            | Fact::ReturnRequested { order, .. }
            | Fact::ReturnApproved { order, .. }
            | Fact::ReturnRefused { order, .. }
            | Fact::ReturnReceived { order, .. }
            | Fact::ReturnCancelled { order, .. }
            | Fact::PaperIssued { order, .. }
            | Fact::GiftCardsIssued(order)
            | Fact::OrderCancelled(order)
            | Fact::TransferReminded(order)
            | Fact::TransferExpired(order)
            | Fact::CheckoutCancelled(order)
            | Fact::VatNumberGiven(order)
            | Fact::OrderExpired(order) => format!("order:{order}"),
        }
    }

    /// Stores the fact and enqueues what follows from it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn record(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<()> {
        let row = (
            facts::kind.eq(self.kind()),
            facts::subject.eq(self.subject()),
            facts::actor.eq(actor.label()),
            facts::data.eq("{}"),
            facts::at.eq(tx.now()),
        );
        diesel::insert_into(facts::table).values(row).execute(tx.conn())?;
        tx.react(self)
    }
}
