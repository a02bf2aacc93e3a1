//! Where events go outside the process, one file each.

mod file;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;

pub use file::FileSink;
#[cfg(feature = "nats")]
pub use nats::{NatsSettings, NatsSink};
#[cfg(feature = "rabbitmq")]
pub use rabbitmq::RabbitMqSink;
