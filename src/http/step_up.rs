//! Step-up authentication (SECURITY.md S23): a form that does something sensitive is processed only if the person has
//! proved who they are within the last ten minutes. Otherwise the same form comes back, with what was typed in hidden
//! fields, and asks for the password.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::form_token::{FormSender, FormToken, TOKEN_FIELD};
use super::guards::{Guard, SignedIn, Staff, Visitor};
use super::private_page::Layout;
use super::reply::Reply;
use super::security_log::SecurityEvent;
use crate::app::{HashQueue, PasswordCheck};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::models::people::account::{Account, Member};
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::support::i18n::Message;
use crate::views::account::step_up::StepUp;

/// The password field of the page that asks again.
pub const PASSWORD_FIELD: &str = "confirm_password";
/// Wrong passwords of one account before the backoff begins.
const FREE_ATTEMPTS: i64 = 5;

/// A guard whose forms need a recent proof of identity. A page needs none: it changes nothing.
#[derive(Clone)]
pub struct Confirmed<G>(G);

impl<G> Deref for Confirmed<G> {
    type Target = G;

    fn deref(&self) -> &G {
        &self.0
    }
}

impl<G: FromRequest<Error = Error> + 'static> FromRequest for Confirmed<G> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Confirmed<G>>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let guard = G::from_request(request, payload);
        Box::pin(async move { guard.await.map(Confirmed) })
    }
}

impl<G: Guard + FromRequest<Error = Error> + 'static> Guard for Confirmed<G> {
    fn access() -> String {
        format!("{}, confirmed", G::access())
    }
}

/// A guard that knows the signed-in account.
pub trait HasMember {
    /// The account and its roles.
    fn member(&self) -> &Member;
}

impl<P> HasMember for Staff<P> {
    fn member(&self) -> &Member {
        &self.member
    }
}

impl HasMember for SignedIn {
    fn member(&self) -> &Member {
        &self.member
    }
}

impl<G: FormSender + HasMember> FormSender for Confirmed<G> {
    fn owner(&self) -> String {
        self.0.owner()
    }

    fn as_visitor(&self) -> &Visitor {
        self.0.as_visitor()
    }

    fn challenge<'a>(
        &'a self,
        fields: &'a Fields,
        token: &'a FormToken,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Reply>>> + 'a>> {
        Box::pin(challenge(self.0.as_visitor(), &self.0.member().account, fields, token))
    }
}

impl<P> Staff<P> {
    /// As [`Confirmed`], for a form of which only some submissions need a recent proof of identity: the page that asks
    /// for the password, or `None` if it may be processed.
    pub async fn confirm_identity(&self, fields: &Fields, token: &FormToken) -> Result<Option<Reply>> {
        challenge(self.as_visitor(), &self.member.account, fields, token).await
    }
}

/// The page that asks for the password; `None` if the form may be processed.
async fn challenge(visitor: &Visitor, account: &Account, fields: &Fields, token: &FormToken) -> Result<Option<Reply>> {
    let now = visitor.app().clock().now();
    if visitor.unchecked_sign_in().is_some_and(|sign_in| sign_in.is_recent(now)) {
        return Ok(None);
    }
    let password = fields.value(PASSWORD_FIELD).to_owned();
    if password.is_empty() {
        return render(visitor, fields, token, None).await.map(Some);
    }
    match check_password(visitor, account, password).await {
        Ok(true) => {
            visitor.record_step_up()?;
            Ok(None)
        }
        Ok(false) => {
            visitor.record_security_event(SecurityEvent::StepUpFailed { account: account.id });
            render(visitor, fields, token, Some(Message::PasswordIncorrect)).await.map(Some)
        }
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "step-up", seconds });
            let reply = render(visitor, fields, token, Some(Message::too_many_attempts(seconds))).await?;
            Ok(Some(reply.too_many_requests(seconds)))
        }
        Err(error) => Err(error),
    }
}

/// Checks the password of a signed-in account, counting the attempt first; `TooManyRequests` over the limit.
pub async fn check_password(visitor: &Visitor, account: &Account, password: String) -> Result<bool> {
    let id = account.id;
    let hash = visitor.read(move |conn| Account::find_password_hash(conn, id)).await?;
    let permit = visitor.app().hash_limiter.acquire(HashQueue::Trusted).await?;
    let counter = AttemptCounter::new("step-up", &id.to_string(), ThrottlePolicy::Backoff(FREE_ATTEMPTS));
    let attempt = [counter.clone()];
    visitor.write(move |tx| throttle::record_attempt(tx, &attempt)).await?;
    match visitor.app().verify_password(permit, password, hash).await? {
        PasswordCheck::Correct { .. } => {
            visitor.write(move |tx| counter.reset(tx)).await?;
            Ok(true)
        }
        PasswordCheck::Wrong => Ok(false),
    }
}

async fn render(visitor: &Visitor, fields: &Fields, token: &FormToken, error: Option<Message>) -> Result<Reply> {
    let mut hidden: Vec<(String, String)> = Vec::new();
    for name in fields.names().filter(|name| *name != PASSWORD_FIELD) {
        hidden.extend(fields.values(name).iter().map(|value| (name.to_owned(), value.clone())));
    }
    // The same token, so that the repeated form counts as the same submission.
    hidden.extend(token.value().map(|value| (TOKEN_FIELD.to_owned(), value.to_owned())));
    let mut form = Fields::default();
    if let Some(error) = error {
        form.add_error(PASSWORD_FIELD, error);
    }
    let action = visitor.path().to_owned();
    let page = visitor.render_page(Layout::Plain, move |conn, cx| {
        let account = cx.require_member()?.account.id;
        let has_password = Account::has_password(conn, account)?;
        Ok(StepUp { t: cx.locale(), form, action, hidden, has_password })
    });
    Ok(page.await?.unprocessable())
}
