//! Authorisation as extractors: the first argument of each handler says who may call it.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::Ipv4Addr;
use std::ops::Deref;
use std::pin::Pin;

use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT_LANGUAGE, AcceptLanguage, HeaderValue, USER_AGENT, from_comma_delimited};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::client_ip::ClientIp;
use super::cookies;
use super::request_log::SignedInAccount;
use super::security_log::{self, SecurityEvent};
use super::session::{self, FLASH_KEY, PENDING_LOGIN_KEY, SIGN_IN_KEY, StaleSessionCookie};
use super::site_cache::SiteCache;
use crate::app::App;
use crate::db::{Conn, RequestOrigin, Tx};
use crate::error::{Error, Result};
use crate::models::checkout::cart::Cart;
use crate::models::people::account::roles::Permission;
use crate::models::people::account::{Account, Member};
use crate::models::people::session::{AuthLevel, Impersonation, PendingLogin, SessionKind, SignIn};
use crate::models::platform::event::Actor;
use crate::models::sales::order::checkout_throttle::Client;
use crate::paths;
use crate::support::client_network::ClientNetwork;
use crate::support::i18n::{Locale, Message};
use crate::support::token::SecretKey;
use crate::views::Flash;

/// An extractor that decides who may call a handler.
pub trait Guard: FromRequest {
    /// Who may call, as the route table prints it.
    fn access() -> String;
}

/// No check, and no data about the client: health checks, pictures, feeds.
pub struct Anyone {
    /// The application.
    pub app: web::Data<App>,
}

impl FromRequest for Anyone {
    type Error = Error;
    type Future = Ready<Result<Anyone>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(app_data(request).map(|app| Anyone { app }))
    }
}

impl Guard for Anyone {
    fn access() -> String {
        "anyone".to_owned()
    }
}

pub(super) fn app_data<T: 'static>(request: &HttpRequest) -> Result<web::Data<T>> {
    request.app_data::<web::Data<T>>().cloned().ok_or_else(|| Error::bug("the server lacks this application data"))
}

pub(super) fn query_param(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Any visitor, with cart cookie, session and account if there are.
#[derive(Clone)]
pub struct Visitor {
    pub(super) app: web::Data<App>,
    pub(super) site_cache: web::Data<SiteCache>,
    pub(super) session: Session,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) cart_token: Option<String>,
    guest_cart_token: Option<String>,
    pub(super) device_cookie: Option<String>,
    pub(super) reset_cookie: Option<String>,
    link_cookie: Option<String>,
    login_code_cookie: Option<String>,
    identity_login_cookie: Option<String>,
    pub(super) codes_cookie: Option<String>,
    pub(super) invitation_cookie: Option<String>,
    pub(super) sign_in: Option<SignIn>,
    pub(super) ip: Option<ClientIp>,
    /// The values of `Accept-Language`, unparsed: only the setup page asks for them.
    accept_language: Vec<HeaderValue>,
    user_agent: Option<HeaderValue>,
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Ready<Result<Visitor>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Visitor::from_http_request(request))
    }
}

impl Guard for Visitor {
    fn access() -> String {
        "visitor".to_owned()
    }
}

impl Visitor {
    fn from_http_request(request: &HttpRequest) -> Result<Visitor> {
        let app: web::Data<App> = app_data(request)?;
        let session = request.get_session();
        if session::is_unavailable(&session) {
            return Err(Error::Busy);
        }
        let sign_in: Option<SignIn> = session.get(SIGN_IN_KEY).unwrap_or(None);
        if let Some(sign_in) = &sign_in {
            request.extensions_mut().insert(SignedInAccount(sign_in.account));
            if sign_in.impersonation.is_some()
                && paths::is_closed_to_impersonation(request.path(), request.method() != Method::GET)
            {
                return Err(Error::Forbidden(Message::ImpersonationNotAllowed));
            }
        }
        if session.entries().is_empty() && request.cookie(cookies::session_name(app.is_https())).is_some() {
            request.extensions_mut().insert(StaleSessionCookie);
        }
        let https = app.is_https();
        let cookie = |name: &str| request.cookie(name).map(|cookie| cookie.value().to_owned());
        let guest_cart_token = cookie(cookies::cart_name(https));
        Ok(Visitor {
            cart_token: cart_token(&app.db.context().secret_key, sign_in.as_ref(), guest_cart_token.clone()),
            guest_cart_token,
            link_cookie: cookie(cookies::link_name(https)),
            login_code_cookie: cookie(cookies::login_code_name(https)),
            identity_login_cookie: cookie(cookies::identity_login_name(https)),
            device_cookie: cookie(cookies::device_name(https)),
            reset_cookie: cookie(cookies::password_reset_name(https)),
            codes_cookie: cookie(cookies::recovery_codes_name(https)),
            invitation_cookie: cookie(cookies::invitation_name(https)),
            sign_in,
            user_agent: request.headers().get(USER_AGENT).cloned(),
            ip: request.extensions().get::<ClientIp>().copied(),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            session,
            accept_language: request.headers().get_all(ACCEPT_LANGUAGE).cloned().collect(),
            site_cache: app_data(request)?,
            app,
        })
    }

