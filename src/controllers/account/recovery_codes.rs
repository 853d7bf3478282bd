//! Recovery codes: made anew, and shown once. A cookie takes them to the page, because only their hashes are stored.

use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;

use crate::error::{Error, Result};
use crate::http::{Confirmed, Form, FormToken, Reply, SignedIn, cookies};
use crate::models::people::second_factor::SecondFactor;
use crate::models::people::second_factor::recovery_code::RecoveryCode;
use crate::paths;
use crate::support::token;
use crate::views::account::recovery_codes::Show;

/// Time to open the page.
const LIFETIME: Duration = Duration::minutes(10);

/// Shows the new codes, and removes them from the browser.
pub async fn show(user: SignedIn) -> Result<Reply> {
    let sent = user.visitor.codes_cookie().unwrap_or_default();
    let codes: Vec<String> = sent.split('.').filter_map(token::parse_code).collect();
    let page = user.render_page(move |_, cx| Ok(Show { t: cx.locale(), codes })).await?;
    Ok(page.cookie(codes_cookie(&user, String::new(), Duration::ZERO)))
}

/// Replaces all codes.
pub async fn create(user: Confirmed<SignedIn>, form: Form) -> Result<Reply> {
    let account = user.member.account.clone();
    let codes = generate(&user, &form.token)?;
    let stored = codes.clone();
    let replaced = user.write_once(&form.token, move |tx| {
        if !SecondFactor::is_enrolled(tx.conn(), account.id)? {
            return Err(Error::Conflict);
        }
        RecoveryCode::replace(tx, &account, &stored)?;
        Ok(Reply::redirect(paths::recovery_codes()))
    });
    match replaced.await {
        Ok(reply) => Ok(attach(&user, reply, &codes)),
        Err(Error::Conflict) => Ok(Reply::redirect(paths::two_factor())),
        Err(error) => Err(error),
    }
}

/// New codes of the account, the same for a form that is sent twice at once.
pub(super) fn generate(user: &SignedIn, form: &FormToken) -> Result<Vec<String>> {
    let context = user.visitor.app().db.context();
    let seed = match form.value() {
        Some(seed) => seed.to_owned(),
        None => context.random.generate_secret()?,
    };
    Ok(RecoveryCode::generate(&context.secret_key, user.member.account.id, &seed))
}

/// Adds the cookie that takes the codes to their page.
pub(super) fn attach(user: &SignedIn, reply: Reply, codes: &[String]) -> Reply {
    reply.cookie(codes_cookie(user, codes.join("."), LIFETIME))
}

fn codes_cookie(user: &SignedIn, value: String, lifetime: Duration) -> Cookie<'static> {
    let https = user.visitor.app().is_https();
    cookies::build_cookie(cookies::recovery_codes_name(https), value, https, lifetime)
}
