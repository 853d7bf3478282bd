//! Sends letters by SMTP, or keeps them in memory for tests. Without a mail server nothing is sent. Every wait has an
//! end, and a server that refuses a letter for good is told from one that may take it later.

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

/// How long sending a letter may take, from the connection to the server's last word. Shorter than its job may take.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection is kept for the next letter. Servers wait for five minutes (RFC 5321, 4.5.3.2.7).
const KEPT: Duration = Duration::from_secs(30);
/// Connections that are kept at most.
const MOST_KEPT: usize = 4;

/// A letter ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// `Message-ID` with its angle brackets.
    pub message_id: String,
    /// Sender: `"Name" <address>`.
    pub from: String,
    /// Recipient.
    pub to: String,
    /// Where an answer goes; empty for the sender.
    pub reply_to: String,
    /// Subject.
    pub subject: String,
    /// HTML body.
    pub html: String,
    /// Plain body.
    pub text: String,
}

/// Why a letter was not sent, in words for the shopkeeper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// Asking again will not help (RFC 5321, 4.2.1).
    #[error("{0}")]
    Refused(String),
    /// It may help.
    #[error("{0}")]
    Later(String),
}

/// How letters leave.
#[derive(Clone)]
pub enum Mailer {
    /// They do not: staff read them in the outbox.
    None,
    /// By a mail server.
    Smtp(Arc<SmtpServer>),
    /// Into memory, for tests.
    Memory(Arc<Mutex<Vec<Outgoing>>>),
}

/// A mail server and the connections to it that wait for the next letter.
pub struct SmtpServer {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    /// What we call ourselves.
    name: ClientId,
    patience: Duration,
    kept: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    None,
    /// If the server offers it.
    Opportunistic,
    Required,
    /// From the first byte.
    Wrapped,
}

/// What the server answered at a step that is about this letter, or before.
enum Step {
    /// The connection, the greeting, who we are: not about the letter.
    Server,
    Sender,
    Recipient,
    Content,
}

impl Mailer {
    /// The mailer for an `SMTP_URL`; the server hears the site's own name.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn open(url: Option<&str>, site: &Url) -> Result<Mailer, String> {
        Mailer::with_patience(url, site, PATIENCE)
    }

    /// As [`Mailer::open`], with another limit on how long sending a letter may take.
    ///
    /// # Errors
    /// As [`Mailer::open`].
    pub fn with_patience(url: Option<&str>, site: &Url, patience: Duration) -> Result<Mailer, String> {
        let Some(url) = url else { return Ok(Mailer::None) };
        let server = SmtpServer::parse(url, site, patience).map_err(|error| format!("SMTP_URL: {error}"))?;
        Ok(Mailer::Smtp(Arc::new(server)))
    }

    /// Whether letters leave.
    pub fn sends(&self) -> bool {
        !matches!(self, Mailer::None)
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// `Refused` for good; `Later` when the caller is to try again with the same `Message-ID`.
    pub async fn send(&self, letter: Outgoing) -> Result<(), NotSent> {
        match self {
            Mailer::None => Ok(()),
            Mailer::Memory(sent) => {
                // What SMTP could not carry is refused here too.
                message(letter.clone())?;
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(letter);
                Ok(())
            }
            Mailer::Smtp(server) => server.send(&message(letter)?).await,
        }
    }
}

impl SmtpServer {
    fn parse(url: &str, site: &Url, patience: Duration) -> Result<SmtpServer, String> {
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
        let credentials = url.password().map(|password| Credentials::new(plain(url.username()), plain(password)));
        let name = match url.path().trim_matches('/') {
            "" => own_name(site),
            name => ClientId::Domain(name.to_owned()),
        };
        let port = url.port().unwrap_or(port);
        Ok(SmtpServer { host, port, tls, credentials, name, patience, kept: Mutex::default() })
    }

    /// Sends a message within the time it may take. A connection is kept only when all went well on it: after anything
    /// else its answers could be taken for those to the next letter.
    async fn send(&self, message: &Message) -> Result<(), NotSent> {
        let sent = tokio::time::timeout(self.patience, async {
            let mut connection = self.connection().await?;
            deliver(&mut connection, message.envelope(), &message.formatted()).await?;
            Ok(connection)
        });
        match sent.await {
            Ok(connection) => {
                self.keep(connection?);
                Ok(())
            }
            Err(_) => Err(self.too_late()),
        }
    }

