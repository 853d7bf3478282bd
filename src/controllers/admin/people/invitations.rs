//! Invitations to the staff.

use crate::controllers::admin::add_model_error;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::people::staff::InvitationForm;
use crate::http::guards::needs;
use crate::http::resource_path::InvitationPath;
use crate::http::{AdminRequest, Confirmed, Context, Form, Reply, Staff};
use crate::models::people::account::role_permissions::RolePermissions;
use crate::models::people::account::roles::Role;
use crate::models::people::invitation::Invitation;
use crate::paths;
use crate::presenters::people::admin_staff::role_options;
use crate::support::i18n::Message;
use crate::support::ids::InvitationId;
use crate::views::admin::people::staff::Invite;

type StaffManager = Confirmed<Staff<needs::Staff>>;

pub async fn new(admin: AdminRequest<needs::Staff>) -> Result<Reply> {
    let form = Fields::from_pairs([("role", Role::Editor.as_str().to_owned())]);
    admin.render_page(move |conn, cx| build_page(conn, cx, form)).await
}

/// Invites somebody. The link is shown only in this reply; the stored result has the invitation's id.
pub async fn create(staff: StaffManager, form: Form) -> Result<Reply> {
    if let Some(id) = staff.find_kept_result::<InvitationId>(&form.token).await? {
        return show_link(&staff, id).await;
    }
    let mut fields = form.fields;
    if let Some(new) = fields.check::<InvitationForm>() {
        let by = staff.member.clone();
        let invited = staff.keep_once(&form.token, move |tx| Ok(Invitation::create(tx, &new, Some(&by))?.id)).await;
        match invited {
            Ok(id) => return show_link(&staff, id).await,
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    Ok(staff.render_page(move |conn, cx| build_page(conn, cx, fields)).await?.unprocessable())
}

async fn show_link(staff: &StaffManager, id: InvitationId) -> Result<Reply> {
    let invitation = staff.read(move |conn| Invitation::get(conn, id)).await?;
    let app = staff.visitor.app();
    let token = invitation.token(&app.db.context().secret_key);
    let link = format!("{}{}", app.origin(), paths::invitation(&token));
    Ok(Reply::redirect(paths::admin::staff()).notice(Message::InvitationCreated { link }))
}

pub async fn resend(staff: StaffManager, path: InvitationPath, form: Form) -> Result<Reply> {
    let by = staff.member.clone();
    let sent = staff.write_once(&form.token, move |tx| {
        Invitation::renew(tx, path.id, &by)?;
        Ok(Reply::redirect(paths::admin::staff()).notice(Message::InvitationSentAgain))
    });
    redirect_on_conflict(sent.await)
}

pub async fn withdraw(staff: StaffManager, path: InvitationPath, form: Form) -> Result<Reply> {
    let actor = staff.actor();
    let withdrawn = staff.write_once(&form.token, move |tx| {
        Invitation::withdraw(tx, path.id, &actor)?;
        Ok(Reply::redirect(paths::admin::staff()).notice(Message::InvitationWithdrawn))
    });
    redirect_on_conflict(withdrawn.await)
}

fn redirect_on_conflict(reply: Result<Reply>) -> Result<Reply> {
    let alert = |message| Ok(Reply::redirect(paths::admin::staff()).alert(message));
    match reply {
        Err(Error::Conflict) => alert(Message::InvitationClosed),
        Err(Error::Invalid { message, .. }) => alert(message),
        reply => reply,
    }
}

fn build_page(conn: &mut Conn, cx: &Context, form: Fields) -> Result<Invite> {
    let (t, permissions) = (cx.locale(), RolePermissions::load(conn)?);
    Ok(Invite { t, form, roles: role_options(t, cx.require_member()?, &permissions) })
}
