//! Messages of other services, from wherever they come: each is handed to a [`Handler`], which says
//! what becomes of it.

#[cfg(feature = "rabbitmq")]
mod lanes;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;

use async_trait::async_trait;

#[cfg(feature = "rabbitmq")]
pub use rabbitmq::RabbitMqQueue;

/// A message as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// The id that its sender gave it outside its body, where there is one.
    pub id: Option<String>,
    /// Its body, which nobody has looked at.
    pub body: Vec<u8>,
}

/// What becomes of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is done, now or earlier, and durable: the queue may forget it.
    Done,
    /// It never will be, for this reason: it is put aside for a person.
    Park(String),
    /// It may be later, for this reason: it stays in the queue.
    Later(String),
}

/// Does what messages ask for: at least once for each, so it must be idempotent.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Whom `message` is about, if that can be told: messages about one and the same are handled
    /// one after the other, in the order in which they came.
    fn subject(&self, message: &Message) -> Option<String>;

    /// Does what `message` asks for, and returns when that is durable.
    async fn handle(&self, message: &Message) -> Verdict;
}
