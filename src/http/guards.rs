//! Who may call stands in a handler's signature: its first argument is one of these.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::Ipv4Addr;
use std::pin::Pin;

use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::client_ip::ClientIp;
use super::cookies;
use super::request_log::SignedIn;
use super::security_log::{self, SecurityEvent};
use super::session::{self, ACCOUNT, DeadSession, FLASH};
use super::site::LastSite;
use crate::app::App;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::account::roles::Permission;
use crate::models::account::{Account, Member};
use crate::models::fact::Actor;
use crate::models::gate::Caller;
use crate::support::client_network::ClientNetwork;
use crate::views::Flash;

/// Something that says who may call, for the route table.
pub trait Guard: FromRequest {
    /// Who may call.
    fn who() -> String;
}

/// Anybody, and nothing about them is looked at: health checks, pictures, feeds.
pub struct Anyone {
    /// The app.
    pub app: web::Data<App>,
}

impl FromRequest for Anyone {
    type Error = Error;
    type Future = Ready<Result<Anyone>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(carried(request).map(|app| Anyone { app }))
    }
}

impl Guard for Anyone {
    fn who() -> String {
        "anyone".to_owned()
    }
}

/// What the server carries for all requests.
pub(super) fn carried<T: 'static>(request: &HttpRequest) -> Result<web::Data<T>> {
    request.app_data::<web::Data<T>>().cloned().ok_or_else(|| Error::broken("the server was put together without it"))
}

/// One parameter of an address's query.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Anybody, with their cart and, if they are signed in, their account.
#[derive(Clone)]
pub struct Visitor {
    pub(super) app: web::Data<App>,
    pub(super) last_site: web::Data<LastSite>,
    pub(super) session: Session,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) cart_token: Option<String>,
    pub(super) device_cookie: Option<String>,
    pub(super) reset_cookie: Option<String>,
    pub(super) account: Option<(i64, i64)>,
    pub(super) ip: Option<ClientIp>,
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Ready<Result<Visitor>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Visitor::of(request))
    }
}

impl Guard for Visitor {
    fn who() -> String {
        "visitor".to_owned()
    }
}

impl Visitor {
    fn of(request: &HttpRequest) -> Result<Visitor> {
        let app: web::Data<App> = carried(request)?;
        let session = request.get_session();
        if session::is_unread(&session) {
            return Err(Error::Busy);
        }
        let account: Option<(i64, i64)> = session.get(ACCOUNT).unwrap_or(None);
        if let Some((id, _)) = account {
            request.extensions_mut().insert(SignedIn(id));
        }
        if session.entries().is_empty() && request.cookie(cookies::session(app.is_https())).is_some() {
            request.extensions_mut().insert(DeadSession);
        }
        let https = app.is_https();
        let cookie = |name: &str| request.cookie(name).map(|cookie| cookie.value().to_owned());
        Ok(Visitor {
            cart_token: cookie(cookies::cart(https)),
            device_cookie: cookie(cookies::device(https)),
            reset_cookie: cookie(cookies::reset(https)),
            account,
            ip: request.extensions().get::<ClientIp>().copied(),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            session,
            last_site: carried(request)?,
            app,
        })
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The cart's token, if there is a cart.
    pub fn cart_token(&self) -> Option<String> {
        self.cart_token.clone()
    }

    /// What says that somebody has logged in with this browser before, if it is true.
    pub fn device_cookie(&self) -> Option<&str> {
        self.device_cookie.as_deref()
    }

    /// The token of the reset link that was opened last.
    pub fn reset_cookie(&self) -> Option<String> {
        self.reset_cookie.clone()
    }

    /// The network the visitor comes from.
    pub fn network(&self) -> ClientNetwork {
        ClientNetwork::of(self.ip.map_or(Ipv4Addr::UNSPECIFIED.into(), |ip| ip.0))
    }

    /// The network on the internet that the visitor comes from; none when the address is not a public one, and
    /// everybody would seem to come from the same.
    pub fn public_network(&self) -> Option<String> {
        Some(self.network()).filter(|network| network.is_public()).map(|network| network.to_string())
    }

    /// Who knocks at the gate before orders and payments, and the proof they bring along.
    pub fn caller(&self, proof: &str) -> Caller {
        Caller { network: self.public_network(), proof: proof.to_owned() }
    }

    /// The visitor's address.
    pub fn client(&self) -> Option<std::net::IpAddr> {
        self.ip.map(|ip| ip.0.to_canonical())
    }

    /// Writes into the security log.
    pub fn note(&self, event: SecurityEvent<'_>) {
        security_log::note(self.client(), event);
    }

    /// The answer to a link or key that opens nothing: as ever, but whoever tries many is told to wait. One that opens
    /// something is not looked at, so nobody is kept out by others.
    pub fn wrong_link(&self, answer: Error) -> Error {
        if !matches!(answer, Error::NotFound | Error::Void | Error::NotAllowed(_)) {
            return answer;
        }
        self.note(SecurityEvent::WrongLink);
        match self.app.limits.take_wrong_link(self.network(), self.app.clock()) {
            Ok(()) => answer,
            Err(too_many) => too_many,
        }
    }

    /// One parameter of the address.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.query, name)
    }

