//! RabbitMQ: a durable topic exchange, to which consumers bind queues by event type.

use async_trait::async_trait;
use lapin::options::ExchangeDeclareOptions;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, ExchangeKind};
use selfsame_events::{DeliveryAttempt, Event, EventHandler, HandlerError};
use selfsame_primitives::Secret;

use crate::rabbitmq::{Connector, OutgoingMessage};

/// Delivery mode of messages that survive a restart of the broker (AMQP 0-9-1, class `basic`).
const PERSISTENT: u8 = 2;

/// Publishes every event to a durable topic exchange with its type as the routing key, and returns
/// once the broker has confirmed it. Events of many users are published concurrently.
#[derive(Debug)]
pub struct RabbitMqPublisher {
    exchange: String,
    connector: Connector,
}

impl RabbitMqPublisher {
    /// A publisher to the `exchange` of the broker at `url` (`amqp://` or `amqps://`). The exchange
    /// is declared at every connection, and the broker may be down.
    #[must_use]
    pub fn new(url: Secret, exchange: &str) -> Self {
        let declared = ShortString::from(exchange);
        let connector = Connector::new(url, "selfsame: events", move |channel| {
            declare(channel, declared.clone())
        });
        Self { exchange: exchange.to_owned(), connector }
    }
}

async fn declare(channel: Channel, exchange: ShortString) -> lapin::Result<()> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(exchange, ExchangeKind::Topic, options, FieldTable::default()).await
}

fn properties(event: &Event) -> BasicProperties {
    let mut headers = FieldTable::default();
    let subject = AMQPValue::LongString(LongString::from(event.subject.as_str()));
    let sequence = i64::try_from(event.sequence).unwrap_or(i64::MAX);
    headers.insert("subject".into(), subject);
    headers.insert("sequence".into(), AMQPValue::LongLongInt(sequence));
    BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/json".into())
        .with_message_id(event.event_id.as_str().into())
        .with_type(event.event_type.as_str().into())
        .with_timestamp(u64::try_from(event.occurred_at.millis() / 1000).unwrap_or(0))
        .with_app_id("selfsame".into())
        .with_headers(headers)
}

#[async_trait]
impl EventHandler for RabbitMqPublisher {
    fn name(&self) -> &'static str {
        "rabbitmq"
    }

    fn handles(&self, _: &str) -> bool {
        true
    }

    async fn ready(&self) -> bool {
        self.connector.connection().await.is_ok()
    }

    async fn handle(&self, event: &Event, _: DeliveryAttempt) -> Result<(), HandlerError> {
        let body =
            serde_json::to_vec(event).map_err(|error| HandlerError::GiveUp(error.to_string()))?;
        let key = event.event_type.as_str();
        let message = OutgoingMessage {
            exchange: &self.exchange,
            key,
            body: &body,
            properties: properties(event),
        };
        self.connector.publish(message).await.map_err(HandlerError::Retry)
    }
}
