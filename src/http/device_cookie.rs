//! The device cookie (SECURITY.md S3): marks a browser in which the account has signed in before, so that attackers who
//! exhaust the login limit do not lock out its owner. It does not replace the password.

use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use subtle::ConstantTimeEq;

use super::cookies;
use crate::app::App;
use crate::error::Result;
use crate::models::people::account::Account;
use crate::support::clock::Utc;
use crate::support::ids::AccountId;
use crate::support::token::{Random, SecretKey};

const LIFETIME: Duration = Duration::days(365);
const PURPOSE: &str = "device";

/// A device cookie for the account that has just signed in.
pub fn issue_cookie(app: &App, account: &Account) -> Result<Cookie<'static>> {
    let context = app.db.context();
    let value = issue(account, &context.secret_key, &context.random, context.clock.now())?;
    let https = app.is_https();
    Ok(cookies::build_cookie(cookies::device_name(https), value, https, LIFETIME))
}

fn issue(account: &Account, key: &SecretKey, random: &Random, now: Utc) -> Result<String> {
    let (expires, device) = (now.seconds().saturating_add(LIFETIME.whole_seconds()), random.generate_secret()?);
    let signature = signature(account, expires, &device, key);
    Ok(format!("{}.{expires}.{device}.{signature}", account.id))
}

/// The device id, if the cookie is valid for this account; changing the password invalidates all of them.
pub fn verify(cookie: &str, account: &Account, key: &SecretKey, now: Utc) -> Option<String> {
    let mut parts = cookie.splitn(4, '.');
    let (id, expires, device, signature_given) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (id, expires): (AccountId, i64) = (id.parse().ok()?, expires.parse().ok()?);
    let expected = signature(account, expires, device, key);
    let is_signature_valid = bool::from(expected.as_bytes().ct_eq(signature_given.as_bytes()));
    (is_signature_valid && id == account.id && expires > now.seconds()).then(|| device.to_owned())
}

fn signature(account: &Account, expires: i64, device: &str, key: &SecretKey) -> String {
    // SQLite may reuse the id of a deleted account.
    key.token(PURPOSE, &format!("{} {} {expires} {device}", account.public_id, account.auth_epoch))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::models::people::account::Member;

    #[test]
    fn a_cookie_counts_for_its_account_its_password_and_a_year() {
        let key = SecretKey::new([7; 32]);
        let now = Utc::from_micros(1_795_255_200_000_000);
        let ann = Account { id: 3.into(), auth_epoch: 2, ..Member::system("Ann").account };
        let cookie = issue(&ann, &key, &Random::seeded(7), now).unwrap();
        let is_valid = |account: &Account, cookie: &str, at: Utc| verify(cookie, account, &key, at).is_some();
        assert!(is_valid(&ann, &cookie, now));
        assert!(is_valid(&ann, &cookie, now.plus(SignedDuration::from_hours(24 * 364))));
        assert!(!is_valid(&ann, &cookie, now.plus(SignedDuration::from_hours(24 * 365))));
        assert!(!is_valid(&Account { id: 4.into(), ..ann.clone() }, &cookie, now));
        assert!(!is_valid(&Account { auth_epoch: 3, ..ann.clone() }, &cookie, now));
        assert!(verify(&cookie, &ann, &SecretKey::new([8; 32]), now).is_none());
        let later = cookie.replacen("3.1", "3.9", 1);
        for forged in ["", "...", "3", "3.9999999999.x.y", later.as_str(), &cookie[..cookie.len() - 1]] {
            assert!(!is_valid(&ann, forged, now), "{forged}");
        }
        assert!(!is_valid(&ann, &"9".repeat(4000), now));
    }
}
