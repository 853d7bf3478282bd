//! Sends letters by SMTP, or keeps them in memory for tests. Without a mail server nothing is sent.

use std::sync::{Arc, Mutex};

use lettre::message::MultiPart;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::error::{Error, Result};

/// A letter ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// `Message-ID` with its angle brackets.
    pub message_id: String,
    /// Sender: `Name <address>`.
    pub from: String,
    /// Recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// HTML body.
    pub html: String,
    /// Plain body.
    pub text: String,
}

/// How letters leave.
#[derive(Clone)]
pub enum Mailer {
    /// They do not: staff read them in the outbox.
    None,
    /// By a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into memory, for tests.
    Memory(Arc<Mutex<Vec<Outgoing>>>),
}

impl Mailer {
    /// The mailer for an `SMTP_URL`.
    ///
    /// # Errors
    /// When the address cannot be understood.
    pub fn open(url: Option<&str>) -> Result<Mailer, String> {
        match url {
            None => Ok(Mailer::None),
            Some(url) => AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                .map(|builder| Mailer::Smtp(builder.build()))
                .map_err(|error| format!("SMTP_URL: {error}")),
        }
    }

    /// Whether letters leave.
    pub fn sends(&self) -> bool {
        !matches!(self, Mailer::None)
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// When the server refuses or does not answer; the caller tries again later with the same `Message-ID`.
    pub async fn send(&self, letter: Outgoing) -> Result<()> {
        match self {
            Mailer::None => Ok(()),
            Mailer::Memory(sent) => {
                // What SMTP could not carry is refused here too.
                message(letter.clone())?;
                sent.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(letter);
                Ok(())
            }
            Mailer::Smtp(server) => {
                server.send(message(letter)?).await.map_err(fault)?;
                Ok(())
            }
        }
    }
}

fn message(letter: Outgoing) -> Result<Message> {
    Message::builder()
        .message_id(Some(letter.message_id))
        .from(letter.from.parse().map_err(fault)?)
        .to(letter.to.parse().map_err(fault)?)
        .subject(letter.subject)
        .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
        .map_err(fault)
}

fn fault(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal(error)
}
