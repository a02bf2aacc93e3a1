//! The port for messages of other services: a [`MessageHandler`] handles each and returns its
//! [`Disposition`].

use async_trait::async_trait;

/// A message as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IncomingMessage {
    /// The id that its sender gave it outside its body, where there is one.
    pub id: Option<String>,
    /// Its body, unchecked.
    pub body: Vec<u8>,
}

/// What becomes of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// It is done, now or earlier, and durable: it is acknowledged, and the queue drops it.
    Ack,
    /// It can never be done, for this reason: it is put aside for an operator.
    Park(String),
    /// It can't be done now, for this reason: it stays in the queue.
    Requeue(String),
}

/// Handles messages: at least once each, so it must be idempotent.
#[async_trait]
pub trait MessageHandler: Send + Sync + 'static {
    /// The subject of `message`, if it has one: messages with the same subject are handled one
    /// after the other, in the order in which they came.
    fn subject(&self, message: &IncomingMessage) -> Option<String>;

    /// Handles `message`, and returns once the effects are durable.
    async fn handle(&self, message: &IncomingMessage) -> Disposition;
}