    /// Reads in one transaction.
    ///
    /// # Errors
    /// What the work returns.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.app.db.read(work).await
    }

    /// Writes in one transaction.
    ///
    /// # Errors
    /// What the work returns.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.app.db.write(work).await
    }

    /// Signs somebody in: the session gets a new token.
    ///
    /// # Errors
    /// When the session cannot be written.
    pub fn sign_in(&self, account: &Account) -> Result<()> {
        self.session.renew();
        let insert = self.session.insert(ACCOUNT, (account.id, account.auth_epoch));
        insert.map_err(|error| Error::internal(anyhow::anyhow!("{error}")))
    }

    /// Ends the session.
    pub fn sign_out(&self) {
        self.session.purge();
    }

    /// The message to show once, if there is one; then it is gone.
    pub(super) fn take_flash(&self) -> Option<Flash> {
        let flash = self.session.contains_key(FLASH).then(|| self.session.remove_as(FLASH)).flatten()?.ok();
        if self.account.is_none() {
            // The session existed only for this message.
            self.session.purge();
        }
        flash
    }
}

/// A permission that a handler asks for, as a type.
pub trait Needs: 'static {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($(#[$about:meta])* $name:ident)+) => {$(
        $(#[$about])*
        pub struct $name;
        impl Needs for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )+};
}

/// Permissions as types, for signatures such as `Staff<needs::Products>`.
pub mod needs {
    use super::{Needs, Permission};

    needs! {
        /// See the admin pages.
        Admin
        /// Write posts.
        WritePosts
        /// Handle pictures.
        Pictures
        /// Change products.
        Products
        /// See orders.
        Orders
        /// Record payments, cancel orders.
        ManageOrders
        /// Send parcels.
        Fulfil
        /// Change settings.
        Settings
        /// Read mail.
        Outbox
        /// Read the codes of gift cards and the addresses that open orders.
        ReadCodes
        /// See staff.
        Staff
    }
}

/// A member of staff who may do what the handler asks for.
#[derive(Clone)]
pub struct Staff<P> {
    /// The visitor they are.
    pub visitor: Visitor,
    /// Who they are.
    pub member: Member,
    permission: PhantomData<P>,
}

impl<P: Needs> FromRequest for Staff<P> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Staff<P>>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let staff = Staff::of(&request).await;
            if let Err(Error::NotAllowed(_)) = &staff
                && let Ok(Visitor { account: Some((account, _)), ip, .. }) = Visitor::of(&request)
            {
                security_log::note(ip.map(|ip| ip.0), SecurityEvent::Denied { account, permission: P::PERMISSION });
            }
            staff
        })
    }
}

impl<P: Needs> Staff<P> {
    /// Who sends a request, if they may do what is asked for.
    pub(super) async fn of(request: &HttpRequest) -> Result<Staff<P>> {
        let visitor = Visitor::of(request)?;
        let is_page = request.method() == actix_web::http::Method::GET;
        let wanted = if is_page { request.uri().to_string() } else { String::new() };
        let Some((id, epoch)) = visitor.account else { return Err(Error::SignInFirst(wanted)) };
        let Some(member) = visitor.read(move |conn| Account::member(conn, id, epoch)).await? else {
            visitor.sign_out();
            return Err(Error::SignInFirst(wanted));
        };
        if !member.may(P::PERMISSION) {
            return Err(Error::NotAllowed("Your role does not include this. Ask the owner of the site."));
        }
        Ok(Staff { visitor, member, permission: PhantomData })
    }
}

impl<P: Needs> Guard for Staff<P> {
    fn who() -> String {
        format!("staff: {:?}", P::PERMISSION)
    }
}

impl<P> Staff<P> {
    /// As an actor in the records.
    pub fn actor(&self) -> Actor {
        self.member.actor()
    }

    /// Reads in one transaction.
    ///
    /// # Errors
    /// What the work returns.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.visitor.read(work).await
    }

    /// Writes in one transaction.
    ///
    /// # Errors
    /// What the work returns.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.visitor.write(work).await
    }

    /// One parameter of the address.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.visitor.parameter(name)
    }
}
