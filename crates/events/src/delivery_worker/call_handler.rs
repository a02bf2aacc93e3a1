//! One call of the event handler.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::{DeliveryResult, DeliveryWorker, HANDLER_TIMEOUT};
use crate::delivery_cursor::DeadLetter;
use crate::span_links;
use crate::supervision::panic_message;
use crate::{DeliveryAttempt, Event, HandlerError};

impl DeliveryWorker {
    /// Calls the handler with `event`, which `cause` (a `traceparent`) led to.
    pub(super) async fn call_handler(
        &self,
        event: &Event,
        cause: Option<&str>,
        attempt: DeliveryAttempt,
    ) -> Result<(), HandlerError> {
        let span = self.span(event);
        span_links::link(&span, cause);
        // A panic fails this event alone, which is given up in the end. Without this it would end
        // the worker, and every user's events would wait for its restart.
        let call = AssertUnwindSafe(self.handler.handle(event, attempt)).catch_unwind();
        let outcome =
            match tokio::time::timeout(HANDLER_TIMEOUT, call).instrument(span.clone()).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(panic)) => {
                    Err(HandlerError::Retry(format!("it panicked: {}", panic_message(&*panic))))
                }
                Err(_) => Err(HandlerError::Retry(format!("no answer within {HANDLER_TIMEOUT:?}"))),
            };
        if outcome.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        outcome
    }

    /// A trace of its own, since it may come days after the request; a link and the request's id
    /// lead back to it. The subject is personal data and not part of the span.
    fn span(&self, event: &Event) -> Span {
        tracing::info_span!(
            target: "traces",
            parent: None,
            "event.deliver",
            otel.kind = "consumer",
            otel.status_code = Empty,
            reactor = self.handler.name(),
            event.type = event.event_type,
            request.id = event.request_id,
        )
    }

    /// Gives up `event` because of `reason`.
    pub(super) fn give_up(&self, event: Event, reason: String) -> DeliveryResult {
        let reactor = self.handler.name();
        tracing::error!(
            reactor,
            event_id = event.event_id,
            reason,
            "gave up on an event; it is kept as a dead letter"
        );
        DeliveryResult::Dead(Box::new(DeadLetter {
            reactor: reactor.to_owned(),
            reason,
            at: self.now(),
            event,
        }))
    }
}
