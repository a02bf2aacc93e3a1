//! Resend, over its HTTP API.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::StatusCode;
use selfsame_basics::Secret;
use serde_json::json;

use crate::{ConnectError, Mailer, Message, SendError, Sender};

const PATIENCE: Duration = Duration::from_secs(20);

/// An account with Resend.
#[derive(Clone, Debug)]
pub struct ResendAccount {
    /// Where its API is: `https://api.resend.com` unless in tests.
    pub url: String,
    /// Its key.
    pub key: Secret,
}

pub(crate) struct Resend {
    client: reqwest::Client,
    account: ResendAccount,
    sender: String,
}

impl fmt::Debug for Resend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resend")
    }
}

impl Resend {
    pub(crate) fn connect(account: ResendAccount, sender: &Sender) -> Result<Self, ConnectError> {
        // Where the program has installed one already, that is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("selfsame")
            .build()
            .map_err(|error| ConnectError::Http(error.to_string()))?;
        let sender = format!("\"{}\" <{}>", sender.name, sender.address.as_str());
        Ok(Self { client, account, sender })
    }
}

#[async_trait]
impl Mailer for Resend {
    fn name(&self) -> &'static str {
        "resend"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let body = json!({
            "from": self.sender,
            "to": [message.to.as_str()],
            "subject": message.subject,
            "html": message.html,
            "text": message.text,
        });
        let sent = self
            .client
            .post(format!("{}/emails", self.account.url))
            .bearer_auth(self.account.key.expose())
            .header("Idempotency-Key", &message.id)
            .json(&body)
            .send()
            .await;
        match sent {
            Ok(answer) => judge(answer.status()),
            Err(error) => {
                let what = if error.is_timeout() { "did not answer in time" } else { "can't be reached" };
                Err(SendError::Retry(format!("Resend {what}")))
            }
        }
    }
}

/// 400 and 422 are about the mail; 401, 403 and 429 are about the account, 409 about a try that is still under way.
fn judge(status: StatusCode) -> Result<(), SendError> {
    let reason = format!("Resend answered {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Ok(()),
        400 | 413 | 422 => Err(SendError::GiveUp(reason)),
        _ => Err(SendError::Retry(reason)),
    }
}
