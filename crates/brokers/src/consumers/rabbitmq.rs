//! A queue of RabbitMQ.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel};
use selfsame_events::{Disposition, IncomingMessage, MessageHandler};
use selfsame_primitives::Secret;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::serial_queues::{QueuePosition, SerialQueues};
use crate::rabbitmq::{Connection, Connector, OutgoingMessage};

/// How long nothing more is taken from the queue after a message that could not be done now, or a
/// broken connection.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest wait, when the service stops, for messages under way. Unfinished ones are
/// redelivered.
const GRACE: Duration = Duration::from_secs(10);
/// The longest reason in the header of a parked message, in characters: it is for operators to
/// read. AMQP would take more.
const LONGEST_REASON: usize = 1000;

/// Consumes messages of a durable queue, several at a time, and acknowledges each once its effects
/// are durable. A message that can never be handled is parked: published to the queue `NAME.parked`
/// with the header `x-reason`, and only then acknowledged.
pub struct RabbitMqConsumer {
    queue: String,
    parked: String,
    prefetch: u16,
    connector: Connector,
    handler: Arc<dyn MessageHandler>,
}

/// A message at its position in the queue of its subject.
struct QueuedMessage {
    delivery: Delivery,
    message: IncomingMessage,
    position: QueuePosition,
}

impl fmt::Debug for RabbitMqConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitMqConsumer").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl RabbitMqConsumer {
    /// A consumer of the queue named `queue` of the broker at `url`; at most `prefetch` of its
    /// messages are handled at once. Both queues are declared at every connection.
    #[must_use]
    pub fn new(url: Secret, queue: &str, prefetch: u16, handler: Arc<dyn MessageHandler>) -> Self {
        let parked = format!("{queue}.parked");
        let names = [ShortString::from(queue), ShortString::from(parked.as_str())];
        let connector = Connector::new(url, "selfsame: inbound", move |channel| {
            declare(channel, names.clone())
        });
        Self { queue: queue.to_owned(), parked, prefetch, connector, handler }
    }

    /// Consumes messages until `stop` turns true.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Ok(connection) = self.connector.connection().await {
                if let Err(reason) = self.consume(&connection, &mut stop).await {
                    tracing::warn!(
                        queue = self.queue,
                        reason,
                        "the queue of inbound messages broke off"
                    );
                }
                // Whatever was not acknowledged goes back to the queue.
                self.connector.close(&connection).await;
            }
            tokio::select! {
                () = sleep(PAUSE) => {}
                _ = stop.wait_for(|stops| *stops) => {}
            }
        }
    }

    /// Ends without an error when `stop` turns true, or after a message that was requeued.
    async fn consume(
        &self,
        connection: &Arc<Connection>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), String> {
        let deliveries =
            self.deliveries(connection.channel()).await.map_err(|error| error.to_string())?;
        let mut queues = SerialQueues::default();
        let handled = deliveries
            // Enqueued now, in the order of the broker's queue; the order in which the futures are
            // polled is another one.
            .map(|delivery| {
                self.handle(delivery.map(|delivery| self.enqueue(delivery, &mut queues)))
            })
            .buffer_unordered(usize::from(self.prefetch));
        let mut handled = Box::pin(handled);
        loop {
            tokio::select! {
                next = handled.next() => match next {
                    Some(Ok(true)) => {}
                    Some(Ok(false)) => return Ok(()),
                    Some(Err(reason)) => return Err(reason),
                    None => return Err("the broker has ended the subscription".into()),
                },
                _ = stop.wait_for(|stops| *stops) => break,
            }
        }
        self.cancel(connection.channel()).await;
        let remaining =
            async { while handled.next().await.is_some_and(|outcome| outcome.is_ok()) {} };
        // What is not done by then was not acknowledged, and comes again.
        let _ = timeout(GRACE, remaining).await;
        Ok(())
    }

    async fn deliveries(&self, channel: &Channel) -> lapin::Result<lapin::Consumer> {
        channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
        let (queue, tag) = (ShortString::from(self.queue.as_str()), ShortString::from(TAG));
        channel
            .basic_consume(queue, tag, BasicConsumeOptions::default(), FieldTable::default())
            .await
    }

    async fn cancel(&self, channel: &Channel) {
        let cancelled = channel.basic_cancel(TAG.into(), BasicCancelOptions::default());
        if let Err(error) = cancelled.await {
            tracing::warn!(queue = self.queue, %error, "the subscription could not be ended");
        }
    }

    fn enqueue(&self, delivery: Delivery, queues: &mut SerialQueues) -> QueuedMessage {
        let id = delivery.properties.message_id().as_ref().map(ToString::to_string);
        let message = IncomingMessage { id, body: delivery.data.clone() };
        let position = queues.enqueue(self.handler.subject(&message));
        QueuedMessage { delivery, message, position }
    }

    /// Handles one message once those before it are done; returns whether it was acknowledged.
    async fn handle(&self, queued: lapin::Result<QueuedMessage>) -> Result<bool, String> {
        let QueuedMessage { delivery, message, position } =
            queued.map_err(|error| error.to_string())?;
        let Some(turn) = position.turn().await else { return Ok(false) };
        let acknowledged = self.dispose(&delivery, self.handler.handle(&message).await).await?;
        if acknowledged {
            turn.end();
        }
        Ok(acknowledged)
    }

    /// Acknowledges, parks or requeues a message; returns whether it was acknowledged.
    async fn dispose(&self, delivery: &Delivery, disposition: Disposition) -> Result<bool, String> {
        match disposition {
            Disposition::Ack => {}
            Disposition::Park(reason) => {
                tracing::warn!(queue = self.queue, reason, "an inbound message is parked");
                self.park(delivery, &reason).await?;
            }
            // Not acknowledged: it goes back to its position in the queue when the connection is
            // closed.
            Disposition::Requeue(reason) => {
                tracing::warn!(queue = self.queue, reason, "an inbound message stays in the queue");
                return Ok(false);
            }
        }
        acknowledge(delivery).await.map(|()| true)
    }

    async fn park(&self, delivery: &Delivery, reason: &str) -> Result<(), String> {
        let properties = parked_properties(&delivery.properties, reason);
        self.connector
            .publish(OutgoingMessage {
                exchange: "",
                key: &self.parked,
                body: &delivery.data,
                properties,
            })
            .await
    }
}

/// What the broker calls this consumer on its channel.
const TAG: &str = "selfsame";

async fn declare(channel: Channel, names: [ShortString; 2]) -> lapin::Result<()> {
    for name in names {
        channel.queue_declare(name, QueueDeclareOptions::durable(), FieldTable::default()).await?;
    }
    Ok(())
}

async fn acknowledge(delivery: &Delivery) -> Result<(), String> {
    match delivery.ack(BasicAckOptions::default()).await {
        Ok(true) => Ok(()),
        Ok(false) => Err("a message could not be acknowledged".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// The properties of the message, and the reason.
fn parked_properties(given: &BasicProperties, reason: &str) -> BasicProperties {
    let mut headers = given.headers().clone().unwrap_or_default();
    let reason: String = reason.chars().take(LONGEST_REASON).collect();
    headers.insert("x-reason".into(), AMQPValue::LongString(LongString::from(reason)));
    // The expiration that its sender set would remove it from the queue of parked messages.
    let parked = BasicProperties::default().with_headers(headers).with_delivery_mode(2);
    let parked = match given.message_id() {
        Some(id) => parked.with_message_id(id.clone()),
        None => parked,
    };
    match given.content_type() {
        Some(kind) => parked.with_content_type(kind.clone()),
        None => parked,
    }
}
