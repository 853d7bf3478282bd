//! Writing letters about orders and gift cards, and sending what was written.

pub mod returns;

use jiff::SignedDuration;

use crate::adapters::mail::{NotSent, Outgoing};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::shown;
use crate::mailers::Letter as Mail;
use crate::mailers::gift_cards::{Bought, Card, GiftCards, Site};
use crate::mailers::orders::{
    Bank, Line, NewOrder, Order as Told, OrderCancelled, OrderPlaced, OrderRefunded, OrderShipped, Parcelled,
    PaymentReceived, TaxRow, TransferExpired, TransferReminder,
};
use crate::models::gift_card::GiftCard;
use crate::models::letter::{Letter, LetterState, NewLetter, Posting};
use crate::models::order::refunding::Refund;
use crate::models::order::shipping::parcel_order;
use crate::models::order::{Dossier, Order, OrderLine, PaymentMethod};
use crate::models::setting::Settings;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::money::{Currency, Money};
use crate::views::{Amount, When};

/// Everything a letter about an order may say.
struct Facts {
    settings: Settings,
    dossier: Dossier,
    told: Told,
}

impl Facts {
    fn amount(&self, minor: i64) -> Amount {
        amount(&self.settings, &self.dossier.order.currency, minor)
    }

    /// Where to transfer the money to, and by which day.
    fn bank(&self) -> Bank {
        // The hold ends with the first moment of the next day.
        let last_day = |until: Utc| until.minus(SignedDuration::from_secs(1));
        let day = |until: Utc| last_day(until).format_in(&self.settings.time_zone, "%-d %B %Y");
        Bank {
            lines: self.settings.bank_account.lines().map(str::to_owned).collect(),
            until: self.dossier.order.hold_until.map(day).unwrap_or_default(),
        }
    }
}

fn amount(settings: &Settings, currency: &str, minor: i64) -> Amount {
    let currency = Currency::from_code(currency).unwrap_or(settings.currency);
    Amount::of(Money::new(minor, currency), &settings.locale)
}

async fn facts(app: &App, order: i64) -> Result<Facts> {
    let origin = app.origin();
    let key = app.db.means().key.clone();
    app.db
        .read(move |conn| {
            let settings = Settings::load(conn)?;
            let dossier = Order::get(conn, order)?.dossier(conn)?;
            let of = |minor: i64| amount(&settings, &dossier.order.currency, minor);
            let token = Order::access_token(&key, &dossier.order.public_id);
            let rest_name = dossier.order.payment_method.label();
            let cards = shown::cards_of(&dossier);
            let (cards, rest) = shown::paid_by_cards(&cards, dossier.order.total_minor, rest_name, of);
            let lines = dossier.lines.iter().map(|line| Line {
                title: line.name(),
                quantity: line.quantity,
                total: of(line.goods_minor()),
            });
            let address =
                if dossier.is_sent() { shown::address_lines(&dossier.address, &settings.country) } else { Vec::new() };
            let told = Told {
                site_name: settings.site_name.clone(),
                origin: origin.clone(),
                accent: settings.accent.clone(),
                contact_email: settings.contact_email.clone(),
                number: dossier.order.number.clone().unwrap_or_default(),
                order_href: format!("{origin}{}", paths::order(&token)),
                buyer: dossier.address.name.clone(),
                lines: lines.collect(),
                goods: of(dossier.order.goods_minor),
                discount: shown::discount(dossier.code.as_deref(), dossier.order.discount_minor, of),
                shipping: of(dossier.order.shipping_minor),
                shipping_name: dossier.order.shipping_name.clone(),
                taxes: dossier
                    .taxes
                    .iter()
                    .map(|(name, ppm, tax)| TaxRow { name: shown::tax_label(name, *ppm), amount: of(*tax) })
                    .collect(),
                tax_included: dossier.order.prices_include_tax,
                total: of(dossier.order.total_minor),
                cards,
                rest,
                is_sent: dossier.is_sent(),
                address,
            };
            Ok(Facts { settings, dossier, told })
        })
        .await
}

/// The buyer's confirmation.
///
/// # Errors
/// When the database does not answer.
pub async fn order_placed(app: &App, order: i64) -> Result<()> {
    let facts = facts(app, order).await?;
    let owes = facts.dossier.order.payment_method == PaymentMethod::BankTransfer && facts.dossier.order.due_minor() > 0;
    let bank = owes.then(|| facts.bank());
    let to = facts.dossier.order.email.clone();
    let paid_on_collection = facts.dossier.order.is_paid_on_collection();
    let letter = OrderPlaced { order: facts.told, bank, paid_on_collection };
    write(app, Letter::key("order-placed", order), to, &letter, order).await
}

