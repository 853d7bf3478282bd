//! Gift cards: list, issue, adjust, expire and block.

use actix_web::web::Path;

use crate::controllers::admin::{ListQuery, add_model_error, change_settings};
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::checkout::gift_cards::{BalanceForm, ExpiryForm, GiftCardForm};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::checkout::gift_card::GiftCard;
use crate::models::checkout::gift_card::listing::GiftCardView;
use crate::models::people::account::roles::Permission;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::checkout::admin_gift_card::{GiftCardForms, present_gift_card, present_gift_card_row};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::views::admin::checkout::gift_cards::{Counts, Index, New};

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
            let rows = rows.map(|(card, order)| present_gift_card_row(card, order, cx.now, cx.format()));
            Ok(Index { t: cx.locale(), tab: find.tab, counts, q: find.q, rows })
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
    form.fields.set_currency(settings.currency, settings.locale);
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
    let notice = if card.email.is_empty() {
        Message::GiftCardIssued { code }
    } else {
        Message::GiftCardEmailed { code, recipient: card.email }
    };
    Ok(Reply::redirect(paths::admin::gift_card(&card.public_id)).notice(notice))
}

pub async fn show(staff: Keeper, id: Path<String>) -> Result<Reply> {
    page(&staff, id.into_inner(), GiftCardForms::default()).await
}

pub async fn update(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let (id, mut fields, once) = (id.into_inner(), form.fields, form.token);
    let known = id.clone();
    let (card, settings) = staff.read(move |conn| Ok((GiftCard::find(conn, &known)?, Settings::load(conn)?))).await?;
    fields.set_currency(card.currency, settings.locale);
    if let Some(wanted) = fields.check::<BalanceForm>() {
        let (actor, card) = (staff.actor(), id.clone());
        let changed = change_settings(&staff, &once, WHAT, move |tx| {
            GiftCard::change_balance(tx, &card, &wanted, &actor)?;
            Ok(Reply::redirect(paths::admin::gift_card(&card)).notice(Message::BalanceChanged))
        });
        match changed.await {
            Ok(reply) => return Ok(reply),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    Ok(page(&staff, id, GiftCardForms { balance: Some(fields), expiry: None }).await?.unprocessable())
}

/// Sets the expiry date, or blocks the card at once. `expires_was` detects concurrent changes.
pub async fn expire(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let (id, mut fields, once) = (id.into_inner(), form.fields, form.token);
    let (actor, card) = (staff.actor(), id.clone());
    if !fields.value("block").is_empty() {
        let blocked = change_settings(&staff, &once, WHAT, move |tx| {
            GiftCard::block(tx, &card, &actor)?;
            Ok(Reply::redirect(paths::admin::gift_card(&card)).notice(Message::GiftCardBlocked))
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
            Ok(Reply::redirect(paths::admin::gift_card(&card)).notice(Message::ExpirySaved))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    Ok(page(&staff, id, GiftCardForms { balance: None, expiry: Some(fields) }).await?.unprocessable())
}

async fn form_page(staff: &Keeper, form: Fields) -> Result<Reply> {
    staff
        .render_page(move |_, cx| {
            let (currency, time_zone) = (cx.settings.currency.code().to_owned(), cx.settings.time_zone.clone());
            Ok(New { t: cx.locale(), form, currency, time_zone })
        })
        .await
}

async fn page(staff: &Keeper, id: String, forms: GiftCardForms) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let card = GiftCard::find(conn, &id)?;
            let ledger = card.list_ledger(conn)?;
            let can_see_orders = cx.has_permission(Permission::Orders);
            Ok(present_gift_card(card, ledger, can_see_orders, forms, cx.now, cx.format()))
        })
        .await
}
