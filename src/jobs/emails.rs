//! Renders e-mails about orders and gift cards, and sends queued e-mails.

pub mod returns;

use jiff::SignedDuration;

use crate::adapters::mail::{OutgoingEmail, SendError};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::presenters;
use crate::mailers::EmailTemplate as Mail;
use crate::mailers::gift_cards::{Card, EmailBranding, GiftCardCodes, OrderLink};
use crate::mailers::orders::{
    BankDetails, EmailItem, Line, NewOrderNotification, OrderCancelled, OrderEmailData as Told, OrderPlaced,
    OrderRefunded, OrderShipped, PaymentReceived, TaxRow, TransferExpired, TransferReminder,
};
use crate::models::checkout::gift_card::GiftCard;
use crate::models::platform::email::{DeliveryPolicy, Email, EmailState, NewEmail};
use crate::models::platform::setting::Settings;
use crate::models::sales::order::fulfilment::find_order_id;
use crate::models::sales::order::refunds::Refund;
use crate::models::sales::order::{Order, OrderDetails, OrderLine, PaymentMethod};
use crate::paths;
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::money::{Currency, Money};
use crate::views::{Amount, DateTime};

struct OrderEmailData {
    settings: Settings,
    details: OrderDetails,
    order_view: Told,
}

impl OrderEmailData {
    fn amount(&self, minor: i64) -> Amount {
        amount(&self.settings, &self.details.order.currency, minor)
    }

    fn bank(&self) -> BankDetails {
        // The hold ends at midnight, so the last day to pay is the day before.
        let last_day = |until: Utc| until.minus(SignedDuration::from_secs(1));
        let day = |until: Utc| last_day(until).format_in(&self.settings.time_zone, "%-d %B %Y");
        BankDetails {
            lines: self.settings.bank_account.lines().map(str::to_owned).collect(),
            pay_by: self.details.order.hold_until.map(day).unwrap_or_default(),
        }
    }
}

fn amount(settings: &Settings, currency: &str, minor: i64) -> Amount {
    let currency = Currency::from_code(currency).unwrap_or(settings.currency);
    Amount::from_money(Money::new(minor, currency), &settings.locale)
}

async fn load_order_data(app: &App, order: i64) -> Result<OrderEmailData> {
    let origin = app.origin();
    let key = app.db.context().secret_key.clone();
    app.db
        .read(move |conn| {
            let settings = Settings::load(conn)?;
            let details = Order::get(conn, order)?.load_details(conn)?;
            let of = |minor: i64| amount(&settings, &details.order.currency, minor);
            let token = Order::access_token(&key, &details.order.public_id);
            let rest_name = details.order.payment_method.label();
            let cards = presenters::gift_card_amounts(&details);
            let (cards, rest) = presenters::gift_card_payments(&cards, details.order.total_minor, rest_name, of);
            let lines = details.lines.iter().map(|line| Line {
                title: line.name(),
                quantity: line.quantity,
                total: of(line.goods_minor()),
            });
            let address = if details.requires_shipping() {
                presenters::address_lines(&details.address, &settings.country)
            } else {
                Vec::new()
            };
            let told = Told {
                site_name: settings.site_name.clone(),
                origin: origin.clone(),
                accent: settings.accent.clone(),
                contact_email: settings.contact_email.clone(),
                number: details.order.number.clone().unwrap_or_default(),
                order_href: format!("{origin}{}", paths::order(&token)),
                buyer: details.address.name.clone(),
                lines: lines.collect(),
                goods: of(details.order.goods_minor),
                discount: presenters::discount_row(details.coupon_code.as_deref(), details.order.discount_minor, of),
                shipping: of(details.order.shipping_minor),
                shipping_name: details.order.shipping_name.clone(),
                taxes: details
                    .taxes
                    .iter()
                    .map(|(name, ppm, tax)| TaxRow { name: presenters::tax_label(name, *ppm), amount: of(*tax) })
                    .collect(),
                tax_included: details.order.prices_include_tax,
                total: of(details.order.total_minor),
                gift_cards: cards,
                rest,
                requires_shipping: details.requires_shipping(),
                address,
            };
            Ok(OrderEmailData { settings, details, order_view: told })
        })
        .await
}

/// Confirms the order to the buyer.
pub async fn order_placed(app: &App, order: i64) -> Result<()> {
    let facts = load_order_data(app, order).await?;
    let owes = facts.details.order.payment_method == PaymentMethod::BankTransfer && facts.details.order.due_minor() > 0;
    let bank = owes.then(|| facts.bank());
    let to = facts.details.order.email.clone();
    let paid_on_collection = facts.details.order.is_paid_on_collection();
    let letter = OrderPlaced { order: facts.order_view, bank, paid_on_collection };
    write_email(app, Email::dedupe_key("order-placed", order), to, &letter, order).await
}

