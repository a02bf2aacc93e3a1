//! Any SMTP server (RFC 5321), with TLS from the start, by STARTTLS, or without.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::response::{Code, Severity};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use selfsame_basics::{EmailAddress, Secret};
use thiserror::Error;

use crate::{Mailer, Message, SendError, Sender};

/// Connections that are kept open.
const CONNECTIONS: u32 = 8;
/// An idle connection is closed after so long; servers close theirs after some minutes.
const IDLE: Duration = Duration::from_mins(1);
/// The longest wait for one answer of the server. A whole mail fits into the lease of whoever sends it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A URL that is not one of an SMTP server. Does not hold it: there may be a password in it.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("the URL of the SMTP server is not usable: {0}")]
pub struct InvalidSmtpUrl(String);

/// An SMTP server.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
    domain: String,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}

/// Whether `url` is one of an SMTP server, and, where it is, whether what goes there can be read on the way.
pub fn check_url(url: &str) -> Result<bool, InvalidSmtpUrl> {
    let wrong = |error: lettre::transport::smtp::Error| InvalidSmtpUrl(error.to_string());
    AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(wrong)?;
    Ok(!(url.starts_with("smtps://") || url.contains("tls=required")))
}

impl Smtp {
    pub(crate) fn connect(url: &Secret, sender: Sender) -> Result<Self, InvalidSmtpUrl> {
        let pool = PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE);
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|error| InvalidSmtpUrl(error.to_string()))?
            .pool_config(pool)
            .timeout(Some(PATIENCE))
            .build();
        let domain = sender.address.as_str().rsplit('@').next().unwrap_or_default().to_owned();
        let address = address(&sender.address).map_err(InvalidSmtpUrl)?;
        Ok(Self { transport, sender: Mailbox::new(Some(sender.name), address), domain })
    }

    fn compose(&self, message: &Message) -> Result<lettre::Message, SendError> {
        let to = address(&message.to).map_err(SendError::GiveUp)?;
        let body = MultiPart::alternative_plain_html(message.text.clone(), message.html.clone());
        lettre::Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to))
            .subject(&message.subject)
            // The same at every try, so that a mail that came twice is seen to be one.
            .message_id(Some(format!("<{}@{}>", message.id, self.domain)))
            .multipart(body)
            .map_err(|error| SendError::GiveUp(error.to_string()))
    }
}

fn address(address: &EmailAddress) -> Result<Address, String> {
    address.as_str().parse().map_err(|_| "the address can't be written to by SMTP".to_owned())
}

#[async_trait]
impl Mailer for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let mail = self.compose(message)?;
        let sent = self.transport.send(mail).await;
        sent.map(drop).map_err(|error| {
            let reason = reason(&error);
            if error.status().is_some_and(is_final) {
                SendError::GiveUp(reason)
            } else {
                SendError::Retry(reason)
            }
        })
    }
}

/// What the server said, without addresses: some repeat the recipient in their answer.
fn reason(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the SMTP server answered {code}"),
        None if error.is_timeout() => "the SMTP server did not answer in time".to_owned(),
        None if error.is_tls() => "no TLS connection to the SMTP server".to_owned(),
        None => "the SMTP server can't be reached".to_owned(),
    }
}

/// Whether the server refuses this mail for ever. What it says about signing in (RFC 4954 §6: 530, 534, 535, 538) is about the
/// operator's settings, not about the mail.
fn is_final(code: Code) -> bool {
    let number = u16::from(code);
    code.severity == Severity::PermanentNegativeCompletion && !matches!(number, 530 | 534 | 535 | 538)
}
