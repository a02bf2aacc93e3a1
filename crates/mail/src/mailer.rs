//! The port itself.

use async_trait::async_trait;
use selfsame_primitives::{EmailAddress, Timestamp};
use thiserror::Error;

/// The header `Auto-Submitted` of every mail (RFC 3834 §5), so that no out-of-office reply comes
/// back.
pub(crate) const AUTO_GENERATED: &str = "auto-generated";

/// One mail to one address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// A ULID, the same at every try: providers that deduplicate by it send once.
    pub id: String,
    /// The recipient.
    pub to: EmailAddress,
    /// The subject, one line.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// For the others.
    pub html: String,
    /// When it was requested.
    pub created_at: Timestamp,
}

/// Whom mails come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sender {
    /// The display name.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
}

impl Sender {
    /// Reads `Name <address>` or an address alone; then `name` is the name.
    #[must_use]
    pub fn parse(text: &str, name: &str) -> Option<Self> {
        let (given, address) = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
            Some((given, address)) => (given.trim().trim_matches('"'), address),
            None => ("", text),
        };
        let clean =
            given.len() <= 100 && !given.chars().any(|c| c.is_control() || "<>\"".contains(c));
        let name = if given.is_empty() { name } else { given };
        let address = EmailAddress::parse(address).ok().filter(|_| clean)?;
        Some(Self { name: name.to_owned(), address })
    }
}

/// Why a mail was not taken.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SendError {
    /// It may go later: the provider can't be reached, is busy, or its account needs the operator.
    #[error("{0}")]
    Retry(String),
    /// This mail never will.
    #[error("{0}")]
    GiveUp(String),
}

/// Sends mail.
///
/// `Ok` means that the provider has accepted the mail, not that it arrived. A mail that is sent
/// twice with one id arrives once where the provider deduplicates.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// What it is called in metrics and counters: `inbox`, `smtp` or `resend`.
    fn name(&self) -> &'static str;

    /// Hands over `message`.
    async fn send(&self, message: &Message) -> Result<(), SendError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        let sender = Sender::parse(text, "Selfsame")?;
        Some((sender.name, sender.address.as_str().to_owned()))
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let pair = |name: &str, address: &str| Some((name.to_owned(), address.to_owned()));
        assert_eq!(read("no-reply@example.org"), pair("Selfsame", "no-reply@example.org"));
        assert_eq!(
            read("Acme Accounts <id@acme.example>"),
            pair("Acme Accounts", "id@acme.example")
        );
        assert_eq!(read("\"Acme\" <id@acme.example>"), pair("Acme", "id@acme.example"));
        for bad in
            ["", "Acme", "Acme <id>", "A\r\nBcc: x@y.de <id@acme.example>", "<id@acme.example"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
