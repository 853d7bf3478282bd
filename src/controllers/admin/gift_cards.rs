//! Gift cards.

use actix_web::web::Path;

use super::{Narrowing, change, refuse};
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::gift_cards::{BalanceForm, ExpiryForm, GiftCardForm};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::account::roles::Permission;
use crate::models::gift_card::listing::{self, View};
use crate::models::gift_card::{EntryKind, GiftCard, Standing};
use crate::models::setting::Settings;
use crate::paths;
use crate::support::clock::Utc;
use crate::views::Link;
use crate::views::admin::Pill;
use crate::views::admin::gift_cards::{Counts, Entry, Index, New, Row, Show};

type Keeper = Staff<needs::Settings>;

/// What `change` notes.
const WHAT: &str = "gift cards";

/// The list.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Keeper) -> Result<Reply> {
    let find = Narrowing::of(&staff);
    staff
        .page(move |conn, cx| {
            let view = View::parse(&find.tab).unwrap_or(View::All);
            let rows = GiftCard::page(conn, view, &find.q, cx.now, &find.window)?;
            let counts = Counts {
                all: GiftCard::count(conn, View::All, cx.now)?,
                good: GiftCard::count(conn, View::Good, cx.now)?,
                empty: GiftCard::count(conn, View::Empty, cx.now)?,
                expired: GiftCard::count(conn, View::Expired, cx.now)?,
            };
            let rows = rows.map(|(card, order)| row(cx, card, order));
            Ok(Index { tab: find.tab, counts, q: find.q, rows })
        })
        .await
}

/// An empty form.
///
/// # Errors
/// When the database refuses.
pub async fn new(staff: Keeper) -> Result<Reply> {
    form_page(&staff, Fields::default()).await
}

/// Makes a card. Its code is shown once.
///
/// # Errors
/// When the database refuses.
pub async fn create(staff: Keeper, mut form: Form) -> Result<Reply> {
    // The code is not kept with the form: it is derived anew.
    if let Some(card) = staff.kept::<String>(&form.once).await? {
        return made(&staff, card).await;
    }
    let settings = staff.read(Settings::load).await?;
    form.fields.set("currency", settings.currency.code().to_owned());
    form.fields.set("time_zone", settings.time_zone);
    let Some(wanted) = form.fields.check::<GiftCardForm>() else {
        return Ok(form_page(&staff, form.fields).await?.retry());
    };
    let actor = staff.actor();
    let issued =
        staff.keep_once(&form.once, move |tx| Ok(GiftCard::issue_by_hand(tx, &wanted, &actor)?.public_id)).await;
    match issued {
        Ok(card) => made(&staff, card).await,
        Err(error) => {
            refuse(&mut form.fields, error)?;
            Ok(form_page(&staff, form.fields).await?.retry())
        }
    }
}

/// Shows a new card with its code.
async fn made(staff: &Keeper, card: String) -> Result<Reply> {
    let card = staff.read(move |conn| GiftCard::find(conn, &card)).await?;
    let code = card.code(&staff.visitor.app().db.means().key).unwrap_or_default();
    let words = if card.email.is_empty() {
        format!("The code is {code}. Write it down: it is shown only now.")
    } else {
        format!("The code is {code}. It goes to {}.", card.email)
    };
    Ok(Reply::see(paths::admin::gift_card(&card.public_id)).notice(words))
}

/// A card with its ledger.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Keeper, id: Path<String>) -> Result<Reply> {
    page(&staff, id.into_inner(), Typed::default()).await
}

/// Changes what is on a card.
///
/// # Errors
/// `NotFound`.
pub async fn update(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let (id, mut fields, once) = (id.into_inner(), form.fields, form.once);
    let known = id.clone();
    let card = staff.read(move |conn| GiftCard::find(conn, &known)).await?;
    fields.set("currency", card.currency);
    if let Some(wanted) = fields.check::<BalanceForm>() {
        let (actor, card) = (staff.actor(), id.clone());
        let changed = change(&staff, &once, WHAT, move |tx| {
            GiftCard::change_balance(tx, &card, &wanted, &actor)?;
            Ok(Reply::see(paths::admin::gift_card(&card)).notice("Balance changed."))
        });
        match changed.await {
            Ok(reply) => return Ok(reply),
            Err(error) => refuse(&mut fields, error)?,
        }
    }
    Ok(page(&staff, id, Typed { balance: Some(fields), expiry: None }).await?.retry())
}

