//! The mail port: who hands mail over, and what mails look like.
//!
//! A [`Mailer`] hands over one [`Message`] and says whether it went, may go later, or never will.
//! [`connect`] gives the one that the operator chose: the development [`Inbox`], an SMTP server, or
//! Resend. [`Templates`] turn a [`Template`] into a message in one of five languages. [`webhook`]
//! reads what a provider reports about mails that came back.

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
    /// Nobody: it is kept to be looked at.
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
