//! The mail port: adapters that send mail, and templates of mails.
//!
//! A [`Mailer`] sends one [`Message`], or returns whether it may be retried. [`connect`] makes the
//! one that the operator chose: the development [`Inbox`], an SMTP server, or Resend. [`Templates`]
//! turn a [`Template`] into a message in one of five languages. [`webhook`] reads a provider's
//! reports about bounced mails.

mod connect_error;
mod inbox;
mod mailer;
mod resend;
mod smtp;
mod templates;
pub mod webhook;

use std::sync::Arc;

pub use connect_error::ConnectError;
pub use inbox::{Inbox, InboxMessage};
pub use mailer::{Mailer, Message, SendError, Sender};
pub use resend::ResendAccount;
use selfsame_primitives::Secret;
pub use smtp::{InvalidSmtpUrl, check_url as check_smtp_url};
pub use templates::{
    AlertDetails, BrokenTemplate, Circumstances, KINDS, LANGUAGES, Rendered, Template, Templates,
    language_code,
};

/// Who hands mail over.
#[derive(Clone, Debug)]
pub enum Provider {
    /// None: mail stays in the development inbox.
    Inbox,
    /// The SMTP server at a URL: `smtps://user:password@host:465`, `smtp://…?tls=required` for
    /// STARTTLS, `smtp://…` for none.
    Smtp(Secret),
    /// Resend.
    Resend(ResendAccount),
}

/// The mailer of `provider`, which writes as `sender`; the development inbox is `inbox`.
pub fn connect(
    provider: &Provider,
    sender: Sender,
    inbox: &Arc<Inbox>,
) -> Result<Arc<dyn Mailer>, ConnectError> {
    Ok(match provider {
        Provider::Inbox => Arc::clone(inbox) as Arc<dyn Mailer>,
        Provider::Smtp(url) => Arc::new(smtp::Smtp::connect(url, sender)?),
        Provider::Resend(account) => Arc::new(resend::Resend::connect(account.clone(), &sender)?),
    })
}
