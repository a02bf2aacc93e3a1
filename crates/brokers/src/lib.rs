//! Adapters of message brokers.
//!
//! A publisher in [`publishers`] is an event handler of the relay: it brings every event to one
//! broker, or to a file, and counts it as delivered once that is durable. A consumer in
//! `consumers` takes messages from a queue and hands each to a handler, whose answer says what
//! becomes of it. Neither reads what a message says.

#[cfg(feature = "rabbitmq")]
pub mod consumers;
pub mod publishers;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