/// Tells the shopkeeper.
///
/// # Errors
/// When the database does not answer.
pub async fn new_order(app: &App, order: i64) -> Result<()> {
    let facts = facts(app, order).await?;
    if facts.settings.contact_email.is_empty() {
        return Ok(());
    }
    let about = &facts.dossier.order;
    let letter = NewOrder {
        admin_href: format!("{}{}", app.origin(), paths::admin::order(about.number.as_deref().unwrap_or(""))),
        buyer_email: about.email.clone(),
        note: about.note.clone(),
        payment_name: about.payment_words(),
        is_paid: about.due_minor() == 0,
        paid_on_collection: about.is_paid_on_collection(),
        order: facts.told,
    };
    write(app, Letter::key("new-order", order), facts.settings.contact_email, &letter, order).await
}

/// Thanks for the money; a card payment is confirmed with the order itself.
///
/// # Errors
/// When the database does not answer.
pub async fn payment_received(app: &App, order: i64) -> Result<()> {
    let facts = facts(app, order).await?;
    if facts.dossier.order.payment_method != PaymentMethod::BankTransfer {
        return Ok(());
    }
    let paid = facts.amount(facts.dossier.order.captured_minor);
    let to = facts.dossier.order.email.clone();
    write(app, Letter::key("payment-received", order), to, &PaymentReceived { order: facts.told, paid }, order).await
}

/// A parcel is on its way.
///
/// # Errors
/// When the database does not answer.
pub async fn order_shipped(app: &App, parcel: i64) -> Result<()> {
    let order = app.db.read(move |conn| parcel_order(conn, parcel)).await?;
    let facts = facts(app, order).await?;
    let Some((sent, inside)) = facts.dossier.parcels.iter().find(|(sent, _)| sent.id == parcel) else { return Ok(()) };
    let title =
        |id: i64| facts.dossier.lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    let letter = OrderShipped {
        contents: inside
            .iter()
            .map(|(line, quantity)| Parcelled { title: title(*line), quantity: *quantity })
            .collect(),
        carrier: sent.carrier.clone(),
        tracking_number: sent.tracking_number.clone(),
        tracking_href: Some(sent.tracking_url.clone()).filter(|url| !url.is_empty()),
        pickup: facts.dossier.order.pickup,
        to_pay: facts.dossier.order.is_paid_on_collection().then(|| facts.amount(facts.dossier.order.due_minor())),
        order: facts.told,
    };
    write(app, parcel_key(parcel, sent.sendings), facts.dossier.order.email, &letter, order).await
}

/// The key of the letter about a parcel: another one each time that it is sent.
pub(super) fn parcel_key(parcel: i64, sendings: i64) -> String {
    let key = Letter::key("order-shipped", parcel);
    if sendings == 1 { key } else { format!("{key}:{sendings}") }
}

/// The order was called off.
///
/// # Errors
/// When the database does not answer.
pub async fn order_cancelled(app: &App, order: i64) -> Result<()> {
    let facts = facts(app, order).await?;
    let was_paid = facts.dossier.order.captured_minor + facts.dossier.order.gift_card_minor > 0;
    let letter = OrderCancelled { order: facts.told, was_paid };
    write(app, Letter::key("order-cancelled", order), facts.dossier.order.email, &letter, order).await
}

/// The transfer has not come yet.
///
/// # Errors
/// When the database does not answer.
pub async fn transfer_reminder(app: &App, order: i64) -> Result<()> {
    let facts = facts(app, order).await?;
    let about = &facts.dossier.order;
    // It may have come, or the order may be closed, since the reminder was decided on.
    if about.due_minor() == 0 || !about.state.holds() {
        return Ok(());
    }
    let (to, bank) = (about.email.clone(), facts.bank());
    write(app, Letter::key("transfer-reminder", order), to, &TransferReminder { order: facts.told, bank }, order).await
}

/// The transfer has not come, and the order is closed.
///
/// # Errors
/// When the database does not answer.
pub async fn transfer_expired(app: &App, order: i64) -> Result<()> {
    let facts = facts(app, order).await?;
    let to = facts.dossier.order.email.clone();
    write(app, Letter::key("transfer-expired", order), to, &TransferExpired { order: facts.told }, order).await
}

/// Money is on its way back.
///
/// # Errors
/// When the database does not answer.
pub async fn order_refunded(app: &App, refund: i64) -> Result<()> {
    let (refund, on_cards) = app
        .db
        .read(move |conn| {
            let refund = Refund::get(conn, refund)?;
            let on_cards = refund.on_gift_cards(conn)?;
            Ok((refund, on_cards))
        })
        .await?;
    let facts = facts(app, refund.order_id).await?;
    // Who never heard of an order number knows the order by nothing else than its page.
    if facts.dossier.order.number.is_none() && !refund.automatic {
        return Ok(());
    }
    let back = facts.amount(refund.amount_minor);
    let by_hand = facts.dossier.order.payment_method.provider().is_none();
    let to = facts.dossier.order.email.clone();
    let some = |minor: i64| (minor > 0).then(|| facts.amount(minor));
    let (on_gift_cards, as_paid) = (some(on_cards), some(refund.amount_minor - on_cards));
    let letter = OrderRefunded { order: facts.told, back, reason: refund.reason, on_gift_cards, as_paid, by_hand };
    write(app, Letter::key("order-refunded", refund.id), to, &letter, refund.order_id).await
}

