//! The profile of the signed-in staff member.

use crate::controllers::admin::add_model_error;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::people::profiles::ProfileForm;
use crate::http::guards::needs;
use crate::http::{AdminRequest, Context, Form, Reply, Staff};
use crate::models::content::media::Media;
use crate::models::people::account::Account;
use crate::models::people::account::staff_profile::StaffProfile;
use crate::paths;
use crate::presenters::people::admin_profile::{present_profile, profile_fields};
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::support::pagination::Cursor;
use crate::views::admin::people::profiles::Edit;

/// Pictures to choose from.
const PICTURE_COUNT: i64 = 60;

pub async fn edit(admin: AdminRequest<needs::Admin>) -> Result<Reply> {
    admin.render_page(|conn, cx| build_page(conn, cx, None)).await
}

pub async fn update(staff: Staff<needs::Admin>, form: Form) -> Result<Reply> {
    let (mut fields, id) = (form.fields, staff.member.account.id);
    if let Some(profile) = fields.check::<ProfileForm>() {
        let picture = fields.value("picture").to_owned();
        let saved = staff.write_once(&form.token, move |tx| {
            let picture_id = match picture.as_str() {
                "" => None,
                public_id => Some(Media::find(tx.conn(), public_id)?.id),
            };
            Account::save_profile(tx, id, &StaffProfile { picture_id, ..profile.clone() })?;
            Ok(Reply::redirect(paths::admin::profile()).notice(Message::StaffSaved))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(Error::Conflict | Error::AlreadySubmitted) => {
                fields.add_conflict(&staff.read(move |conn| load_fields(conn, id)).await?);
            }
            Err(Error::NotFound) => fields.add_error("picture", Message::ChoiceMissing),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    Ok(staff.render_page(move |conn, cx| build_page(conn, cx, Some(fields))).await?.unprocessable())
}

fn load_fields(conn: &mut Conn, id: AccountId) -> Result<Fields> {
    let profile = Account::find_profile(conn, id)?;
    let picture = match profile.picture_id {
        Some(id) => Some(Media::get(conn, id)?),
        None => None,
    };
    Ok(profile_fields(&profile, picture.as_ref()))
}

fn build_page(conn: &mut Conn, cx: &Context, form: Option<Fields>) -> Result<Edit> {
    let account = &cx.require_member()?.account;
    let form = match form {
        Some(form) => form,
        None => load_fields(conn, account.id)?,
    };
    let pictures = Media::list(conn, &Cursor::first(PICTURE_COUNT))?.items;
    Ok(present_profile(form, account.email.clone(), &pictures, cx.locale()))
}
