//! Requests to look at something in the admin. The member is loaded and checked in the read transaction that also loads
//! the page, so a handler reads nothing before the check.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::guards::{Guard, RequiredPermission, SignedInRequest, staff_access};
use super::page_context::Context;
use super::private_page::Layout;
use super::reply::Reply;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::models::people::account::Member;
use crate::views::View;

/// Extractor for pages and files of the admin, for staff with permission `P`; forms take [`super::guards::Staff`].
pub struct AdminRequest<P> {
    request: SignedInRequest,
    permission: PhantomData<P>,
}

impl<P: RequiredPermission> FromRequest for AdminRequest<P> {
    type Error = Error;
    type Future = Ready<Result<AdminRequest<P>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = SignedInRequest::from_http_request(request);
        ready(request.map(|request| AdminRequest { request, permission: PhantomData }))
    }
}

impl<P: RequiredPermission> Guard for AdminRequest<P> {
    fn access() -> String {
        staff_access(P::PERMISSION)
    }
}

impl<P: RequiredPermission> AdminRequest<P> {
    /// The request's query, undecoded.
    pub fn query(&self) -> &str {
        &self.request.visitor.query
    }

    /// Renders a page; `LoginRequired` if the session is revoked, `Forbidden` without the permission.
    pub async fn render_page<V, F>(self, build: F) -> Result<Reply>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Context) -> Result<V> + Send + 'static,
    {
        self.request.render_page(Some(P::PERMISSION), Layout::Admin, build).await
    }

    /// Reads data other than a page: a file, or the contents of a frame. Errors as [`AdminRequest::render_page`].
    pub async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Conn, &Member) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.request.read_as_member(Some(P::PERMISSION), move |conn, member| work(conn, &member)).await
    }
}