/// Notifies the shop's contact address of an order, if one is set.
pub async fn new_order(app: &App, order: i64) -> Result<()> {
    let facts = load_order_data(app, order).await?;
    if facts.settings.contact_email.is_empty() {
        return Ok(());
    }
    let about = &facts.details.order;
    let letter = NewOrderNotification {
        admin_href: format!("{}{}", app.origin(), paths::admin::order(about.number.as_deref().unwrap_or(""))),
        buyer_email: about.email.clone(),
        note: about.note.clone(),
        payment_name: about.payment_label(),
        is_paid: about.due_minor() == 0,
        paid_on_collection: about.is_paid_on_collection(),
        order: facts.order_view,
    };
    write_email(app, Email::dedupe_key("new-order", order), facts.settings.contact_email, &letter, order).await
}

/// Confirms a bank transfer to the buyer; a card payment is confirmed with the order.
pub async fn payment_received(app: &App, order: i64) -> Result<()> {
    let facts = load_order_data(app, order).await?;
    if facts.details.order.payment_method != PaymentMethod::BankTransfer {
        return Ok(());
    }
    let paid = facts.amount(facts.details.order.captured_minor);
    let to = facts.details.order.email.clone();
    write_email(
        app,
        Email::dedupe_key("payment-received", order),
        to,
        &PaymentReceived { order: facts.order_view, paid },
        order,
    )
    .await
}

pub async fn order_shipped(app: &App, parcel: i64) -> Result<()> {
    let order = app.db.read(move |conn| find_order_id(conn, parcel)).await?;
    let facts = load_order_data(app, order).await?;
    let Some((sent, inside)) = facts.details.fulfilments.iter().find(|(sent, _)| sent.id == parcel) else {
        return Ok(());
    };
    let title =
        |id: i64| facts.details.lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    let letter = OrderShipped {
        contents: inside
            .iter()
            .map(|(line, quantity)| EmailItem { title: title(*line), quantity: *quantity })
            .collect(),
        carrier: sent.carrier.clone(),
        tracking_number: sent.tracking_number.clone(),
        tracking_href: Some(sent.tracking_url.clone()).filter(|url| !url.is_empty()),
        pickup: facts.details.order.pickup,
        amount_due: facts.details.order.is_paid_on_collection().then(|| facts.amount(facts.details.order.due_minor())),
        order: facts.order_view,
    };
    write_email(app, fulfilment_email_key(parcel, sent.send_count), facts.details.order.email, &letter, order).await
}

/// Deduplication key of a fulfilment's e-mail; each resend has its own.
pub(super) fn fulfilment_email_key(parcel: i64, sendings: i64) -> String {
    let key = Email::dedupe_key("order-shipped", parcel);
    if sendings == 1 { key } else { format!("{key}:{sendings}") }
}

pub async fn order_cancelled(app: &App, order: i64) -> Result<()> {
    let facts = load_order_data(app, order).await?;
    let was_paid = facts.details.order.captured_minor + facts.details.order.gift_card_minor > 0;
    let letter = OrderCancelled { order: facts.order_view, was_paid };
    write_email(app, Email::dedupe_key("order-cancelled", order), facts.details.order.email, &letter, order).await
}

pub async fn transfer_reminder(app: &App, order: i64) -> Result<()> {
    let facts = load_order_data(app, order).await?;
    let about = &facts.details.order;
    // The job may run after the payment arrived or the order was closed.
    if about.due_minor() == 0 || !about.state.is_confirmed() {
        return Ok(());
    }
    let (to, bank) = (about.email.clone(), facts.bank());
    write_email(
        app,
        Email::dedupe_key("transfer-reminder", order),
        to,
        &TransferReminder { order: facts.order_view, bank },
        order,
    )
    .await
}

pub async fn transfer_expired(app: &App, order: i64) -> Result<()> {
    let facts = load_order_data(app, order).await?;
    let to = facts.details.order.email.clone();
    write_email(
        app,
        Email::dedupe_key("transfer-expired", order),
        to,
        &TransferExpired { order: facts.order_view },
        order,
    )
    .await
}

pub async fn order_refunded(app: &App, refund: i64) -> Result<()> {
    let (refund, on_cards) = app
        .db
        .read(move |conn| {
            let refund = Refund::get(conn, refund)?;
            let on_cards = refund.gift_card_minor(conn)?;
            Ok((refund, on_cards))
        })
        .await?;
    let facts = load_order_data(app, refund.order_id).await?;
    // A buyer whose order never got a number is notified only of automatic refunds.
    if facts.details.order.number.is_none() && !refund.automatic {
        return Ok(());
    }
    let back = facts.amount(refund.amount_minor);
    let by_hand = facts.details.order.payment_method.provider().is_none();
    let to = facts.details.order.email.clone();
    let some = |minor: i64| (minor > 0).then(|| facts.amount(minor));
    let (on_gift_cards, as_paid) = (some(on_cards), some(refund.amount_minor - on_cards));
    let letter = OrderRefunded {
        order: facts.order_view,
        amount: back,
        reason: refund.reason,
        to_gift_cards: on_gift_cards,
        to_payment_method: as_paid,
        is_manual: by_hand,
    };
    write_email(app, Email::dedupe_key("order-refunded", refund.id), to, &letter, refund.order_id).await
}

