//! Why a mailer can't be made.

use thiserror::Error;

use crate::InvalidSmtpUrl;

/// A mailer can't be made.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The URL of the SMTP server.
    #[error(transparent)]
    Smtp(#[from] InvalidSmtpUrl),
    /// The client for HTTPS.
    #[error("a client for HTTPS can't be made: {0}")]
    Http(String),
}
