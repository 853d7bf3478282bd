//! Requests of a signed-in account, customer or staff, about itself. As in [`super::admin_page`], the account is loaded
//! and checked in the read transaction that also loads the page.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::form_token::{FormSender, FormToken, write_once};
use super::guards::{Guard, SignedInRequest, Visitor};
use super::page_context::Context;
use super::private_page::{Layout, PrivatePage};
use super::reply::Reply;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::people::account::Member;
use crate::support::clock::Utc;
use crate::views::View;

/// Extractor for pages of the signed-in account; only allows a read that begins with the check. Forms use [`SignedIn`].
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
        "account".to_owned()
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
        let page = PrivatePage::prepare(&self.request.visitor, Layout::Private).await;
        let rendered = self.request.read_as_member(None, move |conn, member| {
            let html = page.render(conn, Some(member), build)?;
            Ok((page, html))
        });
        let (page, html) = rendered.await?;
        Ok(page.into_reply(&self.request.visitor, html))
    }

    /// Reads data other than a page, such as a file; `LoginRequired` if the session is revoked.
    pub async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Conn, &Member) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.request.read_as_member(None, move |conn, member| work(conn, &member)).await
    }
}

/// A signed-in account, for forms.
#[derive(Clone)]
pub struct SignedIn {
    /// Its session and request data.
    pub visitor: Visitor,
    /// The account and its roles; a customer has none.
    pub member: Member,
}

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<SignedIn>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let request = SignedInRequest::from_http_request(&request)?;
            let member = request.read_as_member(None, |_, member| Ok(member)).await?;
            Ok(SignedIn { visitor: request.visitor, member })
        })
    }
}

impl Guard for SignedIn {
    fn access() -> String {
        "account".to_owned()
    }
}

impl FormSender for SignedIn {
    fn owner(&self) -> String {
        format!("account {}", self.member.account.id)
    }

    fn as_visitor(&self) -> &Visitor {
        &self.visitor
    }
}

impl SignedIn {
    /// Public id of the session that the request belongs to.
    pub fn session_id(&self) -> &str {
        self.visitor.unchecked_sign_in().map_or("", |sign_in| &sign_in.session)
    }

    /// [`Visitor::write_once`] for this account.
    ///
    /// # Errors
    /// `AlreadySubmitted` if the form was processed with other values.
    pub async fn write_once(
        &self,
        token: &FormToken,
        work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
    ) -> Result<Reply> {
        write_once(&self.visitor, token.submission(self.owner()), work).await
    }

    /// [`Visitor::keep_once`] for this account.
    ///
    /// # Errors
    /// `AlreadySubmitted` if the form was processed with other values.
    pub async fn keep_once<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        token: &FormToken,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.visitor.keep_once(token, self.owner(), work).await
    }

    /// [`Visitor::find_kept_result`] for this account.
    pub async fn find_kept_result<T: DeserializeOwned>(&self, token: &FormToken) -> Result<Option<T>> {
        self.visitor.find_kept_result(token, self.owner()).await
    }

    /// Renders a page in the shop's layout in reply to a form.
    pub async fn render_page<V, F>(&self, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        self.visitor.render_page(Layout::Private, build).await
    }
}