    /// The first language of `Accept-Language` that the program has (RFC 9110 §12.5.4); English if there is none.
    pub fn preferred_locale(&self) -> Locale {
        let accepted = from_comma_delimited(self.accept_language.iter()).map(AcceptLanguage);
        let ranked = accepted.map(|accepted| accepted.ranked()).unwrap_or_default();
        let tags = ranked.into_iter().filter_map(|preference| preference.into_item());
        tags.filter_map(|tag| Locale::from_code(tag.primary_language())).next().unwrap_or_default()
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The cart's token: of the account for a customer who is signed in, else from its cookie.
    pub fn cart_token(&self) -> Option<String> {
        self.cart_token.clone()
    }

    /// The token of a guest's cart, from its cookie.
    pub fn guest_cart_token(&self) -> Option<String> {
        self.guest_cart_token.clone()
    }

    /// The token of the emailed link that was opened last, from its cookie; links to reset a password have their own.
    pub fn link_cookie(&self) -> Option<String> {
        self.link_cookie.clone()
    }

    /// The secret of a browser that asked for a log-in code.
    pub fn login_code_cookie(&self) -> Option<String> {
        self.login_code_cookie.clone()
    }

    /// The secret of a browser that was sent to an identity provider.
    pub fn identity_login_cookie(&self) -> Option<String> {
        self.identity_login_cookie.clone()
    }

    /// The `User-Agent` header; empty if there is none.
    pub fn user_agent(&self) -> &str {
        self.user_agent.as_ref().and_then(|agent| agent.to_str().ok()).unwrap_or_default()
    }

    /// The unverified value of the device cookie ([`super::device_cookie`]).
    pub fn device_cookie(&self) -> Option<&str> {
        self.device_cookie.as_deref()
    }

    /// The token of the password reset link that was opened last, from its cookie.
    pub fn reset_cookie(&self) -> Option<String> {
        self.reset_cookie.clone()
    }

    /// New recovery codes on their way to the page that shows them, from their cookie.
    pub fn codes_cookie(&self) -> Option<&str> {
        self.codes_cookie.as_deref()
    }

    /// The token of the invitation that was opened last, from its cookie.
    pub fn invitation_cookie(&self) -> Option<String> {
        self.invitation_cookie.clone()
    }

    /// The network by which the visitor is rate limited.
    pub fn network(&self) -> ClientNetwork {
        ClientNetwork::from_ip(self.ip.map_or(Ipv4Addr::UNSPECIFIED.into(), |ip| ip.0))
    }

    /// The visitor's public network; `None` for a private or loopback address, which all visitors may share.
    pub fn public_network(&self) -> Option<String> {
        Some(self.network()).filter(|network| network.is_public()).map(|network| network.to_string())
    }

    /// The client for the checkout's rate limit; `proof` shows that it has waited.
    pub fn checkout_client(&self, proof: &str) -> Client {
        Client { network: self.public_network(), wait_proof: proof.to_owned() }
    }

    /// The visitor's address, IPv4-mapped ones as IPv4.
    pub fn client_ip(&self) -> Option<std::net::IpAddr> {
        self.ip.map(|ip| ip.0.to_canonical())
    }

    /// Writes an event with the visitor's address to the security log.
    pub fn record_security_event(&self, event: SecurityEvent<'_>) {
        security_log::record(self.client_ip(), event);
    }

    /// Counts a failed lookup of a link or key against the visitor's network: returns `error`, or `TooManyRequests`
    /// over the limit. Valid links are not counted, so a visitor cannot lock others out.
    pub fn limit_link_attempts(&self, error: Error) -> Error {
        if !matches!(error, Error::NotFound | Error::LinkExpired | Error::Forbidden(_)) {
            return error;
        }
        self.record_security_event(SecurityEvent::WrongLink);
        match self.app.rate_limits.check_wrong_link(self.network(), self.app.clock()) {
            Ok(()) => error,
            Err(throttled) => throttled,
        }
    }

    /// The first value of a query parameter, decoded.
    pub fn query_param(&self, name: &str) -> Option<String> {
        query_param(&self.query, name)
    }

    /// Runs `work` in a read transaction.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.app.db.read(work).await
    }