/// The codes of the gift cards that were bought with an order.
///
/// # Errors
/// When the database does not answer.
pub async fn gift_cards(app: &App, order: i64) -> Result<()> {
    let key = app.db.means().key.clone();
    let (settings, order, cards) = app
        .db
        .read(move |conn| Ok((Settings::load(conn)?, Order::get(conn, order)?, GiftCard::bought_with(conn, order)?)))
        .await?;
    let bought = Bought {
        number: order.number.clone().unwrap_or_default(),
        href: format!("{}{}", app.origin(), paths::order(&Order::access_token(&key, &order.public_id))),
    };
    let letter =
        GiftCards { cards: cards_told(app, &settings, &cards), site: site(app, settings), bought: Some(bought) };
    write(app, Letter::key("gift-cards", order.id), order.email, &letter, order.id).await
}

/// The code of a gift card that staff made, if they said whom to tell.
///
/// # Errors
/// When the database does not answer.
pub async fn gift_card(app: &App, card: i64) -> Result<()> {
    let (settings, card) = app.db.read(move |conn| Ok((Settings::load(conn)?, GiftCard::get(conn, card)?))).await?;
    if card.email.is_empty() {
        return Ok(());
    }
    let cards = cards_told(app, &settings, std::slice::from_ref(&card));
    let letter = GiftCards { cards, site: site(app, settings), bought: None };
    write(app, Letter::key("gift-card", card.id), card.email, &letter, None).await
}

fn cards_told(app: &App, settings: &Settings, cards: &[GiftCard]) -> Vec<Card> {
    let told = |card: &GiftCard| {
        let expires =
            card.expires_at.map(|at| When { iso: at.rfc3339(), text: at.format_in(&settings.time_zone, "%-d %B %Y") });
        let amount = amount(settings, &card.currency, card.balance_minor);
        Some(Card { code: card.code(&app.db.means().key)?, amount, expires })
    };
    cards.iter().filter_map(told).collect()
}

fn site(app: &App, settings: Settings) -> Site {
    Site {
        site_name: settings.site_name,
        origin: app.origin(),
        accent: settings.accent,
        contact_email: settings.contact_email,
    }
}

/// Writes a letter once, and has it sent if mail leaves the house.
async fn write(
    app: &App,
    dedupe_key: String,
    recipient: String,
    mail: &impl Mail,
    order: impl Into<Option<i64>>,
) -> Result<()> {
    let new = NewLetter {
        dedupe_key,
        subject: mail.subject(),
        html: mail.html()?,
        text: mail.text()?,
        order: order.into(),
        reply_to: mail.reply_to(),
        recipient,
    };
    let (posting, host) = (posting(app, &new.recipient), host(app));
    app.db.write(move |tx| Letter::write(tx, &new, &host, posting)).await?;
    Ok(())
}

/// Whether a letter to an address is sent, or kept and why.
pub fn posting(app: &App, recipient: &str) -> Posting {
    if EmailAddress::parse(recipient).is_some_and(|address| address.is_reserved()) {
        Posting::Keep("This is an example address: nobody reads mail there, so nothing is sent to it.")
    } else if !app.mailer.sends() {
        Posting::Keep("No mail server was set up when it was written.")
    } else {
        Posting::Send
    }
}

/// What stands after the @ of a `Message-ID`.
pub fn host(app: &App) -> String {
    app.base_url.host_str().unwrap_or("localhost").to_owned()
}

/// Sends a written letter. What the mail server refuses for good is written down, and is not an error.
///
/// # Errors
/// When the mail server does not take it now; the same letter is tried again with the same `Message-ID`.
pub async fn send(app: &App, id: i64) -> Result<()> {
    let (letter, settings) = app.db.read(move |conn| Ok((Letter::get(conn, id)?, Settings::load(conn)?))).await?;
    if letter.state != LetterState::Queued {
        return Ok(());
    }
    let from = match settings.contact_email.as_str() {
        "" => format!("shop@{}", app.base_url.domain().unwrap_or("localhost")),
        address => address.to_owned(),
    };
    let name = settings.site_name.replace(['"', '\\', '\r', '\n'], "");
    let outgoing = Outgoing {
        message_id: letter.message_id.clone(),
        from: format!("\"{name}\" <{from}>"),
        to: letter.recipient.clone(),
        reply_to: letter.reply_to.clone(),
        subject: letter.subject.clone(),
        html: letter.html.clone(),
        text: letter.body_text.clone(),
    };
    match app.mailer.send(outgoing).await {
        Ok(()) => app.db.write(move |tx| letter.sent(tx)).await,
        Err(NotSent::Refused(why)) => {
            tracing::warn!(letter = id, why, "a letter was refused");
            app.db.write(move |tx| letter.refused(tx, &why)).await
        }
        Err(NotSent::Later(why)) => {
            let words = why.clone();
            app.db.write(move |tx| Letter::tried(tx, id, &words)).await?;
            Err(Error::internal(anyhow::anyhow!(why)))
        }
    }
}
