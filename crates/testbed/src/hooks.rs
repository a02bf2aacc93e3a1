//! The servers that webhooks go to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use selfsame_integrations::webhook_delivery::{WebhookClient, WebhookError, WebhookResponse};
use url::Url;

/// What was posted to one of them.
#[derive(Clone, Debug)]
pub struct ReceivedDelivery {
    /// Where.
    pub url: String,
    /// With which headers.
    pub headers: HeaderMap,
    /// What.
    pub body: Bytes,
}

/// Take everything with 204, unless they were told to answer otherwise.
#[derive(Debug, Default)]
pub struct WebhookReceivers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    posted: Vec<ReceivedDelivery>,
    answers: HashMap<String, Result<WebhookResponse, WebhookError>>,
}

impl WebhookReceivers {
    /// The server at `url` answers like this from now on.
    pub fn answer(&self, url: &str, status: u16, retry_after: Option<&str>) {
        let answer = WebhookResponse { status, retry_after: retry_after.map(str::to_owned) };
        self.lock().answers.insert(url.to_owned(), Ok(answer));
    }

    /// Nobody reaches the server at `url` from now on, because of this.
    pub fn fail(&self, url: &str, why: WebhookError) {
        self.lock().answers.insert(url.to_owned(), Err(why));
    }

    /// What was posted since the last time this was asked, in order.
    pub fn take(&self) -> Vec<ReceivedDelivery> {
        std::mem::take(&mut self.lock().posted)
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
        state.posted.push(ReceivedDelivery { url: url.to_string(), headers, body });
        let answer = state.answers.get(url.as_str()).cloned();
        answer.unwrap_or(Ok(WebhookResponse { status: 204, retry_after: None }))
    }
}
