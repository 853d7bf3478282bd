//! Gift cards: list, issue, adjust, expire and block.

use actix_web::web::Path;

use super::{ListQuery, add_model_error, change_settings};
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::gift_cards::{BalanceForm, ExpiryForm, GiftCardForm};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::checkout::gift_card::listing::{self, GiftCardView};
use crate::models::checkout::gift_card::{GiftCard, GiftCardStatus, LedgerEntryKind};
use crate::models::people::account::roles::Permission;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::clock::Utc;
use crate::views::Link;
use crate::views::admin::Pill;
use crate::views::admin::gift_cards::{Counts, Index, LedgerEntry, New, Row, Show};

type Keeper = Staff<needs::Settings>;

/// The area of settings that change events name.
const WHAT: &str = "gift cards";

pub async fn index(staff: Keeper) -> Result<Reply> {
    let find = ListQuery::from_params(&staff);
    staff
        .render_page(move |conn, cx| {
            let view = GiftCardView::parse(&find.tab).unwrap_or(GiftCardView::All);
            let rows = GiftCard::page(conn, view, &find.q, cx.now, &find.cursor)?;
            let counts = Counts {
                all: GiftCard::count(conn, GiftCardView::All, cx.now)?,
                active: GiftCard::count(conn, GiftCardView::Active, cx.now)?,
                empty: GiftCard::count(conn, GiftCardView::Empty, cx.now)?,
                expired: GiftCard::count(conn, GiftCardView::Expired, cx.now)?,
            };
            let rows = rows.map(|(card, order)| row(cx, card, order));
            Ok(Index { tab: find.tab, counts, q: find.q, rows })
        })
        .await
}

pub async fn new(staff: Keeper) -> Result<Reply> {
    form_page(&staff, Fields::default()).await
}

/// Issues a card; its code is shown only in this reply.
pub async fn create(staff: Keeper, mut form: Form) -> Result<Reply> {
    // The stored result holds the card's id, not its code: the code is derived from the secret key again.
    if let Some(card) = staff.find_kept_result::<String>(&form.token).await? {
        return made(&staff, card).await;
    }
    let settings = staff.read(Settings::load).await?;
    form.fields.set("currency", settings.currency.code().to_owned());
    form.fields.set("time_zone", settings.time_zone);
    let Some(wanted) = form.fields.check::<GiftCardForm>() else {
        return Ok(form_page(&staff, form.fields).await?.unprocessable());
    };
    let actor = staff.actor();
    let issued =
        staff.keep_once(&form.token, move |tx| Ok(GiftCard::issue_manually(tx, &wanted, &actor)?.public_id)).await;
    match issued {
        Ok(card) => made(&staff, card).await,
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            Ok(form_page(&staff, form.fields).await?.unprocessable())
        }
    }
}

async fn made(staff: &Keeper, card: String) -> Result<Reply> {
    let card = staff.read(move |conn| GiftCard::find(conn, &card)).await?;
    let code = card.code(&staff.visitor.app().db.context().secret_key).unwrap_or_default();
    let words = if card.email.is_empty() {
        format!("The code is {code}. Copy it now: it will not be shown again.")
    } else {
        format!("The code is {code}. It will be emailed to {}.", card.email)
    };
    Ok(Reply::redirect(paths::admin::gift_card(&card.public_id)).notice(words))
}

pub async fn show(staff: Keeper, id: Path<String>) -> Result<Reply> {
    page(&staff, id.into_inner(), Typed::default()).await
}

