//! Emailed links. Opening one does not use it up: its token moves from the address to a cookie, so that no history and
//! no `Referer` has it, and a page with a button uses it.

use actix_web::cookie::time::Duration;
use actix_web::http::header::{HeaderName, REFERRER_POLICY};

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::{Layout, Reply, Visitor, cookies};
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::views::account::link_confirmations::LinkConfirmation;

/// Keeps the token in the address out of `Referer` headers and search engines.
pub(super) fn hide_address(reply: Reply) -> Reply {
    reply.header(REFERRER_POLICY, "no-referrer").header(HeaderName::from_static("x-robots-tag"), "noindex")
}

/// The cookie to which the token of a kind of links moves.
#[derive(Clone, Copy)]
pub(super) struct LinkCookie {
    name: fn(bool) -> &'static str,
    lifetime: Duration,
}

/// For links that a button confirms. The cookie is for one visit; the link itself may work longer.
pub(super) const CONFIRMATION: LinkCookie = LinkCookie { name: cookies::link_name, lifetime: Duration::hours(1) };
/// For the link to a new password, which works as long.
pub(super) const PASSWORD_RESET: LinkCookie =
    LinkCookie { name: cookies::password_reset_name, lifetime: Duration::minutes(15) };
/// For invitations to the staff.
pub(super) const INVITATION: LinkCookie =
    LinkCookie { name: cookies::invitation_name, lifetime: Duration::minutes(30) };

impl LinkCookie {
    /// Redirects to the page of the link without its token.
    pub(super) fn move_token(self, visitor: &Visitor, token: String, path: &str) -> Reply {
        hide_address(self.set(visitor, Reply::redirect(path), token, self.lifetime))
    }

    /// Removes the cookie of a link that was used.
    pub(super) fn clear(self, visitor: &Visitor, reply: Reply) -> Reply {
        self.set(visitor, reply, String::new(), Duration::ZERO)
    }

    fn set(self, visitor: &Visitor, reply: Reply, token: String, lifetime: Duration) -> Reply {
        let https = visitor.app().is_https();
        reply.cookie(cookies::build_cookie((self.name)(https), token, https, lifetime))
    }
}

/// The token in the address.
pub(super) fn token_param(visitor: &Visitor) -> Option<String> {
    visitor.query_param("token").filter(|token| !token.is_empty())
}

/// Opens a link: first at its address, then at the clean one, where the page has the button.
///
/// # Errors
/// `LinkExpired` if `find` knows no such token.
pub(super) async fn open<T: Send + 'static>(
    visitor: Visitor,
    path: &str,
    find: fn(&mut Conn, &str, Utc) -> Result<Option<T>>,
    present: fn(Locale, T) -> LinkConfirmation,
) -> Result<Reply> {
    let now = visitor.app().clock().now();
    if let Some(token) = token_param(&visitor) {
        let secret = token.clone();
        let found = visitor.read(move |conn| find(conn, &secret, now)?.map(drop).ok_or(Error::LinkExpired)).await;
        found.map_err(|error| visitor.limit_link_attempts(error))?;
        return Ok(CONFIRMATION.move_token(&visitor, token, path));
    }
    let secret = visitor.link_cookie().unwrap_or_default();
    let page = visitor.render_page(Layout::Plain, move |conn, cx| {
        let found = find(conn, &secret, now)?.ok_or(Error::LinkExpired)?;
        Ok(present(cx.locale(), found))
    });
    page.await.map(hide_address).map_err(|error| visitor.limit_link_attempts(error))
}
