//! Changes that other services request by messages instead of the service API: the same changes by
//! the same operations.
//!
//! A message is processed once: a [`ProcessedMessage`] is written to the partition of its user in
//! the commit of the change, and a message that is delivered again within thirty days changes
//! nothing. A message that can't be processed has a reason, with which the consumer parks it.

mod dispatch;
mod message;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
pub use message::{MessageKind, ServiceMessage};
use selfsame_events::Origin;
use selfsame_events::{Disposition, IncomingMessage, MessageHandler};
use selfsame_primitives::UserId;
use selfsame_web::{Code, Feature, Metric, Problem};

use crate::Integrations;
use selfsame_identity::actor::{Actor, ProcessedMessage};

/// The feature.
pub const FEATURE: Feature<Arc<Integrations>> = Feature {
    name: "inbound",
    promise: "What other services tell in messages is done once, or put aside with the reason.",
    routes: Vec::new,
    events: Vec::new,
    metrics: &[DONE, REPEATED, REFUSED, POSTPONED],
    subscribers: &[],
};

const DONE: Metric =
    counter("inbound_messages_done", "Messages of other services that were done, by type");
const REPEATED: Metric =
    counter("inbound_messages_repeated", "Messages of other services that came again, by type");
const REFUSED: Metric = counter(
    "inbound_messages_refused",
    "Messages of other services that can't be done and were put aside, by type",
);
const POSTPONED: Metric = counter(
    "inbound_messages_postponed",
    "Messages of other services that could not be done just then, by type",
);

const fn counter(name: &'static str, help: &'static str) -> Metric {
    Metric::counter(name, help, "type", message::TYPES)
}

/// The outcome of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageOutcome {
    /// It was processed now.
    Now,
    /// It was processed earlier.
    Before,
}

/// Why a message was not processed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MessageError {
    /// It never can be, for this reason.
    Never(String),
    /// It can't be at present, for this reason.
    Now(String),
}

impl From<Problem> for MessageError {
    fn from(problem: Problem) -> Self {
        if let Some(cause) = problem.cause.as_deref() {
            tracing::error!(cause, "a message could not be dealt with");
        }
        let text = format!("{}: {}", problem.code.as_str(), problem.in_words());
        // A conflict, or a store that is unavailable. Any other problem stays the same, however
        // often the message is tried.
        let passes = matches!(problem.code, Code::Unavailable | Code::RateLimited);
        if passes { Self::Now(text) } else { Self::Never(text) }
    }
}

/// Carries out `message`, unless that was done. The change is durable when this returns.
pub async fn apply(
    integrations: &Integrations,
    message: &ServiceMessage,
) -> Result<MessageOutcome, MessageError> {
    let processed = ProcessedMessage::of_message(&message.user, &message.id);
    let origin = Origin { request_id: Some(message.id.clone()), ..Origin::default() };
    let by = Actor::new(&message.service, origin);
    if !is_done(integrations, &processed).await? {
        match dispatch::dispatch(
            integrations,
            message,
            &by.clone().once_per_message(processed.clone()),
        )
        .await
        {
            Ok(()) => return Ok(MessageOutcome::Now),
            // The same message was processed concurrently, or the store failed after the commit.
            Err(_) if is_done(integrations, &processed).await? => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    dispatch::finish(integrations, message, &by).await?;
    Ok(MessageOutcome::Before)
}

async fn is_done(
    integrations: &Integrations,
    processed: &ProcessedMessage,
) -> Result<bool, Problem> {
    Ok(processed.is_there(&*integrations.platform.store).await?)
}

/// Passes messages from consumers to the application.
#[derive(Clone, Debug)]
pub struct ServiceMessageHandler(pub Arc<Integrations>);

#[async_trait]
impl MessageHandler for ServiceMessageHandler {
    fn subject(&self, message: &IncomingMessage) -> Option<String> {
        ServiceMessage::read(message).ok().map(|message| message.user.to_string())
    }

    async fn handle(&self, message: &IncomingMessage) -> Disposition {
        let read = ServiceMessage::read(message);
        let kind = read.as_ref().map_or(message::UNKNOWN, |message| message.kind.as_str());
        let outcome = match read {
            Ok(message) => apply(&self.0, &message).await,
            Err(reason) => Err(MessageError::Never(reason)),
        };
        let (metric, disposition) = match outcome {
            Ok(MessageOutcome::Now) => (&DONE, Disposition::Ack),
            Ok(MessageOutcome::Before) => (&REPEATED, Disposition::Ack),
            Err(MessageError::Never(reason)) => (&REFUSED, Disposition::Park(reason)),
            Err(MessageError::Now(reason)) => (&POSTPONED, Disposition::Requeue(reason)),
        };
        self.0.platform.counters.add(metric, kind);
        disposition
    }
}

/// The user id in `text`.
fn user(text: &str) -> Result<UserId, String> {
    UserId::parse(text).map_err(|error| format!("userId: {error}"))
}
