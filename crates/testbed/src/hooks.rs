//! Receivers of webhooks.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use selfsame_integrations::webhook_delivery::{WebhookClient, WebhookError, WebhookResponse};
use url::Url;

/// A delivery to a receiver.
#[derive(Clone, Debug)]
pub struct ReceivedDelivery {
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Receivers that respond to every delivery with 204, unless a test sets another response.
#[derive(Debug, Default)]
pub struct WebhookReceivers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    deliveries: Vec<ReceivedDelivery>,
    answers: HashMap<String, Result<WebhookResponse, WebhookError>>,
}

impl WebhookReceivers {
    /// Sets the response of the receiver at `url`.
    pub fn answer(&self, url: &str, status: u16, retry_after: Option<&str>) {
        let answer = WebhookResponse { status, retry_after: retry_after.map(str::to_owned) };
        self.lock().answers.insert(url.to_owned(), Ok(answer));
    }

    /// Makes every delivery to `url` fail with `why`.
    pub fn fail(&self, url: &str, why: WebhookError) {
        self.lock().answers.insert(url.to_owned(), Err(why));
    }

    /// The deliveries since the last call, in order.
    pub fn take(&self) -> Vec<ReceivedDelivery> {
        std::mem::take(&mut self.lock().deliveries)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl WebhookClient for WebhookReceivers {
    async fn check(&self, _: &Url) -> Result<(), WebhookError> {
        Ok(())
    }

    async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<WebhookResponse, WebhookError> {
        let mut state = self.lock();
        state.deliveries.push(ReceivedDelivery { url: url.to_string(), headers, body });
        let answer = state.answers.get(url.as_str()).cloned();
        answer.unwrap_or(Ok(WebhookResponse { status: 204, retry_after: None }))
    }
}
