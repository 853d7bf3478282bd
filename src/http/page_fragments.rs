//! Loads what the fragments of a public page need. Guests without cookies cost no query; others cost one read, and a
//! write only to consume a flash message or to touch the session.

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieJar, Key};
use actix_web::http::header::{COOKIE, HeaderName};

use super::session::{FLASH_KEY, SIGN_IN_KEY, touch_session};
use super::{cookies, guards};
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::models::checkout::cart::Cart;
use crate::models::content::post::drafts;
use crate::models::people::account::Member;
use crate::models::people::account::roles::Permission;
use crate::models::people::session::{self, SessionWithMember, SignIn};
use crate::paths;
use crate::support::clock::Utc;
use crate::support::ids::AccountId;
use crate::support::token;
use crate::views::Flash;
use crate::views::layout::fragments::{StaffBar, Viewer};

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// What a page is about, for the staff bar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// Nothing that staff could edit.
    #[default]
    Nothing,
    /// A page that shows the first steps, because the site has no content yet.
    Empty,
    /// A product, by public id.
    Product(String),
    /// A post, by public id, and the account id of its author.
    Post(String, Option<AccountId>),
}

/// What a page shows about its viewer: account, cart count and staff bar, without flash message.
pub fn load_viewer(
    conn: &mut Conn,
    member: Option<&Member>,
    cart_token: Option<&str>,
    subject: &Subject,
    now: Utc,
) -> Result<Viewer> {
    Ok(Viewer {
        cart_count: Cart::count_items(conn, cart_token, now)?,
        flash: None,
        account: member.map(|member| member.account.name.clone()),
        staff: member
            .filter(|member| member.has_permission(Permission::Admin))
            .map(|member| staff_bar(member, subject)),
        is_impersonated: false,
    })
}

fn staff_bar(member: &Member, subject: &Subject) -> StaffBar {
    let (products, posts) =
        (member.has_permission(Permission::Products), member.has_permission(Permission::WritePosts));
    let edit_href = match subject {
        Subject::Product(id) => products.then(|| paths::admin::product(id)),
        Subject::Post(id, author) => drafts::can_edit(member, *author).then(|| paths::admin::post(id)),
        Subject::Nothing | Subject::Empty => None,
    };
    StaffBar { products, posts, edit_href, first_steps: *subject == Subject::Empty && (products || posts) }
}

/// The cookies of a request that concern pages.
pub struct VisitorCookies {
    session: Option<String>,
    is_session_invalid: bool,
    cart_token: Option<String>,
    /// The page is prefetched and may never be displayed.
    is_prefetch: bool,
}

/// A viewer with cookies, as loaded from the database.
pub struct IdentifiedViewer {
    /// Data for the fragments.
    pub viewer: Viewer,
    /// The session does not exist or held only the flash message, so its cookie can be removed.
    pub is_session_over: bool,
    /// Row id of the signed-in account.
    pub account: Option<AccountId>,
}

impl VisitorCookies {
    /// Reads the cookies; the session's counts only if it is signed with `key`.
    pub fn from_request(request: &HttpRequest, key: &Key, https: bool) -> VisitorCookies {
        // `request.cookie` caches a parsed list, which most requests do not need.
        let has_cookies = request.headers().contains_key(COOKIE);
        let value = |name: &str| has_cookies.then(|| Some(request.cookie(name)?.value().to_owned())).flatten();
        let session = cookies::session_name(https);
        let session_cookie = value(session);
        let verified = session_cookie.clone().and_then(|value| {
            let mut jar = CookieJar::new();
            jar.add_original(Cookie::new(session, value));
            jar.signed(key).get(session).map(|cookie| cookie.value().to_owned())
        });
        let purpose = request.headers().get(SEC_PURPOSE).and_then(|value| value.to_str().ok());
        VisitorCookies {
            is_session_invalid: session_cookie.is_some() && verified.is_none(),
            session: verified,
            cart_token: value(cookies::cart_name(https)),
            is_prefetch: purpose.is_some_and(|purpose| purpose.starts_with("prefetch")),
        }
    }

    /// Whether the request is from a guest without cookies.
    pub fn is_empty(&self) -> bool {
        self.session.is_none() && self.cart_token.is_none() && !self.is_session_invalid
    }

    /// Whether there is a session cookie without a valid signature.
    pub fn has_invalid_session(&self) -> bool {
        self.is_session_invalid
    }