    /// Runs `work` in a write transaction; on PostgreSQL it may run again after a deadlock or a lost connection.
    pub async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let origin = self.request_origin();
        let write = move |tx: &mut Tx<'_>| {
            tx.set_origin(origin.clone());
            work(tx)
        };
        self.app.db.write(write).await
    }

    /// The origin of the writes of a request that signs a person in ([`Tx::set_origin`]).
    pub fn sign_in_origin(&self) -> RequestOrigin {
        RequestOrigin { network: self.network().to_string(), impersonator: None }
    }

    /// Where the writes of a signed-in person come from; nothing is known of others.
    fn request_origin(&self) -> RequestOrigin {
        match &self.sign_in {
            Some(sign_in) => {
                let impersonator = sign_in.impersonation.as_ref().map(|impersonation| impersonation.staff);
                RequestOrigin { network: self.network().to_string(), impersonator }
            }
            None => RequestOrigin::default(),
        }
    }

    /// How the visitor signed in; the session may be revoked since.
    pub fn unchecked_sign_in(&self) -> Option<&SignIn> {
        self.sign_in.as_ref()
    }

    /// Signs the visitor in and renews the session's token, against session fixation.
    pub fn sign_in(&self, account: &Account, kind: SessionKind, level: AuthLevel) -> Result<()> {
        let now = self.app.clock().now();
        self.store_sign_in(&SignIn {
            account: account.id,
            auth_epoch: account.auth_epoch,
            level,
            kind,
            authenticated_at: now.seconds(),
            session: self.new_session_id()?,
            network: self.network().to_string(),
            user_agent: self.user_agent().to_owned(),
            impersonation: None,
        })
    }

    /// Starts an impersonation under a new session token, and ends the staff member's own sign-in.
    pub fn impersonate(&self, account: &Account, by: &Member, customer: &str) -> Result<()> {
        let level = self.sign_in.as_ref().map_or(AuthLevel::One, |sign_in| sign_in.level);
        self.sign_in(account, SessionKind::Impersonation, AuthLevel::One)?;
        let Some(sign_in) = self.session.get::<SignIn>(SIGN_IN_KEY).ok().flatten() else {
            return Err(Error::bug("a session that was just stored is missing"));
        };
        let (staff, staff_epoch) = (by.account.id, by.account.auth_epoch);
        let impersonation = Some(Impersonation { staff, staff_epoch, level, customer: customer.to_owned() });
        self.store_sign_in(&SignIn { impersonation, ..sign_in })
    }

    /// Keeps a login whose second factor is missing, under a new session token.
    pub fn begin_second_step(&self, login: &PendingLogin) -> Result<()> {
        self.session.renew();
        let insert = self.session.insert(PENDING_LOGIN_KEY, login);
        insert.map_err(|error| Error::internal(anyhow::anyhow!("{error}")))
    }

    /// The login that waits for its second factor, unless it took too long.
    pub fn pending_login(&self) -> Option<PendingLogin> {
        let login: PendingLogin = self.session.get(PENDING_LOGIN_KEY).ok()??;
        login.is_open(self.app.clock().now()).then_some(login)
    }

    /// Forgets the login that waits for its second factor.
    pub fn cancel_pending_login(&self) {
        self.session.remove(PENDING_LOGIN_KEY);
    }

    /// Notes that the signed-in person has just proved who they are.
    pub fn record_step_up(&self) -> Result<()> {
        let Some(sign_in) = self.sign_in.clone() else { return Err(Error::LoginRequired(String::new())) };
        self.store_sign_in(&SignIn {
            authenticated_at: self.app.clock().now().seconds(),
            session: self.new_session_id()?,
            ..sign_in
        })
    }

    /// Notes that the signed-in person has just proved a second factor.
    pub fn record_second_factor(&self) -> Result<()> {
        let Some(sign_in) = self.sign_in.clone() else { return Err(Error::LoginRequired(String::new())) };
        let authenticated_at = self.app.clock().now().seconds();
        self.store_sign_in(&SignIn {
            level: AuthLevel::Two,
            authenticated_at,
            session: self.new_session_id()?,
            ..sign_in
        })
    }

    /// Keeps this session signed in after the account's other sessions were revoked.
    pub fn renew_sign_in(&self, account: &Account) -> Result<()> {
        let Some(sign_in) = self.sign_in.clone() else { return Err(Error::LoginRequired(String::new())) };
        self.store_sign_in(&SignIn { auth_epoch: account.auth_epoch, session: self.new_session_id()?, ..sign_in })
    }

    /// A public id for a session whose token is renewed. Two requests may renew one session at the same time, so each
    /// needs its own.
    fn new_session_id(&self) -> Result<String> {
        let context = self.app.db.context();
        Ok(context.random.generate_public_id(context.clock.now())?)
    }

    fn store_sign_in(&self, sign_in: &SignIn) -> Result<()> {
        self.session.renew();
        self.session.remove(PENDING_LOGIN_KEY);
        let insert = self.session.insert(SIGN_IN_KEY, sign_in);
        insert.map_err(|error| Error::internal(anyhow::anyhow!("{error}")))
    }

    /// Ends the session and removes its cookie.
    pub fn sign_out(&self) {
        self.session.purge();
    }

    /// The message for the next page; it stays until [`Visitor::consume_flash`].
    pub(super) fn flash(&self) -> Option<Flash> {
        self.session.get(FLASH_KEY).ok().flatten()
    }

    pub(super) fn consume_flash(&self) {
        if !self.session.contains_key(FLASH_KEY) {
            return;
        }
        self.session.remove(FLASH_KEY);
        if self.sign_in.is_none() && !self.session.contains_key(PENDING_LOGIN_KEY) {
            // The session existed only for the message.
            self.session.purge();
        }
    }
}

