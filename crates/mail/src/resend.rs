//! Resend, over its HTTP API.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use selfsame_primitives::Secret;
use serde_json::json;

use crate::mailer::AUTO_GENERATED;
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
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
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
        let provider = rustls::crypto::ring::default_provider();
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(|error| ConnectError::Http(error.to_string()))?;
        let connector = connector.https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let sender = format!("\"{}\" <{}>", sender.name, sender.address.as_str());
        Ok(Self { client, account, sender })
    }
}

impl Resend {
    /// `POST /emails`, as the API documents it.
    fn request(&self, message: &Message) -> http::Result<Request<Full<Bytes>>> {
        let body = json!({
            "from": self.sender,
            "to": [message.to.as_str()],
            "subject": message.subject,
            "html": message.html,
            "text": message.text,
            "headers": {"Auto-Submitted": AUTO_GENERATED},
        });
        Request::post(format!("{}/emails", self.account.url))
            .header(AUTHORIZATION, format!("Bearer {}", self.account.key.expose()))
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("selfsame/", env!("CARGO_PKG_VERSION")))
            .header("Idempotency-Key", &message.id)
            .body(Full::new(body.to_string().into()))
    }
}

#[async_trait]
impl Mailer for Resend {
    fn name(&self) -> &'static str {
        "resend"
    }

    async fn send(&self, message: &Message) -> Result<(), SendError> {
        let later = |what: &str| Err(SendError::Retry(format!("Resend {what}")));
        let Ok(request) = self.request(message) else {
            return later("can't be asked with this URL and key");
        };
        match tokio::time::timeout(PATIENCE, self.client.request(request)).await {
            Ok(Ok(answer)) => judge(answer.status()),
            Ok(Err(_)) => later("can't be reached"),
            Err(_) => later("did not answer in time"),
        }
    }
}

/// 400 and 422 are about the mail; 401, 403 and 429 are about the account, 409 about a try that is
/// still under way.
fn judge(status: StatusCode) -> Result<(), SendError> {
    let reason = format!("Resend answered {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Ok(()),
        400 | 413 | 422 => Err(SendError::GiveUp(reason)),
        _ => Err(SendError::Retry(reason)),
    }
}
