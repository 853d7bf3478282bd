//! Asks a mail server whether it would take mail, without sending any.

use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::Url;

use crate::config::is_loopback;

/// A mail server to be asked.
pub struct Server {
    url: Url,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Server {
    /// The server of an `SMTP_URL`.
    ///
    /// # Errors
    /// One line when it cannot be understood.
    pub fn of(url: &str) -> Result<Server, String> {
        let fault = |error: &dyn std::fmt::Display| format!("SMTP_URL cannot be read: {error}");
        let parsed = Url::parse(url).map_err(|error| fault(&error))?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| fault(&error))?;
        Ok(Server { url: parsed, transport: transport.build() })
    }

    /// Its name and port, for people.
    pub fn name(&self) -> String {
        let (secure, encrypted) = (465, 587);
        let port = self.url.port().unwrap_or(match self.url.scheme() {
            "smtps" => secure,
            _ if self.url.query().is_some() => encrypted,
            _ => 25,
        });
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }

    /// Whether the password would go over the net as it is.
    pub fn tells_its_password(&self) -> bool {
        let plain = self.url.scheme() == "smtp" && !self.url.query_pairs().any(|(name, _)| name == "tls");
        plain && self.url.password().is_some() && !self.is_here()
    }

    fn is_here(&self) -> bool {
        // Hosts of schemes that browsers do not know are plain text to `url`.
        let host = self.url.host_str().unwrap_or_default();
        Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_loopback(&url))
    }

    /// Greets it, and signs in if there is a password.
    ///
    /// # Errors
    /// What it says, in one line.
    pub async fn greet(&self) -> Result<(), String> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it does not answer a greeting".to_owned()),
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
            assert!(Server::of(plain).unwrap().tells_its_password(), "{plain}");
        }
        for good in [
            "smtps://shop:pw@mail.example",
            "smtp://shop:pw@mail.example:587?tls=required",
            "smtp://shop:pw@127.0.0.1:25",
            "smtp://shop:pw@localhost",
            "smtp://mail.example",
        ] {
            assert!(!Server::of(good).unwrap().tells_its_password(), "{good}");
        }
        for nonsense in ["::", "mail.example", "http://mail.example", "smtp://"] {
            assert!(Server::of(nonsense).is_err(), "{nonsense}");
        }
        assert_eq!(Server::of("smtps://mail.example").unwrap().name(), "mail.example:465");
    }
}
