//! The port to the network for webhooks.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use thiserror::Error;
use url::Url;

/// The response of an endpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebhookResponse {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, as it came.
    pub retry_after: Option<String>,
}

/// Why there is no response.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum WebhookError {
    /// Webhooks may not connect to the address.
    #[error("{0}")]
    Refused(String),
    /// No connection within 5 seconds, or no answer within 15.
    #[error("{0}")]
    Slow(String),
    /// The name is not known, the connection failed, or what came back is not HTTP.
    #[error("{0}")]
    Broken(String),
}

/// The client of webhooks. It must resolve and check the addresses of the host at every call,
/// connect to none that the settings do not allow, follow no redirect, and give up after
/// [`PATIENCE`].
#[async_trait]
pub trait WebhookClient: Send + Sync + 'static {
    /// Whether `url` resolves to allowed addresses now. It finds typos early; the guard is the
    /// check of each delivery.
    async fn check(&self, url: &Url) -> Result<(), WebhookError>;

    /// Posts `body` to `url` once.
    async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<WebhookResponse, WebhookError>;
}

/// The longest response time, connection included: the Standard Webhooks ask for 15 to 30 seconds.
pub const PATIENCE: Duration = Duration::from_secs(15);
