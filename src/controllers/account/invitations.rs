//! The page where an invited person joins the staff. Opening the link does not use it up; its token moves from the URL
//! to a cookie.

use super::links::{INVITATION, hide_address, token_param};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{AcceptanceForm, MIN_STAFF_PASSWORD_LENGTH};
use crate::http::security_log::SecurityEvent;
use crate::http::{Context, Form, Layout, Reply, Visitor};
use crate::models::people::invitation::Invitation;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::people::admin_staff::role_label;
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::{password, token};
use crate::views::account::invitations::New;

pub async fn new(visitor: Visitor) -> Result<Reply> {
    if let Some(token) = token_param(&visitor) {
        let (secret, now) = (token.clone(), visitor.app().clock().now());
        let invitation = visitor.read(move |conn| find_invitation(conn, &secret, now)).await;
        invitation.map_err(|error| visitor.limit_link_attempts(error))?;
        return Ok(INVITATION.move_token(&visitor, token, paths::invitation_form()));
    }
    let secret = visitor.invitation_cookie().unwrap_or_default();
    let page = visitor.render_page(Layout::Plain, move |conn, cx| build_page(conn, cx, &secret, None));
    page.await.map(hide_address).map_err(|error| visitor.limit_link_attempts(error))
}

pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let secret = visitor.invitation_cookie().unwrap_or_default();
    let (link_secret, now) = (secret.clone(), visitor.app().clock().now());
    let read = visitor.read(move |conn| Ok((find_invitation(conn, &link_secret, now)?, Settings::load(conn)?)));
    let (invitation, settings) = read.await.map_err(|error| visitor.limit_link_attempts(error))?;
    let mut fields = form.fields;
    if let Err(Error::TooManyRequests(seconds)) =
        visitor.app().rate_limits.check_new_password(token::sha256_hex(&secret), visitor.app().clock())
    {
        visitor.record_security_event(SecurityEvent::Throttled { what: "invitation", seconds });
        fields.add_error("password", Message::too_many_attempts(seconds));
        return Ok(render_form(&visitor, secret, fields).await?.too_many_requests(seconds));
    }
    if let Some((name, password)) = fields.check::<AcceptanceForm>() {
        let host = visitor.app().base_url.host_str().unwrap_or_default();
        let context = password::context_words(&[&settings.site_name, host, &name, &invitation.email]);
        let accepted = match visitor.app().hash_new_password(password, MIN_STAFF_PASSWORD_LENGTH, context).await {
            Ok(hash) => {
                let (secret, origin) = (secret.clone(), visitor.sign_in_origin());
                let accept = visitor.write_once(&form.token, move |tx| {
                    tx.set_origin(origin.clone());
                    Invitation::accept(tx, &secret, &name, &hash)?;
                    Ok(Reply::redirect(paths::login()).notice(Message::StaffWelcome))
                });
                accept.await
            }
            Err(error) => Err(error),
        };
        match accepted {
            Ok(reply) => return Ok(INVITATION.clear(&visitor, reply)),
            Err(Error::Invalid { field, message }) => {
                let name = if field == "password" { "password" } else { "" };
                fields.add_error(name, message);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(render_form(&visitor, secret, fields).await?.unprocessable())
}

/// The invitation of a link, or `LinkExpired`.
fn find_invitation(conn: &mut Conn, secret: &str, now: Utc) -> Result<Invitation> {
    Invitation::find_by_token(conn, secret, now)?.ok_or(Error::LinkExpired)
}

async fn render_form(visitor: &Visitor, secret: String, mut form: Fields) -> Result<Reply> {
    form.set("password", String::new());
    let page = visitor.render_page(Layout::Plain, move |conn, cx| build_page(conn, cx, &secret, Some(form)));
    page.await.map(hide_address)
}

fn build_page(conn: &mut Conn, cx: &Context, secret: &str, form: Option<Fields>) -> Result<New> {
    let (t, invitation) = (cx.locale(), find_invitation(conn, secret, cx.now)?);
    let form = form.unwrap_or_else(|| Fields::from_pairs([("name", invitation.name)]));
    let (site, role) = (cx.settings.site_name.clone(), role_label(t, invitation.role));
    Ok(New { t, form, site, role, email: invitation.email })
}