    /// Loads the viewer without consuming the flash message or touching the session.
    pub async fn peek_viewer(self, app: &App) -> Result<Viewer> {
        let now = app.clock().now();
        let (hash, cart_token) = (self.session.map(token::sha256_hex), self.cart_token);
        let key = app.db.context().secret_key.clone();
        app.db
            .read(move |conn| {
                let session = match &hash {
                    Some(hash) => session::load_with_member(conn, hash, now)?,
                    None => None,
                };
                let sign_in = session.as_ref().and_then(|session| parse_state(&session.state).sign_in);
                let member = session.as_ref().and_then(find_signed_in);
                let cart_token = guards::cart_token(&key, sign_in.as_ref().filter(|_| member.is_some()), cart_token);
                let viewer = load_viewer(conn, member, cart_token.as_deref(), &Subject::Nothing, now)?;
                let is_impersonated = session.as_ref().is_some_and(|row| parse_state(&row.state).is_impersonated());
                Ok(Viewer { is_impersonated, ..viewer })
            })
            .await
    }

    /// Loads the viewer and consumes the flash message; a guest if the database is unavailable.
    pub async fn identify_viewer(self, app: &App, subject: &Subject) -> IdentifiedViewer {
        match self.load_identified(app, subject.clone()).await {
            Ok(viewer) => viewer,
            Err(error) => {
                tracing::warn!(%error, "cannot load the viewer; serving the guest page");
                IdentifiedViewer { viewer: Viewer::default(), is_session_over: false, account: None }
            }
        }
    }

    async fn load_identified(self, app: &App, subject: Subject) -> Result<IdentifiedViewer> {
        let now = app.clock().now();
        let is_invalid = self.is_session_invalid;
        let hash = self.session.map(token::sha256_hex);
        let (session_hash, key) = (hash.clone(), app.db.context().secret_key.clone());
        let (mut viewer, session, account) = app
            .db
            .read_inline(move |conn| {
                let session = match &session_hash {
                    Some(hash) => session::load_with_member(conn, hash, now)?.map(|row| (parse_state(&row.state), row)),
                    None => None,
                };
                let member = session.as_ref().and_then(|(_, row)| find_signed_in(row));
                let sign_in =
                    session.as_ref().and_then(|(state, _)| state.sign_in.as_ref()).filter(|_| member.is_some());
                let cart_token = guards::cart_token(&key, sign_in, self.cart_token);
                let viewer = load_viewer(conn, member, cart_token.as_deref(), &subject, now)?;
                let is_impersonated = session.as_ref().is_some_and(|(state, _)| state.is_impersonated());
                let viewer = Viewer { is_impersonated, ..viewer };
                let account = member.map(|member| member.account.id);
                Ok((viewer, session, account))
            })
            .await?;
        let is_session_over = is_invalid || (hash.is_some() && session.is_none());
        let (Some(hash), Some((state_data, SessionWithMember { state, last_seen_at, .. }))) = (hash, session) else {
            return Ok(IdentifiedViewer { viewer, is_session_over, account });
        };
        let mut is_session_over = false;
        if let Some(flash) = state_data.flash.filter(|_| !self.is_prefetch) {
            let remaining = without_flash(&state);
            is_session_over = remaining.is_none();
            let is_consumed =
                app.db.write(move |tx| session::consume_flash(tx, &hash, &state, remaining.as_deref())).await?;
            // A concurrent request may have consumed the message.
            viewer.flash = is_consumed.then_some(flash);
        } else {
            touch_session(&app.db, hash, last_seen_at).await;
        }
        Ok(IdentifiedViewer { viewer, is_session_over, account })
    }
}

/// The signed-in account, unless its sessions were revoked (`auth_epoch`).
fn find_signed_in(session: &SessionWithMember) -> Option<&Member> {
    let member = session.member.as_ref()?;
    parse_state(&session.state).sign_in.filter(|sign_in| sign_in.is_of(&member.account)).map(|_| member)
}

struct SessionState {
    sign_in: Option<SignIn>,
    flash: Option<Flash>,
}

impl SessionState {
    fn is_impersonated(&self) -> bool {
        self.sign_in.as_ref().is_some_and(|sign_in| sign_in.impersonation.is_some())
    }
}

fn parse_state(state: &str) -> SessionState {
    let state: HashMap<String, String> = serde_json::from_str(state).unwrap_or_default();
    let sign_in = state.get(SIGN_IN_KEY).and_then(|text| serde_json::from_str(text).ok());
    let flash = state.get(FLASH_KEY).and_then(|text| serde_json::from_str(text).ok());
    SessionState { sign_in, flash }
}

/// The state without its flash message; `None` if nothing else is left.
fn without_flash(state: &str) -> Option<String> {
    let mut state: HashMap<String, String> = serde_json::from_str(state).unwrap_or_default();
    state.remove(FLASH_KEY);
    if state.is_empty() { None } else { serde_json::to_string(&state).ok() }
}
