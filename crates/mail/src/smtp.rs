//! Any SMTP server (RFC 5321), with TLS from the start, by STARTTLS, or without.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::response::{Code, Severity};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use selfsame_primitives::{EmailAddress, Secret};
use thiserror::Error;

use crate::mailer::AUTO_GENERATED;
use crate::{Mailer, Message, SendError, Sender};

const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// Connections that stay open.
const CONNECTIONS: u32 = 8;
/// An idle connection is closed after so long; servers close theirs after some minutes.
const IDLE: Duration = Duration::from_mins(1);
/// The longest wait for one answer of the server.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest time for a whole mail, the wait for a connection included. It is shorter than the
/// lease of the entry in the queue, a minute: after that another node sends the mail, too.
const LONGEST: Duration = Duration::from_secs(45);
/// What is written of a server that takes longer.
const TOO_SLOW: &str = "the SMTP server did not answer in time";

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

/// Whether `url` is one of an SMTP server, and, where it is, whether what goes there can be read on
/// the way.
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
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, AUTO_GENERATED.to_owned()))
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
        let sent = tokio::time::timeout(LONGEST, self.hand_over(message)).await;
        sent.unwrap_or_else(|_| Err(SendError::Retry(TOO_SLOW.to_owned())))
    }
}

impl Smtp {
    async fn hand_over(&self, message: &Message) -> Result<(), SendError> {
        let mail = self.compose(message)?;
        let Err(error) = self.transport.send(mail).await else { return Ok(()) };
        let reason = reason(&error);
        if error.status().is_some_and(is_final) {
            return Err(SendError::GiveUp(reason));
        }
        // Nothing was refused by the server, and it works: so it is this address that can't be
        // handed over (RFC 6531 §3.2).
        if error.is_client() && !message.to.as_str().is_ascii() && self.works().await {
            let reason =
                "the SMTP server takes no addresses with other characters than ASCII (SMTPUTF8)";
            return Err(SendError::GiveUp(reason.to_owned()));
        }
        Err(SendError::Retry(reason))
    }

    /// Whether the server can be reached and lets us in.
    async fn works(&self) -> bool {
        self.transport.test_connection().await.unwrap_or(false)
    }
}

/// The server's reason, without addresses: some servers repeat the recipient in their answer.
fn reason(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the SMTP server answered {code}"),
        None if error.is_timeout() => TOO_SLOW.to_owned(),
        None if error.is_tls() => "no TLS connection to the SMTP server".to_owned(),
        None => "the SMTP server can't be reached".to_owned(),
    }
}

/// Whether the server refuses this mail for good. Its refusals to sign in (RFC 4954 §6: 530, 534,
/// 535, 538) are about the operator's settings, not about the mail.
fn is_final(code: Code) -> bool {
    let number = u16::from(code);
    code.severity == Severity::PermanentNegativeCompletion
        && !matches!(number, 530 | 534 | 535 | 538)
}

#[cfg(test)]
mod tests {
    use selfsame_primitives::Timestamp;
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// A server that offers `extensions`, takes everything and says nothing about it.
    async fn server(extensions: &'static [&'static str]) -> String {
        slow_server(extensions, Duration::ZERO).await
    }

    /// The same, with a pause before each answer.
    async fn slow_server(extensions: &'static [&'static str], pause: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            // Clients reuse their connections, so each is served by itself.
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, extensions, pause));
            }
        });
        format!("smtp://{address}")
    }

    async fn serve(stream: TcpStream, extensions: &[&str], pause: Duration) {
        let (reading, mut writing) = stream.into_split();
        let mut lines = BufReader::new(reading).lines();
        writing.write_all(b"220 test\r\n").await.unwrap();
        let mut in_data = false;
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match line.as_str() {
                _ if line.starts_with("EHLO") => {
                    let offers = extensions.iter().map(|name| ["250-", name, "\r\n"].concat());
                    offers.chain(["250 test\r\n".to_owned()]).collect()
                }
                "DATA" => {
                    in_data = true;
                    "354 go on\r\n".to_owned()
                }
                "." => {
                    in_data = false;
                    "250 taken\r\n".to_owned()
                }
                _ if in_data => continue,
                _ => "250 well\r\n".to_owned(),
            };
            tokio::time::sleep(pause).await;
            if writing.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_takes_long_over_every_answer_gets_less_time_than_a_lease() {
        let server = slow_server(&["8BITMIME"], PATIENCE.mul_f32(0.9)).await;
        let began = tokio::time::Instant::now();
        let outcome = smtp(&server).send(&message("ada@example.org")).await;
        assert_eq!(outcome, Err(SendError::Retry(TOO_SLOW.to_owned())));
        assert_eq!(began.elapsed().as_secs(), LONGEST.as_secs());
    }

    fn smtp(url: &str) -> Smtp {
        Smtp::connect(&Secret::new(url), Sender::parse("id@example.org", "Selfsame").unwrap())
            .unwrap()
    }

    fn message(to: &str) -> Message {
        Message {
            id: "01JD3Z5K8QW4N6R7T9V2X0Y1AB".into(),
            to: EmailAddress::parse(to).unwrap(),
            subject: "Your code".into(),
            text: "123456".into(),
            html: "<b>123456</b>".into(),
            created_at: Timestamp::from_millis(0),
        }
    }

    #[tokio::test]
    async fn every_mail_says_that_a_program_sent_it() {
        let mail =
            smtp("smtp://127.0.0.1:9").compose(&message("ada@example.org")).unwrap().formatted();
        let text = String::from_utf8(mail).unwrap();
        assert!(text.contains("\r\nAuto-Submitted: auto-generated\r\n"), "{text}");
    }

    #[tokio::test]
    async fn an_address_that_the_server_can_never_take_is_given_up_with_that_reason() {
        let plain = server(&[]).await;
        let given_up = smtp(&plain).send(&message("jürgen@example.org")).await.unwrap_err();
        assert!(
            matches!(&given_up, SendError::GiveUp(reason) if reason.contains("SMTPUTF8")),
            "{given_up:?}"
        );
        assert_eq!(smtp(&plain).send(&message("ada@example.org")).await, Ok(()));
        let modern = server(&["SMTPUTF8", "8BITMIME"]).await;
        assert_eq!(smtp(&modern).send(&message("jürgen@example.org")).await, Ok(()));
    }

    #[tokio::test]
    async fn where_the_server_is_down_no_address_is_given_up() {
        let error =
            smtp("smtp://127.0.0.1:9").send(&message("jürgen@example.org")).await.unwrap_err();
        assert!(matches!(error, SendError::Retry(_)), "{error:?}");
    }
}