pub async fn update(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let (id, mut fields, once) = (id.into_inner(), form.fields, form.token);
    let known = id.clone();
    let card = staff.read(move |conn| GiftCard::find(conn, &known)).await?;
    fields.set("currency", card.currency);
    if let Some(wanted) = fields.check::<BalanceForm>() {
        let (actor, card) = (staff.actor(), id.clone());
        let changed = change_settings(&staff, &once, WHAT, move |tx| {
            GiftCard::change_balance(tx, &card, &wanted, &actor)?;
            Ok(Reply::redirect(paths::admin::gift_card(&card)).notice("Balance changed."))
        });
        match changed.await {
            Ok(reply) => return Ok(reply),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    Ok(page(&staff, id, Typed { balance: Some(fields), expiry: None }).await?.unprocessable())
}

/// Sets the expiry date, or blocks the card at once. `expires_was` detects concurrent changes.
pub async fn expire(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let (id, mut fields, once) = (id.into_inner(), form.fields, form.token);
    let (actor, card) = (staff.actor(), id.clone());
    if !fields.value("block").is_empty() {
        let blocked = change_settings(&staff, &once, WHAT, move |tx| {
            GiftCard::block(tx, &card, &actor)?;
            Ok(Reply::redirect(paths::admin::gift_card(&card)).notice("This gift card is blocked."))
        });
        return blocked.await;
    }
    fields.set("time_zone", staff.read(Settings::load).await?.time_zone);
    let was = fields.values("expires_was").first();
    let seen = was.map(|was| was.parse().ok().map(Utc::from_micros));
    if let Some(end) = fields.check::<ExpiryForm>() {
        let saved = change_settings(&staff, &once, WHAT, move |tx| {
            GiftCard::check_expiry_unchanged(tx, &card, seen)?;
            GiftCard::set_expiry(tx, &card, end, &actor)?;
            Ok(Reply::redirect(paths::admin::gift_card(&card)).notice("Expiry date saved."))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    Ok(page(&staff, id, Typed { balance: None, expiry: Some(fields) }).await?.unprocessable())
}

/// Forms to render again as they were typed.
#[derive(Default)]
struct Typed {
    balance: Option<Fields>,
    expiry: Option<Fields>,
}

async fn form_page(staff: &Keeper, form: Fields) -> Result<Reply> {
    staff
        .render_page(move |_, cx| {
            let (currency, time_zone) = (cx.settings.currency.code().to_owned(), cx.settings.time_zone.clone());
            Ok(New { form, currency, time_zone })
        })
        .await
}

async fn page(staff: &Keeper, id: String, typed: Typed) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let card = GiftCard::find(conn, &id)?;
            shown(conn, cx, card, typed)
        })
        .await
}

fn shown(conn: &mut Conn, cx: &Context, card: GiftCard, typed: Typed) -> Result<Show> {
    let on_it = card.balance().to_decimal();
    let balance = || Fields::from_pairs([("balance", on_it.clone()), ("balance_was", on_it.clone())]);
    let last_day = card.expires_at.map_or_else(String::new, |at| at.format_in(&cx.settings.time_zone, "%Y-%m-%d"));
    Ok(Show {
        state: state(card.status(cx.now)),
        made: cx.date_time(card.created_at),
        balance: cx.amount_in(card.balance_minor, &card.currency),
        expires: card.expires_at.map(|at| cx.date_time(at)),
        expires_was: card.expires_at.map_or_else(String::new, |at| at.micros().to_string()),
        form: typed.balance.unwrap_or_else(balance),
        expiry: typed.expiry.unwrap_or_else(|| Fields::from_pairs([("expires_on", last_day)])),
        time_zone: cx.settings.time_zone.clone(),
        ledger: ledger(conn, cx, &card)?,
        id: card.public_id,
        last4: card.last4,
        email: card.email,
        currency: card.currency,
    })
}

/// Ledger entries, newest first, each with the balance after it.
fn ledger(conn: &mut Conn, cx: &Context, card: &GiftCard) -> Result<Vec<LedgerEntry>> {
    let mut balance = 0;
    let mut rows = Vec::new();
    for entry in card.list_ledger(conn)? {
        balance += entry.delta_minor;
        let amount = |minor: i64| cx.amount_in(minor, &card.currency);
        rows.push(LedgerEntry {
            when: cx.date_time(entry.at),
            what: what(&entry),
            change: match entry.delta_minor {
                0 => String::new(),
                more if more > 0 => format!("+{}", amount(more).text),
                less => format!("−{}", amount(-less).text),
            },
            balance: amount(balance),
            order: entry
                .order
                .filter(|_| cx.has_permission(Permission::Orders))
                .map(|number| Link { label: format!("Order {number}"), href: paths::admin::order(&number) }),
            who: entry.actor,
            why: entry.note,
        });
    }
    rows.reverse();
    Ok(rows)
}

fn what(entry: &listing::LedgerEntry) -> &'static str {
    match entry.kind {
        LedgerEntryKind::Issue => "Issued",
        LedgerEntryKind::Hold => "Reserved for an order",
        LedgerEntryKind::Release => "Released from an order",
        LedgerEntryKind::Use => "Used for an order",
        LedgerEntryKind::Refund => "Refunded",
        LedgerEntryKind::Adjust => "Adjusted",
    }
}

fn row(cx: &Context, card: GiftCard, order: Option<String>) -> Row {
    Row {
        href: paths::admin::gift_card(&card.public_id),
        made: cx.date(card.created_at),
        origin: order.map_or_else(|| "Issued by staff".to_owned(), |number| format!("Order {number}")),
        expires: card.expires_at.map(|at| cx.date(at)),
        state: state(card.status(cx.now)),
        balance: cx.amount_in(card.balance_minor, &card.currency),
        last4: card.last4,
    }
}

fn state(standing: GiftCardStatus) -> Pill {
    let (text, kind) = match standing {
        GiftCardStatus::Active => ("Active", "good"),
        GiftCardStatus::Empty => ("Empty", ""),
        GiftCardStatus::Expired => ("Expired", "warn"),
    };
    Pill { text: text.to_owned(), kind }
}
