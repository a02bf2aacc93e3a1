//! Where messages of other services come from: each is handed to a
//! [`MessageHandler`](selfsame_events::MessageHandler), which says what becomes of it.

mod rabbitmq;
mod serial_queues;

pub use rabbitmq::RabbitMqConsumer;
