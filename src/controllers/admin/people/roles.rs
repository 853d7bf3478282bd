//! The permissions of roles.

use crate::controllers::admin::add_model_error;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::guards::needs;
use crate::http::{AdminRequest, Confirmed, Context, Form, Reply, Staff};
use crate::models::people::account::role_permissions::RolePermissions;
use crate::models::people::account::roles::{Permission, Role};
use crate::paths;
use crate::presenters::people::admin_role::present_roles;
use crate::support::i18n::Message;
use crate::views::admin::people::roles::Edit;

pub async fn edit(admin: AdminRequest<needs::Staff>) -> Result<Reply> {
    admin.render_page(|conn, cx| build_page(conn, cx, None)).await
}

pub async fn update(staff: Confirmed<Staff<needs::Staff>>, form: Form) -> Result<Reply> {
    let (mut fields, by) = (form.fields.clone(), staff.member.clone());
    let version = fields.value("version").parse().unwrap_or(0);
    let typed = form.fields;
    let saved = staff.write_once(&form.token, move |tx| {
        let is_wanted = |role: Role, permission: Permission| typed.has_value(role.as_str(), permission.as_str());
        RolePermissions::save(tx, version, is_wanted, &by)?;
        Ok(Reply::redirect(paths::admin::roles()).notice(Message::StaffSaved))
    });
    match saved.await {
        Ok(reply) => return Ok(reply),
        Err(Error::Conflict) => fields.add_error("", Message::ChangedSinceOpened),
        // The field is a whole column of the table.
        Err(Error::Invalid { message, .. }) => fields.add_error("", message),
        Err(error) => add_model_error(&mut fields, error)?,
    }
    Ok(staff.render_page(move |conn, cx| build_page(conn, cx, Some(fields))).await?.unprocessable())
}

fn build_page(conn: &mut Conn, cx: &Context, form: Option<Fields>) -> Result<Edit> {
    Ok(present_roles(cx.locale(), &RolePermissions::load(conn)?, form, cx.require_member()?))
}
