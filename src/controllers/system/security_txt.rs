//! security.txt (RFC 9116): where to report a vulnerability.

use jiff::SignedDuration;
use url::Url;

use crate::error::Result;
use crate::http::security_headers::ResponseKind;
use crate::http::{Anyone, Reply};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::i18n::Locale;

/// RFC 9116 §2.5.5 recommends less than a year.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 180);

pub async fn show(anyone: Anyone) -> Result<Reply> {
    let settings = anyone.app.db.read(Settings::load).await?;
    let origin = anyone.app.origin();
    // The start of a day, so that the text changes once a day.
    let expires = anyone.app.clock().now().plus(LIFETIME).format_in("UTC", "%Y-%m-%dT00:00:00Z");
    let text = format!(
        "Contact: {}\nExpires: {expires}\nPreferred-Languages: {}\nCanonical: {origin}{}\n",
        contact(&settings.contact_email, &origin),
        languages(settings.locale),
        paths::security_txt(),
    );
    Ok(Reply::bytes(text.into_bytes(), "text/plain; charset=utf-8", ResponseKind::Plain))
}

/// The site's email address as a `mailto:` URI (RFC 6068), else the site.
fn contact(email: &str, origin: &str) -> String {
    let address = email.replace('%', "%25").replace('?', "%3F").replace('#', "%23").replace('&', "%26");
    let uri = Url::parse(&format!("mailto:{address}")).ok().filter(|_| !email.is_empty());
    uri.map_or_else(|| format!("{origin}/"), |uri| uri.to_string())
}

/// The language of the site, and English.
fn languages(site: Locale) -> String {
    match site {
        Locale::En => site.code().to_owned(),
        other => format!("{}, {}", other.code(), Locale::En.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contact_is_an_address_or_the_site() {
        let contact = |email| contact(email, "https://shop.example");
        assert_eq!(contact("hello@shop.example"), "mailto:hello@shop.example");
        assert_eq!(contact(""), "https://shop.example/");
        assert_eq!(contact("a?b&c@shop.example"), "mailto:a%3Fb%26c@shop.example");
        assert_eq!(contact("a\nContact: b@shop.example").lines().count(), 1);
    }
}