/// The token of the cart that a visitor has: that of the account for a customer, else the guest's. A session that was
/// revoked is gone, so its unchecked sign-in is none.
pub(super) fn cart_token(key: &SecretKey, sign_in: Option<&SignIn>, guest: Option<String>) -> Option<String> {
    match sign_in {
        Some(sign_in) if sign_in.kind != SessionKind::Staff => Some(Cart::account_token(key, sign_in.account)),
        _ => guest,
    }
}

/// A permission as a type parameter.
pub trait RequiredPermission: 'static {
    /// The permission that the type stands for.
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($(#[$about:meta])* $name:ident)+) => {$(
        $(#[$about])*
        pub struct $name;
        impl RequiredPermission for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )+};
}

/// Permissions as types, for signatures such as `AdminRequest<needs::Products>`.
pub mod needs {
    use super::{Permission, RequiredPermission};

    needs! {
        /// Open the admin pages.
        Admin
        /// Write posts.
        WritePosts
        /// Upload and edit pictures.
        Pictures
        /// Edit products and stock.
        Products
        /// View orders.
        Orders
        /// Record payments, cancel and refund orders.
        ManageOrders
        /// Ship orders.
        Fulfil
        /// Change settings.
        Settings
        /// View and resend emails.
        Outbox
        /// See gift card codes and buyers' order links.
        ReadCodes
        /// Invite, change and suspend staff.
        Staff
        /// Read the log of what happened.
        AuditLog
        /// Set up identity providers.
        IdentityProviders
        /// View customers.
        Customers
        /// Edit, suspend and merge customers.
        ManageCustomers
        /// Use the site as a customer, to help them.
        Impersonate
    }
}

/// A request with a session of an account that is not loaded yet.
pub(super) struct SignedInRequest {
    pub(super) visitor: Visitor,
    pub(super) sign_in: SignIn,
    /// Where the login returns to; empty for a form.
    return_path: String,
}

enum Denial {
    /// The account is suspended or gone, or its sessions were revoked (`auth_epoch`).
    SessionRevoked,
    PermissionMissing(Permission),
    SecondFactorMissing,
}

impl SignedInRequest {
    /// The request, or `LoginRequired` if nobody is signed in.
    pub(super) fn from_http_request(request: &HttpRequest) -> Result<SignedInRequest> {
        let visitor = Visitor::from_http_request(request)?;
        let return_path = if request.method() == Method::GET { request.uri().to_string() } else { String::new() };
        match visitor.sign_in.clone() {
            Some(sign_in) => Ok(SignedInRequest { visitor, sign_in, return_path }),
            None => Err(Error::LoginRequired(return_path)),
        }
    }

