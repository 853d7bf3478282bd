//! Requests of a signed-in account, customer or staff, about itself. As in [`super::admin_page`], the account is loaded
//! and checked in the read transaction that also loads the page.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::guards::{ACCOUNT_ACCESS, Guard, SignedInRequest};
use super::page_context::Context;
use super::private_page::Layout;
use super::reply::Reply;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::models::people::account::Member;
use crate::support::clock::Utc;
use crate::views::View;

/// Extractor for pages of the signed-in account; only allows a read that begins with the check. Forms use
/// [`super::guards::SignedIn`].
pub struct AccountRequest {
    request: SignedInRequest,
}

impl FromRequest for AccountRequest {
    type Error = Error;
    type Future = Ready<Result<AccountRequest>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(SignedInRequest::from_http_request(request).map(|request| AccountRequest { request }))
    }
}

impl Guard for AccountRequest {
    fn access() -> String {
        ACCOUNT_ACCESS.to_owned()
    }
}

impl AccountRequest {
    /// Public id of the session that the request belongs to.
    pub fn session_id(&self) -> &str {
        &self.request.sign_in.session
    }

    /// The time of the request.
    pub fn now(&self) -> Utc {
        self.request.visitor.app().clock().now()
    }

    /// Renders a page in the shop's layout; `LoginRequired` if the session is revoked.
    pub async fn render_page<V, F>(self, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        self.request.render_page(None, Layout::Private, build).await
    }

    /// Reads data other than a page, such as a file; `LoginRequired` if the session is revoked.
    pub async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Conn, &Member) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.request.read_as_member(None, move |conn, member| work(conn, &member)).await
    }
}
