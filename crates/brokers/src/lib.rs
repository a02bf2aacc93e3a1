//! Adapters of message brokers.
//!
//! A publisher in [`publishers`] is an event handler of the relay: it publishes every event to one
//! broker, or to a file, and returns once that is durable. A consumer in `consumers` takes messages
//! from a queue and passes each to a message handler, whose answer decides what happens to it.
//! Neither reads the content of a message.

#[cfg(feature = "rabbitmq")]
pub mod consumers;
pub mod publishers;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
