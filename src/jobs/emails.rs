//! Renders emails about orders and gift cards, and sends queued emails.

pub mod account_notices;
pub mod accounts;
pub mod returns;
pub mod staff;

use std::fmt::Display;

use crate::adapters::mail::{OutgoingEmail, SendError};
use crate::app::App;
use crate::error::{Error, Result};
use crate::mailers::EmailTemplate;
use crate::models::checkout::gift_card::GiftCard;
use crate::models::platform::email::{DeliveryPolicy, Email, EmailState, NewEmail, UnsentReason};
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::models::sales::order::fulfilment::find_order_id;
use crate::models::sales::order::refunds::Refund;
use crate::models::sales::payment_method::PaymentMethod;
use crate::presenters::sales::order_email::{self, OrderEmailSource};
use crate::support::email_address::EmailAddress;
use crate::support::ids::{EmailId, FulfilmentId, GiftCardId, OrderId, RefundId};

async fn load_source(app: &App, order: OrderId) -> Result<OrderEmailSource> {
    let origin = app.origin();
    let key = app.db.context().secret_key.clone();
    app.db
        .read(move |conn| {
            let settings = Settings::load(conn)?;
            let details = Order::get(conn, order)?.load_details(conn)?;
            let access_token = Order::access_token(&key, &details.order.public_id);
            Ok(OrderEmailSource { settings, details, origin, access_token })
        })
        .await
}

pub async fn order_placed(app: &App, order: OrderId) -> Result<()> {
    let source = load_source(app, order).await?;
    write_email_to_buyer(app, "order-placed", order, &source, &order_email::order_placed(&source)).await
}

/// Notifies the shop's contact address of an order, if one is set.
pub async fn new_order(app: &App, order: OrderId) -> Result<()> {
    let source = load_source(app, order).await?;
    let email = order_email::new_order_notification(&source);
    write_email_to_shop(app, "new-order", order, &source, &email).await
}

/// Confirms a bank transfer to the buyer; a card payment is confirmed with the order.
pub async fn payment_received(app: &App, order: OrderId) -> Result<()> {
    let source = load_source(app, order).await?;
    if source.details.order.payment_method != PaymentMethod::BankTransfer {
        return Ok(());
    }
    write_email_to_buyer(app, "payment-received", order, &source, &order_email::payment_received(&source)).await
}

pub async fn order_shipped(app: &App, fulfilment: FulfilmentId) -> Result<()> {
    let order = app.db.read(move |conn| find_order_id(conn, fulfilment)).await?;
    let source = load_source(app, order).await?;
    let Some((shipped, contents)) = source.details.fulfilments.iter().find(|(known, _)| known.id == fulfilment) else {
        return Ok(());
    };
    let email = order_email::order_shipped(&source, shipped, contents);
    let (key, recipient) = (fulfilment_email_key(fulfilment, shipped.send_count), source.details.order.email.clone());
    write_email(app, key, recipient, &email, order).await
}

/// Deduplication key of a fulfilment's email; each resend has its own.
pub(super) fn fulfilment_email_key(fulfilment: FulfilmentId, send_count: i64) -> String {
    let key = Email::dedupe_key("order-shipped", fulfilment);
    if send_count == 1 { key } else { format!("{key}:{send_count}") }
}

pub async fn order_cancelled(app: &App, order: OrderId) -> Result<()> {
    let source = load_source(app, order).await?;
    write_email_to_buyer(app, "order-cancelled", order, &source, &order_email::order_cancelled(&source)).await
}

pub async fn transfer_reminder(app: &App, order: OrderId) -> Result<()> {
    let source = load_source(app, order).await?;
    // The job may run after the payment arrived or the order was closed.
    if source.details.order.due_minor() == 0 || !source.details.order.state.is_confirmed() {
        return Ok(());
    }
    write_email_to_buyer(app, "transfer-reminder", order, &source, &order_email::transfer_reminder(&source)).await
}

pub async fn transfer_expired(app: &App, order: OrderId) -> Result<()> {
    let source = load_source(app, order).await?;
    write_email_to_buyer(app, "transfer-expired", order, &source, &order_email::transfer_expired(&source)).await
}

pub async fn order_refunded(app: &App, refund: RefundId) -> Result<()> {
    let (refund, gift_card_minor) = app
        .db
        .read(move |conn| {
            let refund = Refund::get(conn, refund)?;
            let gift_card_minor = refund.gift_card_minor(conn)?;
            Ok((refund, gift_card_minor))
        })
        .await?;
    let source = load_source(app, refund.order_id).await?;
    // A buyer whose order never got a number is notified only of automatic refunds.
    if source.details.order.number.is_none() && !refund.automatic {
        return Ok(());
    }
    let email = order_email::order_refunded(&source, &refund, gift_card_minor);
    write_email_to_buyer(app, "order-refunded", refund.id, &source, &email).await
}

pub async fn gift_cards(app: &App, order: OrderId) -> Result<()> {
    let (settings, order, cards) = app
        .db
        .read(move |conn| {
            Ok((Settings::load(conn)?, Order::get(conn, order)?, GiftCard::list_bought_with_order(conn, order)?))
        })
        .await?;
    let token = Order::access_token(&app.db.context().secret_key, &order.public_id);
    let bought_with = Some((&order, token.as_str()));
    let email = order_email::gift_card_codes(&settings, &app.origin(), &with_codes(app, &cards), bought_with);
    write_email(app, Email::dedupe_key("gift-cards", order.id), order.email.clone(), &email, order.id).await
}

