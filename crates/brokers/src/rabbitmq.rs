//! The connection to RabbitMQ, with one channel: opened again as a whole whenever it has broken.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, ConnectionProperties};
use selfsame_primitives::Secret;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// The longest wait for a connection, including the declarations on it.
const CONNECTING: Duration = Duration::from_secs(10);
/// The longest wait for a confirmation: below the timeout of the delivery worker.
const CONFIRMING: Duration = Duration::from_secs(20);
/// The pause after the first failure to connect; doubled each time up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two attempts to connect, and so until a broker that is back is used.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// What is done on every new channel: it declares what is published to or consumed from.
type Prepare = Box<dyn Fn(Channel) -> BoxFuture<'static, lapin::Result<()>> + Send + Sync>;

/// Where the broker is, and the connection to it, if there is one.
pub(crate) struct Connector {
    url: Secret,
    /// The name of the connection in the broker's management pages.
    name: &'static str,
    prepare: Prepare,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Arc<Connection>>,
    failures: u32,
    not_before: Option<Instant>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Connector {
    /// Nothing is connected before the first [`Connector::connection`].
    pub(crate) fn new<F>(
        url: Secret,
        name: &'static str,
        prepare: impl Fn(Channel) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = lapin::Result<()>> + Send + 'static,
    {
        let prepare: Prepare = Box::new(move |channel| Box::pin(prepare(channel)));
        Self { url, name, prepare, state: Mutex::default() }
    }

    /// The open connection, or a new one; `Err` is the reason in words, never with the URL.
    pub(crate) async fn connection(&self) -> Result<Arc<Connection>, String> {
        let mut state = self.state.lock().await;
        match &state.connection {
            Some(connection) if connection.is_blocked() => {
                return Err("RabbitMQ takes nothing at present (connection.blocked)".into());
            }
            Some(connection) if connection.is_up() => return Ok(Arc::clone(connection)),
            Some(_) | None => state.connection = None,
        }
        if state.not_before.is_some_and(|time| Instant::now() < time) {
            return Err("no connection to RabbitMQ".into());
        }
        let opened = timeout(CONNECTING, self.open())
            .await
            .unwrap_or_else(|_| Err("no answer in time".into()));
        self.note(&mut state, opened)
    }

    async fn open(&self) -> Result<Connection, String> {
        let properties = ConnectionProperties::default().with_connection_name(self.name.into());
        let inner = lapin::Connection::connect(self.url.expose(), properties)
            .await
            .map_err(|error| error.to_string())?;
        let ready = async {
            let channel = inner.create_channel().await?;
            (self.prepare)(channel.clone()).await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            Ok(channel)
        };
        let channel = ready.await.map_err(|error: lapin::Error| error.to_string())?;
        Ok(Connection { inner, channel, publishing: std::sync::Mutex::default() })
    }

    fn note(
        &self,
        state: &mut State,
        opened: Result<Connection, String>,
    ) -> Result<Arc<Connection>, String> {
        match opened {
            Ok(connection) => {
                tracing::info!(line = self.name, "connected to RabbitMQ");
                *state = State { connection: Some(Arc::new(connection)), ..State::default() };
                state.connection.clone().ok_or_else(String::new)
            }
            Err(reason) => {
                // Only the first failure is logged. What is logged next is that it is connected.
                if state.failures == 0 {
                    tracing::warn!(
                        line = self.name,
                        reason,
                        "no connection to RabbitMQ; it is tried again and again"
                    );
                }
                let pause =
                    FIRST_PAUSE.saturating_mul(1 << state.failures.min(10)).min(LONGEST_PAUSE);
                state.failures = state.failures.saturating_add(1);
                state.not_before = Some(Instant::now() + pause);
                Err(format!("no connection to RabbitMQ: {reason}"))
            }
        }
    }

    /// Drops `connection`, which does not answer; the next call of [`Connector::connection`] opens
    /// a new one.
    pub(crate) async fn close(&self, connection: &Arc<Connection>) {
        let mut state = self.state.lock().await;
        if state.connection.as_ref().is_some_and(|current| Arc::ptr_eq(current, connection)) {
            state.connection = None;
        }
    }

    /// Publishes, and waits until the broker has confirmed the message.
    pub(crate) async fn publish(&self, message: OutgoingMessage<'_>) -> Result<(), String> {
        let connection = self.connection().await?;
        let sent = timeout(CONFIRMING, connection.publish(message)).await;
        if sent.is_err() && !connection.is_blocked() {
            self.close(&connection).await;
        }
        sent.unwrap_or_else(|_| Err(format!("RabbitMQ has not confirmed within {CONFIRMING:?}")))
    }
}

/// What is published, and where to.
pub(crate) struct OutgoingMessage<'a> {
    /// The empty name is the default exchange, where the key is the name of a queue.
    pub(crate) exchange: &'a str,
    pub(crate) key: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) properties: BasicProperties,
}

/// A connection and its channel, on which the broker confirms what it was given.
pub(crate) struct Connection {
    inner: lapin::Connection,
    channel: Channel,
    publishing: std::sync::Mutex<()>,
}

impl Connection {
    pub(crate) fn channel(&self) -> &Channel {
        &self.channel
    }

    fn is_up(&self) -> bool {
        self.inner.status().connected() && self.channel.status().connected()
    }

    fn is_blocked(&self) -> bool {
        self.is_up() && self.inner.status().blocked()
    }

    async fn publish(&self, message: OutgoingMessage<'_>) -> Result<(), String> {
        let OutgoingMessage { exchange, key, body, properties } = message;
        let sending = self.channel.basic_publish(
            exchange.into(),
            key.into(),
            BasicPublishOptions::default(),
            body,
            properties,
        );
        let mut sending = pin!(sending);
        // The driver numbers a message and queues it in two steps. The broker numbers what arrives.
        // So if the steps of two callers were interleaved, each would take the confirmation of the
        // other for its own.
        let sent = poll_fn(|context| {
            let _publishing = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
            sending.as_mut().poll(context)
        });
        let confirmed = async { sent.await?.await };
        match confirmed.await.map_err(|error| error.to_string())? {
            Confirmation::Ack(_) => Ok(()),
            Confirmation::Nack(_) => Err("RabbitMQ refused the message (nack)".into()),
            Confirmation::NotRequested => Err("RabbitMQ does not confirm".into()),
        }
    }
}
