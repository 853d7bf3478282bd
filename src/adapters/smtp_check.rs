//! Checks that a mail server accepts connections, without sending mail.

use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::Url;

use crate::config::is_loopback;

pub struct SmtpProbe {
    url: Url,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpProbe {
    pub fn from_url(url: &str) -> Result<SmtpProbe, String> {
        let fault = |error: &dyn std::fmt::Display| format!("SMTP_URL cannot be read: {error}");
        let parsed = Url::parse(url).map_err(|error| fault(&error))?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| fault(&error))?;
        Ok(SmtpProbe { url: parsed, transport: transport.build() })
    }

    pub fn host_and_port(&self) -> String {
        let (secure, encrypted) = (465, 587);
        let port = self.url.port().unwrap_or(match self.url.scheme() {
            "smtps" => secure,
            _ if self.url.query().is_some() => encrypted,
            _ => 25,
        });
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }

    /// Whether the password would be sent unencrypted to another machine.
    pub fn has_plaintext_password(&self) -> bool {
        let plain = self.url.scheme() == "smtp" && !self.url.query_pairs().any(|(name, _)| name == "tls");
        plain && self.url.password().is_some() && !self.is_here()
    }

    fn is_here(&self) -> bool {
        // The `url` crate does not parse hosts of unknown schemes as IP addresses.
        let host = self.url.host_str().unwrap_or_default();
        Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_loopback(&url))
    }

    /// Connects, and authenticates if there is a password.
    pub async fn test_connection(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it does not respond to a greeting".to_owned()),
            Err(error) => {
                let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
                Err(cause.replace('\n', " "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Dropping a transport needs a runtime.
    #[actix_web::test]
    async fn a_password_goes_encrypted_or_not_at_all() {
        for plain in ["smtp://shop:pw@mail.example", "smtp://shop:pw@mail.example:2525"] {
            assert!(SmtpProbe::from_url(plain).unwrap().has_plaintext_password(), "{plain}");
        }
        for good in [
            "smtps://shop:pw@mail.example",
            "smtp://shop:pw@mail.example:587?tls=required",
            "smtp://shop:pw@127.0.0.1:25",
            "smtp://shop:pw@localhost",
            "smtp://mail.example",
        ] {
            assert!(!SmtpProbe::from_url(good).unwrap().has_plaintext_password(), "{good}");
        }
        for nonsense in ["::", "mail.example", "http://mail.example", "smtp://"] {
            assert!(SmtpProbe::from_url(nonsense).is_err(), "{nonsense}");
        }
        assert_eq!(SmtpProbe::from_url("smtps://mail.example").unwrap().host_and_port(), "mail.example:465");
    }
}