/// Sends the code of a gift card issued by staff, if they gave an address.
pub async fn gift_card(app: &App, card: GiftCardId) -> Result<()> {
    let (settings, card) = app.db.read(move |conn| Ok((Settings::load(conn)?, GiftCard::get(conn, card)?))).await?;
    if card.email.is_empty() {
        return Ok(());
    }
    let cards = with_codes(app, std::slice::from_ref(&card));
    let email = order_email::gift_card_codes(&settings, &app.origin(), &cards, None);
    write_email(app, Email::dedupe_key("gift-card", card.id), card.email.clone(), &email, None).await
}

/// The cards with their codes; a card whose code the secret key does not give is left out.
fn with_codes<'a>(app: &App, cards: &'a [GiftCard]) -> Vec<(String, &'a GiftCard)> {
    let key = &app.db.context().secret_key;
    cards.iter().filter_map(|card| Some((card.code(key)?, card))).collect()
}

/// Writes an email to the buyer of an order; `subject` is the id of what it is about.
async fn write_email_to_buyer(
    app: &App,
    kind: &str,
    subject: impl Display,
    source: &OrderEmailSource,
    email: &impl EmailTemplate,
) -> Result<()> {
    let order = &source.details.order;
    write_email(app, Email::dedupe_key(kind, subject), order.email.clone(), email, order.id).await
}

/// As [`write_email_to_buyer`], to the shop's contact address; does nothing if it has none.
async fn write_email_to_shop(
    app: &App,
    kind: &str,
    subject: impl Display,
    source: &OrderEmailSource,
    email: &impl EmailTemplate,
) -> Result<()> {
    if source.settings.contact_email.is_empty() {
        return Ok(());
    }
    let recipient = source.settings.contact_email.clone();
    write_email(app, Email::dedupe_key(kind, subject), recipient, email, source.details.order.id).await
}

/// Stores an email once per deduplication key, and queues it if the policy says so.
async fn write_email(
    app: &App,
    dedupe_key: String,
    recipient: String,
    email: &impl EmailTemplate,
    order: impl Into<Option<OrderId>>,
) -> Result<()> {
    // The customer was erased meanwhile.
    if recipient.is_empty() {
        return Ok(());
    }
    let new = NewEmail {
        dedupe_key,
        subject: email.subject(),
        html: email.html()?,
        text: email.text()?,
        order: order.into(),
        reply_to: email.reply_to(),
        recipient,
    };
    let (policy, host) = (delivery_policy_for(app, &new.recipient), message_id_domain(app));
    app.db.write(move |tx| Email::create(tx, &new, &host, policy)).await?;
    Ok(())
}

/// Whether email to this address is sent, or only stored and why.
pub fn delivery_policy_for(app: &App, recipient: &str) -> DeliveryPolicy {
    if EmailAddress::parse(recipient).is_some_and(|address| address.is_reserved()) {
        DeliveryPolicy::DoNotSend(UnsentReason::ExampleAddress)
    } else if !app.mailer.is_enabled() {
        DeliveryPolicy::DoNotSend(UnsentReason::NoMailServer)
    } else {
        DeliveryPolicy::Send
    }
}

/// The domain of `Message-ID` (RFC 5322 §3.6.4).
pub fn message_id_domain(app: &App) -> String {
    app.base_url.host_str().unwrap_or("localhost").to_owned()
}

/// Sends a queued email. A permanent rejection is no error; after a temporary one the job retries with the same
/// `Message-ID`.
pub async fn send(app: &App, id: EmailId) -> Result<()> {
    let (email, settings) = app.db.read(move |conn| Ok((Email::get(conn, id)?, Settings::load(conn)?))).await?;
    if email.state != EmailState::Queued {
        return Ok(());
    }
    let from = match settings.contact_email.as_str() {
        "" => format!("shop@{}", app.base_url.domain().unwrap_or("localhost")),
        address => address.to_owned(),
    };
    let name = settings.site_name.replace(['"', '\\', '\r', '\n'], "");
    let outgoing = OutgoingEmail {
        message_id: email.message_id.clone(),
        from: format!("\"{name}\" <{from}>"),
        to: email.recipient.clone(),
        reply_to: email.reply_to.clone(),
        subject: email.subject.clone(),
        html: email.html.clone(),
        text: email.body_text.clone(),
    };
    match app.mailer.send(outgoing).await {
        Ok(()) => app.db.write(move |tx| email.mark_sent(tx)).await,
        Err(SendError::Permanent(why)) => {
            tracing::warn!(email = i64::from(id), why, "email rejected by the mail server");
            app.db.write(move |tx| email.mark_refused(tx, &why)).await
        }
        Err(SendError::Transient(why)) => {
            let reason = why.clone();
            app.db.write(move |tx| Email::record_failed_attempt(tx, id, &reason)).await?;
            Err(Error::internal(anyhow::anyhow!(why)))
        }
    }
}
