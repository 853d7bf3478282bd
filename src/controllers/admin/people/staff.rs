//! Staff: list, role and status, ownership.

use crate::controllers::admin::add_model_error;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::people::staff::StaffForm;
use crate::http::guards::needs;
use crate::http::resource_path::StaffPath;
use crate::http::{AdminRequest, Confirmed, Context, Form, Reply, Staff};
use crate::models::people::account::Account;
use crate::models::people::account::role_permissions::RolePermissions;
use crate::models::people::account::roles::Permission;
use crate::models::people::invitation::Invitation;
use crate::models::people::second_factor::SecondFactor;
use crate::paths;
use crate::presenters::people::admin_staff::{present_invitation, present_staff_member, staff_fields, staff_row};
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::views::admin::people::staff::{Index, Show};

pub async fn index(admin: AdminRequest<needs::Staff>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let staff = Account::list_staff(conn)?;
            let ids: Vec<AccountId> = staff.iter().map(|(account, _)| account.id).collect();
            let enrolled = SecondFactor::list_enrolled(conn, &ids)?;
            let rows = staff.into_iter().map(|(account, role)| {
                let has_second_factor = enrolled.contains(&account.id);
                staff_row(account, role, has_second_factor, cx.format())
            });
            let rows = rows.collect();
            let invitations = Invitation::list_open(conn)?;
            let invitations = invitations.into_iter().map(|open| present_invitation(open, cx.now, cx.format()));
            Ok(Index { t: cx.locale(), rows, invitations: invitations.collect() })
        })
        .await
}

pub async fn show(admin: AdminRequest<needs::Staff>, path: StaffPath) -> Result<Reply> {
    admin.render_page(move |conn, cx| build_page(conn, cx, &path, None)).await
}

/// Saves role and status.
pub async fn update(staff: Confirmed<Staff<needs::Staff>>, path: StaffPath, form: Form) -> Result<Reply> {
    let mut fields = form.fields;
    if let Some(change) = fields.check::<StaffForm>() {
        let (id, by) = (path.id.clone(), staff.member.clone());
        let saved = staff.write_once(&form.token, move |tx| {
            Account::change_staff(tx, &id, &change, &by)?;
            Ok(Reply::redirect(paths::admin::staff()).notice(Message::StaffSaved))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(Error::Conflict) => {
                let conflict_path = path.clone();
                let (account, role) = staff.read(move |conn| conflict_path.load(conn)).await?;
                fields.add_conflict(&staff_fields(&account, role));
            }
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    Ok(staff.render_page(move |conn, cx| build_page(conn, cx, &path, Some(fields))).await?.unprocessable())
}

/// Makes an admin the owner. The former owner stays signed in, as an admin.
pub async fn transfer(staff: Confirmed<Staff<needs::Staff>>, path: StaffPath, form: Form) -> Result<Reply> {
    // Not the guard: a repeated form of the former owner gets the first answer.
    if !staff.member.has_permission(Permission::Ownership) {
        return Ok(Reply::redirect(paths::admin::staff_member(&path.id)).alert(Message::RoleNotAllowed));
    }
    let (id, by) = (path.id.clone(), staff.member.clone());
    let session = staff.visitor.unchecked_sign_in().map(|sign_in| sign_in.session.clone()).unwrap_or_default();
    let transferred = staff.write_once(&form.token, move |tx| {
        Account::transfer_ownership(tx, &id, &by, &session)?;
        let (successor, _) = Account::find_staff(tx.conn(), &id)?;
        Ok(Reply::redirect(paths::admin::staff()).notice(Message::OwnershipTransferred { name: successor.name }))
    });
    match transferred.await {
        Ok(reply) => {
            let former = staff.member.account.id;
            staff.visitor.renew_sign_in(&staff.read(move |conn| Account::get(conn, former)).await?)?;
            Ok(reply)
        }
        Err(Error::Conflict) => {
            Ok(Reply::redirect(paths::admin::staff_member(&path.id)).alert(Message::OwnershipNotTransferred))
        }
        Err(error) => Err(error),
    }
}

fn build_page(conn: &mut Conn, cx: &Context, path: &StaffPath, form: Option<Fields>) -> Result<Show> {
    let (account, role) = path.load(conn)?;
    let form = form.unwrap_or_else(|| staff_fields(&account, role));
    let permissions = RolePermissions::load(conn)?;
    Ok(present_staff_member(account, role, form, cx.require_member()?, &permissions, cx.format()))
}
