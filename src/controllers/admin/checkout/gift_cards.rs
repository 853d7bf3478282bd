//! Gift cards: list, issue, adjust, expire and block.

use crate::controllers::admin::{ListQuery, add_model_error, change_settings};
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::checkout::gift_cards::{BalanceForm, ExpiryForm, GiftCardForm};
use crate::http::guards::needs;
use crate::http::resource_path::GiftCardPath;
use crate::http::{AdminRequest, Context, Form, Reply, Staff};
use crate::models::checkout::gift_card::GiftCard;
use crate::models::checkout::gift_card::listing::GiftCardView;
use crate::models::people::account::roles::Permission;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::checkout::admin_gift_card::{GiftCardForms, present_gift_card, present_gift_card_row};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::views::admin::checkout::gift_cards::{Counts, Index, New, Show};

type SettingsEditor = Staff<needs::Settings>;

const SETTINGS_GROUP: &str = "gift cards";

pub async fn index(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let list = ListQuery::from_context(cx);
            let view = GiftCardView::parse(&list.tab).unwrap_or(GiftCardView::All);
            let rows = GiftCard::page(conn, view, &list.q, cx.now, &list.cursor)?;
            let counts = Counts {
                all: GiftCard::count(conn, GiftCardView::All, cx.now)?,
                active: GiftCard::count(conn, GiftCardView::Active, cx.now)?,
                empty: GiftCard::count(conn, GiftCardView::Empty, cx.now)?,
                expired: GiftCard::count(conn, GiftCardView::Expired, cx.now)?,
            };
            let rows = rows.map(|(card, order)| present_gift_card_row(card, order, cx.now, cx.format()));
            Ok(Index { t: cx.locale(), tab: list.tab, counts, q: list.q, rows })
        })
        .await
}

pub async fn new(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin.render_page(|_, cx| Ok(build_form(cx, Fields::default()))).await
}

/// Issues a card; its code is shown only in this reply.
pub async fn create(staff: SettingsEditor, mut form: Form) -> Result<Reply> {
    // The stored result holds the card's id, not its code: the code is derived from the secret key again.
    if let Some(card) = staff.find_kept_result::<String>(&form.token).await? {
        return show_code(&staff, card).await;
    }
    let settings = staff.read(Settings::load).await?;
    form.fields.set_currency(settings.currency, settings.locale);
    form.fields.set("time_zone", settings.time_zone);
    let Some(new_card) = form.fields.check::<GiftCardForm>() else {
        return render_form(&staff, form.fields).await;
    };
    let actor = staff.actor();
    let issued =
        staff.keep_once(&form.token, move |tx| Ok(GiftCard::issue_manually(tx, &new_card, &actor)?.public_id)).await;
    match issued {
        Ok(card) => show_code(&staff, card).await,
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, form.fields).await
        }
    }
}

async fn show_code(staff: &SettingsEditor, public_id: String) -> Result<Reply> {
    let card = staff.read(move |conn| GiftCard::find(conn, &public_id)).await?;
    let code = card.code(&staff.visitor.app().db.context().secret_key).unwrap_or_default();
    let notice = if card.email.is_empty() {
        Message::GiftCardIssued { code }
    } else {
        Message::GiftCardEmailed { code, recipient: card.email }
    };
    Ok(Reply::redirect(paths::admin::gift_card(&card.public_id)).notice(notice))
}

pub async fn show(admin: AdminRequest<needs::Settings>, path: GiftCardPath) -> Result<Reply> {
    admin.render_page(move |conn, cx| build_page(conn, cx, &path, GiftCardForms::default())).await
}

pub async fn update(staff: SettingsEditor, path: GiftCardPath, form: Form) -> Result<Reply> {
    let (mut fields, card_path) = (form.fields, path.clone());
    let (card, settings) = staff.read(move |conn| Ok((card_path.load(conn)?, Settings::load(conn)?))).await?;
    fields.set_currency(card.currency, settings.locale);
    if let Some(change) = fields.check::<BalanceForm>() {
        let (actor, id) = (staff.actor(), path.id.clone());
        let changed = change_settings(&staff, &form.token, SETTINGS_GROUP, move |tx| {
            GiftCard::change_balance(tx, &id, &change, &actor)?;
            Ok(Reply::redirect(paths::admin::gift_card(&id)).notice(Message::BalanceChanged))
        });
        match changed.await {
            Ok(reply) => return Ok(reply),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    render_page_form(&staff, path, GiftCardForms { balance: Some(fields), expiry: None }).await
}

/// Sets the expiry date, or blocks the card at once. `expires_was` detects concurrent changes.
pub async fn expire(staff: SettingsEditor, path: GiftCardPath, form: Form) -> Result<Reply> {
    let (actor, id, mut fields) = (staff.actor(), path.id.clone(), form.fields);
    if !fields.value("block").is_empty() {
        let blocked = change_settings(&staff, &form.token, SETTINGS_GROUP, move |tx| {
            GiftCard::block(tx, &id, &actor)?;
            Ok(Reply::redirect(paths::admin::gift_card(&id)).notice(Message::GiftCardBlocked))
        });
        return blocked.await;
    }
    fields.set("time_zone", staff.read(Settings::load).await?.time_zone);
    let before = fields.values("expires_was").first().map(|micros| micros.parse().ok().map(Utc::from_micros));
    if let Some(expires_at) = fields.check::<ExpiryForm>() {
        let saved = change_settings(&staff, &form.token, SETTINGS_GROUP, move |tx| {
            GiftCard::check_expiry_unchanged(tx, &id, before)?;
            GiftCard::set_expiry(tx, &id, expires_at, &actor)?;
            Ok(Reply::redirect(paths::admin::gift_card(&id)).notice(Message::ExpirySaved))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    render_page_form(&staff, path, GiftCardForms { balance: None, expiry: Some(fields) }).await
}

async fn render_form(staff: &SettingsEditor, form: Fields) -> Result<Reply> {
    Ok(staff.render_page(move |_, cx| Ok(build_form(cx, form))).await?.unprocessable())
}

async fn render_page_form(staff: &SettingsEditor, path: GiftCardPath, forms: GiftCardForms) -> Result<Reply> {
    Ok(staff.render_page(move |conn, cx| build_page(conn, cx, &path, forms)).await?.unprocessable())
}

fn build_form(cx: &Context, form: Fields) -> New {
    let (currency, time_zone) = (cx.settings.currency.code().to_owned(), cx.settings.time_zone.clone());
    New { t: cx.locale(), form, currency, time_zone }
}

fn build_page(conn: &mut Conn, cx: &Context, path: &GiftCardPath, forms: GiftCardForms) -> Result<Show> {
    let card = path.load(conn)?;
    let ledger = card.list_ledger(conn)?;
    let can_see_orders = cx.has_permission(Permission::Orders);
    Ok(present_gift_card(card, ledger, can_see_orders, forms, cx.now, cx.format()))
}