    /// Loads the member, checks the permission if one is needed, and then runs `work`, in one read transaction.
    ///
    /// # Errors
    /// `LoginRequired` if the session is revoked, which ends it; with a permission also `Forbidden`, which is written
    /// to the security log, and `SecondFactorRequired`.
    pub(super) async fn read_as_member<T: Send + 'static>(
        &self,
        permission: Option<Permission>,
        work: impl FnOnce(&mut Conn, Member) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (account, epoch) = (self.sign_in.account, self.sign_in.auth_epoch);
        let needs_second_factor =
            permission.is_some() && self.sign_in.level < AuthLevel::Two && self.visitor.app.requires_second_factor();
        let read = self.visitor.read(move |conn| {
            let Some(member) = Account::find_member(conn, account, epoch)? else {
                return Ok(Err(Denial::SessionRevoked));
            };
            if let Some(permission) = permission
                && !member.has_permission(permission)
            {
                return Ok(Err(Denial::PermissionMissing(permission)));
            }
            if needs_second_factor {
                return Ok(Err(Denial::SecondFactorMissing));
            }
            work(conn, member).map(Ok)
        });
        match read.await? {
            Ok(output) => Ok(output),
            Err(Denial::SessionRevoked) => {
                self.visitor.sign_out();
                Err(Error::LoginRequired(self.return_path.clone()))
            }
            Err(Denial::SecondFactorMissing) => Err(Error::SecondFactorRequired),
            Err(Denial::PermissionMissing(permission)) => {
                self.visitor.record_security_event(SecurityEvent::Denied { account, permission });
                Err(Error::Forbidden(Message::RoleNotAllowed))
            }
        }
    }
}

/// A signed-in account, customer or staff, for forms; pages take
/// [`AccountRequest`](super::account_page::AccountRequest).
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
        Box::pin(async move { SignedIn::authorize(&request, None).await })
    }
}

impl Guard for SignedIn {
    fn access() -> String {
        ACCOUNT_ACCESS.to_owned()
    }
}

impl SignedIn {
    /// `LoginRequired` if nobody is signed in; other errors as [`SignedInRequest::read_as_member`].
    async fn authorize(request: &HttpRequest, permission: Option<Permission>) -> Result<SignedIn> {
        let request = SignedInRequest::from_http_request(request)?;
        let member = request.read_as_member(permission, |_, member| Ok(member)).await?;
        Ok(SignedIn { visitor: request.visitor, member })
    }

    /// Public id of the session that the request belongs to.
    pub fn session_id(&self) -> &str {
        self.visitor.unchecked_sign_in().map_or("", |sign_in| &sign_in.session)
    }

    /// Runs `work` in a read transaction.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.visitor.read(work).await
    }

    /// Runs `work` in a write transaction; on PostgreSQL it may run again after a deadlock or a lost connection.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.visitor.write(work).await
    }
}

/// A staff member with permission `P`, for forms; pages take [`AdminRequest`](super::admin_page::AdminRequest).
#[derive(Clone)]
pub struct Staff<P> {
    signed_in: SignedIn,
    permission: PhantomData<P>,
}

impl<P> Deref for Staff<P> {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.signed_in
    }
}

impl<P: RequiredPermission> FromRequest for Staff<P> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Staff<P>>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Staff::authorize(&request).await })
    }
}

impl<P: RequiredPermission> Staff<P> {
    /// The staff member, `LoginRequired` if nobody is signed in, or `Forbidden` without the permission.
    pub(super) async fn authorize(request: &HttpRequest) -> Result<Staff<P>> {
        let signed_in = SignedIn::authorize(request, Some(P::PERMISSION)).await?;
        Ok(Staff { signed_in, permission: PhantomData })
    }
}

/// How the route table prints who may call: any account.
pub(super) const ACCOUNT_ACCESS: &str = "account";

pub(super) fn staff_access(permission: Permission) -> String {
    format!("staff: {permission:?}")
}

impl<P: RequiredPermission> Guard for Staff<P> {
    fn access() -> String {
        staff_access(P::PERMISSION)
    }
}

impl<P> Staff<P> {
    /// The member as the actor of events.
    pub fn actor(&self) -> Actor {
        self.member.actor()
    }
}