    fn too_late(&self) -> NotSent {
        let seconds = self.patience.as_secs();
        NotSent::Later(format!("The mail server did not answer within {seconds} seconds."))
    }

    /// A connection that was kept and still answers, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, NotSent> {
        while let Some(mut connection) = self.take() {
            if connection.command(Noop).await.is_ok() {
                return Ok(connection);
            }
        }
        self.connect().await.map_err(|error| said(&error, &Step::Server))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let parameters = || TlsParameters::new(self.host.clone());
        let wrapped = if self.tls == Tls::Wrapped { Some(parameters()?) } else { None };
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.patience), &self.name, wrapped, None).await?;
        if self.tls == Tls::Required || (self.tls == Tls::Opportunistic && connection.can_starttls()) {
            connection.starttls(parameters()?, &self.name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(_, since)| since.elapsed() < KEPT);
        kept.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT {
            kept.push((connection, Instant::now()));
        }
    }
}

/// Hands a message over, step by step, so that a refusal says what is refused.
async fn deliver(connection: &mut AsyncSmtpConnection, envelope: &Envelope, bytes: &[u8]) -> Result<(), NotSent> {
    let mut options = Vec::new();
    if !bytes.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender = Mail::new(envelope.from().cloned(), options);
    connection.command(sender).await.map_err(|error| said(&error, &Step::Sender))?;
    for recipient in envelope.to() {
        let recipient = Rcpt::new(recipient.clone(), Vec::new());
        connection.command(recipient).await.map_err(|error| said(&error, &Step::Recipient))?;
    }
    connection.command(Data).await.map_err(|error| said(&error, &Step::Content))?;
    connection.message(bytes).await.map_err(|error| said(&error, &Step::Content))?;
    Ok(())
}

/// What the server said, in words. A 5xx about the letter is for good; one before it is about us, and may be mended.
fn said(error: &lettre::transport::smtp::Error, step: &Step) -> NotSent {
    let code = error.status().map(u16::from);
    let mut words = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    if let Some(code) = code {
        words = format!("{code} {words}");
    }
    let words = words.trim();
    // Being asked for a name and a password (RFC 4954, 6) says nothing about the letter.
    let is_about_us = matches!(code, Some(530 | 534 | 535 | 538));
    if !error.is_permanent() || is_about_us || matches!(step, Step::Server) {
        return NotSent::Later(format!("The mail server does not take letters now: {words}"));
    }
    NotSent::Refused(match step {
        Step::Sender => format!("The mail server refuses the shop’s own address: {words}"),
        Step::Recipient => format!("The mail server refuses the address: {words}"),
        Step::Server | Step::Content => format!("The mail server refuses the letter: {words}"),
    })
}

/// The site's domain: a server may refuse whoever says another.
fn own_name(site: &Url) -> ClientId {
    match site.host() {
        Some(Host::Domain(domain)) => ClientId::Domain(domain.to_owned()),
        Some(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Some(Host::Ipv6(address)) => ClientId::Ipv6(address),
        None => ClientId::default(),
    }
}

/// A part of an address without its percent signs.
fn plain(text: &str) -> String {
    let pair = format!("={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}

fn message(letter: Outgoing) -> Result<Message, NotSent> {
    let to = EmailAddress::parse(&letter.to).and_then(|address| address.typed.parse::<Address>().ok());
    let to = to.ok_or_else(|| NotSent::Refused("No mail server can take this address.".to_owned()))?;
    // Written before addresses were checked so; an answer then goes to the sender.
    let reply_to = letter.reply_to.parse::<Mailbox>().ok();
    let from = letter
        .from
        .parse::<Mailbox>()
        .map_err(|error| NotSent::Later(format!("The shop’s own address {} cannot send mail: {error}", letter.from)))?;
    let mut builder = Message::builder().message_id(Some(letter.message_id)).from(from).to(Mailbox::new(None, to));
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to);
    }
    builder
        .subject(letter.subject)
        .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
        .map_err(|error| NotSent::Refused(format!("It cannot be made into a letter: {error}")))
}
