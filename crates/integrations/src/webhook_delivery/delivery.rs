//! One delivery attempt to an endpoint, and its consequences.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use selfsame_events::{DeliveryAttempt, Event, HandlerError};
use selfsame_primitives::{Timestamp, UserId, new_ulid};
use selfsame_store::{Guard, StoreError, Write, decode, encode};
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use super::client::{WebhookError, WebhookResponse};
use super::record::{Delivery, Endpoint, Failing, Reason, Status};
use super::{DELIVERIES, DURATION, Webhooks, secret};
use crate::event_catalog::EventCatalog;

/// An endpoint that fails for this long without a success is disabled.
const PATIENCE_WITH_FAILURES: Duration = Duration::from_hours(72);
/// The retention of the delivery log.
const LOG_RETENTION: Duration = Duration::from_hours(30 * 24);
/// The event type of tests.
const TEST: &str = "webhook.test";

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// The posted body: the event in the form of all consumers, with the two members that the Standard
/// Webhooks recommend.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedDelivery {
    r#type: String,
    timestamp: Timestamp,
    event_id: String,
    event_type: String,
    occurred_at: Timestamp,
    subject: Option<UserId>,
    sequence: Option<u64>,
    request_id: Option<String>,
    data: Value,
}

impl SignedDelivery {
    pub(super) fn of(event: &Event, catalog: &EventCatalog) -> Self {
        let Event { event_id, event_type, occurred_at, subject, sequence, request_id, data } =
            catalog.redact(event);
        Self {
            r#type: event_type.clone(),
            timestamp: occurred_at,
            event_id,
            event_type,
            occurred_at,
            subject: Some(subject),
            sequence: Some(sequence),
            request_id,
            data,
        }
    }

    /// A test is about no user, and so in no user's sequence.
    fn test(
        endpoint: &Endpoint,
        event_id: String,
        now: Timestamp,
        request_id: Option<String>,
    ) -> Self {
        Self {
            r#type: TEST.into(),
            timestamp: now,
            event_id,
            event_type: TEST.into(),
            occurred_at: now,
            subject: None,
            sequence: None,
            request_id,
            data: json!({"endpointId": endpoint.id}),
        }
    }
}

/// The outcome of an attempt.
struct Outcome {
    result: Result<WebhookResponse, WebhookError>,
    at: Timestamp,
    duration: Duration,
}

impl Outcome {
    fn is_success(&self) -> bool {
        self.code().is_some_and(|code| (200..300).contains(&code))
    }

    fn code(&self) -> Option<u16> {
        self.result.as_ref().ok().map(|answer| answer.status)
    }

    fn kind(&self) -> &'static str {
        match &self.result {
            Ok(_) if self.is_success() => "delivered",
            Ok(WebhookResponse { status: 410, .. }) => "gone",
            Ok(_) => "answered",
            Err(WebhookError::Refused(_)) => "refused",
            Err(WebhookError::Slow(_)) => "slow",
            Err(WebhookError::Broken(_)) => "broken",
        }
    }

    fn error(&self) -> Option<String> {
        match &self.result {
            Ok(_) if self.is_success() => None,
            Ok(WebhookResponse { status: status @ 300..400, .. }) => {
                Some(format!("answered {status}; redirects are not followed"))
            }
            Ok(WebhookResponse { status, .. }) => Some(format!("answered {status}")),
            Err(error) => Some(error.to_string()),
        }
    }

    /// The pause that the endpoint asks for (RFC 9110 §10.2.3).
    fn retry_after(&self) -> Option<Duration> {
        let text = self.result.as_ref().ok()?.retry_after.as_deref()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
        let until = Timestamp::from_millis(i64::try_from(until.as_millis()).ok()?);
        Some(until.since(self.at.plus(self.duration)))
    }
}

impl Webhooks {
    /// Delivers an event of the relay.
    pub(super) async fn deliver(
        &self,
        endpoint: &Endpoint,
        event: &Event,
        attempt: DeliveryAttempt,
    ) -> Result<(), HandlerError> {
        let failed = |error: StoreError| HandlerError::Retry(error.to_string());
        let signed = SignedDelivery::of(event, &self.catalog);
        let outcome = self.post(endpoint, &signed).await.map_err(failed)?;
        let next =
            attempt.next(outcome.retry_after()).map(|pause| self.platform.clock.now().plus(pause));
        let delivery = delivery(signed, &outcome, attempt.number, next);
        self.record_outcome(endpoint, &outcome, &delivery).await.map_err(failed)?;
        match (outcome.error(), outcome.retry_after()) {
            (None, _) => Ok(()),
            (Some(error), Some(retry_after)) => Err(HandlerError::RetryAfter(error, retry_after)),
            (Some(error), None) => Err(HandlerError::Retry(error)),
        }
    }

