//! Sends emails by SMTP, or stores them in memory for tests. All waits are limited, and permanent rejections are told
//! apart from transient ones.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, Message};
use url::{Host, Url};

use crate::support::email_address::EmailAddress;

/// Time limit for sending one email, including the connection; shorter than the job's timeout.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// How long an idle connection is reused. Servers wait for five minutes (RFC 5321, 4.5.3.2.7).
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_IDLE: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingEmail {
    /// The `Message-ID` header with angle brackets.
    pub message_id: String,
    /// `"Name" <address>`.
    pub from: String,
    pub to: String,
    pub reply_to: String,
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// Why an email was not sent, for staff.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// A retry will not help (RFC 5321, 4.2.1).
    #[error("{0}")]
    Permanent(String),
    /// A retry may help.
    #[error("{0}")]
    Transient(String),
}

#[derive(Clone)]
pub enum Mailer {
    /// No mail server is configured; staff read emails in the outbox.
    None,
    Smtp(Arc<SmtpClient>),
    Memory(Arc<Mutex<Vec<OutgoingEmail>>>),
}

pub struct SmtpClient {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    /// The name in `EHLO`.
    name: ClientId,
    timeout: Duration,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    None,
    /// `STARTTLS` if the server offers it.
    Opportunistic,
    Required,
    /// Implicit TLS.
    Wrapped,
}

/// The SMTP command that the server answered.
enum Step {
    /// Connecting, greeting and authentication, which do not concern the email.
    Server,
    Sender,
    Recipient,
    Content,
}

impl Mailer {
    /// The mailer of an `SMTP_URL`; `site` provides the name in `EHLO`.
    pub fn from_url(url: Option<&str>, site: &Url) -> Result<Mailer, String> {
        Mailer::with_timeout(url, site, SEND_TIMEOUT)
    }

    /// Like [`Mailer::from_url`], with another time limit per email.
    pub fn with_timeout(url: Option<&str>, site: &Url, timeout: Duration) -> Result<Mailer, String> {
        let Some(url) = url else { return Ok(Mailer::None) };
        let server = SmtpClient::parse(url, site, timeout).map_err(|error| format!("SMTP_URL: {error}"))?;
        Ok(Mailer::Smtp(Arc::new(server)))
    }

    pub fn is_enabled(&self) -> bool {
        !matches!(self, Mailer::None)
    }

    /// Sends an email. `Permanent` rejections are final; after a `Transient` error the caller retries with the same
    /// `Message-ID`.
    pub async fn send(&self, email: OutgoingEmail) -> Result<(), SendError> {
        match self {
            Mailer::None => Ok(()),
            Mailer::Memory(sent) => {
                // Refuse what could not be sent by SMTP either.
                build_message(email.clone())?;
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(email);
                Ok(())
            }
            Mailer::Smtp(server) => server.send(&build_message(email)?).await,
        }
    }
}

impl SmtpClient {
    fn parse(url: &str, site: &Url, timeout: Duration) -> Result<SmtpClient, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let host = url.host_str().ok_or("the host is missing")?.to_owned();
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let (tls, port) = match (url.scheme(), tls.as_deref()) {
            ("smtp", None) => (Tls::None, 25),
            ("smtp", Some("opportunistic")) => (Tls::Opportunistic, 587),
            ("smtp", Some("required")) => (Tls::Required, 587),
            ("smtps", _) => (Tls::Wrapped, 465),
            ("smtp", Some(other)) => return Err(format!("tls={other} is neither required nor opportunistic")),
            (other, _) => return Err(format!("{other}:// is neither smtp:// nor smtps://")),
        };
        let credentials =
            url.password().map(|password| Credentials::new(decode_percent(url.username()), decode_percent(password)));
        let name = match url.path().trim_matches('/') {
            "" => ehlo_name(site),
            name => ClientId::Domain(name.to_owned()),
        };
        let port = url.port().unwrap_or(port);
        Ok(SmtpClient { host, port, tls, credentials, name, timeout, idle: Mutex::default() })
    }

    /// Sends a message within the time limit. A connection is reused only after complete success; after an error, its
    /// pending responses could be taken for those to the next message.
    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let sent = tokio::time::timeout(self.timeout, async {
            let mut connection = self.connection().await?;
            deliver(&mut connection, message.envelope(), &message.formatted()).await?;
            Ok(connection)
        });
        match sent.await {
            Ok(connection) => {
                self.return_idle(connection?);
                Ok(())
            }
            Err(_) => Err(self.timeout_error()),
        }
    }

    fn timeout_error(&self) -> SendError {
        let seconds = self.timeout.as_secs();
        SendError::Transient(format!("The mail server did not respond within {seconds} seconds."))
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, SendError> {
        while let Some(mut connection) = self.take_idle() {
            if connection.command(Noop).await.is_ok() {
                return Ok(connection);
            }
        }
        self.connect().await.map_err(|error| describe_error(&error, &Step::Server))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let parameters = || TlsParameters::new(self.host.clone());
        let wrapped = if self.tls == Tls::Wrapped { Some(parameters()?) } else { None };
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &self.name, wrapped, None).await?;
        if self.tls == Tls::Required || (self.tls == Tls::Opportunistic && connection.can_starttls()) {
            connection.starttls(parameters()?, &self.name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE_TIMEOUT);
        idle.pop().map(|(connection, _)| connection)
    }

    fn return_idle(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push((connection, Instant::now()));
        }
    }
}

