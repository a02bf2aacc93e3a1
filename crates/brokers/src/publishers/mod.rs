//! Where events go outside of the process, one file each.

mod file;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;

pub use file::FilePublisher;
#[cfg(feature = "nats")]
pub use nats::{NatsPublisher, NatsSettings};
#[cfg(feature = "rabbitmq")]
pub use rabbitmq::RabbitMqPublisher;