/// Sends the codes of gift cards bought with an order to the buyer.
pub async fn gift_cards(app: &App, order: i64) -> Result<()> {
    let key = app.db.context().secret_key.clone();
    let (settings, order, cards) = app
        .db
        .read(move |conn| {
            Ok((Settings::load(conn)?, Order::get(conn, order)?, GiftCard::list_bought_with_order(conn, order)?))
        })
        .await?;
    let bought = OrderLink {
        number: order.number.clone().unwrap_or_default(),
        href: format!("{}{}", app.origin(), paths::order(&Order::access_token(&key, &order.public_id))),
    };
    let letter =
        GiftCardCodes { cards: cards_told(app, &settings, &cards), site: site(app, settings), order: Some(bought) };
    write_email(app, Email::dedupe_key("gift-cards", order.id), order.email, &letter, order.id).await
}

/// Sends the code of a gift card issued by staff, if they gave an address.
pub async fn gift_card(app: &App, card: i64) -> Result<()> {
    let (settings, card) = app.db.read(move |conn| Ok((Settings::load(conn)?, GiftCard::get(conn, card)?))).await?;
    if card.email.is_empty() {
        return Ok(());
    }
    let cards = cards_told(app, &settings, std::slice::from_ref(&card));
    let letter = GiftCardCodes { cards, site: site(app, settings), order: None };
    write_email(app, Email::dedupe_key("gift-card", card.id), card.email, &letter, None).await
}

fn cards_told(app: &App, settings: &Settings, cards: &[GiftCard]) -> Vec<Card> {
    let told = |card: &GiftCard| {
        let expires = card
            .expires_at
            .map(|at| DateTime { iso: at.rfc3339(), text: at.format_in(&settings.time_zone, "%-d %B %Y") });
        let amount = amount(settings, &card.currency, card.balance_minor);
        Some(Card { code: card.code(&app.db.context().secret_key)?, amount, expires })
    };
    cards.iter().filter_map(told).collect()
}

fn site(app: &App, settings: Settings) -> EmailBranding {
    EmailBranding {
        site_name: settings.site_name,
        origin: app.origin(),
        accent: settings.accent,
        contact_email: settings.contact_email,
    }
}

/// Stores an e-mail once per deduplication key, and queues it if the policy says so.
async fn write_email(
    app: &App,
    dedupe_key: String,
    recipient: String,
    mail: &impl Mail,
    order: impl Into<Option<i64>>,
) -> Result<()> {
    let new = NewEmail {
        dedupe_key,
        subject: mail.subject(),
        html: mail.html()?,
        text: mail.text()?,
        order: order.into(),
        reply_to: mail.reply_to(),
        recipient,
    };
    let (posting, host) = (delivery_policy_for(app, &new.recipient), message_id_domain(app));
    app.db.write(move |tx| Email::create(tx, &new, &host, posting)).await?;
    Ok(())
}

/// Whether e-mail to this address is sent, or only stored and why.
pub fn delivery_policy_for(app: &App, recipient: &str) -> DeliveryPolicy {
    if EmailAddress::parse(recipient).is_some_and(|address| address.is_reserved()) {
        DeliveryPolicy::DoNotSend("This is an example address, so no email is sent to it.")
    } else if !app.mailer.is_enabled() {
        DeliveryPolicy::DoNotSend("No mail server was configured when it was created.")
    } else {
        DeliveryPolicy::Send
    }
}

/// The domain of `Message-ID` (RFC 5322 §3.6.4).
pub fn message_id_domain(app: &App) -> String {
    app.base_url.host_str().unwrap_or("localhost").to_owned()
}

/// Sends a queued e-mail. A permanent rejection is recorded and is no error; after a temporary one the job retries with
/// the same `Message-ID`.
pub async fn send(app: &App, id: i64) -> Result<()> {
    let (letter, settings) = app.db.read(move |conn| Ok((Email::get(conn, id)?, Settings::load(conn)?))).await?;
    if letter.state != EmailState::Queued {
        return Ok(());
    }
    let from = match settings.contact_email.as_str() {
        "" => format!("shop@{}", app.base_url.domain().unwrap_or("localhost")),
        address => address.to_owned(),
    };
    let name = settings.site_name.replace(['"', '\\', '\r', '\n'], "");
    let outgoing = OutgoingEmail {
        message_id: letter.message_id.clone(),
        from: format!("\"{name}\" <{from}>"),
        to: letter.recipient.clone(),
        reply_to: letter.reply_to.clone(),
        subject: letter.subject.clone(),
        html: letter.html.clone(),
        text: letter.body_text.clone(),
    };
    match app.mailer.send(outgoing).await {
        Ok(()) => app.db.write(move |tx| letter.mark_sent(tx)).await,
        Err(SendError::Permanent(why)) => {
            tracing::warn!(letter = id, why, "a letter was refused");
            app.db.write(move |tx| letter.mark_refused(tx, &why)).await
        }
        Err(SendError::Transient(why)) => {
            let words = why.clone();
            app.db.write(move |tx| Email::record_failed_attempt(tx, id, &words)).await?;
            Err(Error::internal(anyhow::anyhow!(why)))
        }
    }
}
