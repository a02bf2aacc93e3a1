//! The port to the network: who carries a webhook to its endpoint.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use thiserror::Error;
use url::Url;

/// What an endpoint has answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebhookResponse {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, as it came.
    pub retry_after: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum WebhookError {
    /// The address is one that webhooks must not go to.
    #[error("{0}")]
    Refused(String),
    /// No connection within 5 seconds, or no answer within 15.
    #[error("{0}")]
    Slow(String),
    /// The name is not known, the connection failed, or what came back is not HTTP.
    #[error("{0}")]
    Broken(String),
}

/// Carries webhooks. It must look at the addresses of the host anew at every call, connect to none
/// that the settings do not admit, follow no redirect, and give up after [`PATIENCE`].
#[async_trait]
pub trait WebhookClient: Send + Sync + 'static {
    /// Whether `url` leads now where the settings let webhooks go. This saves a typo or a wrong
    /// hope, and guards nothing.
    async fn check(&self, url: &Url) -> Result<(), WebhookError>;

    /// Posts `body` to `url` once.
    async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<WebhookResponse, WebhookError>;
}

/// How long an answer may take, the connection included: the Standard Webhooks ask for 15 to 30
/// seconds.
pub const PATIENCE: Duration = Duration::from_secs(15);
