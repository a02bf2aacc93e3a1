//! One event is told to the reactor.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::{DeliveryResult, DeliveryWorker, PATIENCE};
use crate::delivery_cursor::DeadLetter;
use crate::span_links;
use crate::supervision::said;
use crate::{DeliveryAttempt, Event, HandlerError};

impl DeliveryWorker {
    /// Tells the reactor of `event`, because of which there was `cause`.
    pub(super) async fn call_handler(
        &self,
        event: &Event,
        cause: Option<&str>,
        attempt: DeliveryAttempt,
    ) -> Result<(), HandlerError> {
        let span = self.span(event);
        span_links::link(&span, cause);
        // What panics fails this event, which is given up in the end, and keeps nobody else from
        // theirs.
        let react = AssertUnwindSafe(self.reactor.handle(event, attempt)).catch_unwind();
        let outcome = match tokio::time::timeout(PATIENCE, react).instrument(span.clone()).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(HandlerError::Retry(format!("it panicked: {}", said(&*panic)))),
            Err(_) => Err(HandlerError::Retry(format!("no answer within {PATIENCE:?}"))),
        };
        if outcome.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        outcome
    }

    /// A trace of its own, since it may come days after the request; a link and the request's id
    /// lead back to it. Whom the event is about is not in it.
    fn span(&self, event: &Event) -> Span {
        tracing::info_span!(
            target: "traces",
            parent: None,
            "event.deliver",
            otel.kind = "consumer",
            otel.status_code = Empty,
            reactor = self.reactor.name(),
            event.type = event.event_type,
            request.id = event.request_id,
        )
    }

    /// What becomes of an event that is given up because of `reason`.
    pub(super) fn give_up(&self, event: Event, reason: String) -> DeliveryResult {
        let reactor = self.reactor.name();
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
