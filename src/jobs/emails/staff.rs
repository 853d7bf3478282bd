//! Renders emails to staff and to invited people.

use serde::{Deserialize, Serialize};

use super::write_email;
use crate::app::App;
use crate::error::Result;
use crate::models::people::account::Account;
use crate::models::people::invitation::Invitation;
use crate::models::platform::email::Email;
use crate::models::platform::setting::Settings;
use crate::presenters::people::staff_email;
use crate::support::ids::{AccountId, InvitationId};

/// What a staff member is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffNotice {
    /// They have another role.
    Role,
    Suspended,
    /// They may log in again.
    Reactivated,
}

/// Sends the link of an invitation.
pub async fn invitation(app: &App, id: InvitationId) -> Result<()> {
    let read = app.db.read(move |conn| Ok((Settings::load(conn)?, Invitation::get(conn, id)?)));
    let (settings, invitation) = read.await?;
    let token = invitation.token(&app.db.context().secret_key);
    let email = staff_email::invitation(&settings, &app.origin(), &invitation, &token);
    let key = Email::dedupe_key("invitation", format!("{id}:{}", invitation.send_count));
    write_email(app, key, invitation.email, &email, None).await
}

/// Tells a person what was changed about their account; `key` is that of the job.
pub async fn staff_notice(app: &App, notice: StaffNotice, account: AccountId, key: String) -> Result<()> {
    let read = app.db.read(move |conn| {
        let account = Account::get(conn, account)?;
        let role = Account::find_role(conn, account.id)?;
        Ok((Settings::load(conn)?, account, role))
    });
    let (settings, account, role) = read.await?;
    let recipient = account.email.clone();
    let email = match notice {
        StaffNotice::Role => staff_email::role_changed(&settings, &app.origin(), &account, role),
        StaffNotice::Suspended => staff_email::suspended(&settings, &app.origin(), &account),
        StaffNotice::Reactivated => staff_email::reactivated(&settings, &app.origin(), &account),
    };
    write_email(app, key, recipient, &email, None).await
}
