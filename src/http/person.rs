//! Who looks at a page for everybody: what fills its holes. Guests without cookies cost nothing; for everybody else one
//! hop reads cart and account, and nothing is written unless there is something to tell or a visit to note.

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, CookieJar, Key};
use actix_web::http::header::{COOKIE, HeaderName};

use super::cookies;
use super::session::{ACCOUNT, FLASH, note_visit};
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::models::account::Member;
use crate::models::account::roles::Permission;
use crate::models::cart::Cart;
use crate::models::post::drafting;
use crate::models::session::{self, Owned};
use crate::paths;
use crate::support::clock::Utc;
use crate::support::token;
use crate::views::Flash;
use crate::views::layout::holes::{OwnerBar, Person};

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// What a page is about, for the bar of staff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// Nothing that staff could change from here.
    #[default]
    Nothing,
    /// There is nothing yet.
    Empty,
    /// A product, by public id.
    Product(String),
    /// A post, by public id, and the account of its author.
    Post(String, Option<i64>),
}

/// Who somebody is to a page for everybody.
///
/// # Errors
/// When the database refuses.
pub fn of(
    conn: &mut Conn,
    member: Option<&Member>,
    cart_token: Option<&str>,
    subject: &Subject,
    now: Utc,
) -> Result<Person> {
    Ok(Person {
        cart_count: Cart::pieces(conn, cart_token, now)?,
        flash: None,
        account: member.map(|member| member.account.name.clone()),
        staff: member.filter(|member| member.may(Permission::Admin)).map(|member| owner_bar(member, subject)),
    })
}

fn owner_bar(member: &Member, subject: &Subject) -> OwnerBar {
    let (products, posts) = (member.may(Permission::Products), member.may(Permission::WritePosts));
    let edit = match subject {
        Subject::Product(id) => products.then(|| paths::admin::product(id)),
        Subject::Post(id, author) => drafting::may_edit(member, *author).then(|| paths::admin::post(id)),
        Subject::Nothing | Subject::Empty => None,
    };
    OwnerBar { products, posts, edit, first_steps: *subject == Subject::Empty && (products || posts) }
}

/// What a request says about who sent it.
pub struct Cookies {
    session: Option<String>,
    session_is_junk: bool,
    cart_token: Option<String>,
    /// The page is fetched ahead of a click: it may never be seen.
    is_ahead: bool,
}

/// Somebody who is not a guest without a cart.
pub struct Known {
    /// What they see.
    pub person: Person,
    /// The session's cookie stands for nothing, or only for a message that is now told: it can go.
    pub session_is_over: bool,
    /// The account they are signed in to.
    pub account: Option<i64>,
}

impl Cookies {
    /// The cookies of a request. The session's must carry our signature.
    pub fn of(request: &HttpRequest, key: &Key, https: bool) -> Cookies {
        // Most guests bring none, and looking for one would take note of that.
        let any = request.headers().contains_key(COOKIE);
        let value = |name: &str| any.then(|| Some(request.cookie(name)?.value().to_owned())).flatten();
        let session = cookies::session(https);
        let sent = value(session);
        let signed = sent.clone().and_then(|value| {
            let mut jar = CookieJar::new();
            jar.add_original(Cookie::new(session, value));
            jar.signed(key).get(session).map(|cookie| cookie.value().to_owned())
        });
        let purpose = request.headers().get(SEC_PURPOSE).and_then(|value| value.to_str().ok());
        Cookies {
            session_is_junk: sent.is_some() && signed.is_none(),
            session: signed,
            cart_token: value(cookies::cart(https)),
            is_ahead: purpose.is_some_and(|purpose| purpose.starts_with("prefetch")),
        }
    }

    /// Whether they could belong to somebody.
    pub fn are_none(&self) -> bool {
        self.session.is_none() && self.cart_token.is_none() && !self.session_is_junk
    }

    /// Whether a cookie came for a session that is none of ours.
    pub fn session_is_junk(&self) -> bool {
        self.session_is_junk
    }

    /// Whose they are, for a page that tells no message and leaves no trace.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look_up(self, app: &App) -> Result<Person> {
        let now = app.clock().now();
        let (hash, cart_token) = (self.session.map(token::hash), self.cart_token);
        app.db
            .read(move |conn| {
                let session = match &hash {
                    Some(hash) => session::owned(conn, hash, now)?,
                    None => None,
                };
                let member = session.as_ref().and_then(signed_in);
                of(conn, member, cart_token.as_deref(), &Subject::Nothing, now)
            })
            .await
    }

    /// Whose they are. When the database does not answer, the page goes out as to a guest.
    pub async fn owner(self, app: &App, subject: &Subject) -> Known {
        match self.known(app, subject.clone()).await {
            Ok(known) => known,
            Err(error) => {
                tracing::warn!(%error, "a page goes out as to a guest");
                Known { person: Person::default(), session_is_over: false, account: None }
            }
        }
    }

    async fn known(self, app: &App, subject: Subject) -> Result<Known> {
        let now = app.clock().now();
        let is_junk = self.session_is_junk;
        let hash = self.session.map(token::hash);
        let wanted = hash.clone();
        let (mut person, session, account) = app
            .db
            .glance(move |conn| {
                let session = match &wanted {
                    Some(hash) => session::owned(conn, hash, now)?.map(|owned| (read(&owned.state), owned)),
                    None => None,
                };
                let member = session.as_ref().and_then(|(_, owned)| signed_in(owned));
                let person = of(conn, member, self.cart_token.as_deref(), &subject, now)?;
                let account = member.map(|member| member.account.id);
                Ok((person, session, account))
            })
            .await?;
        let is_dead = is_junk || (hash.is_some() && session.is_none());
        let (Some(hash), Some((told, Owned { state, last_seen_at, .. }))) = (hash, session) else {
            return Ok(Known { person, session_is_over: is_dead, account });
        };
        let mut session_is_over = false;
        if let Some(flash) = told.flash.filter(|_| !self.is_ahead) {
            let rest = without_flash(&state);
            session_is_over = rest.is_none();
            let told = app.db.write(move |tx| session::tell(tx, &hash, &state, rest.as_deref())).await?;
            // Whoever else asked at the same moment was told already.
            person.flash = told.then_some(flash);
        } else {
            note_visit(&app.db, hash, last_seen_at).await;
        }
        Ok(Known { person, session_is_over, account })
    }
}

/// Who is signed in by a session, if the account has not ended all its sessions since.
fn signed_in(owned: &Owned) -> Option<&Member> {
    let member = owned.member.as_ref()?;
    (read(&owned.state).account == Some((member.account.id, member.account.auth_epoch))).then_some(member)
}

/// What a session says.
struct Told {
    account: Option<(i64, i64)>,
    flash: Option<Flash>,
}

fn read(state: &str) -> Told {
    let state: HashMap<String, String> = serde_json::from_str(state).unwrap_or_default();
    let account = state.get(ACCOUNT).and_then(|text| serde_json::from_str(text).ok());
    let flash = state.get(FLASH).and_then(|text| serde_json::from_str(text).ok());
    Told { account, flash }
}

/// A session's state without its message; none when there was nothing else in it.
fn without_flash(state: &str) -> Option<String> {
    let mut state: HashMap<String, String> = serde_json::from_str(state).unwrap_or_default();
    state.remove(FLASH);
    if state.is_empty() { None } else { serde_json::to_string(&state).ok() }
}
