//! Consumers of other services' messages: each message goes to a
//! [`MessageHandler`](selfsame_events::MessageHandler), whose answer decides what happens to it.

mod rabbitmq;
mod serial_queues;

pub use rabbitmq::RabbitMqConsumer;