/// Sends the SMTP commands one by one, so that an error tells which one was rejected.
async fn deliver(connection: &mut AsyncSmtpConnection, envelope: &Envelope, bytes: &[u8]) -> Result<(), SendError> {
    let mut options = Vec::new();
    if !bytes.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender = Mail::new(envelope.from().cloned(), options);
    connection.command(sender).await.map_err(|error| describe_error(&error, &Step::Sender))?;
    for recipient in envelope.to() {
        let recipient = Rcpt::new(recipient.clone(), Vec::new());
        connection.command(recipient).await.map_err(|error| describe_error(&error, &Step::Recipient))?;
    }
    connection.command(Data).await.map_err(|error| describe_error(&error, &Step::Content))?;
    connection.message(bytes).await.map_err(|error| describe_error(&error, &Step::Content))?;
    Ok(())
}

/// Describes an SMTP error. A 5xx response about the message is permanent; one before it concerns our configuration.
fn describe_error(error: &lettre::transport::smtp::Error, step: &Step) -> SendError {
    let code = error.status().map(u16::from);
    let mut text = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    if let Some(code) = code {
        text = format!("{code} {text}");
    }
    let text = text.trim();
    // Authentication errors (RFC 4954, 6) do not concern the message.
    let is_about_configuration = matches!(code, Some(530 | 534 | 535 | 538));
    if !error.is_permanent() || is_about_configuration || matches!(step, Step::Server) {
        return SendError::Transient(format!("The mail server is not accepting emails right now: {text}"));
    }
    SendError::Permanent(match step {
        Step::Sender => format!("The mail server rejected the sender address: {text}"),
        Step::Recipient => format!("The mail server rejected the recipient address: {text}"),
        Step::Server | Step::Content => format!("The mail server rejected the email: {text}"),
    })
}

/// The site's domain, because servers may reject other names in `EHLO`.
fn ehlo_name(site: &Url) -> ClientId {
    match site.host() {
        Some(Host::Domain(domain)) => ClientId::Domain(domain.to_owned()),
        Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
        None => ClientId::default(),
    }
}

fn decode_percent(text: &str) -> String {
    let pair = format!("={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}

fn build_message(email: OutgoingEmail) -> Result<Message, SendError> {
    let to = EmailAddress::parse(&email.to).and_then(|address| address.mailbox.parse::<Address>().ok());
    let to = to.ok_or_else(|| SendError::Permanent("No mail server accepts this address.".to_owned()))?;
    // Older rows may have an invalid `Reply-To`; replies then go to the sender.
    let reply_to = email.reply_to.parse::<Mailbox>().ok();
    let from = email
        .from
        .parse::<Mailbox>()
        .map_err(|error| SendError::Transient(format!("The sender address {} is not valid: {error}", email.from)))?;
    let mut builder = Message::builder().message_id(Some(email.message_id)).from(from).to(Mailbox::new(None, to));
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to);
    }
    builder
        .subject(email.subject)
        .multipart(MultiPart::alternative_plain_html(email.text, email.html))
        .map_err(|error| SendError::Permanent(format!("The email could not be built: {error}")))
}
