//! Identity providers with which people log in.

use crate::adapters::identity_provider::IdentityError;
use crate::controllers::admin::add_model_error;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::people::identity_providers::IdentityProviderForm;
use crate::http::guards::needs;
use crate::http::resource_path::IdentityProviderPath;
use crate::http::{AdminRequest, Confirmed, Context, Form, Reply, Staff};
use crate::models::people::identity_provider::account_identity::AccountIdentity;
use crate::models::people::identity_provider::{IdentityProvider, IdentityProviderInput, IdentityProviderStatus};
use crate::paths;
use crate::presenters::people::admin_identity_provider::{provider_row, provider_status_options};
use crate::support::i18n::Message;
use crate::views::admin::people::identity_providers::{Edit, Index};

type ProviderEditor = Confirmed<Staff<needs::IdentityProviders>>;

pub async fn index(admin: AdminRequest<needs::IdentityProviders>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let mut rows = Vec::new();
            for provider in IdentityProvider::list(conn)? {
                let accounts = AccountIdentity::count(conn, &provider.issuer)?;
                rows.push(provider_row(cx.locale(), &provider, accounts));
            }
            Ok(Index { t: cx.locale(), rows })
        })
        .await
}

pub async fn new(admin: AdminRequest<needs::IdentityProviders>) -> Result<Reply> {
    let form = Fields::from_pairs([("status", IdentityProviderStatus::Active.as_str().to_owned())]);
    admin.render_page(|_, cx| Ok(build_page(cx, None, form))).await
}

pub async fn create(staff: ProviderEditor, mut form: Form) -> Result<Reply> {
    let Some(input) = check_form(&staff, &mut form.fields).await else {
        return render_form(&staff, None, form.fields).await;
    };
    let actor = staff.actor();
    let created = staff.write_once(&form.token, move |tx| {
        IdentityProvider::create(tx, &input, &actor)?;
        Ok(Reply::redirect(paths::admin::identity_providers()).notice(Message::IdentityProviderSaved))
    });
    match created.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, None, form.fields).await
        }
    }
}

pub async fn edit(admin: AdminRequest<needs::IdentityProviders>, path: IdentityProviderPath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let form = provider_fields(&path.load(conn)?);
            Ok(build_page(cx, Some(path.id), form))
        })
        .await
}

/// Saves all but the issuer. A secret that is left empty stays.
pub async fn update(staff: ProviderEditor, path: IdentityProviderPath, mut form: Form) -> Result<Reply> {
    let stored_path = path.clone();
    let stored = staff.read(move |conn| stored_path.load(conn)).await?;
    form.fields.set("issuer", stored.issuer);
    let Some(input) = check_form(&staff, &mut form.fields).await else {
        return render_form(&staff, Some(path), form.fields).await;
    };
    let (actor, id) = (staff.actor(), path.id.clone());
    let saved = staff.write_once(&form.token, move |tx| {
        IdentityProvider::update(tx, &id, &input, &actor)?;
        Ok(Reply::redirect(paths::admin::identity_providers()).notice(Message::IdentityProviderSaved))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::AlreadySubmitted) => {
            let page = staff.render_page(move |conn, cx| {
                form.fields.add_conflict(&provider_fields(&path.load(conn)?));
                Ok(build_page(cx, Some(path.id), form.fields))
            });
            Ok(page.await?.unprocessable())
        }
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, Some(path), form.fields).await
        }
    }
}

pub async fn destroy(staff: ProviderEditor, path: IdentityProviderPath, form: Form) -> Result<Reply> {
    let actor = staff.actor();
    let deleted = staff.write_once(&form.token, move |tx| {
        IdentityProvider::delete(tx, &path.id, &actor)?;
        Ok(Reply::redirect(paths::admin::identity_providers()).notice(Message::IdentityProviderDeleted))
    });
    deleted.await
}

/// The checked form. A provider that is switched on has to answer, so that nobody meets a button which does not work.
async fn check_form(staff: &ProviderEditor, fields: &mut Fields) -> Option<IdentityProviderInput> {
    let input = fields.check::<IdentityProviderForm>()?;
    if input.status == IdentityProviderStatus::Inactive {
        return Some(input);
    }
    let problem = match staff.visitor.app().identity_client.check_issuer(&input.issuer).await {
        Ok(()) => return Some(input),
        Err(IdentityError::Busy) => Message::TooManyChanges,
        Err(IdentityError::AddressRefused) => Message::IssuerRefused,
        Err(IdentityError::OtherIssuer) => Message::IssuerDiffers,
        Err(_) => Message::IssuerUnreachable,
    };
    fields.add_error("issuer", problem);
    None
}

async fn render_form(staff: &ProviderEditor, path: Option<IdentityProviderPath>, form: Fields) -> Result<Reply> {
    let id = path.map(|path| path.id);
    Ok(staff.render_page(move |_, cx| Ok(build_page(cx, id, form))).await?.unprocessable())
}

fn build_page(cx: &Context, id: Option<String>, mut form: Fields) -> Edit {
    form.set("client_secret", String::new());
    let callback = format!("{}{}", cx.origin, paths::identity_callback());
    Edit { t: cx.locale(), form, id, callback, statuses: provider_status_options(cx.locale()) }
}

fn provider_fields(provider: &IdentityProvider) -> Fields {
    Fields::from_pairs([
        ("name", provider.name.clone()),
        ("issuer", provider.issuer.clone()),
        ("client_id", provider.client_id.clone()),
        ("status", provider.status.as_str().to_owned()),
        ("lock_version", provider.lock_version.to_string()),
    ])
}