/// Changes until when a card can be used, or blocks it at once.
///
/// # Errors
/// `NotFound`.
pub async fn expire(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let (id, mut fields, once) = (id.into_inner(), form.fields, form.once);
    let (actor, card) = (staff.actor(), id.clone());
    if !fields.value("block").is_empty() {
        let blocked = change(&staff, &once, WHAT, move |tx| {
            GiftCard::block(tx, &card, &actor)?;
            Ok(Reply::see(paths::admin::gift_card(&card)).notice("Nobody can use this card any more."))
        });
        return blocked.await;
    }
    fields.set("time_zone", staff.read(Settings::load).await?.time_zone);
    let was = fields.all("expires_was").first();
    let seen = was.map(|was| was.parse().ok().map(Utc::from_micros));
    if let Some(end) = fields.check::<ExpiryForm>() {
        let saved = change(&staff, &once, WHAT, move |tx| {
            GiftCard::expect_expiry(tx, &card, seen)?;
            GiftCard::set_expiry(tx, &card, end, &actor)?;
            Ok(Reply::see(paths::admin::gift_card(&card)).notice("Expiry date saved."))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(error) => refuse(&mut fields, error)?,
        }
    }
    Ok(page(&staff, id, Typed { balance: None, expiry: Some(fields) }).await?.retry())
}

/// The forms of a card's page as they were typed.
#[derive(Default)]
struct Typed {
    balance: Option<Fields>,
    expiry: Option<Fields>,
}

async fn form_page(staff: &Keeper, form: Fields) -> Result<Reply> {
    staff
        .page(move |_, cx| {
            let (currency, time_zone) = (cx.settings.currency.code().to_owned(), cx.settings.time_zone.clone());
            Ok(New { form, currency, time_zone })
        })
        .await
}

async fn page(staff: &Keeper, id: String, typed: Typed) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let card = GiftCard::find(conn, &id)?;
            shown(conn, cx, card, typed)
        })
        .await
}

fn shown(conn: &mut Conn, cx: &Context, card: GiftCard, typed: Typed) -> Result<Show> {
    let on_it = card.balance().decimal();
    let balance = || Fields::of([("balance", on_it.clone()), ("balance_was", on_it.clone())]);
    let last_day = card.expires_at.map_or_else(String::new, |at| at.format_in(&cx.settings.time_zone, "%Y-%m-%d"));
    Ok(Show {
        state: state(card.standing(cx.now)),
        made: cx.moment(card.created_at),
        balance: cx.amount_in(card.balance_minor, &card.currency),
        expires: card.expires_at.map(|at| cx.moment(at)),
        expires_was: card.expires_at.map_or_else(String::new, |at| at.micros().to_string()),
        form: typed.balance.unwrap_or_else(balance),
        expiry: typed.expiry.unwrap_or_else(|| Fields::of([("expires_on", last_day)])),
        time_zone: cx.settings.time_zone.clone(),
        ledger: ledger(conn, cx, &card)?,
        id: card.public_id,
        last4: card.last4,
        email: card.email,
        currency: card.currency,
    })
}

/// The newest first, each with what was on the card after it.
fn ledger(conn: &mut Conn, cx: &Context, card: &GiftCard) -> Result<Vec<Entry>> {
    let mut balance = 0;
    let mut rows = Vec::new();
    for entry in card.ledger(conn)? {
        balance += entry.delta_minor;
        let amount = |minor: i64| cx.amount_in(minor, &card.currency);
        rows.push(Entry {
            when: cx.moment(entry.at),
            what: what(&entry),
            change: match entry.delta_minor {
                0 => String::new(),
                more if more > 0 => format!("+{}", amount(more).text),
                less => format!("−{}", amount(-less).text),
            },
            balance: amount(balance),
            order: entry
                .order
                .filter(|_| cx.may(Permission::Orders))
                .map(|number| Link { label: format!("Order {number}"), href: paths::admin::order(&number) }),
            who: entry.actor,
            why: entry.note,
        });
    }
    rows.reverse();
    Ok(rows)
}

fn what(entry: &listing::Entry) -> &'static str {
    match entry.kind {
        EntryKind::Issue => "Made",
        EntryKind::Hold => "Held for an order",
        EntryKind::Release => "Back from an order",
        EntryKind::Use => "Paid an order",
        EntryKind::Refund => "Paid back",
        EntryKind::Adjust => "Changed",
    }
}

fn row(cx: &Context, card: GiftCard, order: Option<String>) -> Row {
    Row {
        href: paths::admin::gift_card(&card.public_id),
        made: cx.date(card.created_at),
        origin: order.map_or_else(|| "By hand".to_owned(), |number| format!("Order {number}")),
        expires: card.expires_at.map(|at| cx.date(at)),
        state: state(card.standing(cx.now)),
        balance: cx.amount_in(card.balance_minor, &card.currency),
        last4: card.last4,
    }
}

fn state(standing: Standing) -> Pill {
    let (text, kind) = match standing {
        Standing::Good => ("Active", "good"),
        Standing::Empty => ("Used up", ""),
        Standing::Expired => ("Expired", "warn"),
    };
    Pill { text: text.to_owned(), kind }
}
