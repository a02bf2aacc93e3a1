//! The port to messages of other services: each is handed to a [`MessageHandler`], which says what
//! becomes of it.

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

/// Does what messages ask for: at least once for each, so it must be idempotent.
#[async_trait]
pub trait MessageHandler: Send + Sync + 'static {
    /// Whom `message` is about, if that can be told: messages with the same subject are handled
    /// one after the other, in the order in which they came.
    fn subject(&self, message: &IncomingMessage) -> Option<String>;

    /// Does what `message` asks for, and returns when that is durable.
    async fn handle(&self, message: &IncomingMessage) -> Disposition;
}
