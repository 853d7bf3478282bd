//! Consents, and the export of a customer's data.

use actix_web::http::header::CONTENT_DISPOSITION;

use crate::error::Result;
use crate::forms::Fields;
use crate::http::security_headers::ResponseKind;
use crate::http::{AccountRequest, Form, Reply, SignedIn};
use crate::models::maintenance::personal_data::PersonalData;
use crate::models::people::account::consents::{Consent, ConsentKind};
use crate::paths;
use crate::presenters::sales::privacy_export::{data_sections, to_json};
use crate::support::i18n::Message;
use crate::views::account::privacy::{PersonalDataPage, Show};

pub async fn show(request: AccountRequest) -> Result<Reply> {
    request
        .render_page(|conn, cx| {
            let id = cx.require_member()?.account.id;
            let mut form = Fields::default();
            for consent in Consent::list(conn, id)?.iter().filter(|consent| consent.is_given()) {
                form.set(consent.kind.as_str(), "1".to_owned());
            }
            Ok(Show { t: cx.locale(), form })
        })
        .await
}

pub async fn update(signed_in: SignedIn, form: Form) -> Result<Reply> {
    let given: Vec<ConsentKind> =
        ConsentKind::ALL.iter().copied().filter(|kind| form.fields.has_value(kind.as_str(), "1")).collect();
    let account = signed_in.member.account.clone();
    let saved = signed_in.write_once(&form.token, move |tx| {
        Consent::save(tx, &account, &given)?;
        Ok(Reply::redirect(paths::account::privacy()).notice(Message::ConsentsSaved))
    });
    saved.await
}

pub async fn data(request: AccountRequest) -> Result<Reply> {
    request
        .render_page(|conn, cx| {
            let account = cx.require_member()?.account.clone();
            let data = PersonalData::load(conn, &account, cx.now)?;
            let sections = data_sections(&data, &cx.settings.country, cx.format());
            Ok(PersonalDataPage { t: cx.locale(), sections })
        })
        .await
}

pub async fn export(request: AccountRequest) -> Result<Reply> {
    let now = request.now();
    let json = request.read(move |conn, member| Ok(to_json(&PersonalData::load(conn, &member.account, now)?)));
    let bytes = serde_json::to_vec_pretty(&json.await?)?;
    let reply = Reply::bytes(bytes, "application/json", ResponseKind::Private);
    Ok(reply.header(CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""))
}
