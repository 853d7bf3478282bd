//! Identities of the signed-in account: who logs in to it at an identity provider.

use super::identity_logins::begin_login;
use crate::error::{Error, Result};
use crate::http::form_token::FormSender;
use crate::http::resource_path::{AccountIdentityPath, IdentityProviderPath};
use crate::http::{Confirmed, Form, Reply, SignedIn};
use crate::models::people::identity_provider::account_identity::AccountIdentity;
use crate::paths;
use crate::support::i18n::Message;

/// Sends the person to the provider's page, to link an identity.
pub async fn create(user: Confirmed<SignedIn>, path: IdentityProviderPath, form: Form) -> Result<Reply> {
    if let Some(reply) = user.challenge(&form.fields, &form.token).await? {
        return Ok(reply);
    }
    begin_login(&user.visitor, path, Some(user.member.account.id), "").await
}

/// Unlinks an identity. All other sessions end.
pub async fn destroy(user: Confirmed<SignedIn>, path: AccountIdentityPath, form: Form) -> Result<Reply> {
    let (account, session) = (user.member.account.clone(), user.session_id().to_owned());
    let unlinked = user.write_once(&form.token, move |tx| {
        AccountIdentity::unlink(tx, &account, path.id, &session)?;
        Ok(Reply::redirect(paths::account::security()).notice(Message::IdentityUnlinked))
    });
    match unlinked.await {
        Err(Error::Invalid { message, .. }) => Ok(Reply::redirect(paths::account::security()).alert(message)),
        reply => reply,
    }
}