    /// Sends a test, once.
    pub(crate) async fn test(
        &self,
        endpoint: &Endpoint,
        request_id: Option<String>,
    ) -> Result<Delivery, StoreError> {
        let now = self.platform.clock.now();
        let signed =
            SignedDelivery::test(endpoint, new_ulid(now, &*self.platform.random), now, request_id);
        self.attempt_once(endpoint, signed, 1).await
    }

    /// Sends `event` once more.
    pub(crate) async fn replay(
        &self,
        endpoint: &Endpoint,
        event: &Event,
        before: &Delivery,
    ) -> Result<Delivery, StoreError> {
        self.attempt_once(
            endpoint,
            SignedDelivery::of(event, &self.catalog),
            before.attempts.saturating_add(1),
        )
        .await
    }

    async fn attempt_once(
        &self,
        endpoint: &Endpoint,
        signed: SignedDelivery,
        number: u32,
    ) -> Result<Delivery, StoreError> {
        let outcome = self.post(endpoint, &signed).await?;
        let delivery = delivery(signed, &outcome, number, None);
        self.record_outcome(endpoint, &outcome, &delivery).await?;
        Ok(delivery)
    }

    async fn post(
        &self,
        endpoint: &Endpoint,
        signed: &SignedDelivery,
    ) -> Result<Outcome, StoreError> {
        let at = self.platform.clock.now();
        let result = match Url::parse(&endpoint.url) {
            Ok(url) => {
                let body = Bytes::from(serde_json::to_vec(signed).unwrap_or_default());
                let headers = self.headers(endpoint, &signed.event_id, at, &body)?;
                self.webhook_client.post(&url, headers, body).await
            }
            Err(error) => Err(WebhookError::Broken(error.to_string())),
        };
        Ok(Outcome { result, at, duration: self.platform.clock.now().since(at) })
    }

    fn headers(
        &self,
        endpoint: &Endpoint,
        event_id: &str,
        at: Timestamp,
        body: &[u8],
    ) -> Result<HeaderMap, StoreError> {
        let signatures = secret::signatures(&self.platform.keys, endpoint, (event_id, at), body)?;
        let value =
            |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
        Ok(HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (USER_AGENT, HeaderValue::from_static(concat!("Selfsame/", env!("CARGO_PKG_VERSION")))),
            (WEBHOOK_ID, value(event_id)),
            (WEBHOOK_TIMESTAMP, value(&at.seconds().to_string())),
            (WEBHOOK_SIGNATURE, value(&signatures)),
        ]))
    }

    /// Counts and records the outcome, and disables the endpoint where that is due.
    async fn record_outcome(
        &self,
        endpoint: &Endpoint,
        outcome: &Outcome,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let platform = &self.platform;
        platform.counters.add(&DELIVERIES, outcome.kind());
        platform.counters.observe(&DURATION, delivery.duration_ms);
        let failing = platform.store.get(&Failing::key(&endpoint.id)).await?;
        let failing: Option<Failing> = failing.map(|item| decode(&item.body)).transpose()?;
        let mut writes: Vec<_> = logged(&endpoint.id, delivery).into_iter().collect();
        match (&failing, outcome.is_success()) {
            (None, false) => {
                let since = Failing { since: outcome.at };
                writes.push(Write::put(Failing::key(&endpoint.id), Guard::Any, encode(&since)));
            }
            (Some(_), true) => writes.push(Write::delete(Failing::key(&endpoint.id), Guard::Any)),
            (None, true) | (Some(_), false) => {}
        }
        platform.journal.commit_for_request(writes).await?;
        if outcome.code() == Some(410) {
            return self.disable(&endpoint.id, Reason::Gone).await;
        }
        let failed_for =
            |failing: Failing| outcome.at.since(failing.since) >= PATIENCE_WITH_FAILURES;
        if !outcome.is_success() && failing.is_some_and(failed_for) {
            return self.disable(&endpoint.id, Reason::Failing).await;
        }
        Ok(())
    }
}

fn delivery(
    signed: SignedDelivery,
    outcome: &Outcome,
    attempts: u32,
    next_at: Option<Timestamp>,
) -> Delivery {
    let status = match (outcome.is_success(), next_at) {
        (true, _) => Status::Delivered,
        (false, Some(_)) => Status::Waiting,
        (false, None) => Status::Failed,
    };
    Delivery {
        event_id: signed.event_id,
        event_type: signed.event_type,
        occurred_at: signed.occurred_at,
        subject: signed.subject,
        sequence: signed.sequence,
        status,
        attempts,
        attempted_at: outcome.at,
        duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        code: outcome.code(),
        error: outcome.error(),
        next_at: next_at.filter(|_| status == Status::Waiting),
    }
}

fn logged(endpoint: &str, delivery: &Delivery) -> Option<Write> {
    let key = Delivery::key(endpoint, &delivery.event_id)?;
    let until = delivery.attempted_at.plus(LOG_RETENTION);
    Some(Write::put_until(key, Guard::Any, encode(delivery), until))
}
